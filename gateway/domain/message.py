"""Messages in a mailbox, their threads and attachments. All of it is written by strangers: show it, never run it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

import msgspec

from gateway.domain.folder import FolderRole


class Correspondent(msgspec.Struct, frozen=True, gc=False):
    """A name and an address out of a header; either may be missing."""

    name: str | None = None
    email: str | None = None


class Attachment(msgspec.Struct, frozen=True, gc=False):
    """A file on a message; `url` is a path of this gateway, relative to its root."""

    id: str
    name: str | None
    content_type: str | None
    size_bytes: int | None
    url: str
    part_id: str | None = None


class Message(msgspec.Struct, frozen=True):
    """One message. `from_` is the header `From`. What a list does not carry (bodies, most headers) is None there."""

    id: str
    vendor_id: str
    thread_id: str | None
    folder_ids: tuple[str, ...]
    is_read: bool
    is_starred: bool
    keywords: tuple[str, ...]
    from_: tuple[Correspondent, ...] | None = None
    to: tuple[Correspondent, ...] | None = None
    cc: tuple[Correspondent, ...] | None = None
    reply_to: tuple[Correspondent, ...] | None = None
    subject: str | None = None
    preview: str | None = None
    received_at: datetime | None = None
    size_bytes: int | None = None
    internet_message_id: tuple[str, ...] | None = None
    in_reply_to: tuple[str, ...] | None = None
    references: tuple[str, ...] | None = None
    text: str | None = None
    html: str | None = None
    has_attachment: bool | None = None
    attachments: tuple[Attachment, ...] | None = None


class Thread(msgspec.Struct, frozen=True):
    """A conversation, oldest message first."""

    id: str
    messages: tuple[Message, ...]


class MessageQuery(msgspec.Struct, frozen=True):
    """Which messages of a mailbox. Folder is the vendor's own id. Given conditions are joined by AND."""

    folder_vendor_id: str | None = None
    role: FolderRole | None = None
    search: str | None = None
    is_read: bool | None = None
    is_starred: bool | None = None
    has_keyword: str | None = None
    not_keyword: str | None = None


class MessagePage(msgspec.Struct, frozen=True):
    """A page of messages; `cursors` stand beside `messages`, one each: the adapter's own words for "go on after this one"."""

    messages: tuple[Message, ...]
    cursors: tuple[str, ...]
    has_next: bool
    total_count: int | None = None


class AttachmentStream(msgspec.Struct, frozen=True):
    """The bytes of an attachment as they arrive; `close` must be called, read to the end or not."""

    chunks: AsyncIterator[bytes]
    size_bytes: int | None
    close: Callable[[], Awaitable[None]]
