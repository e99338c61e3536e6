"""What ShipMail's mailbox object says, field by field, as ShipMail says it (page "Mailboxes", May 2026; later fields are marked)."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.details import listed
from gateway.domain.mailbox import Details
from gateway.domain.secret import Secret
from gateway.domain.writable import VendorFields, writable


class ShipmailAutoReply(msgspec.Struct, frozen=True, gc=False):
    """The vacation answer as stored, also while it is off."""

    enabled: Annotated[bool | None, listed("Whether incoming mail is answered.")] = None
    subject: Annotated[str | None, listed("Subject of the answer; null: the vendor picks one.")] = None
    body: Annotated[str | None, listed("Plain text of the answer, at most 5,000 characters.")] = None
    from_date: Annotated[datetime | None, listed("Start of the window; null: open.")] = None
    to_date: Annotated[datetime | None, listed("End of the window; null: open.")] = None


class ShipmailDetails(Details, frozen=True, gc=False):
    """Every readable field of ShipMail's mailbox object. It holds no password, host, quota or counter."""

    object: Annotated[str | None, listed('The vendor\'s tag of the object: "mailbox".')] = None
    id: Annotated[str | None, listed("The mailbox's id at ShipMail.")] = None
    domain_id: Annotated[str | None, listed("The id of the domain that the mailbox is on.")] = None
    address: Annotated[str | None, listed("The full address.")] = None
    display_name: Annotated[str | None, listed("Name in From; null and empty both occur, null after it was cleared.")] = None
    suspended_at: Annotated[datetime | None, listed("Since when the mailbox is suspended; null: it is not.")] = None
    spam_filter_threshold: Annotated[
        int | None,
        listed("Spam score, 1 (strict) to 14 (lax), at or above which mail goes to Junk. Later versions of the API may not tell it."),
    ] = None
    auto_reply: Annotated[ShipmailAutoReply | None, listed("The vacation answer.")] = None
    created_at: Annotated[datetime | None, listed("When the mailbox was made.")] = None
    updated_at: Annotated[datetime | None, listed("When the mailbox was last changed.")] = None
    suspension_reasons: Annotated[
        tuple[str, ...] | None, listed("Why it is suspended: billing, manual, security, abuse. Only later versions of the API tell it.")
    ] = None
    agent_security_hold: Annotated[
        bool | None, listed("Whether the vendor's security check holds the mailbox back. Only later versions of the API tell it.")
    ] = None


class ShipmailAutoReplyFields(msgspec.Struct, frozen=True, kw_only=True):
    """The vacation answer as it can be written. It is replaced whole: what is left out is cleared. Its subject cannot be written."""

    enabled: Annotated[bool, writable("Whether incoming mail is answered.")]
    body: Annotated[str | UnsetType | None, writable("Plain text of the answer, at most 5,000 characters; needed while enabled.")] = UNSET
    from_date: Annotated[datetime | UnsetType | None, writable("Start of the window; null: open.")] = UNSET
    to_date: Annotated[datetime | UnsetType | None, writable("End of the window, after its start; null: open.")] = UNSET


class ShipmailFields(VendorFields, frozen=True, kw_only=True):
    """What can be set at ShipMail besides the fields common to all vendors. Each costs a call of its own, also when it is created."""

    password: Annotated[
        Secret | UnsetType,
        writable("The mailbox's login password: 8 to 128 characters with a small letter, a capital and a digit. Never shown."),
    ] = UNSET
    auto_reply: Annotated[ShipmailAutoReplyFields | UnsetType, writable("The vacation answer, replaced whole.")] = UNSET
    spam_filter_threshold: Annotated[
        int | UnsetType, writable("Spam score, 1 (strict) to 14 (lax), at or above which mail goes to Junk.")
    ] = UNSET
