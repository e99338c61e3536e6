"""What ShipMail takes as a rule: limits of its OpenAPI file of June 2026, types of its SDK 0.1.7."""

from typing import Any
from uuid import UUID

from gateway.sandbox.shipmail.answer import Row, invalid
from gateway.sandbox.shipmail.body import check_keys, flag_in, text_in, whole_in, word_in
from gateway.sandbox.shipmail.box import Box

MAX_RULES = 50
MAX_CONDITIONS = 10
MAX_ACTIONS = 5
MAX_DEPTH = 50
"""No page says how deep groups may lie in each other."""
_KEYS = ("id", "name", "enabled", "position", "match_mode", "stop", "conditions", "actions")
_VALUED = ("from_is", "from_contains", "recipient_is", "plus_tag_is", "subject_contains")
_FLAGS = ("has_attachment", "list_unsubscribe_exists")


def check_rules(box: Box, rules: object) -> list[Row]:
    """The new rules. One that is there, or was, passes as it is, of whatever type; it may be renumbered and lose actions."""
    found = _list(rules, "rules", least=0, most=MAX_RULES)
    for number, rule in enumerate(found):
        if not any(_is_same(rule, stored) for stored in (*box.rules, *box.rules_before)):
            _check(box, rule, at=f"rules.{number}.")
    ids = [rule["id"] for rule in found]
    if len(set(ids)) < len(ids):
        raise invalid("rules", "Every rule needs an id of its own.")
    return found


def _is_same(rule: Row, stored: Row) -> bool:
    if list(rule) != list(stored) or rule.get("id") != stored["id"]:
        return False
    actions = rule["actions"]
    is_fewer = isinstance(actions, list) and bool(actions) and all(action in stored["actions"] for action in actions)
    return is_fewer and {**rule, "position": 0, "actions": 0} == {**stored, "position": 0, "actions": 0}


def _check(box: Box, rule: Row, *, at: str) -> None:
    check_keys(rule, known=_KEYS, needed=_KEYS, at=at)
    try:
        UUID(text_in(rule, "id", most=36, at=at))
    except ValueError:
        raise invalid(f"{at}id", "A UUID.") from None
    text_in(rule, "name", least=1, most=120, at=at)
    flag_in(rule, "enabled", at=at)
    whole_in(rule, "position", least=0, most=10_000, at=at)
    word_in(rule, "match_mode", ("all", "any"), at=at)
    flag_in(rule, "stop", at=at)
    _check_conditions(rule["conditions"], at=f"{at}conditions", depth=1)
    for number, action in enumerate(_list(rule["actions"], f"{at}actions", least=1, most=MAX_ACTIONS)):
        _check_action(box, action, at=f"{at}actions.{number}.")


def _check_conditions(conditions: object, *, at: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise invalid(at, "Nested too deeply.")
    for number, condition in enumerate(_list(conditions, at, least=1, most=MAX_CONDITIONS)):
        here = f"{at}.{number}."
        kind = word_in(condition, "type", (*_VALUED, *_FLAGS, "group"), at=here)
        if kind == "group":
            check_keys(condition, known=("type", "match_mode", "conditions"), needed=("match_mode", "conditions"), at=here)
            word_in(condition, "match_mode", ("all", "any"), at=here)
            _check_conditions(condition["conditions"], at=f"{here}conditions", depth=depth + 1)
        elif kind in _VALUED:
            check_keys(condition, known=("type", "value"), at=here)
            text_in(condition, "value", least=1, most=256, at=here)
        else:
            check_keys(condition, known=("type",), at=here)


def _check_action(box: Box, action: Row, *, at: str) -> None:
    if word_in(action, "type", ("move", "mark_read", "star"), at=at) != "move":
        check_keys(action, known=("type",), at=at)
        return
    check_keys(action, known=("type", "target"), needed=("target",), at=at)
    target, here = action["target"], f"{at}target."
    if not isinstance(target, dict):
        raise invalid(f"{at}target", "An object.")
    if word_in(target, "kind", ("system", "custom"), at=here) == "system":
        check_keys(target, known=("kind", "role"), at=here)
        word_in(target, "role", ("inbox", "archive", "junk", "trash"), at=here)
        return
    check_keys(target, known=("kind", "folder_id"), at=here)
    if target.get("folder_id") not in [each["id"] for each in box.folders if each["kind"] == "custom"]:
        raise invalid(f"{here}folder_id", "Unknown folder.")


def _list(value: Any, at: str, *, least: int, most: int) -> list[Row]:  # noqa: ANN401 - JSON of any shape
    if not isinstance(value, list) or not least <= len(value) <= most or not all(isinstance(each, dict) for each in value):
        raise invalid(at, f"A list of {least} to {most} objects.")
    return value
