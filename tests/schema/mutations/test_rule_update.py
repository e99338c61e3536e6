"""`ruleUpdate`: ShipMail alone has rules."""

from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.shipmail_box import RULES, STAR_IT, rules


async def test_it_is_another_in_its_place(fleet: Fleet) -> None:
    before = await rules(fleet)
    payload = await write(fleet, "ruleUpdate", id=RULES[1], rule=STAR_IT)
    assert (payload["userErrors"], payload["rule"]["id"], payload["rule"]["name"]) == ([], RULES[1], "Star it")
    assert payload["rules"] == [before[0], payload["rule"], *before[2:]] == await rules(fleet)


async def test_what_is_wrong_is_told_at_its_place(fleet: Fleet) -> None:
    before = await rules(fleet)
    payload = await write(fleet, "ruleUpdate", id=RULES[1], rule={**STAR_IT, "actions": [{"type": "MOVE"}]})
    assert errors_of(payload) == [(["rule", "actions", "0"], "BAD_USER_INPUT")]
    assert await rules(fleet) == before
