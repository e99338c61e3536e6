"""ShipMail's inbox rules in the gateway's words. Conditions and actions keep their whole JSON in `raw`. Pure and total."""

from collections.abc import Mapping, Sequence
from typing import cast

from gateway.domain.account import Account
from gateway.domain.folder import Folder
from gateway.domain.identifier import Kind, encode
from gateway.domain.rule import MatchMode, Rule, RuleAction, RuleActionType, RuleCondition, RuleConditionType
from gateway.vendors.reading import count
from gateway.vendors.shipmail.mapping import folder_from_wire, role_from_wire
from gateway.vendors.shipmail.rules_answer import RawObject, RuleFound
from gateway.vendors.shipmail.wire import FolderRow

MAX_DEPTH = 50
"""How deep groups are unfolded; the vendor tells no limit. What lies deeper stays readable in `raw`."""
_LAST = 2**31
_CONDITIONS = {kind.casefold(): kind for kind in RuleConditionType if kind is not RuleConditionType.OTHER}
_ACTIONS = {kind.casefold(): kind for kind in RuleActionType if kind is not RuleActionType.OTHER}
_MODES = {mode.casefold(): mode for mode in MatchMode}


def rules_from_wire(found: Sequence[RuleFound], folders: Sequence[FolderRow], *, account: Account, mailbox_id: str) -> list[Rule]:
    """The rules in the order in which they run; equal positions stay as they came, rules without one run last."""
    targets = {row.id: folder_from_wire(row, account=account, mailbox_id=mailbox_id) for row in folders}
    rules = [rule_from_wire(each, targets, account=account, mailbox_id=mailbox_id) for each in found]
    return sorted(rules, key=lambda rule: _LAST if rule.position is None else rule.position)


def rule_from_wire(found: RuleFound, targets: Mapping[str, Folder], *, account: Account, mailbox_id: str) -> Rule:
    """One rule; `targets` are the folders that an action may name, by their vendor id."""
    row = found.row
    return Rule(
        id=encode(Kind.RULE, account.name, mailbox_id, row.id),
        vendor_id=row.id,
        name=row.name,
        enabled=row.enabled,
        position=count(row.position),
        match_mode=_mode(row.match_mode),
        match_mode_raw=row.match_mode,
        stop=row.stop,
        conditions=tuple(_condition(raw) for raw in objects_in(row.conditions)),
        actions=tuple(_action(raw, targets) for raw in objects_in(row.actions)),
        raw=found.raw,
    )


def _condition(raw: RawObject, depth: int = 1) -> RuleCondition:
    word = _text(raw.get("type")) or ""
    kind = _CONDITIONS.get(word.casefold(), RuleConditionType.OTHER)
    is_open_group = kind is RuleConditionType.GROUP and depth <= MAX_DEPTH
    return RuleCondition(
        type=kind,
        type_raw=word,
        raw=raw,
        value=_text(raw.get("value")),
        match_mode=_mode(raw.get("match_mode")),
        conditions=tuple(_condition(inner, depth + 1) for inner in objects_in(raw.get("conditions"))) if is_open_group else None,
    )


def _action(raw: RawObject, targets: Mapping[str, Folder]) -> RuleAction:
    word = _text(raw.get("type")) or ""
    target = raw.get("target")
    named = target if isinstance(target, dict) else {}
    return RuleAction(
        type=_ACTIONS.get(word.casefold(), RuleActionType.OTHER),
        type_raw=word,
        raw=raw,
        target_role=role_from_wire(_text(named.get("role"))),
        target_folder=targets.get(_text(named.get("folder_id")) or ""),
    )


def objects_in(value: object) -> list[RawObject]:
    """The JSON objects of a list; anything else is no condition and no action."""
    return [cast("RawObject", each) for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _mode(word: object) -> MatchMode | None:
    return _MODES.get(word.strip().casefold()) if isinstance(word, str) else None


def _text(value: object) -> str | None:
    """Text, or a number as text (a type of the future may compare with a size)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None
