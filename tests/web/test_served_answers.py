"""Known answers over real sockets: by HTTP whole and in pieces, in events, over WebSocket; and clients that go away."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.app import build_gateway
from gateway.commands.demo import MOUNT, demo_accounts
from gateway.config import ServerSettings, Settings
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.world import World
from gateway.web.answer import LARGE_BYTES
from tests.web.conftest import VENDORS, Served, eventually, served, wire_to
from tests.web.test_websocket import speaking

LARGE = "{ mailboxes(first: 500) { nodes { id address login displayName smtp { host port } imap { host port } observedAt } } }"
SMALL = "{ mailboxes(first: 1) { nodes { id } } }"
FOLDERS = "{ mailboxes(first: 500, filter: { vendor: [SHIPMAIL] }) { nodes { id folders { name } } } }"


@pytest.fixture
def sandboxes() -> dict[str, Sandbox]:
    return {vendor.lower(): build(World(mailboxes=60)) for vendor, build in SANDBOXES.items()}


@pytest.fixture
async def server(sandboxes: dict[str, Sandbox]) -> AsyncIterator[Served]:
    vendors = Starlette(routes=[Mount(f"{MOUNT}/{name}", sandbox) for name, sandbox in sandboxes.items()])
    settings = Settings(server=ServerSettings(max_lag_seconds=60.0), accounts=demo_accounts(sandboxes, VENDORS))
    with served(build_gateway(settings, wires={name: wire_to(vendors) for name in sandboxes})) as running:
        yield running


@pytest.fixture
async def client(server: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
        yield client


def calls(sandboxes: Mapping[str, Sandbox]) -> int:
    return sum(len(sandbox.requests) for sandbox in sandboxes.values())


@pytest.mark.parametrize("query", [LARGE, SMALL])
async def test_it_is_the_same_answer_whichever_way_it_goes(
    server: Served, client: httpx.AsyncClient, sandboxes: Mapping[str, Sandbox], query: str
) -> None:
    first = await client.post("/graphql", json={"query": query})
    data = first.json()["data"]
    asked = calls(sandboxes)
    assert (len(first.content) > LARGE_BYTES) is (query == LARGE)
    again = await client.post("/graphql", json={"query": query})
    got = await client.get("/graphql", params={"query": query}, headers={"accept": "application/json"})
    head = await client.head("/graphql", params={"query": query}, headers={"accept": "application/json"})
    events = await client.post("/graphql", json={"query": query}, headers={"accept": "text/event-stream"})
    async with speaking(server, max_size=None) as speaker:
        await speaker.begin()
        await speaker.subscribe("1", query)
        heard = await speaker.hear()
    assert again.json()["data"] == got.json()["data"] == heard["payload"]["data"] == data
    assert json.loads(events.text.partition("data: ")[2].partition("\n")[0])["data"] == data
    assert int(again.headers["content-length"]) == len(again.content)
    assert (head.status_code, head.content) == (200, b"")
    assert again.headers["cache-control"] == "no-store"
    assert calls(sandboxes) == asked


async def test_a_client_that_goes_away_takes_nothing_from_the_others(client: httpx.AsyncClient, sandboxes: Mapping[str, Sandbox]) -> None:
    await client.post("/graphql", json={"query": SMALL})
    sandboxes["shipmail"].outages.append(Outage(path="/folders", delay_seconds=0.5))
    asked = calls(sandboxes)
    impatient = asyncio.create_task(client.post("/graphql", json={"query": FOLDERS}))
    await eventually(lambda: calls(sandboxes) > asked)
    other = asyncio.create_task(client.post("/graphql", json={"query": FOLDERS}))
    await asyncio.sleep(0.1)
    impatient.cancel()
    answer = (await other).json()
    assert "errors" not in answer
    assert answer["extensions"]["cost"]["calls"] == 0
    assert answer["extensions"]["cost"]["shared"] == calls(sandboxes) - asked == 60


async def test_an_operation_that_is_dropped_takes_nothing_from_the_others(
    server: Served, client: httpx.AsyncClient, sandboxes: Mapping[str, Sandbox]
) -> None:
    """Unlike a client of HTTP, one of WebSocket cancels what it has begun."""
    await client.post("/graphql", json={"query": SMALL})
    sandboxes["shipmail"].outages.append(Outage(path="/folders", delay_seconds=0.5))
    asked = calls(sandboxes)
    async with speaking(server) as speaker:
        await speaker.begin()
        await speaker.subscribe("1", FOLDERS)
        await eventually(lambda: calls(sandboxes) > asked)
        other = asyncio.create_task(client.post("/graphql", json={"query": FOLDERS}))
        await asyncio.sleep(0.1)
        await speaker.say(id="1", type="complete")
        assert "errors" not in (await other).json()
    assert calls(sandboxes) - asked == 60
