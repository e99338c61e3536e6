import asyncio
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.errors import (
    InvalidInputError,
    OutcomeUnknownError,
    VendorProtocolError,
    VendorRejectedError,
)
from gateway.domain.folder import FolderRole
from gateway.domain.rule import (
    ActionDraft,
    ConditionDraft,
    MatchMode,
    Rule,
    RuleActionType,
    RuleConditionType,
    RuleDraft,
)
from gateway.domain.writes import RulesEdit
from gateway.sandbox.server import Sandbox
from gateway.vendors.shipmail.adapter import ShipmailAdapter
from tests.vendors.shipmail.conftest import recorded
from tests.vendors.shipmail.writing import last_body, nth, scripted, sent

PATH = ("rules", "0")
VALUED = (ConditionDraft(type=RuleConditionType.FROM_CONTAINS, value="@example.com"),)
STAR = (ActionDraft(type=RuleActionType.STAR),)
FOLDERS = [
    {"id": "fld_1", "name": "VIP", "role": None, "kind": "custom"},
    {"id": "fld_2", "name": "Junk", "role": "junk", "kind": "system"},
    {"id": "fld_3", "name": "Sent", "role": "sent", "kind": "system"},
]


def draft(**changes: Any) -> RuleDraft:  # noqa: ANN401 - a draft's
    return RuleDraft(**{"name": "New", "conditions": VALUED, "actions": STAR, "path": PATH, **changes})


def moving(**target: Any) -> RuleDraft:  # noqa: ANN401 - an action's
    return draft(actions=(ActionDraft(type=RuleActionType.MOVE, **target),))


def holding(rules: object, *, folders: object = FOLDERS) -> tuple[ShipmailAdapter, list[httpx.Request]]:
    """An adapter whose vendor holds these rules (JSON, or its text), and takes all others."""
    text = rules if isinstance(rules, str) else json.dumps(rules)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            return httpx.Response(200, json=json.loads(request.content) | {"folders": folders})
        return httpx.Response(200, content=f'{{"rules": {text}, "folders": {json.dumps(folders)}}}'.encode())

    return scripted(answer)


def put(requests: Sequence[httpx.Request]) -> list[dict[str, Any]]:
    assert [request.method for request in requests] == ["GET", "PUT"]
    rules: list[dict[str, Any]] = json.loads(requests[-1].content)["rules"]
    return rules


def behind(new: RuleDraft) -> RulesEdit:
    return lambda rules: [*rules, new]


# ---------------------------------------------------------------------- against the sandbox
async def test_a_new_rule_joins_those_that_are_there(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    before = await adapter.list_rules(mailbox_id)
    folder = next(folder for folder in await adapter.list_folders(mailbox_id) if folder.name == "VIP")
    sandbox.requests.clear()
    after = await adapter.edit_rules(mailbox_id, behind(moving(target_folder_vendor_id=folder.vendor_id)))
    assert sent(sandbox) == [("GET", "rules"), ("PUT", "rules")]
    assert [rule.position for rule in after] == [0, 1, 2, 3, 4]
    assert list(after[:4]) == list(before)
    new = after[4]
    assert UUID(new.vendor_id).version == 4
    assert new.actions[0].target_folder is not None
    assert new.actions[0].target_folder.id == folder.id
    assert (new.name, new.enabled, new.match_mode, new.stop) == ("New", True, MatchMode.ALL, False)
    assert await adapter.list_rules(mailbox_id) == after


async def test_all_types_that_can_be_said(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 1)).vendor_id
    valued = [each for each in RuleConditionType if each.name.endswith(("_IS", "_CONTAINS"))]
    flags = (ConditionDraft(type=RuleConditionType.HAS_ATTACHMENT), ConditionDraft(type=RuleConditionType.LIST_UNSUBSCRIBE_EXISTS))
    group = ConditionDraft(type=RuleConditionType.GROUP, match_mode=MatchMode.ANY, conditions=flags)
    conditions = (*(ConditionDraft(type=each, value="x") for each in valued), group)
    actions = (
        ActionDraft(type=RuleActionType.MOVE, target_role=FolderRole.ARCHIVE),
        ActionDraft(type=RuleActionType.MARK_READ),
        ActionDraft(type=RuleActionType.STAR),
    )
    wanted = draft(conditions=conditions, actions=actions, match_mode=MatchMode.ANY, stop=True, enabled=False)
    (rule,) = await adapter.edit_rules(mailbox_id, lambda _: [wanted])
    (body,) = last_body(sandbox)["rules"]
    assert body == {
        "id": rule.vendor_id,
        "name": "New",
        "enabled": False,
        "position": 0,
        "match_mode": "any",
        "stop": True,
        "conditions": [
            *({"type": each.lower(), "value": "x"} for each in valued),
            {"type": "group", "match_mode": "any", "conditions": [{"type": "has_attachment"}, {"type": "list_unsubscribe_exists"}]},
        ],
        "actions": [{"type": "move", "target": {"kind": "system", "role": "archive"}}, {"type": "mark_read"}, {"type": "star"}],
    }
    assert len(valued) == 5
    assert rule.conditions[-1].conditions is not None


async def test_rules_of_a_later_version_are_carried_through(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 3)).vendor_id
    before = await adapter.list_rules(mailbox_id)
    after = await adapter.edit_rules(mailbox_id, lambda rules: [draft(), *rules[::-1]])
    assert [rule.position for rule in after] == [0, 1, 2, 3, 4]
    for old, new in zip(before[::-1], after[1:], strict=True):
        assert new.raw == {**old.raw, "position": new.position}
    assert any(rule.raw.get("colour") == "teal" for rule in after)


async def test_a_rule_that_points_to_a_folder_that_is_gone_is_carried_through(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 5)).vendor_id
    after = await adapter.edit_rules(mailbox_id, behind(draft()))
    assert after[0].actions[0].raw["target"] == {"kind": "custom", "folder_id": "fld_gone"}


async def test_no_rules_at_all(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    assert await adapter.edit_rules(mailbox_id, lambda _: []) == []
    assert last_body(sandbox) == {"rules": []}
    assert await adapter.list_rules(mailbox_id) == []


async def test_nothing_is_written_where_nothing_changes(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    assert len(await adapter.edit_rules(mailbox_id, list)) == 4
    assert sent(sandbox) == [("GET", "rules")]


async def test_actions_that_an_edit_took_out_are_gone_and_come_back_with_the_old_rule(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    before = await adapter.list_rules(mailbox_id)

    def detach(rules: Sequence[Rule]) -> list[Rule]:
        return [msgspec.structs.replace(rules[0], actions=rules[0].actions[1:]), *rules[1:]]

    after = await adapter.edit_rules(mailbox_id, detach)
    assert [action.type for action in after[0].actions] == [RuleActionType.STAR]
    assert list(after[1:]) == list(before[1:])
    assert await adapter.edit_rules(mailbox_id, lambda _: before) == before


async def test_a_changed_rule_keeps_its_id_and_what_we_do_not_know() -> None:
    old = recorded("rules").body["rules"][0] | {"colour": "teal", "weight": 1.0}
    adapter, requests = holding([old])
    await adapter.edit_rules("mbx_1", lambda _: [draft(vendor_id=old["id"])])
    (new,) = put(requests)
    assert (new["id"], new["name"], new["colour"], json.dumps(new["weight"])) == (old["id"], "New", "teal", "1.0")
    assert new["actions"] == [{"type": "star"}]


# ---------------------------------------------------------------------- what goes back unchanged
NUMBERS = st.integers() | st.integers(2**60, 2**80) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1.0, -0.0, 1e22])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=12,
)
PARTS = st.lists(st.dictionaries(st.sampled_from(["type", "value", "target", "x"]), JSON_VALUES, max_size=4) | JSON_VALUES, max_size=3)
KNOWN = {"name": JSON_VALUES, "enabled": JSON_VALUES, "position": JSON_VALUES, "match_mode": JSON_VALUES, "stop": JSON_VALUES}
RULES = st.builds(
    lambda known, unknown: {**unknown, **known},
    st.fixed_dictionaries(
        {"id": st.uuids().map(str)}, optional={**KNOWN, "conditions": PARTS | JSON_VALUES, "actions": PARTS | JSON_VALUES}
    ),
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON_VALUES, max_size=3),
)


@settings(max_examples=50)
@given(st.lists(RULES, max_size=5, unique_by=lambda rule: rule["id"]))
def test_whatever_a_rule_holds_goes_back_as_it_was(rules: list[dict[str, Any]]) -> None:
    adapter, requests = holding(rules)
    asyncio.run(adapter.edit_rules("mbx_1", lambda current: [draft(), *current]))
    new, *kept = put(requests)
    assert new["position"] == 0
    assert [rule["position"] for rule in kept] == list(range(1, len(rules) + 1))
    by_id = {rule["id"]: rule for rule in rules}
    for rule in kept:
        old = by_id.pop(rule["id"])
        assert json.dumps({**old, "position": 0}) == json.dumps({**rule, "position": 0})
    assert not by_id


async def test_numbers_and_letters_go_back_to_the_letter() -> None:
    rule = (
        '{"id":"7","name":"é \\u00e9 ☕","position":3,"conditions":[{"type":"size_over","value":123456789012345678901234567890,"k":1.0}],'
        '"actions":[{"type":"label","n":[1e22,-0.5,true,null,{}]},"odd"],"z":{"a":1}}'
    )
    adapter, requests = holding(f"[{rule}]")
    await adapter.edit_rules("mbx_1", lambda rules: [*rules, draft()])
    assert requests[-1].content.decode().startswith(f'{{"rules":[{rule.replace("u00e9", "é").replace(chr(92), "").replace(":3,", ":0,")},')


@pytest.mark.parametrize(
    "rules",
    [
        '[{"id": "1"}, "junk"]',
        '[{"id": "1"}, {"name": "without an id"}]',
        '[{"id": "1", "weight": 1e400}]',
        '[{"id": "1", "name": "\\ud83d"}]',
    ],
)
async def test_what_could_not_be_written_back_is_not_written_over(rules: str) -> None:
    adapter, requests = holding(rules)
    assert len(await adapter.list_rules("mbx_1")) == 1
    requests.clear()
    with pytest.raises(VendorProtocolError, match="nothing was written"):
        await adapter.edit_rules("mbx_1", behind(draft()))
    assert [request.method for request in requests] == ["GET"]


@pytest.mark.parametrize("folders", [None, {}, "x", ["x"]])
async def test_folders_that_were_not_told_are_needed_only_by_a_rule_that_names_one(folders: object) -> None:
    adapter, requests = holding([], folders=folders)
    with pytest.raises(VendorProtocolError, match="did not tell the folders"):
        await adapter.edit_rules("mbx_1", behind(moving(target_folder_vendor_id="fld_1")))
    assert [request.method for request in requests] == ["GET"]
    assert len(await adapter.edit_rules("mbx_1", behind(moving(target_role=FolderRole.JUNK)))) == 1


@pytest.mark.parametrize("answer", [httpx.Response(200, content=b"{}"), httpx.Response(204), httpx.Response(503)])
async def test_an_answer_that_tells_no_rules_leaves_it_open(answer: httpx.Response) -> None:
    adapter, requests = scripted(
        lambda request: answer if request.method == "PUT" else httpx.Response(200, json={"rules": [], "folders": []})
    )
    with pytest.raises(OutcomeUnknownError):
        await adapter.edit_rules("mbx_1", behind(draft()))
    assert len(requests) == 2


# ---------------------------------------------------------------------- drafts that make no rule
ONE_CONDITION = (*PATH, "conditions", "0")
ONE_ACTION = (*PATH, "actions", "0")


def on(**condition: Any) -> RuleDraft:  # noqa: ANN401 - a condition's
    return draft(conditions=(ConditionDraft(**condition),))


def doing(**action: Any) -> RuleDraft:  # noqa: ANN401 - an action's
    return draft(actions=(ActionDraft(**action),))


C, A = RuleConditionType, RuleActionType
INNER = ConditionDraft(type=C.GROUP, conditions=(ConditionDraft(type=C.HAS_ATTACHMENT), ConditionDraft(type=C.FROM_IS)))


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        (on(type=C.FROM_IS), (*ONE_CONDITION, "value")),
        (on(type=C.SUBJECT_CONTAINS, value=""), (*ONE_CONDITION, "value")),
        (on(type=C.HAS_ATTACHMENT, value="x"), (*ONE_CONDITION, "value")),
        (on(type=C.FROM_IS, value="x", match_mode=MatchMode.ANY), (*ONE_CONDITION, "matchMode")),
        (on(type=C.FROM_IS, value="x", conditions=()), (*ONE_CONDITION, "conditions")),
        (on(type=C.GROUP), (*ONE_CONDITION, "conditions")),
        (on(type=C.GROUP, conditions=()), (*ONE_CONDITION, "conditions")),
        (on(type=C.GROUP, conditions=VALUED, value="x"), (*ONE_CONDITION, "value")),
        (on(type=C.GROUP, conditions=(INNER,)), (*ONE_CONDITION, "conditions", "0", "conditions", "1", "value")),
        (on(type=C.OTHER), (*ONE_CONDITION, "raw")),
        (on(type=C.OTHER, raw={"value": "x"}), (*ONE_CONDITION, "raw")),
        (on(type=C.OTHER, raw={"type": 1}), (*ONE_CONDITION, "raw")),
        (on(type=C.OTHER, raw={"type": "size_over"}, value="1"), (*ONE_CONDITION, "value")),
        (on(type=C.FROM_IS, value="x", raw={"type": "from_contains"}), (*ONE_CONDITION, "raw")),
        (doing(type=A.MOVE), ONE_ACTION),
        (doing(type=A.MOVE, target_role=FolderRole.JUNK, target_folder_vendor_id="fld_1"), ONE_ACTION),
        (doing(type=A.MOVE, target_role=FolderRole.SENT), (*ONE_ACTION, "targetRole")),
        (doing(type=A.MOVE, target_folder_vendor_id="fld_gone"), (*ONE_ACTION, "targetFolder")),
        (doing(type=A.MOVE, target_folder_vendor_id="fld_3"), (*ONE_ACTION, "targetFolder")),
        (doing(type=A.STAR, target_role=FolderRole.JUNK), (*ONE_ACTION, "targetRole")),
        (doing(type=A.MARK_READ, target_folder_vendor_id="fld_1"), (*ONE_ACTION, "targetFolder")),
        (doing(type=A.OTHER), (*ONE_ACTION, "raw")),
        (doing(type=A.OTHER, raw={"type": "label"}, target_role=FolderRole.JUNK), (*ONE_ACTION, "targetRole")),
        (doing(type=A.STAR, raw={"type": "label"}), (*ONE_ACTION, "raw")),
    ],
)
async def test_a_draft_that_makes_no_rule_is_refused_before_anything_is_written(wanted: RuleDraft, path: tuple[str, ...]) -> None:
    adapter, requests = holding([])
    with pytest.raises(InvalidInputError) as caught:
        await adapter.edit_rules("mbx_1", behind(wanted))
    assert caught.value.field == path
    assert [request.method for request in requests] == ["GET"]


@pytest.mark.parametrize(
    ("wanted", "part", "wire"),
    [
        (on(type=C.OTHER, raw={"type": "size_over", "value": 2**70}), "conditions", {"type": "size_over", "value": 2**70}),
        (
            on(type=C.FROM_IS, value="x", raw={"type": "from_is", "value": "y", "k": 1}),
            "conditions",
            {"type": "from_is", "value": "x", "k": 1},
        ),
        (doing(type=A.OTHER, raw={"type": "label", "labels": ["x"]}), "actions", {"type": "label", "labels": ["x"]}),
        (doing(type=A.MOVE, target_folder_vendor_id="fld_2"), "actions", {"type": "move", "target": {"kind": "system", "role": "junk"}}),
    ],
)
async def test_how_a_draft_is_written(wanted: RuleDraft, part: str, wire: dict[str, Any]) -> None:
    adapter, requests = holding([])
    await adapter.edit_rules("mbx_1", behind(wanted))
    (rule,) = put(requests)
    assert rule[part] == [wire]


# ---------------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("rules.1.actions.0.target.folder_id", ("rule", "actions", "0", "targetFolder")),
        ("rules[1].actions[0].target.role", ("rule", "actions", "0", "targetRole")),
        ("rules[1].conditions[2].conditions[0].value", ("rule", "conditions", "2", "conditions", "0", "value")),
        ("rules.1.match_mode", ("rule", "matchMode")),
        ("rules.1.name", ("rule", "name")),
        ("rules.1.id", ("rule",)),
        ("rules.1", ("rule",)),
        ("rules.0.name", None),
        ("rules.9.name", None),
        ("rules", ("rule",)),
        ("name", None),
        (None, None),
        ("", None),
    ],
)
async def test_a_refusal_is_led_back_to_the_draft_it_is_about(field: str | None, path: tuple[str, ...] | None) -> None:
    body = {"error": {"type": "validation_error", "message": "No.", "details": [{"field": field, "message": "Not this."}]}}

    def answer(request: httpx.Request) -> httpx.Response:
        rules = {"rules": [{"id": "1"}], "folders": []}
        return httpx.Response(422, json=body) if request.method == "PUT" else httpx.Response(200, json=rules)

    adapter, _ = scripted(answer)
    with pytest.raises(VendorRejectedError) as caught:
        await adapter.edit_rules("mbx_1", behind(draft(path=("rule",))))
    assert [(fault.message, fault.path) for fault in caught.value.fields] == [("Not this.", path)]


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        (draft(name=""), (*PATH, "name")),
        (draft(name="x" * 121), (*PATH, "name")),
        (draft(conditions=()), (*PATH, "conditions")),
        (draft(actions=STAR * 6), (*PATH, "actions")),
        (on(type=C.FROM_IS, value="x" * 257), (*ONE_CONDITION, "value")),
        (on(type=C.OTHER, raw={"type": "size_over", "value": 1}), (*ONE_CONDITION, "type")),
        (draft(vendor_id="no-uuid"), PATH),
    ],
)
async def test_the_vendor_s_own_limits(adapter: ShipmailAdapter, sandbox: Sandbox, wanted: RuleDraft, path: tuple[str, ...]) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    with pytest.raises(VendorRejectedError) as caught:
        await adapter.edit_rules(mailbox_id, behind(wanted))
    assert [fault.path for fault in caught.value.fields] == [path]
    assert len(await adapter.list_rules(mailbox_id)) == 4


async def test_too_many_rules(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    with pytest.raises(VendorRejectedError, match="refused"):
        await adapter.edit_rules(mailbox_id, lambda _: [draft()] * 51)
