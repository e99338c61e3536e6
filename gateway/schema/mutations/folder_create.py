"""`folderCreate`."""

from typing import Annotated

import strawberry

from gateway.domain.identifier import Kind
from gateway.operations.payload import FolderPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified

Name = Annotated[str, strawberry.argument(description="The name that people see.")]


@answers(FolderPayload)
async def folder_create(info: Info, mailbox_id: MailboxId, name: Name) -> FolderPayload:
    """In a mailbox that the vendor hosts."""
    return await info.context.desk.rules.create_folder(identified(info, mailbox_id, Kind.MAILBOX, "mailboxId"), name)
