"""`ruleCreate`: ShipMail alone has rules."""

import asyncio
from typing import Any

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.shipmail_box import BOX, RULE_IDS, STAR_IT, VIP, rules
from tests.schema.mutations.things import mailbox_id, written


async def create(fleet: Fleet, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any shape
    return await write(fleet, "ruleCreate", mailboxId=BOX, rule={**STAR_IT, **more})


async def test_it_runs_last_and_the_others_stay(fleet: Fleet) -> None:
    before = await rules(fleet)
    payload = await create(fleet)
    assert (payload["userErrors"], payload["warnings"]) == ([], [])
    rule = payload["rule"]
    assert (rule["name"], rule["enabled"], rule["matchMode"], rule["stop"]) == ("Star it", True, "ALL", False)
    assert [each["type"] for each in (*rule["conditions"], *rule["actions"])] == ["HAS_ATTACHMENT", "STAR"]
    assert payload["rules"] == [*before, rule] == await rules(fleet)


async def test_everything_that_a_rule_can_say(fleet: Fleet) -> None:
    group = {"type": "GROUP", "matchMode": "ANY", "conditions": [{"type": "FROM_IS", "value": "a@b.example"}, {"type": "HAS_ATTACHMENT"}]}
    conditions = [group, {"type": "SUBJECT_CONTAINS", "value": "invoice"}]
    actions = [{"type": "MOVE", "targetFolder": VIP}, {"type": "MARK_READ"}]
    payload = await create(fleet, enabled=False, matchMode="ANY", stop=True, conditions=conditions, actions=actions)
    assert payload["userErrors"] == []
    rule = payload["rule"]
    assert (rule["enabled"], rule["matchMode"], rule["stop"]) == (False, "ANY", True)
    assert rule["conditions"][0]["raw"]["conditions"][0] == {"type": "from_is", "value": "a@b.example"}
    assert rule["actions"][0]["raw"]["target"] == {"kind": "custom", "folder_id": "fld_0c0"}


async def test_a_move_to_a_system_folder(fleet: Fleet) -> None:
    payload = await create(fleet, actions=[{"type": "MOVE", "targetRole": "ARCHIVE"}])
    assert payload["rule"]["actions"][0]["raw"]["target"] == {"kind": "system", "role": "archive"}


FOREIGN = mailbox_id("shipmail", "mbx_1cd5e1")


@pytest.mark.parametrize(
    ("more", "place", "code", "words"),
    [
        ({"name": ""}, ("name",), "VENDOR_REJECTED", "1 to 120 characters"),
        ({"conditions": []}, ("conditions",), "VENDOR_REJECTED", "1 to 10"),
        ({"actions": [{"type": "STAR"}] * 6}, ("actions",), "VENDOR_REJECTED", "1 to 5"),
        ({"conditions": [{"type": "FROM_IS"}]}, ("conditions", "0", "value"), "BAD_USER_INPUT", "needs a value"),
        ({"conditions": [{"type": "GROUP"}]}, ("conditions", "0", "conditions"), "BAD_USER_INPUT", ""),
        ({"conditions": [{"type": "OTHER"}]}, ("conditions", "0", "raw"), "BAD_USER_INPUT", "raw"),
        ({"conditions": [{"type": "OTHER", "raw": [1]}]}, ("conditions", "0", "raw"), "BAD_USER_INPUT", "JSON object"),
        ({"actions": [{"type": "MOVE"}]}, ("actions", "0"), "BAD_USER_INPUT", "either targetRole or targetFolder"),
        (
            {"actions": [{"type": "STAR"}, {"type": "MOVE", "targetRole": "SENT"}]},
            ("actions", "1", "targetRole"),
            "BAD_USER_INPUT",
            "ARCHIVE",
        ),
        ({"actions": [{"type": "MOVE", "targetFolder": "x"}]}, ("actions", "0", "targetFolder"), "BAD_USER_INPUT", "not made by this"),
        ({"actions": [{"type": "MOVE", "targetFolder": BOX}]}, ("actions", "0", "targetFolder"), "BAD_USER_INPUT", "kind Mailbox"),
    ],
)
async def test_what_is_wrong_is_told_at_its_place(
    fleet: Fleet, more: dict[str, Any], place: tuple[str, ...], code: str, words: str
) -> None:
    before = await rules(fleet)
    payload = await create(fleet, **more)
    assert errors_of(payload) == [(["rule", *place], code)]
    assert words in payload["userErrors"][0]["message"]
    assert await rules(fleet) == before
    assert code == "VENDOR_REJECTED" or written(fleet, "shipmail") == 0


async def test_a_folder_that_is_gone_is_found_out_before_anything_is_written(fleet: Fleet) -> None:
    await write(fleet, "folderDelete", id=VIP, detachRules=True)
    count = written(fleet, "shipmail")
    payload = await create(fleet, actions=[{"type": "MOVE", "targetFolder": VIP}])
    assert errors_of(payload) == [(["rule", "actions", "0", "targetFolder"], "BAD_USER_INPUT")]
    assert "create it first" in payload["userErrors"][0]["message"]
    assert written(fleet, "shipmail") == count


async def test_groups_are_not_nested_without_end(fleet: Fleet) -> None:
    condition: dict[str, Any] = {"type": "HAS_ATTACHMENT"}
    for _ in range(30):
        condition = {"type": "GROUP", "matchMode": "ALL", "conditions": [condition]}
    payload = await create(fleet, conditions=[condition])
    assert [error["code"] for error in payload["userErrors"]] == ["BAD_USER_INPUT"]
    assert payload["userErrors"][0]["message"] == "Groups are nested more than 20 deep."


async def test_five_at_once_are_five(fleet: Fleet) -> None:
    """Whoever reads, changes and writes back is alone meanwhile."""
    payloads = await asyncio.gather(*(create(fleet, name=f"Rule {n}") for n in range(5)))
    assert all(payload["userErrors"] == [] for payload in payloads)
    now = await rules(fleet)
    assert [rule["vendorId"] for rule in now[:4]] == RULE_IDS
    assert sorted(rule["name"] for rule in now[4:]) == [f"Rule {n}" for n in range(5)]


async def test_after_a_lost_answer_the_rules_show_what_happened(fleet: Fleet) -> None:
    fleet.sandboxes["shipmail"].outages.append(Outage(method="PUT", status=502, is_after=True))
    payload = await create(fleet)
    assert errors_of(payload) == [(None, "OUTCOME_UNKNOWN")]
    assert [rule["name"] for rule in payload["rules"]][-1] == "Star it"
    assert written(fleet, "shipmail") == 1
