"""`folderRename`."""

from gateway.domain.identifier import Kind
from gateway.operations.payload import FolderPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import FolderId, answers, identified, mailbox_of
from gateway.schema.mutations.folder_create import Name


@answers(FolderPayload)
async def folder_rename(info: Info, id: FolderId, name: Name) -> FolderPayload:  # noqa: A002 - the contract's word
    """Rules that point to it go on to do so."""
    folder = identified(info, id, Kind.FOLDER)
    return await info.context.desk.rules.rename_folder(mailbox_of(folder), folder.parts[1], name)
