"""What only a call of its own tells: it comes with the query that selects it, and what it says of a mailbox shows in the fleet."""

from datetime import date
from itertools import pairwise

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet


async def test_a_detail_read_settles_what_the_list_leaves_open(fleet: Fleet) -> None:
    fleet_query = (
        '{ account(name: "smartlead") { mailboxes(first: 500) { nodes { id status health { sending { state } receiving { state } } } } } }'
    )
    before = (await fleet.data(fleet_query))["account"]["mailboxes"]["nodes"]
    assert {node["status"] for node in before} == {"ERROR", "UNKNOWN"}, "the list tells nobody's suspension"
    query = '{ account(name: "smartlead") { mailboxes(first: 500) { nodes { id details { ... on SmartleadDetails { isSuspended } } } } } }'
    told = (await fleet.data(query))["account"]["mailboxes"]["nodes"]
    suspended = {node["id"] for node in told if node["details"]["isSuspended"]}
    assert suspended
    after = (await fleet.data(fleet_query))["account"]["mailboxes"]["nodes"]
    assert {node["id"] for node in after if node["status"] == "SUSPENDED"} == suspended
    assert "ACTIVE" in {node["status"] for node in after}


async def test_the_tags_of_an_account_and_the_campaigns_of_its_mailboxes(fleet: Fleet) -> None:
    data = await fleet.data(
        """{
          accounts { name tags domains { name } }
          mailboxes(first: 500) { nodes { vendor tags campaigns { vendorId name active } campaignCount } }
        }"""
    )
    by_name = {account["name"]: account for account in data["accounts"]}
    assert [name for name, account in by_name.items() if account["tags"] is not None] == ["smartlead"]
    assert by_name["smartlead"]["tags"]
    assert [name for name, account in by_name.items() if account["domains"] is not None] == ["shipmail"]
    told = {node["vendor"] for node in data["mailboxes"]["nodes"] if node["campaigns"]}
    assert told == {"OUTREACH", "SMARTLEAD"}
    assert all(node["campaigns"] is None for node in data["mailboxes"]["nodes"] if node["vendor"] not in told)


async def test_the_history_of_warmup_is_in_order_and_null_where_no_vendor_keeps_one(fleet: Fleet) -> None:
    data = await fleet.data("{ mailboxes(first: 500) { nodes { vendor warmup { history(days: 5) { date sent replied } } } } }")
    histories = [(node["vendor"], node["warmup"]["history"]) for node in data["mailboxes"]["nodes"] if node["warmup"]]
    assert {vendor for vendor, days in histories if days} == {"SENDKIT", "SMARTLEAD"}
    assert all(days is None for vendor, days in histories if vendor == "WOODPECKER")
    for _, days in histories:
        dates = [date.fromisoformat(day["date"]) for day in days or ()]
        assert all(earlier < later for earlier, later in pairwise(dates))


async def test_a_mailbox_that_only_receives_is_one(fleet: Fleet) -> None:
    data = await fleet.data(
        """{ account(name: "woodpecker") { mailboxes(first: 500) { nodes {
          address smtp { host } imap { host } health { sending { state message } }
          details { ... on WoodpeckerDetails { type imapId sharedImap } }
        } } } }"""
    )
    nodes = data["account"]["mailboxes"]["nodes"]
    receivers = [node for node in nodes if node["details"]["type"] == "IMAP"]
    assert receivers
    for node in receivers:
        assert (node["smtp"], node["health"]["sending"]["state"]) == (None, "DISABLED")
        assert node["imap"]["host"]
    assert any(node["details"]["sharedImap"] for node in nodes), "one receiving half serves several senders"


async def test_a_part_that_fails_costs_its_own_field(fleet: Fleet) -> None:
    fleet.sandboxes["sendkit"].outages.append(Outage(path="/health", status=503))
    answer = await fleet.ask(
        """{ account(name: "sendkit") { mailboxes(first: 2) { nodes {
          address details { ... on SendkitDetails { email health { sentToday } connectionTest { status } } }
        } } } }"""
    )
    assert [error["path"][-1] for error in answer["errors"]] == ["health", "health"]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"VENDOR_UNAVAILABLE"}
    for node in answer["data"]["account"]["mailboxes"]["nodes"]:
        assert node["details"]["email"] == node["address"]
        assert node["details"]["connectionTest"]["status"]
