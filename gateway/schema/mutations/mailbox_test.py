"""`mailboxTest`."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from gateway.domain.errors import InvalidInputError
from gateway.domain.outcome import MailboxCheck
from gateway.operations.payload import MailboxTestPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified

ALL_CHECKS = (MailboxCheck.SENDING, MailboxCheck.RECEIVING)
Checks = Annotated[list[MailboxCheck], strawberry.argument(description="What to test.")]


@answers(MailboxTestPayload)
async def mailbox_test(info: Info, id: MailboxId, checks: Checks = list(ALL_CHECKS)) -> MailboxTestPayload:  # noqa: A002, B006 - GraphQL's default value
    """By a real test where the vendor has one, else by its last evidence."""
    require_some(checks)
    return await info.context.desk.writer.test(identified(info, id), checks)


def require_some(checks: Sequence[MailboxCheck]) -> None:
    """Raises `InvalidInputError` for none at all."""
    if not checks:
        raise InvalidInputError("Name at least one check.", field=("checks",))
