"""`ruleUpdate`."""

from typing import Annotated

import strawberry

from gateway.domain.identifier import Kind
from gateway.operations.payload import RulesPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import RuleId, answers, identified, mailbox_of
from gateway.schema.rule_input import RuleInput

WholeRule = Annotated[RuleInput, strawberry.argument(description="The rule as it shall be, whole.")]


@answers(RulesPayload)
async def rule_update(info: Info, id: RuleId, rule: WholeRule) -> RulesPayload:  # noqa: A002 - the contract's word
    """In its place among the others, which stay as they are."""
    found = identified(info, id, Kind.RULE)
    mailbox = mailbox_of(found)
    return await info.context.desk.rules.update(mailbox, rule.build(mailbox, ("rule",), vendor_id=found.parts[1]))
