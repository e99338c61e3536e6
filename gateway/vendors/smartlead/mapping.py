"""Smartlead's rows as domain structs. Total: odd values cost their field. `redact` cleans text that mail servers wrote."""

from collections.abc import Callable
from datetime import date, datetime

from gateway.domain.account import Account, Owner
from gateway.domain.identifier import encode_mailbox
from gateway.domain.mailbox import (
    ChannelHealth,
    ChannelState,
    Mailbox,
    MailboxHealth,
    MailboxStatus,
    MailProvider,
    SendingPolicy,
    ServerSettings,
    TrackingDomains,
    TransportSecurity,
    UnreadDetails,
)
from gateway.domain.warmup import WarmupDay, WarmupState, WarmupStatus
from gateway.vendors.reading import Words, count, first, fraction, instant, number, parsed, text, whole
from gateway.vendors.smartlead.details import (
    SmartleadDetails,
    SmartleadHealthMetrics,
    SmartleadTag,
    SmartleadWarmup,
    SmartleadWarmupStats,
    SmartleadWarmupStatsByDate,
    SmartleadWarmupStatsDay,
)
from gateway.vendors.smartlead.wire import EmailAccountRow, HealthRow, Number, TagRow, WarmupDayRow, WarmupRow, WarmupStatsBody

Redact = Callable[[str], str]

_PROVIDERS = Words(
    {
        "gmail": MailProvider.GOOGLE,
        "outlook": MailProvider.MICROSOFT,
        "smtp": MailProvider.CUSTOM,
        "zoho": MailProvider.ZOHO,
    },
    missing=MailProvider.UNKNOWN,
    other=MailProvider.OTHER,
)
_SECURITIES = Words(
    {"ssl": TransportSecurity.SSL, "tls": TransportSecurity.TLS, "starttls": TransportSecurity.STARTTLS},
    missing=TransportSecurity.UNKNOWN,
    other=TransportSecurity.UNKNOWN,
)
_WARMUP_STATES = Words(
    {
        "active": WarmupState.RUNNING,
        "inactive": WarmupState.DISABLED,
        "paused": WarmupState.PAUSED,
        "blocked": WarmupState.BLOCKED,
    },
    missing=WarmupState.UNKNOWN,
    other=WarmupState.UNKNOWN,
)
_FULL_PERCENT = 100
_PERCENTS = {f"{percent}%": float(percent) for percent in range(_FULL_PERCENT + 1)}
_ACTIVE, _ERROR, _SUSPENDED, _UNKNOWN = MailboxStatus.ACTIVE, MailboxStatus.ERROR, MailboxStatus.SUSPENDED, MailboxStatus.UNKNOWN
_OK, _FAILING = ChannelState.OK, ChannelState.FAILING
_WORKS, _SILENT = ChannelHealth(_OK), ChannelHealth()
_BOTH_WORK = MailboxHealth(_WORKS, _WORKS)


def mailbox_from_wire(row: EmailAccountRow, *, account: Account, observed_at: datetime, redact: Redact) -> Mailbox:
    """A mailbox out of a list row or a read of one."""
    _clean(row, redact)
    vendor_id = str(row.id)
    health = _health(row)
    tags, warmup = row.tags, row.warmup_details
    return Mailbox(
        encode_mailbox(account.name, vendor_id),
        account.vendor,
        vendor_id,
        account.name,
        observed_at,
        _UnreadRow(row=row),
        text(row.from_email),
        row.from_name,
        text(row.username),
        _PROVIDERS[row.type],
        row.type,
        status_of(health, is_suspended=row.is_suspended),
        None,  # it has no word for its status
        health,
        _server(row.smtp_host, count(row.smtp_port), row.smtp_port_type, row.username),
        _server(row.imap_host, count(row.imap_port), row.imap_port_type, row.imap_username),
        _sending(row),
        text(row.signature),
        text(row.different_reply_to_address),
        text(row.bcc_email),
        _tracking(row.custom_tracking_domain),
        None if tags is None else tuple([tag.tag_name for tag in tags if tag.tag_name]),
        count(row.campaign_count),
        _owner(row.user_id),
        None,  # nor domains
        _client_id(row.client_id),
        None if warmup is None else _warmup(warmup),
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )


def _clean(row: EmailAccountRow, redact: Redact) -> None:
    """In place: the row is kept. Mail servers echo logins."""
    if row.smtp_failure_error:
        row.smtp_failure_error = redact(row.smtp_failure_error)
    if row.imap_failure_error:
        row.imap_failure_error = redact(row.imap_failure_error)
    if row.warmup_details is not None and row.warmup_details.blocked_reason:
        row.warmup_details.blocked_reason = redact(row.warmup_details.blocked_reason)


def status_of(health: MailboxHealth, *, is_suspended: bool | None) -> MailboxStatus:
    """The vendor's flag first, then the evidence. List rows lack the flag (the list page has no such key), so with both channels
    working they say neither ACTIVE nor SUSPENDED.
    """
    if is_suspended:
        return _SUSPENDED
    sending, receiving = health.sending.state, health.receiving.state
    if sending is _FAILING or receiving is _FAILING:
        return _ERROR
    return _ACTIVE if is_suspended is False and sending is receiving is _OK else _UNKNOWN


class _UnreadRow(UnreadDetails, frozen=True, gc=False, kw_only=True):
    """A row of either kind, cleaned."""

    row: EmailAccountRow

    def read(self) -> SmartleadDetails:
        return details_from_wire(self.row)


def details_from_wire(row: EmailAccountRow) -> SmartleadDetails:
    """Everything that the row says, verbatim."""
    return SmartleadDetails(
        id=count(row.id),
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
        user_id=count(row.user_id),
        from_name=row.from_name,
        from_email=row.from_email,
        username=row.username,
        smtp_host=row.smtp_host,
        smtp_port=count(row.smtp_port),
        smtp_port_type=row.smtp_port_type,
        imap_host=row.imap_host,
        imap_port=count(row.imap_port),
        imap_port_type=row.imap_port_type,
        imap_username=row.imap_username,
        is_different_imap_account=row.is_different_imap_account,
        different_reply_to_address=row.different_reply_to_address,
        type=row.type,
        message_per_day=count(row.message_per_day),
        daily_sent_count=count(row.daily_sent_count),
        min_time_to_wait_in_mins=number(row.min_time_to_wait_in_mins),
        signature=row.signature,
        custom_tracking_domain=row.custom_tracking_domain,
        bcc_email=row.bcc_email,
        is_smtp_success=row.is_smtp_success,
        is_imap_success=row.is_imap_success,
        smtp_failure_error=row.smtp_failure_error,
        imap_failure_error=row.imap_failure_error,
        client_id=count(row.client_id),
        campaign_count=count(row.campaign_count),
        is_connected_to_campaign=row.is_connected_to_campaign,
        expires_at=instant(row.expires_at),
        tags=None if row.tags is None else tuple(map(_tag, row.tags)),
        warmup_details=_warmup_details(row.warmup_details),
        is_suspended=row.is_suspended,
        use_whitelabel_credentials=row.use_whitelabel_credentials,
        campaign_ids=_campaign_ids(row.campaign_ids),
    )


def warmup_days_from_wire(body: WarmupStatsBody) -> tuple[WarmupDay, ...]:
    """The days in order (the vendor does not promise one), out of either shape; an entry without a date is no day."""
    days = (_warmup_day(row) for row in (*(body.stats_by_date or ()), *(body.daily_stats or ())))
    return tuple(sorted((day for day in days if day is not None), key=lambda day: day.date))


def warmup_stats_from_wire(body: WarmupStatsBody) -> SmartleadWarmupStats:
    """Totals and days of the warm-up statistics; totals come as strings."""
    return SmartleadWarmupStats(
        id=count(body.id),
        total_sent=count(body.total_sent),
        sent_count=count(body.sent_count),
        spam_count=count(body.spam_count),
        inbox_count=count(body.inbox_count),
        warmup_email_received_count=count(body.warmup_email_received_count),
        reputation_score=number(body.reputation_score),
        daily_stats=None if body.daily_stats is None else tuple(map(_documented_day, body.daily_stats)),
        stats_by_date=None if body.stats_by_date is None else tuple(map(_seen_day, body.stats_by_date)),
    )


def health_metrics_from_wire(row: HealthRow) -> SmartleadHealthMetrics:
    """An address's campaign results."""
    return SmartleadHealthMetrics(
        from_email=row.from_email,
        sent=count(row.sent),
        opened=count(row.opened),
        replied=count(row.replied),
        positive_replied=count(row.positive_replied),
        bounced=count(row.bounced),
        open_rate=row.open_rate,
        reply_rate=row.reply_rate,
        bounce_rate=row.bounce_rate,
    )


def _health(row: EmailAccountRow) -> MailboxHealth:
    if row.is_smtp_success and row.is_imap_success:
        return _BOTH_WORK
    return MailboxHealth(_channel(row.is_smtp_success, row.smtp_failure_error), _channel(row.is_imap_success, row.imap_failure_error))


def _channel(works: bool | None, failure: str | None) -> ChannelHealth:  # noqa: FBT001 - the vendor's own flag
    if works is None:
        return _SILENT
    return _WORKS if works else ChannelHealth(_FAILING, text(failure))


def _server(host: str | None, port: int | None, port_type: str | None, username: str | None) -> ServerSettings | None:
    """None for OAuth accounts, whose rows have null hosts and ports."""
    host = text(host)
    if host is None and port is None:
        return None
    return ServerSettings(host, port, _SECURITIES[port_type], port_type, text(username))


def _sending(row: EmailAccountRow) -> SendingPolicy:
    minutes = None if row.min_time_to_wait_in_mins is None else number(row.min_time_to_wait_in_mins)
    return SendingPolicy(count(row.message_per_day), None, count(row.daily_sent_count), None if minutes is None else minutes * 60)


def _tracking(domain: str | None) -> TrackingDomains | None:
    return TrackingDomains(domain=domain) if text(domain) else None


def _owner(user_id: Number) -> Owner | None:
    read = whole(user_id)
    return None if read is None else Owner(vendor_id=str(read))


def _client_id(client_id: Number) -> str | None:
    """Some accounts say 0 for no client."""
    read = whole(client_id)
    return str(read) if read else None


def _tag(row: TagRow) -> SmartleadTag:
    return SmartleadTag(tag_id=count(row.tag_id), tag_name=row.tag_name, tag_color=row.tag_color)


def _campaign_ids(ids: list[int | str] | None) -> tuple[int, ...] | None:
    if ids is None:
        return None
    return tuple(read for each in ids if (read := count(each)) is not None)


def _reputation(value: Number) -> float | None:
    """0 to 100 out of "95%" (lists) or 95 (one mailbox)."""
    if isinstance(value, str) and value in _PERCENTS:
        return _PERCENTS[value]
    read = number(value)
    return read if read is not None and 0 <= read <= _FULL_PERCENT else None


def _warmup(row: WarmupRow) -> WarmupStatus:
    return WarmupStatus(
        _WARMUP_STATES[row.status],
        row.status,
        _reputation(row.warmup_reputation),
        count(row.total_sent_count),
        count(row.total_spam_count),
        None,  # mails in the inbox are not counted
        None,  # nor replies
        fraction(row.reply_rate),
        started_at=_started_at(row),
        blocked_reason=text(row.blocked_reason),
    )


def _started_at(row: WarmupRow) -> datetime | None:
    """One fact under two names: `warmup_created_at` in lists, `created_at` in the read of one."""
    return instant(row.warmup_created_at) or instant(row.created_at)


def _warmup_details(row: WarmupRow | None) -> SmartleadWarmup | None:
    if row is None:
        return None
    return SmartleadWarmup(
        status=row.status,
        total_sent_count=count(row.total_sent_count),
        total_spam_count=count(row.total_spam_count),
        warmup_reputation=_as_text(row.warmup_reputation),
        warmup_key_id=_as_text(row.warmup_key_id),
        warmup_created_at=_started_at(row),
        reply_rate=number(row.reply_rate),
        blocked_reason=row.blocked_reason,
        warmup_min_count=count(row.warmup_min_count),
        warmup_max_count=count(row.warmup_max_count),
        max_email_per_day=count(row.max_email_per_day),
        id=count(row.id),
        created_at=instant(row.created_at),
        is_warmup_blocked=row.is_warmup_blocked,
    )


def _as_text(value: Number) -> str | None:
    return None if value is None else str(value)


def _warmup_day(row: WarmupDayRow) -> WarmupDay | None:
    day = parsed(row.date, lambda said: date.fromisoformat(said[:10]))
    if day is None:
        return None
    return WarmupDay(
        date=day,
        sent=first(count(row.sent_count), count(row.sent)),
        spam=count(row.spam),
        replied=first(count(row.reply_count), count(row.replied)),
        rescued_from_spam=count(row.save_from_spam_count),
    )


def _documented_day(row: WarmupDayRow) -> SmartleadWarmupStatsDay:
    return SmartleadWarmupStatsDay(
        date=row.date,
        sent=count(row.sent),
        spam=count(row.spam),
        delivered=count(row.delivered),
        opened=count(row.opened),
        replied=count(row.replied),
    )


def _seen_day(row: WarmupDayRow) -> SmartleadWarmupStatsByDate:
    return SmartleadWarmupStatsByDate(
        id=count(row.id),
        date=row.date,
        sent_count=count(row.sent_count),
        reply_count=count(row.reply_count),
        save_from_spam_count=count(row.save_from_spam_count),
    )
