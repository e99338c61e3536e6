"""When a vendor misbehaves, the answer says so, and the other vendors' data arrives unharmed."""

import asyncio
from datetime import timedelta

import pytest

from gateway.domain.identifier import decode
from gateway.inventory.account import Freshness
from gateway.sandbox.server import Outage
from gateway.transport.quota import Quota
from tests.schema.conftest import Fleet, open_fleet

QUERY = """{
  mailboxes(first: 500) {
    totalCount complete
    nodes { vendor address stale }
    sources { account { name } status problem message mailboxCount retryAt asOf }
  }
}"""
HTML = b"<html><body>502 Bad Gateway</body></html>"
TROUBLE = {
    "VENDOR_AUTH_FAILED": Outage(status=401),
    "VENDOR_FORBIDDEN": Outage(status=403),
    "VENDOR_RATE_LIMITED": Outage(status=429, headers={"retry-after": "30"}),
    "VENDOR_UNAVAILABLE": Outage(status=502, body=HTML, headers={"content-type": "text/html"}),
    "VENDOR_PROTOCOL_ERROR": Outage(status=200, body=HTML, headers={"content-type": "text/html"}),
    "VENDOR_TIMEOUT": Outage(status=504),
}


@pytest.mark.parametrize("vendor", ["outreach", "sendkit", "shipmail", "smartlead", "woodpecker"])
@pytest.mark.parametrize("code", list(TROUBLE))
async def test_one_vendors_trouble_is_reported_and_costs_the_others_nothing(fleet: Fleet, vendor: str, code: str) -> None:
    fleet.sandboxes[vendor].outages.append(TROUBLE[code])
    try:
        page = (await fleet.data(QUERY))["mailboxes"]
    finally:
        fleet.sandboxes[vendor].outages.clear()
    report = next(source for source in page["sources"] if source["account"]["name"] == vendor)
    assert (report["status"], report["problem"], report["mailboxCount"]) == ("UNAVAILABLE", code, None)
    assert "<" not in report["message"]
    assert (report["retryAt"] is not None) == (code == "VENDOR_RATE_LIMITED")
    assert (page["complete"], page["totalCount"]) == (False, None)
    assert {node["vendor"].lower() for node in page["nodes"]} == set(fleet.sandboxes) - {vendor}
    assert {source["status"] for source in page["sources"] if source is not report} == {"FRESH"}


async def test_the_last_known_rows_are_served_stale_while_a_vendor_fails(fleet: Fleet) -> None:
    before = (await fleet.data(QUERY))["mailboxes"]
    fleet.sandboxes["sendkit"].outages.append(Outage(status=500))
    after = (await fleet.data(QUERY, cache_control="no-cache"))["mailboxes"]
    assert [node["address"] for node in after["nodes"]] == [node["address"] for node in before["nodes"]]
    assert {node["stale"] for node in after["nodes"] if node["vendor"] == "SENDKIT"} == {True}
    assert {node["stale"] for node in after["nodes"] if node["vendor"] != "SENDKIT"} == {False}
    report = next(source for source in after["sources"] if source["account"]["name"] == "sendkit")
    assert (report["status"], report["problem"]) == ("STALE", "VENDOR_UNAVAILABLE")
    assert after["complete"] is True


async def test_a_failing_detail_is_an_error_on_that_field_alone(fleet: Fleet) -> None:
    ids = await fleet.ids("shipmail", first=3)
    fleet.sandboxes["shipmail"].outages.append(Outage(path=f"/{decode(ids[1]).parts[0]}/folders", status=500))
    answer = await fleet.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Mailbox { address folders { name } } } }", {"ids": ids})
    assert len(answer["errors"]) == 1
    error = answer["errors"][0]
    assert error["extensions"] == {"code": "VENDOR_UNAVAILABLE", "vendor": "SHIPMAIL", "account": "shipmail"}
    assert error["path"][-1] == "folders"
    nodes = answer["data"]["nodes"]
    assert [node["id"] for node in nodes] == ids
    assert [node["folders"] is None for node in nodes] == [False, True, False]
    assert fleet.sandboxes["shipmail"].count("/folders") == 5, "three attempts at the one that fails"


async def test_a_slow_vendor_is_not_waited_for_beyond_the_answer_time(fleet: Fleet) -> None:
    fleet.gateway.inventory._answer_within_seconds = 0.2
    fleet.sandboxes["outreach"].outages.append(Outage(delay_seconds=0.6))
    page = (await fleet.data(QUERY))["mailboxes"]
    by_name = {source["account"]["name"]: source["status"] for source in page["sources"]}
    assert by_name == {"outreach": "LOADING", "sendkit": "FRESH", "shipmail": "FRESH", "smartlead": "FRESH", "woodpecker": "FRESH"}
    fleet.gateway.inventory._answer_within_seconds = 5.0
    page = (await fleet.data(QUERY))["mailboxes"]
    assert page["complete"] is True, "the load went on, and belonged to no request"
    assert fleet.calls()["outreach"] == 1


async def test_sources_and_mailboxes_speak_of_one_moment(fleet: Fleet) -> None:
    """One vendor keeps the answer waiting until another one's fresh time is over."""
    await fleet.data(QUERY)
    fleet.gateway.inventory.accounts["sendkit"]._freshness = Freshness(fresh_for=timedelta(seconds=0.3))
    fleet.sandboxes["shipmail"].outages.append(Outage(path="/folders", delay_seconds=0.5))
    query = "{ mailboxes(first: 500) { sources { account { name } status } nodes { vendor folders { name } stale } } }"
    page = (await fleet.data(query, cache_control="no-cache"))["mailboxes"]
    assert {source["status"] for source in page["sources"]} == {"FRESH"}
    assert {node["stale"] for node in page["nodes"]} == {False}


async def test_who_asks_for_news_that_the_quota_has_no_room_for_is_told_at_once() -> None:
    async with open_fleet(quotas=(Quota(3, 60),)) as fleet:
        for _ in range(3):
            page = (await fleet.data(QUERY, cache_control="no-cache"))["mailboxes"]
            assert {source["status"] for source in page["sources"]} == {"FRESH"}
        async with asyncio.timeout(5):
            page = (await fleet.data(QUERY, cache_control="no-cache"))["mailboxes"]
        for source in page["sources"]:
            assert (source["status"], source["problem"]) == ("STALE", "VENDOR_RATE_LIMITED")
            assert "rate limit leaves no room" in source["message"]
            assert source["retryAt"] is not None
        assert page["complete"] is True
        assert set(fleet.calls().values()) == {3}


async def test_details_that_had_no_turn_in_time_say_when_they_may_be_asked_again() -> None:
    """A hundred and more slow details, eight at a time, in four seconds: what came is there, the rest says that it never left."""
    async with open_fleet(quotas=(), mailboxes=120) as fleet:
        await fleet.data(QUERY)
        fleet.sandboxes["shipmail"].outages.append(Outage(path="/folders", delay_seconds=0.5))
        query = '{ account(name: "shipmail") { mailboxes(first: 120) { nodes { address folders { name } } } } }'
        answer = await fleet.ask(query, x_request_timeout_ms="4000")
    nodes = answer["data"]["account"]["mailboxes"]["nodes"]
    had = [node for node in nodes if node["folders"] is not None]
    assert len(nodes) == 120
    assert 1 <= len(had) < 120
    assert len(answer["errors"]) == 120 - len(had)
    never_left = [error for error in answer["errors"] if error["extensions"]["code"] == "VENDOR_RATE_LIMITED"]
    assert never_left
    assert all(error["extensions"]["retryAt"] for error in never_left)
    under_way = {error["extensions"]["code"] for error in answer["errors"] if error not in never_left}
    assert under_way <= {"REQUEST_TIMED_OUT"}
    assert fleet.sandboxes["shipmail"].count("/folders") <= len(had) + 8
