"""All rules of a mailbox as they go back to ShipMail: old ones unchanged, new ones with ids made here. Pure."""

import re
from collections.abc import Mapping, Sequence
from uuid import uuid4

import msgspec

from gateway.domain.folder import Folder
from gateway.domain.rule import Json, Rule, RuleDraft
from gateway.transport.call import Answer
from gateway.transport.failure import Fault, FaultReader
from gateway.vendors.shipmail.rule_parts import Path, action_to_wire, condition_to_wire
from gateway.vendors.shipmail.rules import objects_in
from gateway.vendors.shipmail.rules_answer import RawObject
from gateway.vendors.shipmail.wire import fault

Wanted = Sequence[Rule | RuleDraft]
_PLAIN = frozenset({"name", "enabled", "stop", "type", "value", "conditions", "actions"})
_RENAMED = {"match_mode": "matchMode", "folder_id": "targetFolder", "role": "targetRole"}


def is_unchanged(wanted: Wanted, current: Sequence[Rule]) -> bool:
    """Whether the very same rules stand in the same order."""
    return len(wanted) == len(current) and all(one is other for one, other in zip(wanted, current, strict=True))


def names_folder(wanted: Wanted) -> bool:
    """Whether a new rule moves mail to a folder that must be there."""
    drafts = (each for each in wanted if isinstance(each, RuleDraft))
    return any(action.target_folder_vendor_id is not None for draft in drafts for action in draft.actions)


def rules_to_wire(wanted: Wanted, *, current: Sequence[Rule], folders: Mapping[str, Folder]) -> list[RawObject]:
    """The whole array, numbered from 0. Raises `InvalidInputError` for a draft that makes no rule."""
    known = {rule.vendor_id: rule.raw for rule in current}
    return [
        _rule(each, position) if isinstance(each, Rule) else _draft(each, position, known=known, folders=folders)
        for position, each in enumerate(wanted)
    ]


def _rule(rule: Rule, position: int) -> RawObject:
    """The rule as it was; an edit may have taken actions out."""
    kept: list[Json] = [action.raw for action in rule.actions]
    is_cut = kept != objects_in(rule.raw.get("actions"))
    return {**rule.raw, **({"actions": kept} if is_cut else {}), "position": position}


def _draft(draft: RuleDraft, position: int, *, known: Mapping[str, RawObject], folders: Mapping[str, Folder]) -> RawObject:
    """A new rule, or another content for one that is there: what ShipMail says of that one besides is kept."""
    conditions: list[Json] = [condition_to_wire(each, (*draft.path, "conditions", str(i))) for i, each in enumerate(draft.conditions)]
    actions: list[Json] = [action_to_wire(each, (*draft.path, "actions", str(i)), folders) for i, each in enumerate(draft.actions)]
    return {
        **known.get(draft.vendor_id or "", {}),
        "id": draft.vendor_id or str(uuid4()),
        "name": draft.name,
        "enabled": draft.enabled,
        "position": position,
        "match_mode": draft.match_mode.lower(),
        "stop": draft.stop,
        "conditions": conditions,
        "actions": actions,
    }


# ---------------------------------------------------------------------- refusals
def fault_about(wanted: Wanted) -> FaultReader:
    """Reads a refusal of the array; what it says of a rule that was a draft is led back to that draft."""

    def read(answer: Answer) -> Fault:
        said = fault(answer)
        fields = tuple(msgspec.structs.replace(each, path=_path(each.field or "", wanted)) for each in said.fields)
        return msgspec.structs.replace(said, fields=fields)

    return read


def _path(field: str, wanted: Wanted) -> Path | None:
    """`rules.0.actions[1].target.folder_id` in the caller's words; `rules` alone is about all that the caller gave."""
    root, *words = re.findall(r"[^.\[\]]+", field) or [""]
    if root == "rules" and not words:
        given = {rule.path[:1] for rule in wanted if isinstance(rule, RuleDraft)}
        return given.pop() if len(given) == 1 else None
    if root != "rules" or not words or not words[0].isdecimal() or int(words[0]) >= len(wanted):
        return None
    rule = wanted[int(words[0])]
    return (*rule.path, *_in_our_words(words[1:])) if isinstance(rule, RuleDraft) else None


def _in_our_words(words: Sequence[str]) -> Path:
    """As far as there is such a place."""
    path: list[str] = []
    for word in words:
        if word in _PLAIN or word.isdecimal():
            path.append(word)
        elif word in _RENAMED:
            path.append(_RENAMED[word])
        elif word != "target":
            break
    return tuple(path)
