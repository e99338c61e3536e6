"""Inbox rules in GraphQL."""

import strawberry
from strawberry.scalars import JSON

from gateway.domain import rule as model
from gateway.domain.folder import FolderRole
from gateway.domain.rule import MatchMode, RuleActionType, RuleConditionType
from gateway.schema.folder import Folder
from gateway.schema.model import reads
from gateway.schema.node import Node


@strawberry.type(description="What a rule looks at; a GROUP holds further conditions.")
class RuleCondition:
    """Reads `domain.rule.RuleCondition`."""

    type: RuleConditionType = strawberry.field(description="What is looked at.")
    type_raw: str = strawberry.field(description="The same in the vendor's word.")
    value: str | None = strawberry.field(description="The text that is looked for.")
    match_mode: MatchMode | None = strawberry.field(description="For a GROUP: whether all of its conditions must hold, or any one.")
    conditions: list["RuleCondition"] | None = strawberry.field(description="For a GROUP: its conditions.")
    raw: JSON = strawberry.field(description="The condition as the vendor wrote it.")


@strawberry.type(description="What a rule does with a message.")
class RuleAction:
    """Reads `domain.rule.RuleAction`."""

    type: RuleActionType = strawberry.field(description="What is done.")
    type_raw: str = strawberry.field(description="The same in the vendor's word.")
    target_role: FolderRole | None = strawberry.field(description="For a MOVE to a system folder: its role.")
    target_folder: Folder | None = strawberry.field(description="For a MOVE to a folder: the folder, without counts.")
    raw: JSON = strawberry.field(description="The action as the vendor wrote it.")


@strawberry.type(description="An inbox rule. Rules run in the order of `position`.")
class Rule(Node):
    """Reads `domain.rule.Rule`."""

    vendor_id: str = strawberry.field(description="The vendor's own id.")
    name: str | None = strawberry.field(description="The name that people see.")
    enabled: bool | None = strawberry.field(description="Whether it is on.")
    position: int | None = strawberry.field(description="Its place in the order in which rules run, ascending.")
    match_mode: MatchMode | None = strawberry.field(description="Whether all conditions must hold, or any one.")
    match_mode_raw: str | None = strawberry.field(description="The match mode in the vendor's word.")
    stop: bool | None = strawberry.field(description="Whether the rules behind it are passed over where it matches.")
    conditions: list[RuleCondition] = strawberry.field(description="What it looks at.")
    actions: list[RuleAction] = strawberry.field(description="What it does.")
    is_type_of = reads(model.Rule)
