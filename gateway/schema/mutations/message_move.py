"""`messageMove`."""

from typing import Annotated

import strawberry

from gateway.domain.errors import InvalidInputError
from gateway.domain.folder import FolderRole
from gateway.domain.identifier import Kind
from gateway.operations.payload import MessagePayload
from gateway.schema.context import Info
from gateway.schema.model import given
from gateway.schema.mutations.answer import MessageId, answers, identified, mailbox_of

TargetFolder = Annotated[strawberry.ID | None, strawberry.argument(description="The folder that it shall lie in, by `Folder.id`.")]
TargetRole = Annotated[FolderRole | None, strawberry.argument(description="Or the system folder with this role.")]


@answers(MessagePayload)
async def message_move(
    info: Info,
    id: MessageId,  # noqa: A002 - the contract's word
    folder: TargetFolder = strawberry.UNSET,
    role: TargetRole = strawberry.UNSET,
) -> MessagePayload:
    """Exactly one of `folder` and `role` is given."""
    message = identified(info, id, Kind.MESSAGE)
    target_id = given(folder)
    if (target_id is None) == (given(role) is None):
        raise InvalidInputError("Give `folder` or `role`, one of both.", field=("folder",))
    folder_id = None
    if target_id is not None:
        target = identified(info, target_id, Kind.FOLDER, "folder")
        if mailbox_of(target) != mailbox_of(message):
            raise InvalidInputError("This folder belongs to another mailbox.", field=("folder",))
        folder_id = target.parts[1]
    return await info.context.desk.messages.move(message, folder_id=folder_id, role=given(role))
