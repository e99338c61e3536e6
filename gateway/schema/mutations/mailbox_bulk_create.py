"""`mailboxBulkCreate`."""

from typing import Annotated

import strawberry

from gateway.domain.errors import GatewayError, InvalidInputError
from gateway.operations.creator import Creation
from gateway.operations.payload import OperationPayload
from gateway.schema.context import Info
from gateway.schema.mailbox_input import MailboxCreateInput
from gateway.schema.mutations.answer import answers, may_write_secrets
from gateway.schema.mutations.mailbox_create import creation_of
from gateway.schema.mutations.terms import BulkInput


@strawberry.input(description="Mailboxes that are wanted, in any accounts.")
class MailboxBulkCreateInput(BulkInput):
    """Becomes `operations.creator.Creation`s."""

    mailboxes: list[MailboxCreateInput] = strawberry.field(description="At most 10,000, each without an `idempotencyKey` of its own.")


Input = Annotated[MailboxBulkCreateInput, strawberry.argument(description="The mailboxes that are wanted, and how.")]


@answers(OperationPayload)
async def mailbox_bulk_create(info: Info, input: Input) -> OperationPayload:  # noqa: A002 - the contract's word
    """Through the vendor's own batch where it has one. What is wrong with one mailbox is its result, not the others'."""
    may_write_secrets(info, input)
    return await info.context.desk.bulk.create([_creation(info, each) for each in input.mailboxes], input.terms(info))


def _creation(info: Info, wanted: MailboxCreateInput) -> Creation | GatewayError:
    try:
        if wanted.idempotency_key:
            message = "Give the key to the whole operation: its mailboxes have none of their own."
            raise InvalidInputError(message, field=("idempotencyKey",))
        return creation_of(info, wanted)
    except GatewayError as error:
        return error
