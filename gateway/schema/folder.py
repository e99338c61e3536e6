"""Folders in GraphQL."""

import strawberry

from gateway.domain import folder as model
from gateway.domain.folder import FolderKind, FolderRole
from gateway.schema.model import reads
from gateway.schema.node import Node


@strawberry.type(description="A folder of a mailbox; counts are those of the moment of reading.")
class Folder(Node):
    """Reads `domain.folder.Folder`."""

    vendor_id: str = strawberry.field(description="The vendor's own id.")
    name: str = strawberry.field(description="The name that people see.")
    role: FolderRole | None = strawberry.field(description="What a system folder is for; null for a folder without a role.")
    role_raw: str | None = strawberry.field(description="The role in the vendor's word.")
    kind: FolderKind = strawberry.field(description="Whether it comes with the mailbox or was made by somebody.")
    total_count: int | None = strawberry.field(description="Messages in it.")
    unread_count: int | None = strawberry.field(description="Unread messages in it.")
    unread_thread_count: int | None = strawberry.field(description="Conversations in it with an unread message.")
    sort_order: int | None = strawberry.field(description="Its place in the display order, ascending.")
    parent_vendor_id: str | None = strawberry.field(description="The vendor's id of the folder that it lies in, where the vendor nests.")
    is_type_of = reads(model.Folder)
