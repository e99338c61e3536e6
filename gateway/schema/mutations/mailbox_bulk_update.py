"""`mailboxBulkUpdate`."""

from typing import Annotated

import strawberry

from gateway.domain.errors import InvalidInputError
from gateway.operations.payload import OperationPayload
from gateway.schema.context import Info
from gateway.schema.mailbox_input import MailboxUpdateInput
from gateway.schema.mutations.answer import answers, may_write_secrets
from gateway.schema.mutations.terms import SelectionInput


@strawberry.input(description="The same changes to many mailboxes.")
class MailboxBulkUpdateInput(SelectionInput):
    """Becomes `domain.draft.MailboxChanges` for each vendor."""

    changes: MailboxUpdateInput = strawberry.field(description="What shall be different about each.")


Input = Annotated[MailboxBulkUpdateInput, strawberry.argument(description="Which mailboxes, and what shall be different about them.")]


@answers(OperationPayload)
async def mailbox_bulk_update(info: Info, input: Input) -> OperationPayload:  # noqa: A002 - the contract's word
    """What is wrong with one mailbox is its result, not the others'."""
    may_write_secrets(info, input)
    if all(value is strawberry.UNSET for value in vars(input.changes).values()):
        raise InvalidInputError("Nothing is to be changed: name at least one field.", field=("changes",))
    return await info.context.desk.bulk.update(
        input.selection(), lambda vendor: input.changes.build(vendor, info.context.fields), input.terms(info)
    )
