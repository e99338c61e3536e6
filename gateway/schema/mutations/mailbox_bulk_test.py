"""`mailboxBulkTest`."""

from typing import Annotated

import strawberry

from gateway.domain.outcome import MailboxCheck
from gateway.operations.payload import OperationPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import answers
from gateway.schema.mutations.mailbox_test import ALL_CHECKS, require_some
from gateway.schema.mutations.terms import SelectionInput


@strawberry.input(description="Tests of many mailboxes.")
class MailboxBulkTestInput(SelectionInput):
    """Becomes an operation over many."""

    checks: list[MailboxCheck] = strawberry.field(default_factory=lambda: list(ALL_CHECKS), description="What to test.")


Input = Annotated[MailboxBulkTestInput, strawberry.argument(description="Which mailboxes, and what to test.")]


@answers(OperationPayload)
async def mailbox_bulk_test(info: Info, input: Input) -> OperationPayload:  # noqa: A002 - the contract's word
    """A check that does not pass is a result; only one that cannot be made is an error."""
    require_some(input.checks)
    return await info.context.desk.bulk.test(input.selection(), tuple(input.checks), input.terms(info))
