"""`rulesReorder`."""

from typing import Annotated

import strawberry

from gateway.domain.errors import InvalidInputError
from gateway.domain.identifier import Kind
from gateway.operations.payload import RulesPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified, mailbox_of

RuleIds = Annotated[
    list[strawberry.ID], strawberry.argument(description="Every rule of the mailbox, in the order in which they shall run.")
]


@answers(RulesPayload)
async def rules_reorder(info: Info, mailbox_id: MailboxId, ids: RuleIds) -> RulesPayload:
    """The same rules in another order."""
    mailbox = identified(info, mailbox_id, Kind.MAILBOX, "mailboxId")
    rules = [identified(info, each, Kind.RULE, "ids", str(n)) for n, each in enumerate(ids)]
    for n, rule in enumerate(rules):
        if mailbox_of(rule) != mailbox:
            raise InvalidInputError("This rule belongs to another mailbox.", field=("ids", str(n)))
    return await info.context.desk.rules.reorder(mailbox, [rule.parts[1] for rule in rules])
