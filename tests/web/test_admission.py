"""A gateway with enough to do says so at once, over real sockets."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from gateway.config import ServerSettings
from gateway.web.accept import EVENT_STREAM, GRAPHQL_JSON
from tests.web.conftest import Served, eventually, served
from tests.web.test_websocket import speaking
from tests.web.ticking import seen, ticking_gateway

BLOCKING = f"mutation {{ {' '.join(f'b{number}: block(seconds: 0.5)' for number in range(6))} }}"
FOREVER = "subscription { tick(count: 1000000, everySeconds: 0.05) { number } }"
BUSY = [{"message": "The gateway is busy: nothing was begun. Try again in a moment.", "extensions": {"code": "OVERLOADED"}}]


@pytest.fixture
async def narrow() -> AsyncIterator[Served]:
    """A gateway that takes one request at a time."""
    with served(ticking_gateway(server=ServerSettings(max_requests=1, max_lag_seconds=0.2))) as running:
        yield running


@pytest.fixture
async def client(narrow: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=narrow.url) as client:
        yield client


async def write(client: httpx.AsyncClient, seconds: float = 0, **headers: str) -> httpx.Response:
    return await client.post("/graphql", json={"query": f"mutation {{ write(seconds: {seconds}) }}"}, headers=headers)


async def occupied(client: httpx.AsyncClient, seconds: float = 0.5) -> "asyncio.Task[httpx.Response]":
    """A write that is under way."""
    task = asyncio.create_task(write(client, seconds))
    await asyncio.sleep(seconds / 3)
    return task


async def test_one_too_many_is_told_to_come_again(client: httpx.AsyncClient) -> None:
    written = seen.written
    first = await occupied(client)
    refused = await write(client)
    typed = await write(client, accept=GRAPHQL_JSON)
    attachment = await client.get("/attachments/x")
    health = [(await client.get(path)).status_code for path in ("/healthz", "/readyz")]
    answer = await first
    assert answer.json()["data"] == {"write": True}, "what was begun ends in peace"
    for response in (refused, typed, attachment):
        assert (response.status_code, response.headers["retry-after"], response.json()) == (503, "1", {"errors": BUSY})
        assert "connection" not in response.headers, "the client may use it again"
    assert typed.headers["content-type"].startswith(GRAPHQL_JSON)
    assert health == [200, 200]
    assert seen.written == written + 1
    assert (await write(client)).json()["data"] == {"write": True}


async def test_a_refusal_does_not_wait_for_the_body(client: httpx.AsyncClient, narrow: Served) -> None:
    first = await occupied(client)
    host, port = narrow.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n{")
    line = await asyncio.wait_for(reader.readline(), 5)
    assert not first.done()
    writer.close()
    await first
    assert line.startswith(b"HTTP/1.1 503")


async def test_open_subscriptions_do_not_count(client: httpx.AsyncClient, narrow: Served) -> None:
    streaming = client.stream("POST", "/graphql", json={"query": FOREVER}, headers={"accept": EVENT_STREAM})
    async with streaming as stream, speaking(narrow) as speaker:
        assert stream.status_code == 200
        await speaker.begin()
        await speaker.subscribe("1", FOREVER)
        assert (await speaker.hear())["type"] == "next"
        assert (await write(client)).json()["data"] == {"write": True}


async def test_operations_on_an_open_websocket(client: httpx.AsyncClient, narrow: Served) -> None:
    async with speaking(narrow) as speaker:
        await speaker.begin()
        first = await occupied(client)
        await speaker.subscribe("1", "{ __typename }")
        assert await speaker.hear() == {"id": "1", "type": "error", "payload": BUSY}
        with pytest.raises(InvalidStatus) as caught:
            async with speaking(narrow):
                pass
        await first
        await speaker.subscribe("1", "mutation { write(seconds: 0.5) }")
        await asyncio.sleep(0.2)
        assert (await write(client)).status_code == 503, "they count like any other"
        assert [(await speaker.hear())["type"] for _ in range(2)] == ["next", "complete"]
        assert (await write(client)).status_code == 200
    assert (caught.value.response.status_code, caught.value.response.headers["retry-after"]) == (503, "1")
    assert json.loads(caught.value.response.body) == {"errors": BUSY}


async def test_who_leaves_before_the_answer_gives_the_place_back(client: httpx.AsyncClient, narrow: Served) -> None:
    host, port = narrow.url.removeprefix("http://").split(":")
    body = json.dumps({"query": "mutation { write(seconds: 0.3) }"}).encode()
    written = seen.written
    with socket.create_connection((host, int(port))) as gone:
        gone.sendall(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
        )
        await asyncio.sleep(0.1)
    assert (await write(client)).status_code == 503
    await eventually(lambda: seen.written == written + 1)
    await asyncio.sleep(0.05)
    assert (await write(client)).status_code == 200, "and the write was made"


async def test_an_event_loop_that_is_late_takes_nothing_new() -> None:
    with served(ticking_gateway(server=ServerSettings(max_lag_seconds=0.2))) as running:
        async with httpx.AsyncClient(base_url=running.url) as client:
            blocking = asyncio.create_task(client.post("/graphql", json={"query": BLOCKING}))
            await asyncio.sleep(1.4)
            meanwhile = await asyncio.gather(*(write(client) for _ in range(3)))
            assert (await blocking).json()["data"] == {f"b{number}": True for number in range(6)}
            assert [each.status_code for each in meanwhile] == [503] * 3
            await asyncio.sleep(0.3)
            assert (await write(client)).status_code == 200
