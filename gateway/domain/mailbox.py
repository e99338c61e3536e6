"""A mailbox as the fleet sees it: one shape for all vendors.

What a vendor does not say is None, never a guess: 0, "" and () are there only when the vendor said them.
The structs are frozen and outside the garbage collector (`gc=False`): with 50,000 mailboxes a full collection falls from 43 to 2 ms.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import force_setattr

from gateway.domain.account import Owner
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupStatus


class MailboxStatus(StrEnum):
    """Only vendor evidence moves it: a 429, a 5xx or a timeout never does."""

    ACTIVE = "ACTIVE"
    PENDING = "PENDING"
    SUSPENDED = "SUSPENDED"
    ERROR = "ERROR"
    UNKNOWN = "UNKNOWN"


class MailProvider(StrEnum):
    """Who hosts the mailbox. OTHER is a word that we do not know (it is in `provider_raw`), UNKNOWN is silence."""

    GOOGLE = "GOOGLE"
    MICROSOFT = "MICROSOFT"
    EXCHANGE = "EXCHANGE"
    RACKSPACE = "RACKSPACE"
    INTERMEDIA = "INTERMEDIA"
    ZOHO = "ZOHO"
    MAILGUN = "MAILGUN"
    SENDGRID = "SENDGRID"
    VENDOR_HOSTED = "VENDOR_HOSTED"
    CUSTOM = "CUSTOM"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class ChannelState(StrEnum):
    """Whether sending, or receiving, works by the vendor's own evidence."""

    OK = "OK"
    FAILING = "FAILING"
    DISABLED = "DISABLED"
    UNKNOWN = "UNKNOWN"


class ChannelHealth(msgspec.Struct, frozen=True, gc=False):
    """One direction of mail and the evidence for its state."""

    state: ChannelState = ChannelState.UNKNOWN
    message: str | None = None
    last_success_at: datetime | None = None
    last_error_at: datetime | None = None


class MailboxHealth(msgspec.Struct, frozen=True, gc=False):
    """Both directions."""

    sending: ChannelHealth = ChannelHealth()
    receiving: ChannelHealth = ChannelHealth()


class TransportSecurity(StrEnum):
    """ENCRYPTED: the vendor only says that it is."""

    TLS = "TLS"
    SSL = "SSL"
    STARTTLS = "STARTTLS"
    ENCRYPTED = "ENCRYPTED"
    NONE = "NONE"
    UNKNOWN = "UNKNOWN"


class ServerSettings(msgspec.Struct, frozen=True, gc=False):
    """Where a mailbox's SMTP or IMAP lives. There is no password here, ever."""

    host: str | None = None
    port: int | None = None
    security: TransportSecurity = TransportSecurity.UNKNOWN
    security_raw: str | None = None
    username: str | None = None


class SendBurst(msgspec.Struct, frozen=True, gc=False):
    """At most `messages` in any `window_seconds`."""

    messages: int
    window_seconds: int


class Pause(msgspec.Struct, frozen=True, gc=False):
    """A planned time without sending."""

    from_: datetime | None = None
    to: datetime | None = None


class SendingPolicy(msgspec.Struct, frozen=True, gc=False):
    """How much a mailbox may send, and how much it has sent today in the vendor's meaning of today."""

    daily_limit: int | None = None
    weekly_limit: int | None = None
    sent_today: int | None = None
    min_interval_seconds: float | None = None
    max_interval_seconds: float | None = None
    burst: SendBurst | None = None
    pauses: tuple[Pause, ...] | None = None

    @property
    def remaining_today(self) -> int | None:
        """What is left of the daily limit, never below 0; None unless both figures are known."""
        if self.daily_limit is None or self.sent_today is None:
            return None
        return max(self.daily_limit - self.sent_today, 0)


class TrackingDomains(msgspec.Struct, frozen=True, gc=False):
    """Domains in tracking links; `domain` where the vendor has one for all."""

    domain: str | None = None
    opens: str | None = None
    clicks: str | None = None
    unsubscribes: str | None = None


class AutoReply(msgspec.Struct, frozen=True, gc=False):
    """The vacation answer; an open end of the window is None."""

    enabled: bool
    subject: str | None = None
    body: str | None = None
    from_: datetime | None = None
    to: datetime | None = None


class SpamFilter(msgspec.Struct, frozen=True, gc=False):
    """`threshold` runs from 1 (strict) to 14 (lax)."""

    threshold: int


class Details(msgspec.Struct, frozen=True, gc=False):
    """What only one vendor says. Each vendor's `details.py` declares its own subclass; see `domain.details`.

    `mailbox_id` is the global id of the mailbox, with which `on_demand` fields find their way back; the mailbox sets it.
    """

    mailbox_id: str = ""


class UnreadDetails(Details, frozen=True, gc=False):
    """Details still in the vendor's own words; mailboxes read them when somebody asks, which hardly anybody does.

    A vendor's subclass holds what the vendor said, redacted, and reads it. It is equal to what it would be read as.
    """

    def read(self) -> Details:
        """The vendor's own struct."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return _read(self) == (_read(other) if isinstance(other, UnreadDetails) else other)

    __hash__ = None  # type: ignore[assignment] # a mailbox is kept by its id


class Mailbox(msgspec.Struct, frozen=True, gc=False):
    """One mailbox. `account` is the account's name; `observed_at` is when the vendor last told us.

    `details` may be handed in unread; whoever looks at them finds them read. Mapping many rows, give the fields in their order: msgspec
    takes 2 µs to find twenty of them by name.
    """

    id: str
    vendor: Vendor
    vendor_id: str
    account_name: str
    observed_at: datetime
    details: Details
    address: str | None = None
    display_name: str | None = None
    login: str | None = None
    provider: MailProvider = MailProvider.UNKNOWN
    provider_raw: str | None = None
    status: MailboxStatus = MailboxStatus.UNKNOWN
    status_raw: str | None = None
    health: MailboxHealth = MailboxHealth()
    smtp: ServerSettings | None = None
    imap: ServerSettings | None = None
    sending: SendingPolicy = SendingPolicy()
    signature: str | None = None
    reply_to: str | None = None
    bcc: str | None = None
    tracking: TrackingDomains | None = None
    tags: tuple[str, ...] | None = None
    campaign_count: int | None = None
    owner: Owner | None = None
    domain_vendor_id: str | None = None
    client_id: str | None = None
    warmup: WarmupStatus | None = None
    auto_reply: AutoReply | None = None
    spam_filter: SpamFilter | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def __post_init__(self) -> None:
        """Parts from which more can be asked know whose they are."""
        force_setattr(_kept_details(self), "mailbox_id", self.id)
        if self.warmup is not None:
            force_setattr(self.warmup, "mailbox_id", self.id)
        if self.owner is not None:
            force_setattr(self.owner, "account_name", self.account_name)


_slot = Mailbox.__dict__["details"]
_kept_details: Callable[[Mailbox], Details] = _slot.__get__


def _read(unread: UnreadDetails) -> Details:
    details = unread.read()
    force_setattr(details, "mailbox_id", unread.mailbox_id)
    return details


def _details(mailbox: Mailbox) -> Details:
    details = _kept_details(mailbox)
    if isinstance(details, UnreadDetails):
        details = _read(details)
        _slot.__set__(mailbox, details)
    return details


Mailbox.details = property(_details, _slot.__set__)  # type: ignore[assignment] # in front of the slot, which msgspec goes on using
