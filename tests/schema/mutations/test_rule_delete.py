"""`ruleDelete`: ShipMail alone has rules."""

from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.shipmail_box import RULES, rules


async def test_it_is_gone_and_the_others_stay(fleet: Fleet) -> None:
    before = await rules(fleet)
    payload = await write(fleet, "ruleDelete", id=RULES[2])
    assert (payload["userErrors"], payload["rule"]) == ([], None)
    kept = [rule["id"] for rule in before if rule["id"] != RULES[2]]
    assert [rule["id"] for rule in payload["rules"]] == kept == [rule["id"] for rule in await rules(fleet)]


async def test_twice_is_once(fleet: Fleet) -> None:
    await write(fleet, "ruleDelete", id=RULES[2])
    payload = await write(fleet, "ruleDelete", id=RULES[2])
    assert errors_of(payload) == [(["id"], "NOT_FOUND")]
    assert payload["userErrors"][0]["message"] == "The mailbox has no such rule (any more): query its `rules` anew."
