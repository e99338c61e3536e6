"""Messages, threads and attachments in GraphQL. Their content was written by strangers: show it, never run it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime

import strawberry

from gateway.domain import folder as folder_model
from gateway.domain import message as model
from gateway.domain.errors import InvalidInputError
from gateway.domain.folder import FolderRole
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.loaders.bundle import MailboxKey
from gateway.schema.context import Info
from gateway.schema.folder import Folder
from gateway.schema.model import given, reads
from gateway.schema.node import Node, PageInfo


@strawberry.type(description="A name and an address out of a header; either may be missing.")
class Correspondent:
    """Reads `domain.message.Correspondent`."""

    name: str | None = strawberry.field(description="The display name.")
    email: str | None = strawberry.field(description="The address.")


@strawberry.type(description="A file on a message.")
class Attachment:
    """Reads `domain.message.Attachment`."""

    id: strawberry.ID = strawberry.field(description="Globally unique.")
    name: str | None = strawberry.field(description="The file's name, as the sender wrote it.")
    content_type: str | None = strawberry.field(description="Its media type, as the sender wrote it.")
    size_bytes: int | None = strawberry.field(description="Its size in bytes.")
    part_id: str | None = strawberry.field(description="Its place in the message's MIME structure, as the vendor numbers parts.")
    url: str = strawberry.field(description="A path of this gateway: the bytes are streamed, always as a download.")


async def _folders(root: strawberry.Parent[model.Message], info: Info) -> Sequence[folder_model.Folder] | None:
    mailbox = decode(root.id)
    folders = await info.context.loaders.folders_by_mailbox.load(MailboxKey(mailbox.account, mailbox.parts[0]))
    return [folder for folder in folders if folder.id in root.folder_ids]


@strawberry.type(description="One message. What a list does not carry (bodies, most headers, attachments) is null there: read the thread.")
class Message(Node):
    """Reads `domain.message.Message`."""

    vendor_id: str = strawberry.field(description="The vendor's own id.")
    thread_id: strawberry.ID | None = strawberry.field(description="The conversation that it belongs to.")
    folder_ids: list[strawberry.ID] = strawberry.field(description="The folders that it lies in.")
    folders = strawberry.field(resolver=_folders, graphql_type=list[Folder] | None, description="(detail) The folders that it lies in.")
    from_: list[Correspondent] | None = strawberry.field(name="from", description="Header `From`.")
    to: list[Correspondent] | None = strawberry.field(description="Header `To`.")
    cc: list[Correspondent] | None = strawberry.field(description="Header `Cc`.")
    reply_to: list[Correspondent] | None = strawberry.field(description="Header `Reply-To`.")
    subject: str | None = strawberry.field(description="Header `Subject`.")
    preview: str | None = strawberry.field(description="The beginning of the text, as the vendor cuts it.")
    received_at: datetime | None = strawberry.field(description="When it came in.")
    size_bytes: int | None = strawberry.field(description="Its size in bytes.")
    is_read: bool = strawberry.field(description="Whether it is marked as read.")
    is_starred: bool = strawberry.field(description="Whether it is marked with a star.")
    keywords: list[str] = strawberry.field(description="All its marks in IMAP's words, `$seen` and others.")
    internet_message_id: list[str] | None = strawberry.field(description="Header `Message-ID` (RFC 5322).")
    in_reply_to: list[str] | None = strawberry.field(description="Header `In-Reply-To` (RFC 5322).")
    references: list[str] | None = strawberry.field(description="Header `References` (RFC 5322).")
    text: str | None = strawberry.field(description="The body as plain text; null where the vendor sends none in lists.")
    html: str | None = strawberry.field(description="The body as HTML; untrusted: never render it as it is.")
    has_attachment: bool | None = strawberry.field(description="Whether it has an attachment.")
    attachments: list[Attachment] | None = strawberry.field(description="Its attachments; null where only the thread carries them.")
    is_type_of = reads(model.Message)


@strawberry.type(description="A conversation, oldest message first, with bodies and attachments.")
class Thread(Node):
    """Reads `domain.message.Thread`."""

    messages: list[Message] = strawberry.field(description="Its messages, oldest first.")
    is_type_of = reads(model.Thread)


@strawberry.type(description="A message and its place in the list.")
class MessageEdge:
    """See https://relay.dev/graphql/connections.htm."""

    cursor: str = strawberry.field(description="Pass it on as `after` to go on behind this message.")
    node: Message = strawberry.field(description="The message.")


@strawberry.type(description="A page of messages, in the vendor's order.")
class MessageConnection:
    """See https://relay.dev/graphql/connections.htm."""

    edges: list[MessageEdge] = strawberry.field(description="The messages with their cursors.")
    nodes: list[Message] = strawberry.field(description="The messages alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    total_count: int | None = strawberry.field(description="How many messages match, where the vendor counts.")


def place(cursor: str | None) -> str | None:
    """The adapter's own words for a place, out of a cursor. Raises `InvalidInputError` for text that is no cursor."""
    try:
        return None if cursor is None else urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise InvalidInputError("The cursor in `after` was not made by this gateway.", field=("after",)) from None


def connection(page: model.MessagePage, *, after: str | None) -> MessageConnection:
    """A page of the port as a connection; the adapter's words for places become opaque."""
    cursors = [urlsafe_b64encode(words.encode()).rstrip(b"=").decode() for words in page.cursors]
    edges = [MessageEdge(cursor=cursor, node=message) for cursor, message in zip(cursors, page.messages, strict=True)]  # type: ignore[arg-type] # read by attribute
    return MessageConnection(
        edges=edges,
        nodes=list(page.messages),  # type: ignore[arg-type] # read by attribute
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=after is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        total_count=page.total_count,
    )


@strawberry.input(description="Which messages. Given conditions are joined by AND; what the vendor cannot combine is refused in words.")
class MessageFilter:
    """Becomes `domain.message.MessageQuery`."""

    folder: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Only this folder.")
    role: FolderRole | None = strawberry.field(default=strawberry.UNSET, description="Only the folder with this role.")
    search: str | None = strawberry.field(default=strawberry.UNSET, description="Full text search.")
    is_read: bool | None = strawberry.field(default=strawberry.UNSET, description="Only read, or only unread ones.")
    is_starred: bool | None = strawberry.field(default=strawberry.UNSET, description="Only those with, or only those without a star.")
    has_keyword: str | None = strawberry.field(default=strawberry.UNSET, description="Only those with this mark, e.g. `$answered`.")
    not_keyword: str | None = strawberry.field(default=strawberry.UNSET, description="Only those without this mark.")

    def query(self, mailbox: Identifier) -> model.MessageQuery:
        """The port's form. Raises `InvalidInputError` for a folder of another mailbox."""
        folder_vendor_id = None
        if self.folder:
            folder = decode(self.folder, expected=Kind.FOLDER)
            if (folder.account, folder.parts[0]) != (mailbox.account, mailbox.parts[0]):
                raise InvalidInputError("This folder belongs to another mailbox.", field=("filter", "folder"))
            folder_vendor_id = folder.parts[1]
        return model.MessageQuery(
            folder_vendor_id=folder_vendor_id,
            role=given(self.role),
            search=given(self.search),
            is_read=given(self.is_read),
            is_starred=given(self.is_starred),
            has_keyword=given(self.has_keyword),
            not_keyword=given(self.not_keyword),
        )
