"""`mailboxUpdate`."""

from typing import Annotated

import strawberry

from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mailbox_input import MailboxUpdateInput
from gateway.schema.mutations.answer import MailboxId, answers, identified, may_write_secrets

Input = Annotated[MailboxUpdateInput, strawberry.argument(description="What shall be different.")]


@answers(MailboxPayload)
async def mailbox_update(info: Info, id: MailboxId, input: Input) -> MailboxPayload:  # noqa: A002 - the contract's words
    """What cannot be changed is refused before anything is; `applied` tells what was."""
    may_write_secrets(info, input)
    mailbox = identified(info, id)
    changes = input.build(info.context.accounts[mailbox.account].vendor, info.context.fields)
    return await info.context.desk.writer.update(mailbox, changes)
