"""Conditions and actions that somebody wants, as ShipMail writes them. Pure; raises `InvalidInputError` with the exact place."""

from collections.abc import Mapping
from typing import TypeVar

from gateway.domain.errors import InvalidInputError
from gateway.domain.folder import Folder, FolderKind, FolderRole
from gateway.domain.rule import ActionDraft, ConditionDraft, Json, MatchMode, RuleActionType, RuleConditionType
from gateway.vendors.shipmail.rules_answer import RawObject

Path = tuple[str, ...]
Part = TypeVar("Part", ConditionDraft, ActionDraft)
TARGET_ROLES = frozenset({FolderRole.INBOX, FolderRole.ARCHIVE, FolderRole.JUNK, FolderRole.TRASH})
"""Where mail can be moved by role (OpenAPI file of June 2026)."""
_TARGETS = ", ".join(sorted(TARGET_ROLES))
_VALUED = frozenset(
    {
        RuleConditionType.FROM_IS,
        RuleConditionType.FROM_CONTAINS,
        RuleConditionType.RECIPIENT_IS,
        RuleConditionType.PLUS_TAG_IS,
        RuleConditionType.SUBJECT_CONTAINS,
    }
)


# ---------------------------------------------------------------------- conditions
def condition_to_wire(draft: ConditionDraft, path: Path) -> RawObject:
    """One condition, however deep."""
    if draft.type is RuleConditionType.OTHER:
        _refuse_given({"value": draft.value, "matchMode": draft.match_mode, "conditions": draft.conditions}, "raw", path)
        return _raw(draft, path)
    if draft.type is RuleConditionType.GROUP:
        _refuse_given({"value": draft.value}, "conditions", path)
        return _known(draft, path, _group(draft, path))
    _refuse_given({"matchMode": draft.match_mode, "conditions": draft.conditions}, "value", path)
    if draft.type in _VALUED:
        return _known(draft, path, {"value": _value(draft, path)})
    _refuse_given({"value": draft.value}, "type", path)
    return _known(draft, path, {})


def _group(draft: ConditionDraft, path: Path) -> RawObject:
    if not draft.conditions:
        raise InvalidInputError("A GROUP needs conditions: give at least one.", field=(*path, "conditions"))
    inner: list[Json] = [condition_to_wire(each, (*path, "conditions", str(i))) for i, each in enumerate(draft.conditions)]
    return {"match_mode": (draft.match_mode or MatchMode.ALL).lower(), "conditions": inner}


def _value(draft: ConditionDraft, path: Path) -> str:
    if not draft.value:
        raise InvalidInputError(f"A condition of type {draft.type} needs a value to compare with.", field=(*path, "value"))
    return draft.value


# ---------------------------------------------------------------------- actions
def action_to_wire(draft: ActionDraft, path: Path, folders: Mapping[str, Folder]) -> RawObject:
    """One action; `folders` are those that mail can be moved to, by vendor id."""
    if draft.type is RuleActionType.MOVE:
        return _known(draft, path, {"target": _target(draft, path, folders)})
    kept = "raw" if draft.type is RuleActionType.OTHER else "type"
    _refuse_given({"targetRole": draft.target_role, "targetFolder": draft.target_folder_vendor_id}, kept, path)
    return _raw(draft, path) if draft.type is RuleActionType.OTHER else _known(draft, path, {})


def _target(draft: ActionDraft, path: Path, folders: Mapping[str, Folder]) -> RawObject:
    role, folder_id = draft.target_role, draft.target_folder_vendor_id
    if (role is None) == (folder_id is None):
        raise InvalidInputError("A MOVE goes to exactly one place: give either targetRole or targetFolder.", field=path)
    if folder_id is not None:
        return _target_folder(folder_id, path, folders)
    if role not in TARGET_ROLES:
        raise InvalidInputError(f"ShipMail's rules move mail to {_TARGETS} or to a custom folder.", field=(*path, "targetRole"))
    return {"kind": "system", "role": role.lower()}


def _target_folder(folder_id: str, path: Path, folders: Mapping[str, Folder]) -> RawObject:
    """A system folder is named by its role."""
    folder = folders.get(folder_id)
    if folder is None:
        raise InvalidInputError(
            "This mailbox has no such folder for rules to move mail to: create it first.", field=(*path, "targetFolder")
        )
    if folder.kind is FolderKind.CUSTOM:
        return {"kind": "custom", "folder_id": folder_id}
    if folder.role not in TARGET_ROLES:
        raise InvalidInputError(f"ShipMail's rules move mail to {_TARGETS} or to a custom folder.", field=(*path, "targetFolder"))
    return {"kind": "system", "role": folder.role.lower()}


# ---------------------------------------------------------------------- both
def _known(draft: Part, path: Path, members: RawObject) -> RawObject:
    """A type that we know: what `raw` says besides is kept, as long as it says the same type."""
    word = draft.type.lower()
    if draft.raw and draft.raw.get("type", word) != word:
        raise InvalidInputError(f"raw says another type than {draft.type}: leave raw out, or use type OTHER.", field=(*path, "raw"))
    return {**(draft.raw or {}), "type": word, **members}


def _raw(draft: Part, path: Path) -> RawObject:
    """A type that we do not know goes as it is."""
    if not draft.raw or not isinstance(draft.raw.get("type"), str):
        raise InvalidInputError('Type OTHER needs raw, an object with the vendor\'s own "type".', field=(*path, "raw"))
    return draft.raw


def _refuse_given(members: Mapping[str, object], kept: str, path: Path) -> None:
    """What would be lost silently is refused."""
    for name, value in members.items():
        if value is not None:
            raise InvalidInputError(f"{name} means nothing here, only {kept} counts: leave it out.", field=(*path, name))
