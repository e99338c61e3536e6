"""`mailboxPasswordSet`."""

from typing import Annotated

import strawberry

from gateway.domain.secret import Secret
from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified

Password = Annotated[Secret, strawberry.argument(description="The new password; it goes to the vendor and nowhere else.")]


@answers(MailboxPayload)
async def mailbox_password_set(info: Info, id: MailboxId, password: Password) -> MailboxPayload:  # noqa: A002 - the contract's word
    """Of a mailbox that the vendor hosts."""
    info.context.require("secrets:write")
    return await info.context.desk.writer.set_password(identified(info, id), password)
