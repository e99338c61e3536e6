"""The rules of a mailbox, of every type that is known and of some that are not."""
# Dice, sizes and places of the play data: naming each number would hide it.
# ruff: noqa: PLR2004

from collections.abc import Sequence
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox.shipmail.answer import Row, json_answer
from gateway.sandbox.shipmail.body import object_body
from gateway.sandbox.shipmail.box import Box
from gateway.sandbox.shipmail.rule_check import check_rules

REMEMBERED = 200
"""How many former rules can be put back although no page documents their types."""


def rules_of(index: int, folders: Sequence[Row]) -> list[Row]:
    """The rules of a mailbox: all known types in the first, later ones in the fourth, a deep nest in the sixth, one or none elsewhere."""
    to_vip = {"type": "move", "target": {"kind": "custom", "folder_id": next(each["id"] for each in folders if each["kind"] == "custom")}}
    from_northgate = {"type": "from_contains", "value": "@northgate-foods.example"}
    vip = _rule(index, 0, "VIP", [from_northgate], [to_vip, {"type": "star"}])
    if index == 0:
        return [vip, *_every_type(index)]
    if index == 3:
        return [*_of_the_future(index), vip]
    if index == 5:
        gone = {"type": "move", "target": {"kind": "custom", "folder_id": "fld_gone"}}
        return [_rule(index, 0, "", [_nested(60)], [gone])]
    return [] if index % 3 == 1 else [vip]


def _rule(index: int, position: int, name: str, conditions: list[Row], actions: list[Row]) -> Row:
    return {
        "id": str(UUID(int=(index << 64) + position + 1, version=4)),
        "name": name,
        "enabled": True,
        "position": position,
        "match_mode": "all",
        "stop": False,
        "conditions": conditions,
        "actions": actions,
    }


def _every_type(index: int) -> list[Row]:
    """All conditions and actions of May 2026."""
    valued = ("from_is", "from_contains", "recipient_is", "plus_tag_is", "subject_contains")
    plain = [*({"type": word, "value": "facture"} for word in valued), {"type": "has_attachment"}, {"type": "list_unsubscribe_exists"}]
    archive = {"type": "move", "target": {"kind": "system", "role": "archive"}}
    any_of = _rule(index, 1, "every plain condition", plain, [{"type": "mark_read"}]) | {"match_mode": "any"}
    nested = _rule(index, 2, "nested group, then stop", [_nested(3)], [archive, {"type": "mark_read"}, {"type": "star"}]) | {"stop": True}
    return [any_of, nested, _rule(index, 3, "disabled one", [{"type": "has_attachment"}], [archive]) | {"enabled": False}]


def _of_the_future(index: int) -> list[Row]:
    """Types that came later or are invented; positions repeat and are out of order."""
    webhook = _rule(index, 9, "from the future", [{"type": "size_over", "value": 1_048_576}], [{"type": "label", "labels": ["x"]}])
    draft = {"type": "ai_draft_reply", "instructions": "Reply politely.", "reply_mode": "reply"}
    ai = _rule(index, 5, "ai draft", [{"type": "recipient_contains", "value": "+eu"}], [draft]) | {"match_mode": "none", "colour": "teal"}
    return [webhook, ai, _rule(index, 6, "webhook", [{"type": "has_attachment"}], [{"type": "send_webhook"}]) | {"position": 5}]


def _nested(depth: int) -> Row:
    inner: Row = {"type": "subject_contains", "value": "invoice"}
    for level in range(depth):
        inner = {"type": "group", "match_mode": "any" if level % 2 else "all", "conditions": [inner, {"type": "has_attachment"}]}
    return inner


def rule_list(box: Box, _: Request) -> Row:
    """The rules, with the folders that they may move mail to."""
    targets = [{key: each[key] for key in ("id", "name", "role", "kind", "parent_id") if key in each} for each in box.folders]
    return {
        "object": "mailbox_rules",
        "mailbox_id": box.row["id"],
        "address": box.row["address"],
        "rules": box.rules,
        "folders": targets,
    }


async def replace_rules(box: Box, request: Request) -> Response:
    """All rules at once; there is no version to check."""
    body = await object_body(request, known=("rules",), needed=("rules",))
    rules = check_rules(box, body["rules"])
    box.rules_before = (*box.rules, *box.rules_before)[:REMEMBERED]
    box.rules = rules
    return json_answer(rule_list(box, request))
