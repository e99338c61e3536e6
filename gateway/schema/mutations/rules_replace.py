"""`rulesReplace`."""

from typing import Annotated

import strawberry

from gateway.domain.identifier import Kind
from gateway.operations.payload import RulesPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified
from gateway.schema.rule_input import RuleInput

Rules = Annotated[list[RuleInput], strawberry.argument(description="All rules, in the order in which they shall run.")]


@answers(RulesPayload)
async def rules_replace(info: Info, mailbox_id: MailboxId, rules: Rules) -> RulesPayload:
    """These and no others."""
    mailbox = identified(info, mailbox_id, Kind.MAILBOX, "mailboxId")
    info.context.desk.rules.require(mailbox)
    return await info.context.desk.rules.replace(mailbox, [each.build(mailbox, ("rules", str(n))) for n, each in enumerate(rules)])
