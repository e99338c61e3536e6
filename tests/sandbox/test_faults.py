"""The switch that makes a sandbox fail."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Message

from gateway.sandbox.faults import FaultSwitch
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.smartlead import smartlead_sandbox
from gateway.sandbox.world import World

FAULTS = "/sandbox/smartlead/__faults"
READ = "/sandbox/smartlead/email-accounts/"


@pytest.fixture
def sandbox() -> Sandbox:
    return smartlead_sandbox(World(mailboxes=3))


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Mount("/sandbox/smartlead", FaultSwitch(sandbox))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://demo.test") as client:
        client.params = client.params.merge(sandbox.account)  # the vendor's key goes into the URL
        yield client


async def status(client: httpx.AsyncClient) -> int:
    return (await client.get(READ)).status_code


async def test_a_vendor_is_broken_and_mended(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    assert await status(client) == 200
    broken = await client.post(FAULTS, content='{"status": 503}')
    assert (broken.status_code, broken.json()) == (200, {"faults": [{"status": 503}]})
    assert await status(client) == 503
    assert (await client.get(FAULTS)).json() == {"faults": [{"status": 503}]}
    assert (await client.delete(FAULTS)).json() == {"faults": []}
    assert await status(client) == 200
    assert sandbox.count("__faults") == 0, "the vendor knows nothing of it"


async def test_what_is_asked_for_is_what_goes_wrong(client: httpx.AsyncClient) -> None:
    fault = {"status": 429, "headers": {"retry-after": "30"}, "body": "slow down", "path": "email-accounts", "method": "GET"}
    await client.post(FAULTS, json=fault)
    response = await client.get(READ)
    elsewhere = await client.get("/sandbox/smartlead/elsewhere")
    assert (response.status_code, response.headers["retry-after"], response.text) == (429, "30", "slow down")
    assert elsewhere.status_code == 404, "the vendor's own answer"


async def test_so_many_times(client: httpx.AsyncClient) -> None:
    await client.post(FAULTS, json={"status": 500, "times": 2})
    assert await status(client) == 500
    assert (await client.get(FAULTS)).json() == {"faults": [{"status": 500, "times": 1}]}
    assert [await status(client) for _ in range(2)] == [500, 200]
    assert (await client.get(FAULTS)).json() == {"faults": []}


async def test_the_newest_fault_goes_first_and_others_stay(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    own = Outage(path="campaigns", delay_seconds=0)
    sandbox.outages.append(own)
    await client.post(FAULTS, json={"status": 500})
    await client.post(FAULTS, json={"status": 502, "times": 1})
    assert [await status(client) for _ in range(2)] == [502, 500]
    await client.delete(FAULTS)
    assert sandbox.outages == [own], "what the sandbox itself does is no fault"


async def test_hanging_up(sandbox: Sandbox) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b'{"hangUp": true, "body": "half of"}', "more_body": False}

    switch = FaultSwitch(sandbox)
    scope = {"type": "http", "path": "/__faults", "query_string": b"", "headers": [], "method": "POST"}
    await switch(scope, receive, send)
    sent.clear()
    await switch({**scope, "path": "/email-accounts/", "method": "GET"}, receive, send)
    assert [message.get("more_body") for message in sent] == [None, True], "never completed"
    assert sent[1]["body"] == b"half of"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Input data was truncated"),
        (b"nonsense", "JSON is malformed"),
        (b"\xff", ""),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "Nothing would go wrong"),
        (b'{"times": 3}', "Nothing would go wrong"),
        (b'{"body": "x"}', "Nothing would go wrong"),
        (b'{"delaySeconds": 1, "body": "x"}', "need a `status`"),
        (b'{"status": 99}', "$.status"),
        (b'{"status": 1000}', "$.status"),
        (b'{"status": "503"}', "$.status"),
        (b'{"statuss": 503}', "statuss"),
        (b'{"delaySeconds": -1}', "$.delaySeconds"),
        (b'{"status": 503, "times": 0}', "$.times"),
        (b'{"status": 503, "headers": {"a b": "c"}}', "'a b' is no header"),
        (b'{"status": 503, "headers": {"a": "b\\r\\nc: d"}}', "'a' is no header"),
        (b'{"status": 503, "headers": {"a": 1}}', "$.headers"),
    ],
)
async def test_what_it_does_not_understand_changes_nothing(client: httpx.AsyncClient, body: bytes, words: str) -> None:
    response = await client.post(FAULTS, content=body)
    error: Any = response.json()["error"]
    assert response.status_code == 400
    assert words in error
    assert '{"status": 503}' in error, "and how it is done"
    assert (await client.get(FAULTS)).json() == {"faults": []}
    assert await status(client) == 200


async def test_other_methods(client: httpx.AsyncClient) -> None:
    response = await client.put(FAULTS, json={"status": 503})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST, DELETE")


async def test_a_sandbox_alone_has_no_switch(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="http://vendor.test") as client:
        response = await client.post("/__faults", json={"status": 503})
    assert response.status_code in (401, 404)
    assert sandbox.outages == []
