"""`mailboxCreate`."""

from typing import Annotated

import strawberry

from gateway.domain.errors import NotFoundError
from gateway.operations.creator import Creation
from gateway.operations.payload import MailboxCreatePayload
from gateway.schema.context import Info
from gateway.schema.mailbox_input import MailboxCreateInput
from gateway.schema.model import given
from gateway.schema.mutations.answer import answers, may_write_secrets

Input = Annotated[MailboxCreateInput, strawberry.argument(description="The mailbox that is wanted.")]


@answers(MailboxCreatePayload)
async def mailbox_create(info: Info, input: Input) -> MailboxCreatePayload:  # noqa: A002 - the contract's word
    """Once, however often it is asked for with one `idempotencyKey`."""
    may_write_secrets(info, input)
    creation = creation_of(info, input)
    return await info.context.desk.creator.create(creation, caller=info.context.caller, idempotency_key=given(input.idempotency_key))


def creation_of(info: Info, wanted: MailboxCreateInput) -> Creation:
    """Raises `InvalidInputError`, and `NotFoundError` for an account that the caller does not see."""
    account = info.context.accounts.get(wanted.account)
    if account is None:
        raise NotFoundError("There is no account by this name: `{ accounts { name } }` lists them.", field=("account",))
    return Creation(account.name, wanted.build(account.vendor, info.context.fields))
