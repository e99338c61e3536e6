"""`mailboxUpdate`."""

from typing import Annotated

import strawberry

from gateway.domain.draft import MailboxChanges
from gateway.domain.vendor import Vendor
from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mailbox_input import MailboxUpdateInput
from gateway.schema.mutations.answer import MailboxId, answers, identified, may_write_secrets

Input = Annotated[MailboxUpdateInput, strawberry.argument(description="What shall be different.")]


@answers(MailboxPayload)
async def mailbox_update(info: Info, id: MailboxId, input: Input) -> MailboxPayload:  # noqa: A002 - the contract's words
    """What cannot be changed is refused before anything is; `applied` tells what was."""
    mailbox = identified(info, id)
    changes = changes_of(info, input, info.context.accounts[mailbox.account].vendor)
    return await info.context.desk.writer.update(mailbox, changes)


def changes_of(info: Info, wanted: MailboxUpdateInput, vendor: Vendor) -> MailboxChanges:
    """For a mailbox of this vendor. Raises `InvalidInputError`, `ForbiddenError` for secrets."""
    changes = wanted.build(vendor, info.context.fields)
    may_write_secrets(info, changes)
    return changes
