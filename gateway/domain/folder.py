"""Folders of a mailbox."""

from enum import StrEnum

import msgspec


class FolderRole(StrEnum):
    """What a system folder is for (RFC 8621 calls it the role)."""

    INBOX = "INBOX"
    SENT = "SENT"
    DRAFTS = "DRAFTS"
    ARCHIVE = "ARCHIVE"
    JUNK = "JUNK"
    TRASH = "TRASH"
    STARRED = "STARRED"
    OTHER = "OTHER"


class FolderKind(StrEnum):
    """SYSTEM folders come with the mailbox, CUSTOM ones were made by somebody."""

    SYSTEM = "SYSTEM"
    CUSTOM = "CUSTOM"


class Folder(msgspec.Struct, frozen=True, gc=False):
    """`role` is None for a folder without one, OTHER for a role that we do not know (its word is in `role_raw`)."""

    id: str
    vendor_id: str
    name: str
    kind: FolderKind
    role: FolderRole | None = None
    role_raw: str | None = None
    total_count: int | None = None
    unread_count: int | None = None
    unread_thread_count: int | None = None
    sort_order: int | None = None
    parent_vendor_id: str | None = None
