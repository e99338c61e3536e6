"""`rulesReorder`: ShipMail alone has rules."""

import pytest

from gateway.domain.identifier import Kind, encode
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.shipmail_box import BOX, RULES, rules
from tests.schema.mutations.things import mailbox_id, written


async def test_the_same_rules_in_another_order(fleet: Fleet) -> None:
    payload = await write(fleet, "rulesReorder", mailboxId=BOX, ids=RULES[::-1])
    assert payload["userErrors"] == []
    assert [rule["id"] for rule in payload["rules"]] == RULES[::-1] == [rule["id"] for rule in await rules(fleet)]


@pytest.mark.parametrize("ids", [RULES[:2], [*RULES, RULES[0]], []])
async def test_each_is_named_once(fleet: Fleet, ids: list[str]) -> None:
    payload = await write(fleet, "rulesReorder", mailboxId=BOX, ids=ids)
    assert errors_of(payload) == [(["ids"], "BAD_USER_INPUT")]
    assert payload["userErrors"][0]["message"].startswith("Name every rule of the mailbox once, in the order in which they shall run.")
    assert written(fleet, "shipmail") == 0


@pytest.mark.parametrize("bad", ["x", BOX, encode(Kind.RULE, "shipmail", "mbx_1cd5e1", "r"), encode(Kind.RULE, "nobody", "b", "r")])
async def test_ids_of_other_things(fleet: Fleet, bad: str) -> None:
    payload = await write(fleet, "rulesReorder", mailboxId=BOX, ids=[*RULES[:3], bad])
    assert [error["field"] for error in payload["userErrors"]] == [["ids", "3"]]
    assert fleet.calls()["shipmail"] == 0


async def test_rules_that_we_do_not_know_pass_unchanged(fleet: Fleet) -> None:
    """The fourth mailbox has rules of later types."""
    here = mailbox_id("shipmail", "mbx_3eb693")
    query = "query ($id: ID!) { mailbox(id: $id) { rules { id name conditions { raw } actions { raw } } } }"
    before = (await fleet.data(query, {"id": here}))["mailbox"]["rules"]
    assert any(condition["raw"]["type"] == "size_over" for rule in before for condition in rule["conditions"])
    payload = await write(fleet, "rulesReorder", mailboxId=here, ids=[rule["id"] for rule in before[::-1]])
    assert payload["userErrors"] == []
    assert (await fleet.data(query, {"id": here}))["mailbox"]["rules"] == before[::-1]
