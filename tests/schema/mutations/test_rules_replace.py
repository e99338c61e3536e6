"""`rulesReplace`: ShipMail alone has rules."""

from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.shipmail_box import BOX, STAR_IT, rules
from tests.schema.mutations.things import written


async def test_these_and_no_others(fleet: Fleet) -> None:
    second = {**STAR_IT, "name": "Second", "actions": [{"type": "MARK_READ"}]}
    payload = await write(fleet, "rulesReplace", mailboxId=BOX, rules=[STAR_IT, second])
    assert (payload["userErrors"], payload["rule"]) == ([], None)
    assert [rule["name"] for rule in payload["rules"]] == ["Star it", "Second"]
    assert payload["rules"] == await rules(fleet)


async def test_none_at_all(fleet: Fleet) -> None:
    payload = await write(fleet, "rulesReplace", mailboxId=BOX, rules=[])
    assert (payload["userErrors"], payload["rules"]) == ([], [])
    assert await rules(fleet) == []


async def test_what_is_wrong_is_told_at_its_place(fleet: Fleet) -> None:
    payload = await write(fleet, "rulesReplace", mailboxId=BOX, rules=[STAR_IT, {**STAR_IT, "actions": [{"type": "MOVE"}]}])
    assert errors_of(payload) == [(["rules", "1", "actions", "0"], "BAD_USER_INPUT")]
    payload = await write(fleet, "rulesReplace", mailboxId=BOX, rules=[STAR_IT, {**STAR_IT, "name": ""}])
    assert errors_of(payload) == [(["rules", "1", "name"], "VENDOR_REJECTED")]
    assert written(fleet, "shipmail") == 1


async def test_more_than_the_vendor_takes(fleet: Fleet) -> None:
    payload = await write(fleet, "rulesReplace", mailboxId=BOX, rules=[STAR_IT] * 51)
    assert errors_of(payload) == [(["rules"], "VENDOR_REJECTED")]
