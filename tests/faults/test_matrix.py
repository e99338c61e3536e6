"""Every fault at every vendor, for every kind of read: what is said of it, and that it costs the others nothing."""

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

import pytest

from gateway.domain.identifier import Kind, encode
from gateway.domain.vendor import Vendor
from gateway.sandbox.world import World
from tests.faults.conftest import Fleet, open_fleet
from tests.faults.fault import FAULTS, VENDORS, WAIT_SECONDS, Cell, Expected, cells

Opening: TypeAlias = Callable[..., AbstractAsyncContextManager[Fleet]]
OWN_PAUSE = timedelta(seconds=120)
"""The longest `retryAt` that is not the vendor's."""
MOST_TRIES = 3
LIST = """
query ($own: [String!], $others: [String!]) {
  own: mailboxes(first: 500, filter: {account: $own}) { nodes { ...Known } }
  others: mailboxes(first: 500, filter: {account: $others}) { nodes { ...Known } }
  fleet: mailboxes(first: 0) { sources { account { name } status problem message mailboxCount retryAt } }
}
fragment Known on Mailbox { id vendorId address status health { sending { state } receiving { state } } stale }
"""
GET = "query ($id: ID!) { mailbox(id: $id) { id address status } }"
DETAIL = "query ($id: ID!) { mailbox(id: $id) { id address status %s } }"
DETAILS: Mapping[str, str] = {
    "outreach": "it: details { ... on OutreachDetails { it: mailAliases { email } } }",
    "sendkit": "it: details { ... on SendkitDetails { it: health { __typename } } }",
    "shipmail": "it: folders { name }",
    "smartlead": "it: details { ... on SmartleadDetails { it: warmupStats { __typename } } }",
    "woodpecker": "it: details { ... on WoodpeckerDetails { it: runningCampaigns } }",
}
"""A detail of each vendor that costs a call of its own."""


MAILBOXES = {
    "outreach": "41",
    "sendkit": "6701a0b1c2d3e4f5a6000000",
    "shipmail": "mbx_0159f0",
    "smartlead": "40118",
    "woodpecker": "800201",
}
"""A mailbox of each sandbox that has the detail."""


def mailbox_id_at(vendor: str) -> str:
    return encode(Kind.MAILBOX, vendor, MAILBOXES[vendor])


@pytest.fixture
def opening(world: World, tls: ssl.SSLContext, caplog: pytest.LogCaptureFixture) -> Opening:
    caplog.set_level("DEBUG")
    return partial(open_fleet, world, tls=tls, log=lambda: caplog.text)


@pytest.mark.parametrize("cell", cells("list"), ids=str)
async def test_a_list_that_was_never_read(cell: Cell, opening: Opening) -> None:
    async with opening(cell.vendor, FAULTS[cell.fault].call_seconds) as fleet:
        fleet.break_vendor(FAULTS[cell.fault])
        first = await _page(fleet, cell.vendor)
        assert first["report"]["status"] in ("LOADING", cell.expected.cold)
        page = await _settled(fleet, cell, first)
        check_report(page["report"], cell, status=cell.expected.cold)
        check_requests(fleet, cell)
        if cell.expected.cold == "UNAVAILABLE":
            assert page["own"] == []
            assert len(fleet.proxy.requests) <= MOST_TRIES
        else:
            assert len({node["vendorId"] for node in page["own"]}) == len(page["own"]) > 0


@pytest.mark.parametrize("cell", cells("list"), ids=str)
async def test_a_list_that_was_read_before(cell: Cell, opening: Opening) -> None:
    async with opening(cell.vendor, FAULTS[cell.fault].call_seconds, fresh_for_seconds=0.0) as fleet:
        before = (await _page(fleet, cell.vendor))["own"]
        assert before
        fleet.break_vendor(FAULTS[cell.fault])
        page = await _settled(fleet, cell, await _page(fleet, cell.vendor))
        check_report(page["report"], cell, status=cell.expected.warm)
        check_requests(fleet, cell)
        known = {node["vendorId"]: node for node in page["own"]}
        assert len(known) == len(page["own"]), "nobody twice"
        assert {key: _state(node) for key, node in known.items() if key in {each["vendorId"] for each in before}} == {
            node["vendorId"]: _state(node) for node in before
        }, "a fault is no news about a mailbox"
        if page["report"]["status"] == "STALE":
            assert {node["stale"] for node in page["own"]} == {True}
            assert page["report"]["mailboxCount"] == len(before)


@pytest.mark.parametrize("cell", cells("get"), ids=str)
async def test_a_mailbox_of_an_account_that_was_never_read(cell: Cell, opening: Opening) -> None:
    async with opening(cell.vendor, FAULTS[cell.fault].call_seconds) as fleet:
        fleet.break_vendor(FAULTS[cell.fault])
        answer = await fleet.ask(GET, {"id": mailbox_id_at(cell.vendor)})
        check_requests(fleet, cell)
        check_single(answer, answer.get("data") and answer["data"]["mailbox"], cell)
        await _page(fleet, cell.vendor)


@pytest.mark.parametrize("cell", cells("detail"), ids=str)
async def test_a_detail_of_a_known_mailbox(cell: Cell, opening: Opening) -> None:
    async with opening(cell.vendor, FAULTS[cell.fault].call_seconds) as fleet:
        known = {node["id"]: node for node in (await _page(fleet, cell.vendor))["own"]}
        fleet.break_vendor(FAULTS[cell.fault])
        mailbox_id = mailbox_id_at(cell.vendor)
        answer = await fleet.ask(DETAIL % DETAILS[cell.vendor], {"id": mailbox_id})
        check_requests(fleet, cell)
        mailbox = answer["data"]["mailbox"]
        assert {key: mailbox[key] for key in ("id", "address", "status")} == {
            key: known[mailbox_id][key] for key in ("id", "address", "status")
        }
        check_single(answer, mailbox["it"]["it"] if isinstance(mailbox["it"], dict) else mailbox["it"], cell)


def check_requests(fleet: Fleet, cell: Cell) -> None:
    """Where there is nobody to speak to, or nobody to trust, nothing is said."""
    assert bool(fleet.proxy.requests) == (FAULTS[cell.fault].behaviour is not None)


def check_report(report: Mapping[str, Any], cell: Cell, *, status: str) -> None:
    codes = cell.expected.codes
    assert report["status"] == status, report
    assert (report["problem"] in codes) if codes else (report["problem"] is None), report
    if codes:
        check_words(report["message"], cell)
        check_time(report["retryAt"], cell.expected)
    if status in ("UNAVAILABLE", "PARTIAL"):
        assert report["mailboxCount"] is None, "missing is not empty"


def check_single(answer: Mapping[str, Any], thing: object, cell: Cell) -> None:
    """One thing that was asked for: there, absent, or an error."""
    if not cell.expected.codes:
        assert "errors" not in answer, answer
        assert (thing is None) == cell.expected.is_null, answer
        return
    assert thing is None, answer
    [error] = answer["errors"]
    told = error["extensions"]
    assert told["code"] in cell.expected.codes, error
    assert (told["vendor"], told["account"]) == (cell.vendor.upper(), cell.vendor)
    check_words(error["message"], cell)
    check_time(told.get("retryAt"), cell.expected)


def check_words(message: str, cell: Cell) -> None:
    """A sentence about this vendor, and nothing of a page or of an address."""
    assert Vendor(cell.vendor.upper()).own_name in message, message
    assert FAULTS[cell.fault].says in message, message
    assert re.search(r"[<>?]|api_key=", message) is None, message


def check_time(retry_at: str | None, expected: Expected) -> None:
    now = datetime.now(UTC)
    if expected.is_told_when:
        assert retry_at is not None
        assert abs(datetime.fromisoformat(retry_at) - now - timedelta(seconds=WAIT_SECONDS)) < timedelta(seconds=30)
    elif retry_at is not None:
        assert datetime.fromisoformat(retry_at) < now + OWN_PAUSE


async def _page(fleet: Fleet, vendor: str) -> dict[str, Any]:
    """The fleet: the vendor's report and its own rows. The other four are complete and fresh."""
    others = [name for name in VENDORS if name != vendor]
    data = (await fleet.ask(LIST, {"own": [vendor], "others": others}))["data"]
    reports = {source["account"]["name"]: source for source in data["fleet"]["sources"]}
    assert {(reports[name]["status"], reports[name]["problem"]) for name in others} == {("FRESH", None)}, reports
    assert all(reports[name]["mailboxCount"] for name in others)
    assert len(data["others"]["nodes"]) == sum(reports[name]["mailboxCount"] for name in others)
    assert {node["stale"] for node in data["others"]["nodes"]} == {False}
    return {"report": reports[vendor], "own": data["own"]["nodes"]}


async def _settled(fleet: Fleet, cell: Cell, page: dict[str, Any]) -> dict[str, Any]:
    """The fleet once a load of the broken vendor has ended, or has got as far as it will get."""
    for _ in range(2000):
        is_over = page["report"]["problem"] is not None if cell.expected.codes else page["report"]["status"] != "LOADING"
        if is_over and (fleet.proxy.requests or FAULTS[cell.fault].address):
            return page
        await asyncio.sleep(0.005)  # an answer is faster than a vendor
        page = await _page(fleet, cell.vendor)
    pytest.fail(f"it does not settle: {page['report']}")


def _state(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key != "stale"}
