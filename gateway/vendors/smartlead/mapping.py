"""Smartlead's rows as domain structs. Total: odd values cost their field. `redact` cleans text that mail servers wrote."""

from collections.abc import Callable
from datetime import date, datetime

from gateway.domain.account import Account, Owner
from gateway.domain.identifier import Kind, encode
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
)
from gateway.domain.warmup import WarmupDay, WarmupState, WarmupStatus
from gateway.vendors.reading import first, fraction, instant, number, parsed, text, whole, within_int32, word
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

_PROVIDERS = {
    "gmail": MailProvider.GOOGLE,
    "outlook": MailProvider.MICROSOFT,
    "smtp": MailProvider.CUSTOM,
    "zoho": MailProvider.ZOHO,
}
_SECURITIES = {"ssl": TransportSecurity.SSL, "tls": TransportSecurity.TLS, "starttls": TransportSecurity.STARTTLS}
_WARMUP_STATES = {
    "active": WarmupState.RUNNING,
    "inactive": WarmupState.DISABLED,
    "paused": WarmupState.PAUSED,
    "blocked": WarmupState.BLOCKED,
}
_FULL_PERCENT = 100


def mailbox_from_wire(row: EmailAccountRow, *, account: Account, observed_at: datetime, redact: Redact) -> Mailbox:
    """A mailbox out of a list row or a read of one."""
    details = details_from_wire(row, redact=redact)
    health = _health(details)
    return Mailbox(
        id=encode(Kind.MAILBOX, account.name, str(row.id)),
        vendor=account.vendor,
        vendor_id=str(row.id),
        account_name=account.name,
        observed_at=observed_at,
        details=details,
        address=text(row.from_email),
        display_name=row.from_name,
        login=text(row.username),
        provider=word(row.type, _PROVIDERS, missing=MailProvider.UNKNOWN, other=MailProvider.OTHER),
        provider_raw=row.type,
        status=status_of(health, is_suspended=row.is_suspended),
        health=health,
        smtp=_server(row.smtp_host, details.smtp_port, row.smtp_port_type, row.username),
        imap=_server(row.imap_host, details.imap_port, row.imap_port_type, row.imap_username),
        sending=_sending(details),
        signature=text(row.signature),
        reply_to=text(row.different_reply_to_address),
        bcc=text(row.bcc_email),
        tracking=_tracking(row.custom_tracking_domain),
        tags=None if row.tags is None else tuple(tag.tag_name for tag in row.tags if tag.tag_name),
        campaign_count=details.campaign_count,
        owner=_owner(row.user_id),
        client_id=_client_id(row.client_id),
        warmup=_warmup(row.warmup_details, redact=redact),
        created_at=details.created_at,
        updated_at=details.updated_at,
    )


def status_of(health: MailboxHealth, *, is_suspended: bool | None) -> MailboxStatus:
    """The vendor's flag first, then the evidence. List rows lack the flag (the list page has no such key), so with both channels
    working they say neither ACTIVE nor SUSPENDED.
    """
    states = {health.sending.state, health.receiving.state}
    if is_suspended:
        return MailboxStatus.SUSPENDED
    if ChannelState.FAILING in states:
        return MailboxStatus.ERROR
    return MailboxStatus.ACTIVE if is_suspended is False and states == {ChannelState.OK} else MailboxStatus.UNKNOWN


def details_from_wire(row: EmailAccountRow, *, redact: Redact) -> SmartleadDetails:
    """Everything that the row says, verbatim."""
    return SmartleadDetails(
        id=_count(row.id),
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
        user_id=_count(row.user_id),
        from_name=row.from_name,
        from_email=row.from_email,
        username=row.username,
        smtp_host=row.smtp_host,
        smtp_port=_count(row.smtp_port),
        smtp_port_type=row.smtp_port_type,
        imap_host=row.imap_host,
        imap_port=_count(row.imap_port),
        imap_port_type=row.imap_port_type,
        imap_username=row.imap_username,
        is_different_imap_account=row.is_different_imap_account,
        different_reply_to_address=row.different_reply_to_address,
        type=row.type,
        message_per_day=_count(row.message_per_day),
        daily_sent_count=_count(row.daily_sent_count),
        min_time_to_wait_in_mins=number(row.min_time_to_wait_in_mins),
        signature=row.signature,
        custom_tracking_domain=row.custom_tracking_domain,
        bcc_email=row.bcc_email,
        is_smtp_success=row.is_smtp_success,
        is_imap_success=row.is_imap_success,
        smtp_failure_error=_cleaned(row.smtp_failure_error, redact),
        imap_failure_error=_cleaned(row.imap_failure_error, redact),
        client_id=_count(row.client_id),
        campaign_count=_count(row.campaign_count),
        is_connected_to_campaign=row.is_connected_to_campaign,
        expires_at=instant(row.expires_at),
        tags=None if row.tags is None else tuple(map(_tag, row.tags)),
        warmup_details=_warmup_details(row.warmup_details, redact=redact),
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
        id=_count(body.id),
        total_sent=_count(body.total_sent),
        sent_count=_count(body.sent_count),
        spam_count=_count(body.spam_count),
        inbox_count=_count(body.inbox_count),
        warmup_email_received_count=_count(body.warmup_email_received_count),
        reputation_score=number(body.reputation_score),
        daily_stats=None if body.daily_stats is None else tuple(map(_documented_day, body.daily_stats)),
        stats_by_date=None if body.stats_by_date is None else tuple(map(_seen_day, body.stats_by_date)),
    )


def health_metrics_from_wire(row: HealthRow) -> SmartleadHealthMetrics:
    """An address's campaign results."""
    return SmartleadHealthMetrics(
        from_email=row.from_email,
        sent=_count(row.sent),
        opened=_count(row.opened),
        replied=_count(row.replied),
        positive_replied=_count(row.positive_replied),
        bounced=_count(row.bounced),
        open_rate=row.open_rate,
        reply_rate=row.reply_rate,
        bounce_rate=row.bounce_rate,
    )


def _count(value: Number) -> int | None:
    return within_int32(whole(value))


def _cleaned(said: str | None, redact: Redact) -> str | None:
    return redact(said) if said else said


def _health(details: SmartleadDetails) -> MailboxHealth:
    return MailboxHealth(
        sending=_channel(details.smtp_failure_error, works=details.is_smtp_success),
        receiving=_channel(details.imap_failure_error, works=details.is_imap_success),
    )


def _channel(failure: str | None, *, works: bool | None) -> ChannelHealth:
    if works is None:
        return ChannelHealth()
    return ChannelHealth(ChannelState.OK) if works else ChannelHealth(ChannelState.FAILING, text(failure))


def _server(host: str | None, port: int | None, port_type: str | None, username: str | None) -> ServerSettings | None:
    """None for OAuth accounts, whose rows have null hosts and ports."""
    if text(host) is None and port is None:
        return None
    security = word(port_type, _SECURITIES, missing=TransportSecurity.UNKNOWN, other=TransportSecurity.UNKNOWN)
    return ServerSettings(host=text(host), port=port, security=security, security_raw=port_type, username=text(username))


def _sending(details: SmartleadDetails) -> SendingPolicy:
    minutes = details.min_time_to_wait_in_mins
    return SendingPolicy(
        daily_limit=details.message_per_day,
        sent_today=details.daily_sent_count,
        min_interval_seconds=None if minutes is None else minutes * 60,
    )


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
    return SmartleadTag(tag_id=_count(row.tag_id), tag_name=row.tag_name, tag_color=row.tag_color)


def _campaign_ids(ids: list[int | str] | None) -> tuple[int, ...] | None:
    if ids is None:
        return None
    return tuple(read for each in ids if (read := _count(each)) is not None)


def _reputation(value: Number) -> float | None:
    """0 to 100 out of "95%" (lists) or 95 (one mailbox)."""
    read = number(value)
    return read if read is not None and 0 <= read <= _FULL_PERCENT else None


def _warmup(row: WarmupRow | None, *, redact: Redact) -> WarmupStatus | None:
    if row is None:
        return None
    return WarmupStatus(
        state=word(row.status, _WARMUP_STATES, missing=WarmupState.UNKNOWN, other=WarmupState.UNKNOWN),
        state_raw=row.status,
        health=_reputation(row.warmup_reputation),
        sent_total=_count(row.total_sent_count),
        spam_total=_count(row.total_spam_count),
        reply_rate_target=fraction(row.reply_rate),
        started_at=_started_at(row),
        blocked_reason=_cleaned(text(row.blocked_reason), redact),
    )


def _started_at(row: WarmupRow) -> datetime | None:
    """One fact under two names: `warmup_created_at` in lists, `created_at` in the read of one."""
    return first(instant(row.warmup_created_at), instant(row.created_at))


def _warmup_details(row: WarmupRow | None, *, redact: Redact) -> SmartleadWarmup | None:
    if row is None:
        return None
    return SmartleadWarmup(
        status=row.status,
        total_sent_count=_count(row.total_sent_count),
        total_spam_count=_count(row.total_spam_count),
        warmup_reputation=_as_text(row.warmup_reputation),
        warmup_key_id=_as_text(row.warmup_key_id),
        warmup_created_at=_started_at(row),
        reply_rate=number(row.reply_rate),
        blocked_reason=_cleaned(row.blocked_reason, redact),
        warmup_min_count=_count(row.warmup_min_count),
        warmup_max_count=_count(row.warmup_max_count),
        max_email_per_day=_count(row.max_email_per_day),
        id=_count(row.id),
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
        sent=first(_count(row.sent_count), _count(row.sent)),
        spam=_count(row.spam),
        replied=first(_count(row.reply_count), _count(row.replied)),
        rescued_from_spam=_count(row.save_from_spam_count),
    )


def _documented_day(row: WarmupDayRow) -> SmartleadWarmupStatsDay:
    return SmartleadWarmupStatsDay(
        date=row.date,
        sent=_count(row.sent),
        spam=_count(row.spam),
        delivered=_count(row.delivered),
        opened=_count(row.opened),
        replied=_count(row.replied),
    )


def _seen_day(row: WarmupDayRow) -> SmartleadWarmupStatsByDate:
    return SmartleadWarmupStatsByDate(
        id=_count(row.id),
        date=row.date,
        sent_count=_count(row.sent_count),
        reply_count=_count(row.reply_count),
        save_from_spam_count=_count(row.save_from_spam_count),
    )
