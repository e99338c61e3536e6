"""SendKit's wire structs into the domain's. Pure and total: odd values become None, nothing raises, no clock is read."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeAlias

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
    SendingPolicy,
    ServerSettings,
    TransportSecurity,
    UnreadDetails,
)
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupDay, WarmupState, WarmupStatus
from gateway.vendors.reading import Words, count, fraction, instant, number, parsed, text
from gateway.vendors.sendkit import details as sk
from gateway.vendors.sendkit import wire

Redact: TypeAlias = Callable[[str], str]

_STATUSES = Words(
    {
        "active": MailboxStatus.ACTIVE,
        "warming_up": MailboxStatus.ACTIVE,
        "inactive": MailboxStatus.PENDING,  # "created in inactive status" until a worker has verified it (post-v1-mailboxes)
        "pending": MailboxStatus.PENDING,
        "suspended": MailboxStatus.SUSPENDED,
        "error": MailboxStatus.ERROR,
        "failed": MailboxStatus.ERROR,
    },
    missing=MailboxStatus.UNKNOWN,
    other=MailboxStatus.UNKNOWN,
)
_PROVIDERS = Words(
    {
        "gmail": MailProvider.GOOGLE,
        "outlook": MailProvider.MICROSOFT,
        "azure": MailProvider.MICROSOFT,
        "custom": MailProvider.CUSTOM,
    },
    missing=MailProvider.UNKNOWN,
    other=MailProvider.OTHER,
)
# The pages show not_started, idle, in_progress and completed; the others follow from the calls that pause and stop, and are not confirmed.
_WARMUP_STATES = Words(
    {
        "not_started": WarmupState.NOT_STARTED,
        "idle": WarmupState.NOT_STARTED,
        "in_progress": WarmupState.RUNNING,
        "paused": WarmupState.PAUSED,
        "completed": WarmupState.COMPLETED,
        "stopped": WarmupState.DISABLED,
        "blocked": WarmupState.BLOCKED,
    },
    missing=WarmupState.UNKNOWN,
    other=WarmupState.UNKNOWN,
)
_SECURITY = {True: TransportSecurity.ENCRYPTED, False: TransportSecurity.NONE, None: TransportSecurity.UNKNOWN}
_VENDOR = Vendor.SENDKIT
_ACTIVE, _ERROR, _SUSPENDED = MailboxStatus.ACTIVE, MailboxStatus.ERROR, MailboxStatus.SUSPENDED
_FAILING, _DISABLED = ChannelState.FAILING, ChannelState.DISABLED
_WORKS, _SILENT = ChannelHealth(ChannelState.OK), ChannelHealth()
_NO_METRICS, _NO_CONFIG = wire.Metrics(), wire.WarmupConfig()


def mailbox_from_wire(row: wire.Mailbox, *, account: Account, observed_at: datetime, redact: Redact) -> Mailbox | None:
    """A list row or a detail as a mailbox; None only when it has no id."""
    vendor_id = wire.row_id(row)
    if vendor_id is None:
        return None
    has_problem = text(words_of(row.last_error)) is not None
    row.last_error = _redacted(row.last_error, redact)  # in place: the row is kept
    if row.warmup is not None and row.warmup.config is not None:
        _let_go_of_body(row.warmup.config)
    said_status = _STATUSES[row.status]
    sending = _sending_channel(row, said_status, has_problem=has_problem)
    return Mailbox(
        encode_mailbox(account.name, vendor_id),
        _VENDOR,
        vendor_id,
        account.name,
        observed_at,
        _UnreadRow(row=row),
        row.email,
        row.display_name,
        None,  # its login is not told
        _PROVIDERS[row.provider],
        row.provider,
        # The vendor's word, unless sending fails by evidence: that beats every word but `suspended`.
        _ERROR if sending.state is _FAILING and said_status is not _SUSPENDED else said_status,
        row.status,
        MailboxHealth(sending),
        _server(row.smtp_host, row.smtp_port, row.smtp_secure),
        _server(row.imap_host, row.imap_port, row.imap_secure),
        SendingPolicy(count(row.daily_send_limit), None, count(row.sent_today)),
        row.signature,
        tags=_tags(row.tags),
        warmup=None if row.warmup is None else _warmup_status(row.warmup),
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )


def _let_go_of_body(config: wire.WarmupConfig) -> None:
    """What stays JSON is a view of the whole body, passwords and all, until it is copied."""
    config.reply_rates = config.reply_rates.copy()
    config.promotions = config.promotions.copy()
    config.spam = config.spam.copy()


def _sending_channel(row: wire.Mailbox, said_status: MailboxStatus, *, has_problem: bool) -> ChannelHealth:
    if row.sending_enabled is False:
        return ChannelHealth(_DISABLED, text(words_of(row.last_error)))
    if has_problem or said_status is _ERROR:
        return ChannelHealth(_FAILING, text(words_of(row.last_error)))
    return _WORKS if row.sending_enabled and said_status is _ACTIVE else _SILENT


def words_of(error: str | wire.Problem | None) -> str | None:
    """An error's words, wherever in the object they are."""
    if not isinstance(error, wire.Problem):
        return error
    return next((said for said in (error.message, error.error, error.reason, error.description, error.code) if text(said)), None)


def _redacted(error: str | wire.Problem | None, redact: Redact) -> str | None:
    said = words_of(error)
    return None if said is None else redact(said)


def _server(host: str | None, port: wire.Number, is_secure: bool | None) -> ServerSettings | None:  # noqa: FBT001 - the vendor's own flag
    if host is None and port is None and is_secure is None:
        return None
    return ServerSettings(host, count(port), _SECURITY[is_secure])


def _warmup_status(warmup: wire.Warmup) -> WarmupStatus:
    """SendKit reports no health of warm-up in its rows, and counts of inbox and spam only in the statistics."""
    metrics, config = warmup.metrics or _NO_METRICS, warmup.config or _NO_CONFIG
    return WarmupStatus(
        _WARMUP_STATES[warmup.status],
        warmup.status,
        None,
        count(metrics.total_emails_sent),
        reply_rate=fraction(metrics.reply_rate),
        daily_target=count(config.target_volume),
        daily_increase=count(config.daily_increase),
        current_day=count(warmup.current_day),
        started_at=instant(warmup.started_at),
    )


def warmup_days_from_wire(days: list[wire.Day]) -> list[WarmupDay]:
    """Oldest first; a day without a date is no day. What was opened is in the details' `warmup_stats`."""
    dated = ((day, parsed(day.date, _date)) for day in days)
    read = (
        WarmupDay(date=on, sent=count(day.sent), spam=count(day.spam), inbox=count(day.inbox), replied=count(day.replied))
        for day, on in dated
        if on is not None
    )
    return sorted(read, key=lambda day: day.date)


def _date(value: str) -> date:
    return date.fromisoformat(value[:10])


class _UnreadRow(UnreadDetails, frozen=True, gc=False, kw_only=True):
    """A list row or a detail, redacted."""

    row: wire.Mailbox

    def read(self) -> sk.SendkitDetails:
        return _details(self.row)


def _details(row: wire.Mailbox) -> sk.SendkitDetails:
    setup, warmup = row.setup_status, row.warmup
    return sk.SendkitDetails(
        id=wire.row_id(row),
        email=row.email,
        display_name=row.display_name,
        provider=row.provider,
        status=row.status,
        connection_type=row.connection_type,
        daily_send_limit=count(row.daily_send_limit),
        sent_today=count(row.sent_today),
        sending_enabled=row.sending_enabled,
        signature=row.signature,
        tags=_tags(row.tags),
        warmup=_warmup(warmup) if warmup else None,
        bounce_rate=number(row.bounce_rate),
        total_sent=count(row.total_sent),
        setup_status=_setup_status(setup) if setup else None,
        last_error=words_of(row.last_error),
        created_at=instant(row.created_at),
        smtp_host=row.smtp_host,
        smtp_port=count(row.smtp_port),
        smtp_secure=row.smtp_secure,
        imap_host=row.imap_host,
        imap_port=count(row.imap_port),
        imap_secure=row.imap_secure,
        total_received=count(row.total_received),
        updated_at=instant(row.updated_at),
    )


def health_from_wire(health: wire.Health, redact: Redact) -> sk.SendkitHealth:
    """The health call, as it comes."""
    return sk.SendkitHealth(
        email=health.email,
        status=health.status,
        sending_enabled=health.sending_enabled,
        dns=_dns(health.dns) if health.dns else None,
        warmup=_warmup(health.warmup) if health.warmup else None,
        deliverability=_deliverability(health.deliverability) if health.deliverability else None,
        daily_send_limit=count(health.daily_send_limit),
        sent_today=count(health.sent_today),
        last_error=_redacted(health.last_error, redact),
    )


def connection_test_from_wire(test: wire.ConnectionTest, redact: Redact) -> sk.SendkitConnectionTest:
    """The verification, as it comes."""
    said = connection_test_reason(test)
    return sk.SendkitConnectionTest(status=test.status, message=redact(said) if said else None)


def connection_test_reason(test: wire.ConnectionTest) -> str | None:
    """Why it failed, not yet redacted: SendKit documents the status word only, so the text is looked for under the usual names."""
    return text(words_of(test.error)) or text(test.message) or text(test.reason)


def warmup_stats_from_wire(stats: wire.WarmupStats) -> sk.SendkitWarmupStats:
    """The statistics call, as it comes."""
    warmup = stats.warmup
    return sk.SendkitWarmupStats(
        warmup=_warmup(warmup) if warmup else None,
        started_at=instant(warmup.started_at) if warmup else None,
        total_sent=count(stats.total_sent),
        placement_breakdown=_placement(stats.placement_breakdown) if stats.placement_breakdown else None,
        daily_stats=tuple(_day(day) for day in stats.daily_stats) if stats.daily_stats is not None else None,
        days=count(stats.days),
    )


def analytics_from_wire(row: wire.Analytics) -> sk.SendkitAnalytics:
    """One row of the analytics call, as it comes."""
    return sk.SendkitAnalytics(
        email=row.email,
        display_name=row.display_name,
        status=row.status,
        total_sent=count(row.total_sent),
        total_received=count(row.total_received),
        bounce_rate=number(row.bounce_rate),
        sent_today=count(row.sent_today),
        daily_send_limit=count(row.daily_send_limit),
        warmup=sk.SendkitWarmupSwitch(enabled=row.warmup.enabled, status=row.warmup.status) if row.warmup else None,
        performance=_performance(row.performance) if row.performance else None,
        rates=_rates(row.rates) if row.rates else None,
    )


def _warmup(warmup: wire.Warmup) -> sk.SendkitWarmup:
    return sk.SendkitWarmup(
        enabled=warmup.enabled,
        status=warmup.status,
        current_day=count(warmup.current_day),
        current_volume=count(warmup.current_volume),
        metrics=_metrics(warmup.metrics) if warmup.metrics else None,
        config=_config(warmup.config) if warmup.config else None,
    )


def _metrics(metrics: wire.Metrics) -> sk.SendkitWarmupMetrics:
    return sk.SendkitWarmupMetrics(
        total_emails_sent=count(metrics.total_emails_sent),
        total_replies_received=count(metrics.total_replies_received),
        inbox_rate=number(metrics.inbox_rate),
        spam_rate=number(metrics.spam_rate),
        promotions_rate=number(metrics.promotions_rate),
        reply_rate=number(metrics.reply_rate),
        block_rate=number(metrics.block_rate),
        bounce_rate=number(metrics.bounce_rate),
        deferral_rate=number(metrics.deferral_rate),
        open_rate=number(metrics.open_rate),
        last_calculated_at=instant(metrics.last_calculated_at),
    )


def _config(config: wire.WarmupConfig) -> sk.SendkitWarmupConfig:
    return sk.SendkitWarmupConfig(
        starting_volume=count(config.starting_volume),
        daily_increase=count(config.daily_increase),
        target_volume=count(config.target_volume),
        reply_rates=_json(config.reply_rates),
        promotions=_json(config.promotions),
        spam=_json(config.spam),
    )


def _setup_status(setup: wire.SetupStatus) -> sk.SendkitSetupStatus:
    mx, spf, dkim, dmarc = (
        sk.SendkitRecordStatus(status=check.status) if check else None for check in (setup.mx, setup.spf, setup.dkim, setup.dmarc)
    )
    return sk.SendkitSetupStatus(count(setup.health_score), mx, spf, dkim, dmarc)


def _dns(dns: wire.Dns) -> sk.SendkitDns:
    mx, dkim = dns.mx, dns.dkim
    return sk.SendkitDns(
        mx=sk.SendkitMxCheck(status=mx.status, records=_mx_records(mx.records)) if mx else None,
        spf=_record(dns.spf) if dns.spf else None,
        dkim=sk.SendkitDkimCheck(status=dkim.status, selector=dkim.selector, record=dkim.record) if dkim else None,
        dmarc=_record(dns.dmarc) if dns.dmarc else None,
        health_score=count(dns.health_score),
    )


def _mx_records(records: list[wire.MxRecord] | None) -> tuple[sk.SendkitMxRecord, ...] | None:
    if records is None:
        return None
    return tuple(sk.SendkitMxRecord(exchange=record.exchange, priority=count(record.priority)) for record in records)


def _record(check: wire.DnsCheck) -> sk.SendkitRecordCheck:
    return sk.SendkitRecordCheck(status=check.status, record=check.record)


def _deliverability(deliverability: wire.Deliverability) -> sk.SendkitDeliverability:
    return sk.SendkitDeliverability(
        bounce_rate=number(deliverability.bounce_rate),
        total_sent=count(deliverability.total_sent),
        total_received=count(deliverability.total_received),
        consecutive_failures=count(deliverability.consecutive_failures),
    )


def _placement(placement: wire.Placement) -> sk.SendkitPlacement:
    return sk.SendkitPlacement(
        inbox=count(placement.inbox),
        spam=count(placement.spam),
        promotions=count(placement.promotions),
        other=count(placement.other),
        not_detected=count(placement.not_detected),
    )


def _day(day: wire.Day) -> sk.SendkitWarmupDay:
    return sk.SendkitWarmupDay(
        day=parsed(day.date, _date),
        sent=count(day.sent),
        inbox=count(day.inbox),
        spam=count(day.spam),
        replied=count(day.replied),
        opened=count(day.opened),
    )


def _performance(performance: wire.Performance) -> sk.SendkitPerformance:
    return sk.SendkitPerformance(
        sent=count(performance.sent),
        opened=count(performance.opened),
        clicked=count(performance.clicked),
        bounced=count(performance.bounced),
        replied=count(performance.replied),
        positive_replied=count(performance.positive_replied),
    )


def _rates(rates: wire.Rates) -> sk.SendkitRates:
    return sk.SendkitRates(open=rates.open, click=rates.click, bounce=rates.bounce, reply=rates.reply, positive_reply=rates.positive_reply)


def _tags(tags: list[str] | None) -> tuple[str, ...] | None:
    return None if tags is None else tuple(tags)


def _json(value: msgspec.Raw) -> str | None:
    """Whatever came, as JSON text; None for nothing and for null."""
    said = bytes(value).decode(errors="replace")
    return said if said not in ("", "null") else None
