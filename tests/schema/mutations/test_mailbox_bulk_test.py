"""`mailboxBulkTest`."""

from typing import Any

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import ended, errors_of, write
from tests.schema.mutations.things import STEADY, mailbox_id

ALL = [mailbox_id(account) for account in STEADY]


async def run(fleet: Fleet, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any shape
    """The operation, once it is over."""
    payload = await write(fleet, "mailboxBulkTest", input=given)
    assert (payload["userErrors"], payload["operation"]["kind"]) == ([], "mailboxBulkTest")
    return await ended(fleet, payload)


async def test_by_ids(fleet: Fleet) -> None:
    operation = await run(fleet, ids=ALL)
    assert operation["message"] == "3 of 5 done, 2 not: `results` says why."
    for result, account in zip(operation["results"], STEADY, strict=True):
        if account in ("shipmail", "woodpecker"):
            assert (result["checks"], errors_of(result)) == (None, [(None, "UNSUPPORTED_BY_VENDOR")])
        else:
            assert [(each["check"], each["passed"]) for each in result["checks"]] == [("SENDING", True), ("RECEIVING", True)]
            assert result["userErrors"] == []


async def test_by_a_filter_a_test_that_fails_is_no_error(fleet: Fleet) -> None:
    operation = await run(fleet, filter={"account": ["smartlead"]}, checks=["SENDING"])
    assert operation["state"] == "SUCCEEDED"
    passed = [check["passed"] for result in operation["results"] for check in result["checks"]]
    assert (len(passed), False in passed, True in passed) == (30, True, True)
    assert "CANARY" not in str(operation)


async def test_a_dry_run_sends_nothing(fleet: Fleet) -> None:
    operation = await run(fleet, ids=ALL, dryRun=True)
    assert operation["progress"] == {"done": 5, "failed": 2, "total": 5}
    assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)


@pytest.mark.parametrize(("given", "field"), [({"ids": ALL, "checks": []}, ["checks"]), ({}, ["ids"]), ({"ids": []}, ["ids"])])
async def test_what_is_refused_as_a_whole(fleet: Fleet, given: dict[str, Any], field: list[str]) -> None:
    payload = await write(fleet, "mailboxBulkTest", input=given)
    assert (errors_of(payload), payload["operation"]) == ([(field, "BAD_USER_INPUT")], None)


async def test_what_cannot_be_made_is_told_of_its_mailbox(fleet: Fleet) -> None:
    fleet.sandboxes["outreach"].outages.append(Outage(path="/mailboxes/57", status=503))
    other = mailbox_id("outreach", "58")
    operation = await run(fleet, ids=[mailbox_id("outreach"), other])
    first, second = operation["results"]
    assert {code for _, code in errors_of(first)} == {"VENDOR_UNAVAILABLE"}
    assert (first["mailboxId"], second["userErrors"], second["mailboxId"]) == (mailbox_id("outreach"), [], other)


async def test_a_repeated_key_tests_once(fleet: Fleet) -> None:
    given = {"ids": [mailbox_id("outreach")], "idempotencyKey": "one"}
    first = await write(fleet, "mailboxBulkTest", input=given)
    await ended(fleet, first)
    again = await write(fleet, "mailboxBulkTest", input=given)
    assert (again["operation"]["id"], again["operation"]["state"]) == (first["operation"]["id"], "SUCCEEDED")
    assert sum(request.method == "POST" for request in fleet.sandboxes["outreach"].requests) == 2
