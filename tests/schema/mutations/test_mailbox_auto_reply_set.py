"""`mailboxAutoReplySet`: ShipMail alone has one."""

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import ended, errors_of, known, write
from tests.schema.mutations.things import mailbox_id, shown, written

HERE = mailbox_id("shipmail")
AWAY = {"enabled": True, "body": "Away.\nBack soon.", "from": "2030-01-01T08:00:00+02:00", "to": "2030-02-01T00:00:00Z"}
SHOWN = {
    "enabled": True,
    "subject": None,
    "body": "Away.\nBack soon.",
    "from": "2030-01-01T06:00:00.000Z",
    "to": "2030-02-01T00:00:00.000Z",
}


async def test_it_is_set_whole(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxAutoReplySet", id=HERE, input=AWAY)
    assert (payload["userErrors"], payload["applied"]) == ([], ["AUTO_REPLY"])
    for mailbox in (payload["mailbox"], await known(fleet, HERE), await known(fleet, HERE, cache_control="no-cache")):
        assert mailbox["autoReply"] == SHOWN
    payload = await write(fleet, "mailboxAutoReplySet", id=HERE, input={"enabled": False})
    assert payload["mailbox"]["autoReply"] == {"enabled": False, "subject": None, "body": None, "from": None, "to": None}
    assert (await shown(fleet, "shipmail")).auto_reply.enabled is False


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"enabled": True}, ["body"], "Required when enabled is true."),
        ({"enabled": True, "body": "x" * 5001}, ["body"], "A text of 0 to 5000 characters."),
        ({**AWAY, "to": "2029-01-01T00:00:00Z"}, ["to"], "Must be after from_date."),
    ],
)
async def test_the_vendors_rules(fleet: Fleet, wrong: dict[str, object], field: list[str], words: str) -> None:
    payload = await write(fleet, "mailboxAutoReplySet", id=HERE, input=wrong)
    assert errors_of(payload) == [(field, "VENDOR_REJECTED")]
    assert payload["userErrors"][0]["message"] == f"ShipMail: {words}"
    assert payload["applied"] == []


async def test_a_subject_cannot_be_set(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxAutoReplySet", id=HERE, input={**AWAY, "subject": "Away"})
    assert errors_of(payload) == [(["subject"], "UNSUPPORTED_BY_VENDOR")]
    assert payload["userErrors"][0]["message"].endswith("The answer's subject is ShipMail's own: leave it out.")
    assert written(fleet, "shipmail") == 0


@pytest.mark.parametrize("is_after", [True, False], ids=["done", "not-done"])
async def test_a_lost_answer_is_found_out_about(fleet: Fleet, *, is_after: bool) -> None:
    fleet.sandboxes["shipmail"].outages.append(Outage(method="PATCH", status=502, is_after=is_after))
    payload = await write(fleet, "mailboxAutoReplySet", id=HERE, input=AWAY)
    operation = await ended(fleet, payload)
    assert (operation["kind"], operation["state"]) == ("mailboxAutoReplySet", "SUCCEEDED" if is_after else "FAILED")
    assert ((await known(fleet, HERE))["autoReply"] == SHOWN) == is_after
