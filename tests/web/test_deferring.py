"""Deferred answers over real sockets: what is sent, and how it ends when somebody goes, or everything stops."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.types import Message

from gateway.app import Gateway, build_gateway
from gateway.commands.demo import demo_accounts
from gateway.config import ServerSettings, Settings
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.world import World
from gateway.web.accept import EVENT_STREAM
from tests.frames import merged
from tests.web.conftest import MAILBOXES, Served, eventually, served
from tests.web.test_websocket import speaking

PARTS = "multipart/mixed"
SLOW = "smartlead"
TAGS = "{ accounts { name ... @defer { tags } ... @defer { domains { name } } } }"
"""One vendor has tags, another one domains."""
VENDORS = '{ account(name: "sendkit") { name ... @defer { vendor { vendor } } } }'


class Slow(NamedTuple):
    """A gateway on a real socket, one of whose vendors takes its time for tags."""

    gateway: Gateway
    server: Served
    sandbox: Sandbox

    @property
    def under_way(self) -> int:
        return self.gateway.drain._load.under_way


@contextmanager
def slow(seconds: float, **server: Any) -> Iterator[Slow]:  # noqa: ANN401 - settings
    sandboxes = {vendor.lower(): build(World(mailboxes=MAILBOXES)) for vendor, build in SANDBOXES.items()}
    sandboxes[SLOW].outages.append(Outage(path="tags", delay_seconds=seconds))
    accounts = demo_accounts(sandboxes, "http://vendors.test")
    wires = {name: _Unmounted(sandbox, name) for name, sandbox in sandboxes.items()}
    gateway = build_gateway(Settings(server=ServerSettings(max_lag_seconds=60.0, **server), accounts=accounts), wires=wires)
    with served(gateway) as running:
        yield Slow(gateway, running, sandboxes[SLOW])


class _Unmounted(httpx.ASGITransport):
    """A sandbox alone has no mount in front of its paths."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        super().__init__(app=sandbox)
        self._prefix = f"/sandbox/{name}".encode()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(raw_path=request.url.raw_path.removeprefix(self._prefix))
        return await super().handle_async_request(request)


@pytest.fixture(scope="module")
def quick() -> Iterator[Slow]:
    with slow(0.3) as running:
        yield running


@pytest.fixture
async def client(quick: Slow) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=quick.server.url, timeout=20) as client:
        yield client


async def ask(client: httpx.AsyncClient, query: str, accept: str) -> httpx.Response:
    return await client.post("/graphql", json={"query": query}, headers={"accept": accept})


async def chunks(response: httpx.Response) -> AsyncIterator[Mapping[str, Any]]:
    """Each frame, as soon as its end is there."""
    text = ""
    async for more in response.aiter_text():
        text += more
        *whole, text = text.split("\r\n---")
        for each in whole:
            if each:
                yield json.loads(each.split("\r\n\r\n", 1)[1])


# ---------------------------------------------------------------------- what is sent
async def test_the_bytes_of_parts(client: httpx.AsyncClient) -> None:
    response = await ask(client, VENDORS, PARTS)
    cost = b'"extensions":{"cost":{"estimated":2,"calls":0,"shared":0,"known":0,"accounts":[]}}'
    assert response.content == (
        b"\r\n---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
        b'{"data":{"account":{"name":"sendkit"}},"pending":[{"id":"0","path":["account"]}],"hasNext":true}'
        b"\r\n---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
        b'{"hasNext":false,"incremental":[{"data":{"vendor":{"vendor":"SENDKIT"}},"id":"0"}],"completed":[{"id":"0"}],' + cost + b"}"
        b"\r\n-----\r\n"
    )
    assert response.headers["content-type"] == 'multipart/mixed; boundary="-"'
    assert (response.headers["cache-control"], response.headers["vary"]) == ("no-store, no-transform", "Accept")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("multipart/mixed;incrementalSpec=v0.2, application/json", 'multipart/mixed; boundary="-"; incrementalSpec=v0.2'),
        ("application/json, text/event-stream, multipart/mixed", 'multipart/mixed; boundary="-"'),
        ("application/json, text/event-stream", "text/event-stream; charset=utf-8"),
        ("application/json, multipart/mixed;q=0.9", "application/json; charset=utf-8"),
        ("multipart/mixed;deferSpec=20220824, application/json", "application/json; charset=utf-8"),
        ("multipart/mixed;subscriptionSpec=1.0", 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0'),
    ],
)
async def test_how_it_comes(client: httpx.AsyncClient, accept: str, expected: str) -> None:
    assert (await ask(client, VENDORS, accept)).headers["content-type"] == expected


async def test_by_get_and_by_head(client: httpx.AsyncClient) -> None:
    by_get = await client.get("/graphql", params={"query": VENDORS}, headers={"accept": PARTS})
    assert by_get.text.count("hasNext") == 2
    by_head = await client.head("/graphql", params={"query": VENDORS}, headers={"accept": f"{PARTS}, application/json"})
    assert (by_head.status_code, by_head.content, by_head.headers["content-type"]) == (200, b"", "application/json; charset=utf-8")
    mutation = 'mutation { mailboxDelete(id: "x") { ... @defer { deletedId } } }'
    written = await client.get("/graphql", params={"query": mutation}, headers={"accept": PARTS})
    assert (written.status_code, written.headers["allow"]) == (405, "POST")


async def test_a_single_answer_for_who_takes_parts_only(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ __typename }", PARTS)
    assert response.text.count("\r\n---") == 2
    assert '{"data":{"__typename":"Query"},' in response.text


async def test_each_frame_goes_out_when_it_is_there(client: httpx.AsyncClient) -> None:
    async with client.stream("POST", "/graphql", json={"query": TAGS}, headers={"accept": PARTS}) as response:
        at = [(time.monotonic(), frame) async for frame in chunks(response)]
    assert merged([frame for _, frame in at])[0]["accounts"][3]["tags"]
    assert at[-1][0] - at[0][0] > 0.2, "the first was not held back for the last"


async def test_in_events_and_over_websocket_it_is_the_same(client: httpx.AsyncClient, quick: Slow) -> None:
    whole = (await ask(client, TAGS, "application/json")).json()["data"]
    events = await ask(client, TAGS, EVENT_STREAM)
    blocks = [dict(line.split(": ", 1) for line in each.split("\n")) for each in events.text.strip().split("\n\n")[:-1]]
    assert {each["event"] for each in blocks} == {"next"}
    assert merged([json.loads(each["data"]) for each in blocks]) == (whole, [])
    assert events.text.endswith("event: complete\ndata:\n\n")
    async with speaking(quick.server) as speaker:
        await speaker.begin()
        await speaker.subscribe("1", TAGS)
        found = []
        while (message := await speaker.hear())["type"] == "next":
            found.append(message["payload"])
        assert message == {"id": "1", "type": "complete"}
    assert merged(found) == (whole, [])


# ---------------------------------------------------------------------- ends
async def first_frame(response: httpx.Response) -> Mapping[str, Any]:
    return await anext(chunks(response))


@pytest.mark.parametrize("accept", [PARTS, EVENT_STREAM])
async def test_it_counts_as_under_way_until_its_last_frame(accept: str) -> None:
    with slow(1.0, max_requests=1) as running:
        async with httpx.AsyncClient(base_url=running.server.url, timeout=20) as client:
            async with client.stream("POST", "/graphql", json={"query": TAGS}, headers={"accept": accept}) as response:
                lines = response.aiter_lines()
                while "hasNext" not in await anext(lines):
                    pass
                assert running.under_way == 1
                refused = await ask(client, "{ __typename }", "*/*")
                async for _ in lines:
                    pass
            assert refused.status_code == 503
            await eventually(lambda: running.under_way == 0)
            assert (await ask(client, "{ __typename }", "*/*")).status_code == 200


@pytest.mark.parametrize("accept", [PARTS, EVENT_STREAM])
async def test_a_client_that_goes_ends_the_work(accept: str) -> None:
    with slow(3600) as running:
        async with (
            httpx.AsyncClient(base_url=running.server.url, timeout=20) as client,
            client.stream("POST", "/graphql", json={"query": TAGS}, headers={"accept": accept}) as response,
        ):
            lines = response.aiter_lines()
            while "hasNext" not in await anext(lines):
                pass
            assert running.under_way == 1
        await eventually(lambda: running.under_way == 0)


async def test_a_websocket_client_that_completes_or_goes_ends_the_work() -> None:
    with slow(3600) as running:
        for leaves in (True, False):
            async with speaking(running.server) as speaker:
                await speaker.begin()
                await speaker.subscribe("1", TAGS)
                assert (await speaker.hear())["payload"]["hasNext"] is True
                assert running.under_way == 1
                if not leaves:
                    await speaker.say(type="complete", id="1")
                    await eventually(lambda: running.under_way == 0)
                    await speaker.subscribe("1", "{ __typename }")
                    while (message := await speaker.hear())["type"] == "next":
                        pass
                    assert message == {"id": "1", "type": "complete"}, "and the id is free"
            await eventually(lambda: running.under_way == 0)


async def test_a_drain_waits_for_what_is_deferred() -> None:
    with slow(1.0) as running:
        async with (
            httpx.AsyncClient(base_url=running.server.url, timeout=20) as client,
            client.stream("POST", "/graphql", json={"query": TAGS}, headers={"accept": PARTS}) as response,
        ):
            found = []
            async for frame in chunks(response):
                found.append(frame)
                running.server.server.should_exit = True
    data, errors = merged(found)
    assert (data["accounts"][3]["tags"] is None, errors) == (False, [])


async def test_a_drain_ends_what_takes_too_long() -> None:
    with slow(3600, drain_within_seconds=0.5) as running:
        async with httpx.AsyncClient(base_url=running.server.url, timeout=20) as client:
            read: list[str] = []

            async def read_all() -> None:
                async with client.stream("POST", "/graphql", json={"query": TAGS}, headers={"accept": PARTS}) as response:
                    async for more in response.aiter_text():
                        read.append(more)
                        running.server.server.should_exit = True

            with pytest.raises(httpx.RemoteProtocolError):
                await read_all()
    assert '"hasNext":true' in "".join(read)
    assert "-----" not in "".join(read), "who reads it knows that it is not all"


async def test_no_task_is_left_behind() -> None:
    """Neither of one that is read to its end nor of one that is left; what a vendor was asked for already comes for nobody."""
    sandboxes = {vendor.lower(): build(World(mailboxes=MAILBOXES)) for vendor, build in SANDBOXES.items()}
    sandboxes[SLOW].outages.append(Outage(path="tags", delay_seconds=0.5))
    wires = {name: _Unmounted(sandbox, name) for name, sandbox in sandboxes.items()}
    gateway = build_gateway(Settings(accounts=demo_accounts(sandboxes, "http://vendors.test")), wires=wires)
    async with gateway.site.router.lifespan_context(gateway.site):
        before = asyncio.all_tasks()
        for frames_read in (0, 1, 2, 100):
            await _read_and_go(gateway, frames_read)
        end = time.monotonic() + 10
        while asyncio.all_tasks() - before and time.monotonic() < end:  # noqa: ASYNC110 - it looks at what others do
            await asyncio.sleep(0.05)
        assert not asyncio.all_tasks() - before


async def _read_and_go(gateway: Gateway, frames_read: int) -> None:
    body = json.dumps({"query": TAGS}).encode()
    gone = asyncio.Event()
    if frames_read == 0:
        gone.set()
    sent: list[bytes] = []
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": body, "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))
        if b"".join(sent).count(b"hasNext") >= frames_read:
            gone.set()

    headers = [(b"accept", PARTS.encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    async with asyncio.timeout(10):
        await gateway.site(scope, receive, send)
