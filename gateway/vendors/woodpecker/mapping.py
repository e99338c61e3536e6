"""Woodpecker's records -> mailboxes: an SMTP record and the IMAP record that it names are one mailbox.

An IMAP record may serve several SMTP records (get-mailbox page), so it is no mailbox of its own unless no SMTP record names it:
then it is a mailbox that only receives.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import compress

import msgspec

from gateway.domain.account import Account
from gateway.domain.identifier import encode_mailbox
from gateway.domain.mailbox import (
    ChannelHealth,
    ChannelState,
    Mailbox,
    MailboxHealth,
    MailboxStatus,
    MailProvider,
    Pause,
    SendingPolicy,
    ServerSettings,
    TrackingDomains,
    UnreadDetails,
)
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState, WarmupStatus
from gateway.vendors.reading import Words, first, instant, text, within_int32
from gateway.vendors.woodpecker.details import WoodpeckerDetails, WoodpeckerFreeze, WoodpeckerImap, WoodpeckerWarmup
from gateway.vendors.woodpecker.wire import WireDetails, WireRecord, WireWarmup

_PROVIDERS = Words(
    {
        "google": MailProvider.GOOGLE,
        "mailgun": MailProvider.MAILGUN,
        "custom": MailProvider.CUSTOM,
        "exchange": MailProvider.EXCHANGE,
        "office365": MailProvider.MICROSOFT,
        "office_365": MailProvider.MICROSOFT,
        "outlook": MailProvider.MICROSOFT,
        "microsoft": MailProvider.MICROSOFT,
        "other": MailProvider.OTHER,
    },
    missing=MailProvider.UNKNOWN,
    other=MailProvider.OTHER,
)
_WARMUP_STATES = Words(
    {
        "running": WarmupState.RUNNING,
        "paused": WarmupState.PAUSED,
        "disabled": WarmupState.DISABLED,
        "blocked": WarmupState.BLOCKED,
    },
    missing=WarmupState.UNKNOWN,
    other=WarmupState.UNKNOWN,
)
_VENDOR = Vendor.WOODPECKER
_ACTIVE, _ERROR, _UNKNOWN = MailboxStatus.ACTIVE, MailboxStatus.ERROR, MailboxStatus.UNKNOWN
_OK, _FAILING = ChannelState.OK, ChannelState.FAILING
_WORKS, _SILENT = ChannelHealth(_OK), ChannelHealth()
_ONLY_RECEIVES = "No SMTP configuration uses this IMAP configuration, so it can only receive."
_CONDITIONALLY = "connected conditionally"
_NO_DETAILS = WireDetails()


class Observation(msgspec.Struct, frozen=True):
    """The circumstances of an answer: whose it is, when it came, how its free text is cleaned, and for which client company."""

    account: Account
    at: datetime
    redact: Callable[[str], str]
    company_id: str | None = None


def is_sender(record: WireRecord) -> bool:
    """Whether a record is an SMTP one. A type that no page names counts as SMTP when it has what only senders have."""
    kind = record.type
    if kind not in {"SMTP", "IMAP"}:
        kind = (kind or "").strip().upper()
    if kind in {"SMTP", "IMAP"}:
        return kind == "SMTP"
    details = record.details or _NO_DETAILS
    sending = (details.imap_id, details.daily_limit, details.sent_today, details.frequency_from, details.frequency_to, details.warmup_data)
    return any(value is not None for value in sending)


def is_receiver(mailbox: Mailbox) -> bool:
    """Whether a mailbox is an IMAP record alone, see `receiver_from_wire`."""
    return mailbox.health.sending.state is ChannelState.DISABLED


def mailboxes_from_wire(records: Sequence[WireRecord], seen: Observation, *, sending: Sequence[bool] | None = None) -> Iterator[Mailbox]:
    """The mailboxes of a whole list, in the vendor's order; a record that comes twice counts once, as it came last.

    `sending` says of each record whether it is a sender's, where that is known already.
    """
    kinds = [*map(is_sender, records)] if sending is None else sending
    senders = {record.id: record for record in compress(records, kinds)}
    halves = {record.id: record for sends, record in zip(kinds, records, strict=True) if not sends}
    uses = Counter(map(imap_id_of, senders.values()))
    channels: dict[int, ChannelHealth] = {}
    for sends, record in zip(kinds, records, strict=True):
        if sends and senders[record.id] is record:
            imap_id = imap_id_of(record)
            half = None if imap_id is None else halves.get(imap_id)
            if half is None:
                yield mailbox_from_wire(record, None, seen)
                continue
            receiving = channels.get(half.id) or channels.setdefault(half.id, _channel(half, seen))
            yield mailbox_from_wire(record, half, seen, receiving=receiving, is_imap_shared=uses[half.id] > 1)
        elif not sends and halves[record.id] is record and record.id not in uses and record.id not in senders:
            yield receiver_from_wire(record, seen)  # that both kinds share one number space is seen, not documented


def imap_id_of(record: WireRecord) -> int | None:
    """Which IMAP record an SMTP record names."""
    return record.details.imap_id if record.details else None


def mailbox_from_wire(
    record: WireRecord,
    half: WireRecord | None,
    seen: Observation,
    *,
    receiving: ChannelHealth | None = None,
    is_imap_shared: bool | None = None,
) -> Mailbox:
    """An SMTP record and its IMAP half; `half` None: it names none, or one that is not there.

    `receiving` is the half's channel, where another record has the same half: a record is looked at once.
    """
    sending = _channel(record, seen)
    if receiving is None:
        receiving = _SILENT if half is None else _channel(half, seen)
    details = _UnreadRecords(record=record, half=half, is_imap_shared=is_imap_shared)
    return _mailbox(record, half, seen, details, MailboxHealth(sending, receiving), _status(sending, receiving))


def receiver_from_wire(record: WireRecord, seen: Observation) -> Mailbox:
    """An IMAP record that no SMTP record names."""
    receiving = _channel(record, seen)
    health = MailboxHealth(ChannelHealth(ChannelState.DISABLED, _ONLY_RECEIVES), receiving)
    return _mailbox(record, record, seen, _UnreadRecords(record=record, half=record), health, _status(receiving))


class _UnreadRecords(UnreadDetails, frozen=True, gc=False, kw_only=True):
    """A mailbox's records, their errors cleaned."""

    record: WireRecord
    half: WireRecord | None
    is_imap_shared: bool | None = None

    def read(self) -> WoodpeckerDetails:
        return details_from_wire(self.record, self.half, is_imap_shared=self.is_imap_shared)


def details_from_wire(record: WireRecord, half: WireRecord | None, *, is_imap_shared: bool | None = None) -> WoodpeckerDetails:
    """The vendor's own words."""
    details = record.details or _NO_DETAILS
    pauses = _pauses(details)
    return WoodpeckerDetails(
        id=within_int32(record.id),
        type=record.type,
        email=details.email,
        provider=details.provider,
        login=details.login,
        server=details.server,
        port=within_int32(details.port),
        from_name=details.from_name,
        error=_error(details),
        daily_limit=within_int32(details.daily_limit),
        sent_today=within_int32(details.sent_today),
        frequency_from=within_int32(details.frequency_from),
        frequency_to=within_int32(details.frequency_to),
        bcc_crm=details.bcc_crm,
        signature=details.signature,
        open_url=details.open_url,
        click_url=details.click_url,
        unsubscribe_url=details.unsubscribe_url,
        freeze_account=None if pauses is None else tuple(WoodpeckerFreeze(pause.from_, pause.to) for pause in pauses),
        in_slot=details.in_slot,
        warmup_data=None if details.warmup_data is None else WoodpeckerWarmup(details.warmup_data.status),
        imap_id=within_int32(details.imap_id),
        imap=None if half is None else imap_from_wire(half),
        shared_imap=is_imap_shared,
    )


def imap_from_wire(half: WireRecord) -> WoodpeckerImap:
    """The receiving half, verbatim."""
    details = half.details or _NO_DETAILS
    return WoodpeckerImap(
        id=within_int32(half.id),
        type=half.type,
        email=details.email,
        provider=details.provider,
        login=details.login,
        server=details.server,
        port=within_int32(details.port),
        error=_error(details),
        private=details.private,
        from_name=details.from_name,
    )


def _mailbox(
    record: WireRecord,
    half: WireRecord | None,
    seen: Observation,
    vendor_details: UnreadDetails,
    health: MailboxHealth,
    status: MailboxStatus,
) -> Mailbox:
    """A record that is its own receiving half has no SMTP."""
    details = record.details or _NO_DETAILS
    vendor_id = str(record.id)
    return Mailbox(
        encode_mailbox(seen.account.name, vendor_id),
        _VENDOR,
        vendor_id,
        seen.account.name,
        seen.at,
        vendor_details,
        text(details.email),
        details.from_name,
        details.login,
        _PROVIDERS[details.provider],
        details.provider,
        status,
        None,  # it has no word for its status
        health,
        None if half is record else _server(record),
        None if half is None else _server(half),
        _sending(details),
        text(details.signature),
        bcc=text(details.bcc_crm),
        tracking=_tracking(details),
        client_id=seen.company_id,
        warmup=None if details.warmup_data is None else _warmup(details.warmup_data),
    )


def _channel(record: WireRecord, seen: Observation) -> ChannelHealth:
    """One direction by its own record's `error`: absent is silence, null and "" are health, "Connected conditionally." is half of it.

    The error is cleaned in place, since the record is kept; so that it can be judged, each record comes here once.
    """
    details = record.details or _NO_DETAILS
    error = details.error
    if error is None or error == "":
        return _WORKS
    if isinstance(error, msgspec.UnsetType):
        return _SILENT
    if text(error) is None:
        return _WORKS
    works_partly = error.strip().casefold().startswith(_CONDITIONALLY)
    details.error = seen.redact(error)
    return ChannelHealth(_OK if works_partly else _FAILING, text(details.error))


def _status(decisive: ChannelHealth, other: ChannelHealth = _SILENT) -> MailboxStatus:
    """By evidence alone: Woodpecker has no status word. An error of either direction is one; only the decisive one proves health."""
    if decisive.state is _FAILING or other.state is _FAILING:
        return _ERROR
    return _ACTIVE if decisive.state is _OK else _UNKNOWN


def _error(details: WireDetails) -> str | None:
    return None if isinstance(details.error, msgspec.UnsetType) else details.error


def _server(record: WireRecord) -> ServerSettings | None:
    """Where one half lives; None when it does not say anything. There is no field for TLS."""
    details = record.details or _NO_DETAILS
    if details.server is None and details.port is None and details.login is None:
        return None
    return ServerSettings(details.server, within_int32(details.port), username=details.login)


def _sending(details: WireDetails) -> SendingPolicy:
    """`sent_today` counts the last 24 hours, not a calendar day (get-mailbox page)."""
    return SendingPolicy(
        within_int32(details.daily_limit),
        None,
        within_int32(details.sent_today),
        _seconds(details.frequency_from),
        _seconds(details.frequency_to),
        pauses=_pauses(details),
    )


def _seconds(milliseconds: int | None) -> float | None:
    """Delays are read in milliseconds (get-mailbox page), although they are written in seconds (adding-mailboxes page)."""
    milliseconds = within_int32(milliseconds)
    return None if milliseconds is None else milliseconds / 1000


def _pauses(details: WireDetails) -> tuple[Pause, ...] | None:
    """An array; "" in the older help sample means that there are none."""
    if details.freeze_account is None:
        return None
    if isinstance(details.freeze_account, str):
        return None if text(details.freeze_account) else ()
    return tuple(
        Pause(instant(first(freeze.date_from, freeze.legacy_from)), instant(first(freeze.date_to, freeze.legacy_to)))
        for freeze in details.freeze_account
    )


def _tracking(details: WireDetails) -> TrackingDomains | None:
    """Despite their names the three `…_url` fields hold domains (get-mailbox page)."""
    opens, clicks, unsubscribes = text(details.open_url), text(details.click_url), text(details.unsubscribe_url)
    if opens is None and clicks is None and unsubscribes is None:
        return None
    return TrackingDomains(opens=opens, clicks=clicks, unsubscribes=unsubscribes)


def _warmup(warmup: WireWarmup) -> WarmupStatus:
    """A word and no numbers: the API has none (none of its pages names one)."""
    return WarmupStatus(_WARMUP_STATES[warmup.status], warmup.status)
