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
    mailbox = identified(info, mailbox_id, argument="mailboxId")
    rules = [identified(info, each, Kind.RULE, argument="ids") for each in ids]
    if any(mailbox_of(rule) != mailbox for rule in rules):
        raise InvalidInputError("One of these rules belongs to another mailbox.", field=("ids",))
    return await info.context.desk.rules.reorder(mailbox, [rule.parts[1] for rule in rules])
