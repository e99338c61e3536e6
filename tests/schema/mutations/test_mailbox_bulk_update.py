"""`mailboxBulkUpdate`."""

from typing import Any

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import MAILBOXES, Fleet, open_fleet
from tests.schema.mutations.document import ended, errors_of, known, write
from tests.schema.mutations.things import STEADY, mailbox_id, written
from tests.web.conftest import caller

ALL = [mailbox_id(account) for account in STEADY]
SIGNED = {"signature": "<p>Signed</p>"}


async def update(fleet: Fleet, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any shape
    """The operation, once it is over."""
    payload = await write(fleet, "mailboxBulkUpdate", input={"changes": SIGNED, **given})
    assert (payload["userErrors"], payload["operation"]["kind"]) == ([], "mailboxBulkUpdate")
    return await ended(fleet, payload)


async def test_by_ids_with_a_word_for_each(fleet: Fleet) -> None:
    gone = mailbox_id("smartlead", "999999")
    operation = await update(fleet, ids=[*ALL, ALL[0], "x", mailbox_id("nobody", "1"), gone])
    assert (operation["state"], operation["message"]) == ("FAILED", "5 of 9 done, 4 not: `results` says why.")
    told = {result["index"]: (result["mailboxId"], errors_of(result)) for result in operation["results"]}
    shipmail = list(STEADY).index("shipmail")
    assert told == {
        **{n: (mailbox, []) for n, mailbox in enumerate([*ALL, ALL[0]])},
        shipmail: (ALL[shipmail], [(["signature"], "UNSUPPORTED_BY_VENDOR")]),
        6: (None, [(["ids", "6"], "BAD_USER_INPUT")]),
        7: (None, [(["ids", "7"], "NOT_FOUND")]),
        8: (gone, [(None, "NOT_FOUND")]),
    }
    for account in STEADY:
        if account != "shipmail":
            assert (await known(fleet, mailbox_id(account)))["signature"] == "<p>Signed</p>"


async def test_by_a_filter_with_warnings(fleet: Fleet) -> None:
    wanted = {"account": ["sendkit"], "status": ["ACTIVE"]}
    operation = await update(fleet, filter=wanted, changes={"dailyLimit": 77})
    assert operation["state"] == "SUCCEEDED"
    assert len(operation["results"]) > 8
    assert all(result["warnings"][0]["value"] == 50 for result in operation["results"])
    query = "query ($wanted: MailboxFilter) { mailboxes(filter: $wanted, first: 500) { nodes { id sending { dailyLimit } } } }"
    nodes = (await fleet.data(query, {"wanted": wanted}))["mailboxes"]["nodes"]
    assert {node["sending"]["dailyLimit"] for node in nodes} == {50}
    assert {node["id"] for node in nodes} == {result["mailboxId"] for result in operation["results"]}


async def test_a_filter_that_nothing_passes(fleet: Fleet) -> None:
    operation = await update(fleet, filter={"address": {"eq": "nobody@nowhere.example"}})
    assert (operation["state"], operation["results"]) == ("SUCCEEDED", [])
    assert operation["message"] == "There was nothing to do: no mailbox passes the filter."


async def test_a_filter_over_what_is_not_known_is_refused(fleet: Fleet) -> None:
    fleet.sandboxes["sendkit"].outages.append(Outage(status=503))
    payload = await write(fleet, "mailboxBulkUpdate", input={"filter": {}, "changes": SIGNED})
    assert errors_of(payload) == [(None, "VENDOR_UNAVAILABLE")]
    assert payload["userErrors"][0]["message"].startswith("The mailboxes of sendkit are not all known now")
    elsewhere = await update(fleet, filter={"account": ["woodpecker"], "address": {"startsWith": "mira"}})
    assert elsewhere["state"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, ["ids"]),
        ({"ids": ALL, "filter": {}}, ["ids"]),
        ({"ids": []}, ["ids"]),
        ({"ids": ALL, "changes": {}}, ["changes"]),
        ({"ids": ALL, "idempotencyKey": ""}, ["idempotencyKey"]),
    ],
)
async def test_what_is_refused_as_a_whole(fleet: Fleet, given: dict[str, Any], field: list[str]) -> None:
    payload = await write(fleet, "mailboxBulkUpdate", input={"changes": SIGNED, **given})
    assert (errors_of(payload), payload["operation"]) == ([(field, "BAD_USER_INPUT")], None)
    assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)


async def test_fields_of_one_vendor_are_refused_by_the_others(fleet: Fleet) -> None:
    operation = await update(fleet, ids=ALL, changes={"vendor": {"sendkit": {"warmup": {"config": {"startingVolume": 5}}}}})
    for result in operation["results"]:
        is_sendkit = result["mailboxId"] == mailbox_id("sendkit")
        assert errors_of(result) == ([] if is_sendkit else [(["vendor", "sendkit"], "BAD_USER_INPUT")])


async def test_a_dry_run_sends_nothing(fleet: Fleet) -> None:
    operation = await update(fleet, ids=ALL, changes={"dailyLimit": 5}, dryRun=True)
    refused = {result["mailboxId"] for result in operation["results"] if result["userErrors"]}
    assert refused == {mailbox_id("shipmail"), mailbox_id("woodpecker")}
    assert all(result["warnings"][0]["message"] == "Dry run: nothing was sent." for result in operation["results"])
    assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)


async def test_a_dry_run_looks_into_the_fields(fleet: Fleet) -> None:
    changes = {"smtp": {"host": "smtp.other.example"}, "minIntervalSeconds": 90}
    operation = await update(fleet, ids=[mailbox_id("smartlead")], changes=changes, dryRun=True)
    assert [code for result in operation["results"] for _, code in errors_of(result)] == ["BAD_USER_INPUT"]


async def test_stop_begins_no_more(fleet: Fleet) -> None:
    ids = await fleet.ids("smartlead")
    fleet.sandboxes["smartlead"].outages.append(Outage(method="POST", status=400, body=b'{"error": "no"}', times=1))
    operation = await update(fleet, ids=ids, errorPolicy="STOP")
    assert operation["state"] == "FAILED"
    assert operation["progress"]["done"] == len(ids)
    messages = [error["message"] for result in operation["results"] for error in result["userErrors"]]
    left_out = [each for each in messages if each == "It was not begun, and nothing was sent: an earlier one had failed."]
    assert len(left_out) >= MAILBOXES - 16
    assert written(fleet, "smartlead") == len(ids) - len(left_out)
    assert [result["mailboxId"] for result in operation["results"]] == ids


async def test_go_on_is_the_default(fleet: Fleet) -> None:
    ids = await fleet.ids("smartlead")
    fleet.sandboxes["smartlead"].outages.append(Outage(method="POST", status=400, body=b'{"error": "no"}', times=1))
    operation = await update(fleet, ids=ids)
    assert operation["progress"] == {"done": len(ids), "failed": 1, "total": len(ids)}


@pytest.mark.parametrize("is_after", [True, False], ids=["done", "not-done"])
async def test_lost_answers_are_found_out_about(fleet: Fleet, *, is_after: bool) -> None:
    ids = (await fleet.ids("sendkit"))[:3]
    fleet.sandboxes["sendkit"].outages.append(Outage(method="PATCH", status=502, is_after=is_after))
    operation = await update(fleet, ids=ids)
    assert operation["state"] == ("SUCCEEDED" if is_after else "FAILED")
    assert [result["mailboxId"] for result in operation["results"]] == ids
    assert written(fleet, "sendkit") == 3


async def test_a_vendor_gets_no_more_at_once_than_it_allows(fleet: Fleet) -> None:
    await fleet.ids("woodpecker")
    await update(fleet, filter={"account": ["woodpecker"]})
    assert fleet.sandboxes["woodpecker"].most_running == 1


async def test_a_filter_sees_what_the_caller_sees() -> None:
    async with open_fleet(callers=[caller("bob", "read", "write", accounts=("woodpecker",))]) as fleet:
        payload = await write(fleet, "mailboxBulkUpdate", key="bob", input={"filter": {}, "changes": SIGNED})
        operation = await ended(fleet, payload, key="bob")
        assert operation["progress"]["total"] >= MAILBOXES
        foreign = await write(fleet, "mailboxBulkUpdate", key="bob", input={"ids": [mailbox_id("sendkit")], "changes": SIGNED})
        [result] = foreign["operation"]["results"]
        assert (errors_of(result), result["mailboxId"]) == ([(["ids", "0"], "NOT_FOUND")], None)
        assert {name for name, count in fleet.calls().items() if count} == {"woodpecker"}
