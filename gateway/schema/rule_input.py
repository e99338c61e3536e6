"""What clients write about inbox rules; the inputs become the drafts of `domain.rule`."""

from typing import Optional, cast

import strawberry
from strawberry.scalars import JSON

from gateway.domain.errors import InvalidInputError
from gateway.domain.folder import FolderRole
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.domain.rule import ActionDraft, ConditionDraft, Json, MatchMode, RuleActionType, RuleConditionType, RuleDraft
from gateway.schema.model import given

MAX_DEPTH = 20
Path = tuple[str, ...]


@strawberry.input(
    description="What a rule looks at. A type that the gateway has no name for is given as `type: OTHER`, with all of it in `raw`."
)
class RuleConditionInput:
    """Becomes `domain.rule.ConditionDraft`."""

    type: RuleConditionType = strawberry.field(description="What is looked at.")
    value: str | None = strawberry.field(default=strawberry.UNSET, description="The text that is looked for, where the type looks for one.")
    match_mode: MatchMode | None = strawberry.field(default=strawberry.UNSET, description="For a GROUP: all of its conditions, or any one.")
    conditions: Optional[list["RuleConditionInput"]] = strawberry.field(  # noqa: UP045 - strawberry cannot read a forward reference in a union
        default=strawberry.UNSET, description="For a GROUP: its conditions."
    )
    raw: JSON | None = strawberry.field(default=strawberry.UNSET, description="The condition as the vendor writes it, for `type: OTHER`.")

    def build(self, path: Path) -> ConditionDraft:
        """Raises `InvalidInputError` for `raw` that is no object, and for groups nested too deeply."""
        if len(path) > 2 * MAX_DEPTH:
            raise InvalidInputError(f"Groups are nested more than {MAX_DEPTH} deep.", field=path)
        inner = given(self.conditions)
        return ConditionDraft(
            type=self.type,
            value=given(self.value),
            match_mode=given(self.match_mode),
            conditions=None if inner is None else tuple(each.build((*path, "conditions", str(n))) for n, each in enumerate(inner)),
            raw=_object(given(self.raw), (*path, "raw")),
        )


@strawberry.input(
    description="What a rule does. A type that the gateway has no name for is given as `type: OTHER`, with all of it in `raw`."
)
class RuleActionInput:
    """Becomes `domain.rule.ActionDraft`."""

    type: RuleActionType = strawberry.field(description="What is done.")
    target_role: FolderRole | None = strawberry.field(
        default=strawberry.UNSET, description="For a MOVE to a system folder: its role. A MOVE takes this or `targetFolder`."
    )
    target_folder: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="For a MOVE to any folder of the mailbox: its `Folder.id`."
    )
    raw: JSON | None = strawberry.field(default=strawberry.UNSET, description="The action as the vendor writes it, for `type: OTHER`.")

    def build(self, mailbox: Identifier, path: Path) -> ActionDraft:
        """Raises `InvalidInputError` for a folder of another mailbox and for `raw` that is no object."""
        target = given(self.target_folder)
        return ActionDraft(
            type=self.type,
            target_role=given(self.target_role),
            target_folder_vendor_id=None if target is None else _folder_of(mailbox, target, (*path, "targetFolder")),
            raw=_object(given(self.raw), (*path, "raw")),
        )


@strawberry.input(description="An inbox rule that somebody wants.")
class RuleInput:
    """Becomes `domain.rule.RuleDraft`."""

    name: str = strawberry.field(description="The name that people see.")
    enabled: bool = strawberry.field(default=True, description="Whether it is on.")
    match_mode: MatchMode = strawberry.field(default=MatchMode.ALL, description="Whether all conditions must hold, or any one.")
    stop: bool = strawberry.field(default=False, description="Whether the rules behind it are passed over where it matches.")
    conditions: list[RuleConditionInput] = strawberry.field(description="What it looks at; at least one.")
    actions: list[RuleActionInput] = strawberry.field(description="What it does; at least one.")

    def build(self, mailbox: Identifier, path: Path, *, vendor_id: str | None = None) -> RuleDraft:
        """For this mailbox; `path` is its place in the arguments. Raises `InvalidInputError` with the path of what is wrong."""
        return RuleDraft(
            name=self.name,
            enabled=self.enabled,
            match_mode=self.match_mode,
            stop=self.stop,
            conditions=tuple(each.build((*path, "conditions", str(n))) for n, each in enumerate(self.conditions)),
            actions=tuple(each.build(mailbox, (*path, "actions", str(n))) for n, each in enumerate(self.actions)),
            vendor_id=vendor_id,
            path=path,
        )


def _folder_of(mailbox: Identifier, text: str, path: Path) -> str:
    try:
        folder = decode(text, expected=Kind.FOLDER)
    except InvalidInputError as error:
        raise InvalidInputError(error.message, field=path) from None
    if (folder.account, folder.parts[0]) != (mailbox.account, mailbox.parts[0]):
        raise InvalidInputError("This folder belongs to another mailbox.", field=path)
    return folder.parts[1]


def _object(value: object, path: Path) -> dict[str, Json] | None:
    if value is None or isinstance(value, dict):
        return cast("dict[str, Json] | None", value)
    raise InvalidInputError("`raw` is a JSON object: the whole as the vendor writes it.", field=path)
