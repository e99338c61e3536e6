"""What a caller wants of a mailbox, in the fleet's words: a new one, or changes to one that is there.

In changes, and in the parts that drafts and changes share, absent is `UNSET` (leave it alone) and None is "clear it".
Secrets are `Secret`s. Field names are those of the GraphQL inputs in snake case, so that a path into a draft is a path into the input.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.capability import MailboxField
from gateway.domain.mailbox import SendBurst, TransportSecurity
from gateway.domain.secret import Secret
from gateway.domain.writable import VendorFields


class ServerDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Where SMTP or IMAP lives, and how to log in there."""

    host: str | UnsetType | None = UNSET
    port: int | UnsetType | None = UNSET
    security: TransportSecurity | UnsetType | None = UNSET
    username: str | UnsetType | None = UNSET
    password: Secret | UnsetType | None = UNSET


class TrackingDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Domains in tracking links; `domain` where the vendor has one for all."""

    domain: str | UnsetType | None = UNSET
    opens: str | UnsetType | None = UNSET
    clicks: str | UnsetType | None = UNSET
    unsubscribes: str | UnsetType | None = UNSET


class OAuthToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail provider's consent gave; the vendor refreshes it from then on."""

    access_token: Secret
    refresh_token: Secret
    expires_at: datetime | None = None
    scope: str | None = None
    id_token: Secret | None = None


class WarmupSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How warm-up shall run: mails a day, mails more each day, a fraction 0 to 1 of answers, and two switches. None: not said."""

    daily_target: int | None = None
    daily_increase: int | None = None
    reply_rate_target: float | None = None
    ramp_up: bool | None = None
    auto_adjust: bool | None = None


class MailboxDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A mailbox that shall be created. None: not said."""

    address: str
    display_name: str | None = None
    smtp: ServerDraft | None = None
    imap: ServerDraft | None = None
    daily_limit: int | None = None
    min_interval_seconds: float | None = None
    max_interval_seconds: float | None = None
    signature: str | None = None
    reply_to: str | None = None
    bcc: str | None = None
    tracking: TrackingDraft | None = None
    tags: tuple[str, ...] | None = None
    domain_vendor_id: str | None = None
    owner_id: str | None = None
    oauth: OAuthToken | None = None
    warmup: WarmupSettings | None = None
    verify: bool | None = None
    vendor_fields: VendorFields | None = None


class MailboxChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What shall become different about a mailbox."""

    display_name: str | UnsetType | None = UNSET
    daily_limit: int | UnsetType | None = UNSET
    weekly_limit: int | UnsetType | None = UNSET
    burst: SendBurst | UnsetType | None = UNSET
    min_interval_seconds: float | UnsetType | None = UNSET
    max_interval_seconds: float | UnsetType | None = UNSET
    signature: str | UnsetType | None = UNSET
    reply_to: str | UnsetType | None = UNSET
    bcc: str | UnsetType | None = UNSET
    tracking: TrackingDraft | UnsetType | None = UNSET
    tags: tuple[str, ...] | UnsetType | None = UNSET
    smtp: ServerDraft | UnsetType | None = UNSET
    imap: ServerDraft | UnsetType | None = UNSET
    sending_enabled: bool | UnsetType | None = UNSET
    receiving_enabled: bool | UnsetType | None = UNSET
    owner_id: str | UnsetType | None = UNSET
    verify: bool | None = None
    vendor_fields: VendorFields | None = None


FIELDS: Mapping[str, MailboxField] = {
    "display_name": MailboxField.DISPLAY_NAME,
    "daily_limit": MailboxField.DAILY_LIMIT,
    "weekly_limit": MailboxField.WEEKLY_LIMIT,
    "burst": MailboxField.BURST,
    "min_interval_seconds": MailboxField.SEND_INTERVAL,
    "max_interval_seconds": MailboxField.SEND_INTERVAL,
    "signature": MailboxField.SIGNATURE,
    "reply_to": MailboxField.REPLY_TO,
    "bcc": MailboxField.BCC,
    "tracking": MailboxField.TRACKING,
    "tags": MailboxField.TAGS,
    "smtp": MailboxField.SMTP,
    "imap": MailboxField.IMAP,
    "sending_enabled": MailboxField.SENDING_ENABLED,
    "receiving_enabled": MailboxField.RECEIVING_ENABLED,
    "owner_id": MailboxField.OWNER,
    "warmup": MailboxField.WARMUP,
    "vendor_fields": MailboxField.VENDOR_FIELDS,
}
"""The normalised field that each attribute of a draft or of changes belongs to; the others (address, domain, …) belong to none."""


def fields_given(wanted: MailboxDraft | MailboxChanges) -> dict[str, MailboxField]:
    """The attributes that say something and belong to a normalised field, in order."""
    empty = (None, UNSET) if isinstance(wanted, MailboxDraft) else (UNSET,)
    named = {name: FIELDS[name] for name in wanted.__struct_fields__ if name in FIELDS}
    return {name: field for name, field in named.items() if _says_something(name, getattr(wanted, name), empty)}


def _says_something(name: str, value: object, empty: tuple[object, ...]) -> bool:
    return value is not None if name == "vendor_fields" else all(value is not each for each in empty)


def secrets_in(wanted: msgspec.Struct) -> Iterator[Secret]:
    """Every secret in a draft, in changes, or in a part of them."""
    for name in wanted.__struct_fields__:
        value = getattr(wanted, name)
        if isinstance(value, Secret):
            yield value
        elif isinstance(value, msgspec.Struct):
            yield from secrets_in(value)
