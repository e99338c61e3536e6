"""What a question costs the vendors, counted at the sandboxes."""

import asyncio
from collections import Counter

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import MAILBOXES, Fleet

FLEET = "{ mailboxes(first: 500) { totalCount complete nodes { id address status warmup { state } sending { dailyLimit } } } }"
ONE_LIST_EACH = {"outreach": 1, "sendkit": 1, "shipmail": 1, "smartlead": 1, "woodpecker": 1}


async def test_the_first_fleet_query_costs_the_list_pages_and_the_second_nothing(fleet: Fleet) -> None:
    first = await fleet.data(FLEET)
    assert fleet.calls() == ONE_LIST_EACH
    assert first["mailboxes"]["complete"] is True
    assert first["mailboxes"]["totalCount"] == len(first["mailboxes"]["nodes"]) >= 5 * MAILBOXES
    assert await fleet.data(FLEET) == first
    assert fleet.calls() == ONE_LIST_EACH


async def test_filters_orders_summaries_and_siblings_cost_nothing_more(fleet: Fleet) -> None:
    await fleet.data(FLEET)
    await fleet.data(
        """{
          mailboxes(filter: {status: [ACTIVE], address: {contains: "a"}}, orderBy: {field: WARMUP_HEALTH, direction: DESC}, last: 5) {
            totalCount nodes { siblings { id account { name } } stale capabilities owner { vendorId } } sources { status }
          }
          fleet { total byVendor { count } conflicts { address } }
          accounts { name source { status } vendor { capabilities } }
          vendors { title }
        }"""
    )
    assert fleet.calls() == ONE_LIST_EACH


async def test_a_question_about_one_account_asks_no_other(fleet: Fleet) -> None:
    await fleet.data('{ account(name: "shipmail") { name source { mailboxCount } mailboxes { nodes { address } } } }')
    assert fleet.calls() == {**dict.fromkeys(ONE_LIST_EACH, 0), "shipmail": 1}


async def test_names_of_accounts_cost_nothing(fleet: Fleet) -> None:
    await fleet.data("{ accounts { id name vendor { title updatableFields documentationUrl } } vendors { capabilities } }")
    assert set(fleet.calls().values()) == {0}


async def test_folders_rules_and_identities_cost_one_call_per_mailbox_each_and_only_when_selected(fleet: Fleet) -> None:
    fields = "folders { name } again: folders { id } rules { name } identities { email }"
    query = f'{{ account(name: "shipmail") {{ mailboxes(first: 7) {{ nodes {{ {fields} }} }} }} }}'
    await fleet.data(query)
    by_kind = Counter(request.path.rpartition("/")[2] for request in fleet.sandboxes["shipmail"].requests)
    assert by_kind == {"mailboxes": 1, "folders": 7, "rules": 7, "identities": 7}
    assert fleet.sandboxes["shipmail"].most_running <= 8


async def test_a_fleet_of_mailboxes_without_folders_asks_no_vendor_for_folders(fleet: Fleet) -> None:
    fields = "folders { name } rules { name } messages { totalCount } autoReply { enabled }"
    data = await fleet.data(f"{{ mailboxes(first: 500, filter: {{not: {{vendor: [SHIPMAIL]}}}}) {{ nodes {{ {fields} }} }} }}")
    assert all(set(node.values()) == {None} for node in data["mailboxes"]["nodes"])
    assert fleet.calls() == {**ONE_LIST_EACH, "shipmail": 0}


async def test_the_domains_of_a_fleet_cost_one_call_per_account(fleet: Fleet) -> None:
    data = await fleet.data(
        '{ account(name: "shipmail") { domains { id name } mailboxes(first: 30) { nodes { domain { id name verified } } } } }'
    )
    assert fleet.calls()["shipmail"] == 2
    known = {domain["id"] for domain in data["account"]["domains"]}
    domains = [node["domain"] for node in data["account"]["mailboxes"]["nodes"] if node["domain"]]
    assert len(domains) > 20
    assert {domain["id"] for domain in domains} <= known


async def test_the_names_of_owners_cost_one_call_for_all(fleet: Fleet) -> None:
    query = '{ account(name: "outreach") { mailboxes(first: 30) { nodes { owner { vendorId name email } } } } }'
    data = await fleet.data(query)
    assert any(node["owner"] and node["owner"]["name"] for node in data["account"]["mailboxes"]["nodes"])
    assert fleet.calls()["outreach"] == 2


async def test_details_of_many_mailboxes_are_batched_where_the_vendor_can(fleet: Fleet) -> None:
    fields = "details { ... on OutreachDetails { email canWrite canDelete } }"
    query = f'{{ account(name: "outreach") {{ mailboxes(first: 30) {{ nodes {{ {fields} }} }} }} }}'
    data = await fleet.data(query)
    assert any(node["details"]["canWrite"] is not None for node in data["account"]["mailboxes"]["nodes"])
    assert fleet.calls()["outreach"] == 2


async def test_details_within_the_fresh_time_are_asked_once_and_not_at_all_when_unselected(fleet: Fleet) -> None:
    plain = '{ account(name: "smartlead") { mailboxes(first: 5) { nodes { details { ... on SmartleadDetails { fromEmail } } } } } }'
    await fleet.data(plain)
    assert fleet.calls()["smartlead"] == 1
    detail = plain.replace("fromEmail", "isSuspended campaignIds")
    await fleet.data(detail)
    assert fleet.calls()["smartlead"] == 6
    await fleet.data(detail)
    assert fleet.calls()["smartlead"] == 6


async def test_one_mailbox_of_a_cold_account_is_got_and_not_listed(fleet: Fleet) -> None:
    wanted = (await fleet.ids("shipmail"))[3]
    fleet.gateway.inventory.accounts["shipmail"]._rows.expire()
    before = len(fleet.sandboxes["shipmail"].requests)
    data = await fleet.data("query ($id: ID!) { mailbox(id: $id) { id address } }", {"id": wanted})
    assert data["mailbox"]["id"] == wanted
    new = list(fleet.sandboxes["shipmail"].requests)[before:]
    assert [request.path.count("/") for request in new] == [2]


async def test_no_cache_asks_again_and_shares_the_refresh(fleet: Fleet) -> None:
    await fleet.data(FLEET)
    await fleet.data(FLEET, cache_control="no-cache")
    assert fleet.calls() == dict.fromkeys(ONE_LIST_EACH, 2)


async def test_no_vendor_is_asked_when_the_arguments_are_wrong(fleet: Fleet) -> None:
    for arguments in ("first: -1", "first: 2, last: 2", 'after: "nonsense"', "last: -3"):
        error = await fleet.error(f"{{ mailboxes({arguments}) {{ nodes {{ id }} }} }}")
        assert error["extensions"]["code"] == "BAD_USER_INPUT", arguments
    assert set(fleet.calls().values()) == {0}


async def test_a_nested_detail_is_loaded_only_when_it_is_selected(fleet: Fleet) -> None:
    query = '{ account(name: "sendkit") { mailboxes(first: 3) { nodes { details { ... on SendkitDetails { setupStatus { %s } } } } } } }'
    await fleet.data(query % "healthScore")
    assert fleet.calls()["sendkit"] == 1
    data = await fleet.data(query % "healthScore ... on SendkitSetupStatus { spf { status } }")
    assert fleet.calls()["sendkit"] == 4
    statuses = [node["details"]["setupStatus"] for node in data["account"]["mailboxes"]["nodes"]]
    assert any(status and status["spf"] and status["spf"]["status"] for status in statuses)


async def test_owners_and_domains_are_known_for_the_fresh_time(fleet: Fleet) -> None:
    query = "{ mailboxes(first: 500) { nodes { owner { name email } domain { name verified } } } }"
    first = await fleet.data(query)
    calls = fleet.calls()
    assert calls == {**ONE_LIST_EACH, "outreach": 2, "shipmail": 2}
    assert await fleet.data(query) == first
    assert fleet.calls() == calls


@pytest.mark.parametrize(
    "wanted", ["vendor: [SENDKIT]", 'account: ["sendkit"]', "not: {vendor: [OUTREACH, SHIPMAIL, SMARTLEAD, WOODPECKER]}"]
)
async def test_an_account_that_the_filter_leaves_out_is_neither_asked_nor_waited_for(fleet: Fleet, wanted: str) -> None:
    for name in set(fleet.sandboxes) - {"sendkit"}:
        fleet.sandboxes[name].outages.append(Outage(delay_seconds=30))
    page = "mailboxes(filter: {%s}) { totalCount complete sources { account { name } status message } }"
    query = f"{{ {page} fleet(filter: {{%s}}) {{ total complete }} }}"
    async with asyncio.timeout(2):
        data = await fleet.data(query % (wanted, wanted))
    assert (data["mailboxes"]["totalCount"], data["mailboxes"]["complete"], data["fleet"]) == (30, True, {"total": 30, "complete": True})
    reports = {source["account"]["name"]: (source["status"], source["message"]) for source in data["mailboxes"]["sources"]}
    assert reports.pop("sendkit") == ("FRESH", None)
    assert set(reports.values()) == {("UNAVAILABLE", "This account was not asked yet: no question was about it.")}
    assert fleet.calls() == {**dict.fromkeys(fleet.sandboxes, 0), "sendkit": 1}
