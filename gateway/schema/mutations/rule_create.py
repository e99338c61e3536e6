"""`ruleCreate`."""

from typing import Annotated

import strawberry

from gateway.domain.identifier import Kind
from gateway.operations.payload import RulesPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified
from gateway.schema.rule_input import RuleInput

NewRule = Annotated[RuleInput, strawberry.argument(description="The rule; it runs after those that are there.")]


@answers(RulesPayload)
async def rule_create(info: Info, mailbox_id: MailboxId, rule: NewRule) -> RulesPayload:
    """The others stay as they are."""
    mailbox = identified(info, mailbox_id, Kind.MAILBOX, "mailboxId")
    info.context.desk.rules.require(mailbox)
    return await info.context.desk.rules.create(mailbox, rule.build(mailbox, ("rule",)))
