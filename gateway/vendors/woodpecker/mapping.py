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
from gateway.domain.identifier import Kind, encode
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
)
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState, WarmupStatus
from gateway.vendors.reading import first, instant, text, within_int32, word
from gateway.vendors.woodpecker.details import WoodpeckerDetails, WoodpeckerFreeze, WoodpeckerImap, WoodpeckerWarmup
from gateway.vendors.woodpecker.wire import WireDetails, WireRecord

_PROVIDERS = {
    "google": MailProvider.GOOGLE,
    "mailgun": MailProvider.MAILGUN,
    "custom": MailProvider.CUSTOM,
    "exchange": MailProvider.EXCHANGE,
    "office365": MailProvider.MICROSOFT,
    "office_365": MailProvider.MICROSOFT,
    "outlook": MailProvider.MICROSOFT,
    "microsoft": MailProvider.MICROSOFT,
    "other": MailProvider.OTHER,
}
_WARMUP_STATES = {
    "running": WarmupState.RUNNING,
    "paused": WarmupState.PAUSED,
    "disabled": WarmupState.DISABLED,
    "blocked": WarmupState.BLOCKED,
}
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
    kind = (record.type or "").strip().upper()
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
    for sends, record in zip(kinds, records, strict=True):
        if sends and senders[record.id] is record:
            imap_id = imap_id_of(record)
            half = None if imap_id is None else halves.get(imap_id)
            yield mailbox_from_wire(record, half, seen, is_imap_shared=None if half is None else uses[half.id] > 1)
        elif not sends and halves[record.id] is record and record.id not in uses and record.id not in senders:
            yield receiver_from_wire(record, seen)  # that both kinds share one number space is seen, not documented


def imap_id_of(record: WireRecord) -> int | None:
    """Which IMAP record an SMTP record names."""
    return record.details.imap_id if record.details else None


def mailbox_from_wire(record: WireRecord, half: WireRecord | None, seen: Observation, *, is_imap_shared: bool | None = None) -> Mailbox:
    """An SMTP record and its IMAP half; `half` None: it names none, or one that is not there."""
    sending = _channel(record, seen)
    receiving = ChannelHealth() if half is None else _channel(half, seen)
    details = details_from_wire(record, half, seen, is_imap_shared=is_imap_shared)
    return _mailbox(record, half, seen, details, MailboxHealth(sending, receiving), _status(sending, receiving))


def receiver_from_wire(record: WireRecord, seen: Observation) -> Mailbox:
    """An IMAP record that no SMTP record names."""
    receiving = _channel(record, seen)
    health = MailboxHealth(ChannelHealth(ChannelState.DISABLED, _ONLY_RECEIVES), receiving)
    return _mailbox(record, record, seen, details_from_wire(record, record, seen), health, _status(receiving))


def details_from_wire(
    record: WireRecord, half: WireRecord | None, seen: Observation, *, is_imap_shared: bool | None = None
) -> WoodpeckerDetails:
    """The vendor's own words, secrets cut out of the one free text that may hold them."""
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
        error=_error(details, seen),
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
        imap=None if half is None else imap_from_wire(half, seen),
        shared_imap=is_imap_shared,
    )


def imap_from_wire(half: WireRecord, seen: Observation) -> WoodpeckerImap:
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
        error=_error(details, seen),
        private=details.private,
        from_name=details.from_name,
    )


def _mailbox(
    record: WireRecord,
    half: WireRecord | None,
    seen: Observation,
    vendor_details: WoodpeckerDetails,
    health: MailboxHealth,
    status: MailboxStatus,
) -> Mailbox:
    """A record that is its own receiving half has no SMTP."""
    details = record.details or _NO_DETAILS
    return Mailbox(
        id=encode(Kind.MAILBOX, seen.account.name, str(record.id)),
        vendor=Vendor.WOODPECKER,
        vendor_id=str(record.id),
        account_name=seen.account.name,
        observed_at=seen.at,
        details=vendor_details,
        address=text(details.email),
        display_name=details.from_name,
        login=details.login,
        provider=word(details.provider, _PROVIDERS, missing=MailProvider.UNKNOWN, other=MailProvider.OTHER),
        provider_raw=details.provider,
        status=status,
        health=health,
        smtp=None if half is record else _server(record),
        imap=_server(half),
        sending=_sending(details),
        signature=text(details.signature),
        bcc=text(details.bcc_crm),
        tracking=_tracking(details),
        client_id=seen.company_id,
        warmup=_warmup(details),
    )


def _channel(record: WireRecord, seen: Observation) -> ChannelHealth:
    """One direction by its own record's `error`: absent is silence, null and "" are health, "Connected conditionally." is half of it."""
    details = record.details or _NO_DETAILS
    if isinstance(details.error, msgspec.UnsetType):
        return ChannelHealth()
    error = text(details.error)
    if error is None:
        return ChannelHealth(ChannelState.OK)
    works_partly = error.strip().casefold().startswith(_CONDITIONALLY)
    return ChannelHealth(ChannelState.OK if works_partly else ChannelState.FAILING, text(seen.redact(error)))


def _status(decisive: ChannelHealth, other: ChannelHealth | None = None) -> MailboxStatus:
    """By evidence alone: Woodpecker has no status word. An error of either direction is one; only the decisive one proves health."""
    if ChannelState.FAILING in {decisive.state, other.state if other else None}:
        return MailboxStatus.ERROR
    return MailboxStatus.ACTIVE if decisive.state is ChannelState.OK else MailboxStatus.UNKNOWN


def _error(details: WireDetails, seen: Observation) -> str | None:
    if isinstance(details.error, msgspec.UnsetType) or details.error is None:
        return None
    return seen.redact(details.error) if text(details.error) else details.error


def _server(record: WireRecord | None) -> ServerSettings | None:
    """Where one half lives; None when it does not say anything. There is no field for TLS."""
    details = (record and record.details) or _NO_DETAILS
    if details.server is None and details.port is None and details.login is None:
        return None
    return ServerSettings(host=details.server, port=within_int32(details.port), username=details.login)


def _sending(details: WireDetails) -> SendingPolicy:
    """`sent_today` counts the last 24 hours, not a calendar day (get-mailbox page)."""
    pauses = _pauses(details)
    return SendingPolicy(
        daily_limit=within_int32(details.daily_limit),
        sent_today=within_int32(details.sent_today),
        min_interval_seconds=_seconds(details.frequency_from),
        max_interval_seconds=_seconds(details.frequency_to),
        pauses=pauses,
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


def _warmup(details: WireDetails) -> WarmupStatus | None:
    """A word and no numbers: the API has none (none of its pages names one)."""
    if details.warmup_data is None:
        return None
    said = details.warmup_data.status
    return WarmupStatus(word(said, _WARMUP_STATES, missing=WarmupState.UNKNOWN, other=WarmupState.UNKNOWN), state_raw=said)
