"""The opponent must be held to the same answer, or the comparison says nothing."""

from collections.abc import Iterator
from typing import Any

import graphql
import httpx
import msgspec
import pytest

from benchmarks.equality import compared
from benchmarks.fleet_query import FIELDS, FLEET, FLEET_SIZE, LEAVES
from benchmarks.vendors import accounts
from gateway.app import build_gateway
from gateway.config import Settings
from tests.benchmarks.replayed import replayed

pytest.importorskip("orjson", reason="the group `bench` is not installed")


@pytest.mark.parametrize("size", [3, 120])
async def test_tells_the_same_fleet_as_the_gateway(size: int) -> None:
    async with replayed() as (address, replay):
        replay.varies = False
        mine, gateways = await _bff(address, size), await _gateway(address, size)
        assert replay.bad_answers == 0
    assert not "\n".join(compared(mine, gateways)[:3])  # texts are cheap to show
    assert len(mine["nodes"]) == min(size * 5, FLEET_SIZE)


def test_the_fleet_query_has_as_many_leaves_as_it_says() -> None:
    nodes = graphql.parse("{" + FIELDS + "}")
    assert len([node for node in _fields(nodes.definitions[0]) if node.selection_set is None]) == LEAVES


async def test_tells_which_vendor_did_not_answer() -> None:
    async with replayed() as (address, _):
        fleet = await _bff(address, 3, broken="SMARTLEAD")
    assert {source["status"] for source in fleet["sources"] if source["account"]["name"] != "smartlead-003"} == {"FRESH"}
    assert [source["status"] for source in fleet["sources"] if source["account"]["name"] == "smartlead-003"] == ["UNAVAILABLE"]
    assert len(fleet["nodes"]) == 12


async def _bff(address: str, size: int, *, broken: str = "") -> Any:  # noqa: ANN401 - JSON
    import aiohttp  # noqa: PLC0415 - beside what needs the group

    from benchmarks.bff.app import Account, Fleet  # noqa: PLC0415 - needs the group `bench`

    known = [
        Account(each.name, each.vendor, f"{address}/nowhere" if each.vendor == broken else each.base_url, dict(each.values))
        for each in accounts(address, size=size)
    ]
    async with aiohttp.ClientSession() as session:
        return msgspec.json.decode(await Fleet(known, session).answer())["data"]["mailboxes"]


async def _gateway(address: str, size: int) -> Any:  # noqa: ANN401 - JSON
    gateway = build_gateway(Settings(accounts=accounts(address, size=size)))
    transport = httpx.ASGITransport(gateway.site)
    async with (
        gateway.site.router.lifespan_context(gateway.site),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        answer = (await client.post("/graphql", json={"query": FLEET})).json()
    assert "errors" not in answer
    return answer["data"]["mailboxes"]


def _fields(node: Any) -> Iterator[graphql.FieldNode]:  # noqa: ANN401 - a definition or a field
    for each in node.selection_set.selections if node.selection_set else ():
        yield each
        yield from _fields(each)
