"""`folderDelete`."""

from typing import Annotated

import strawberry

from gateway.domain.identifier import Kind
from gateway.operations.payload import DeletePayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import FolderId, answers, identified, mailbox_of

DetachRules = Annotated[
    bool,
    strawberry.argument(
        description="First take it out of the inbox rules that move mail to it. A rule that does nothing else is removed: see `warnings`."
    ),
]


@answers(DeletePayload)
async def folder_delete(info: Info, id: FolderId, *, detach_rules: DetachRules = False) -> DeletePayload:  # noqa: A002 - the contract's word
    """What becomes of the mail in it is the vendor's rule. If it is not deleted, the rules are as they were."""
    folder = identified(info, id, Kind.FOLDER)
    return await info.context.desk.rules.delete_folder(mailbox_of(folder), folder.parts[1], detach_rules=detach_rules)
