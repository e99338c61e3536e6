"""Inbox rules: conditions on incoming mail and what to do with it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from gateway.domain.folder import Folder, FolderRole

if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
else:
    Json = Any  # msgspec reads annotations at run time to decode a struct, and cannot follow an alias into itself


class MatchMode(StrEnum):
    """Whether all conditions must hold, or any one."""

    ALL = "ALL"
    ANY = "ANY"


class RuleConditionType(StrEnum):
    """OTHER stands for a type that we do not know; its word is in `type_raw`, its whole in `raw`."""

    FROM_IS = "FROM_IS"
    FROM_CONTAINS = "FROM_CONTAINS"
    RECIPIENT_IS = "RECIPIENT_IS"
    PLUS_TAG_IS = "PLUS_TAG_IS"
    SUBJECT_CONTAINS = "SUBJECT_CONTAINS"
    HAS_ATTACHMENT = "HAS_ATTACHMENT"
    LIST_UNSUBSCRIBE_EXISTS = "LIST_UNSUBSCRIBE_EXISTS"
    GROUP = "GROUP"
    OTHER = "OTHER"


class RuleActionType(StrEnum):
    """OTHER stands for a type that we do not know; its word is in `type_raw`, its whole in `raw`."""

    MOVE = "MOVE"
    MARK_READ = "MARK_READ"
    STAR = "STAR"
    OTHER = "OTHER"


class RuleCondition(msgspec.Struct, frozen=True):
    """One condition; a GROUP holds others, nested as deep as the vendor lets them be."""

    type: RuleConditionType
    type_raw: str
    raw: dict[str, Json]
    value: str | None = None
    match_mode: MatchMode | None = None
    conditions: tuple[RuleCondition, ...] | None = None


class RuleAction(msgspec.Struct, frozen=True):
    """One action; a MOVE names its target by role or by folder."""

    type: RuleActionType
    type_raw: str
    raw: dict[str, Json]
    target_role: FolderRole | None = None
    target_folder: Folder | None = None


class Rule(msgspec.Struct, frozen=True):
    """Rules run in the order of `position`; `stop` ends the run after this one matched."""

    id: str
    vendor_id: str
    name: str | None
    enabled: bool | None
    position: int | None
    match_mode: MatchMode | None
    match_mode_raw: str | None
    stop: bool | None
    conditions: tuple[RuleCondition, ...]
    actions: tuple[RuleAction, ...]
    raw: dict[str, Json] = {}
    """The whole rule as the vendor wrote it: what goes back unchanged when its neighbours are edited."""


class ConditionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that somebody wants. `raw` passes a type through that we do not know."""

    type: RuleConditionType
    value: str | None = None
    match_mode: MatchMode | None = None
    conditions: tuple[ConditionDraft, ...] | None = None
    raw: dict[str, Json] | None = None


class ActionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An action that somebody wants. `raw` passes a type through that we do not know."""

    type: RuleActionType
    target_role: FolderRole | None = None
    target_folder_vendor_id: str | None = None
    raw: dict[str, Json] | None = None


class RuleDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that somebody wants. `vendor_id` is None for a new one; `path` is its place in the arguments, for errors about it."""

    name: str
    enabled: bool = True
    match_mode: MatchMode = MatchMode.ALL
    stop: bool = False
    conditions: tuple[ConditionDraft, ...]
    actions: tuple[ActionDraft, ...]
    vendor_id: str | None = None
    path: tuple[str, ...] = ()
