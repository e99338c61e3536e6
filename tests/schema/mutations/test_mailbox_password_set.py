"""`mailboxPasswordSet`: ShipMail alone hosts mailboxes."""

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import document, ended, errors_of, write
from tests.schema.mutations.things import PASSWORD, mailbox_id, was_sent, written

HERE = mailbox_id("shipmail")


async def test_it_reaches_the_vendor(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxPasswordSet", id=HERE, password=PASSWORD)
    assert (payload["userErrors"], payload["applied"], payload["mailbox"]["id"]) == ([], ["PASSWORD"], HERE)
    assert was_sent(fleet, "shipmail", PASSWORD)
    assert PASSWORD not in str(payload)


@pytest.mark.parametrize("weak", ["short1A", "nodigitsAtAll", "n0capitals-here", "CANARY-ALL-CAPITALS-1"])
async def test_the_vendors_rule_is_the_vendors(fleet: Fleet, weak: str) -> None:
    payload = await write(fleet, "mailboxPasswordSet", id=HERE, password=weak)
    assert errors_of(payload) == [(["password"], "VENDOR_REJECTED")]
    said = "ShipMail: [redacted] is not 8 to 128 characters with a lowercase and an uppercase letter and a digit."
    assert payload["userErrors"][0]["message"] == said
    assert was_sent(fleet, "shipmail", weak)


async def test_a_lost_answer_cannot_be_found_out_about_and_that_is_said(fleet: Fleet) -> None:
    """No read shows a password."""
    fleet.sandboxes["shipmail"].outages.append(Outage(method="PATCH", status=502, is_after=True))
    payload = await write(fleet, "mailboxPasswordSet", id=HERE, password=PASSWORD)
    assert errors_of(payload) == [(None, "OUTCOME_UNKNOWN")]
    operation = await ended(fleet, payload)
    assert operation["state"] == "UNKNOWN"
    assert operation["message"] == "Nothing that the vendor shows tells whether this happened."
    assert errors_of(operation["results"][0]) == [(None, "OUTCOME_UNKNOWN")]
    assert written(fleet, "shipmail") == 1


@pytest.mark.parametrize("bad", ["", None, 12345678])
async def test_what_is_no_secret_is_not_repeated(fleet: Fleet, bad: object) -> None:
    error = await fleet.error(document("mailboxPasswordSet", "id", "password"), {"id": HERE, "password": bad})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "12345678" not in error["message"]
    assert fleet.calls()["shipmail"] == 0


@pytest.mark.parametrize("account", ["outreach", "smartlead"])
async def test_where_a_password_is_changed_elsewhere_is_said(fleet: Fleet, account: str) -> None:
    payload = await write(fleet, "mailboxPasswordSet", id=mailbox_id(account), password=PASSWORD)
    assert "mailboxUpdate" in payload["userErrors"][0]["message"]
    assert fleet.calls()[account] == 0
