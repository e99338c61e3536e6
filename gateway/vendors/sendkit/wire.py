"""SendKit's JSON as SendKit spells it: only what we read. Credentials have no field here, so they are never decoded.

Types are as loose as the wire may be; the vendor's pages come in two generations, and both are read.
"""

from typing import TypeAlias

import msgspec

from gateway.domain.errors import ErrorCode, FieldFault, LimitUsage
from gateway.transport.call import Answer
from gateway.transport.decode import DecodeError, decode_object
from gateway.transport.failure import Fault
from gateway.vendors.reading import text, whole, within_int32

Number: TypeAlias = float | str | None
"""A number, perhaps as text. Never `int`: msgspec would pass on integers that no float can hold."""


class Problem(msgspec.Struct, gc=False):
    """`lastError` where it is an object. The page shows only null; the members are those that such objects usually have."""

    message: str | None = None
    error: str | None = None
    reason: str | None = None
    description: str | None = None
    code: str | None = None


class Metrics(msgspec.Struct, rename="camel", gc=False):
    """`warmup.metrics`; counts of mails, rates in percent."""

    total_emails_sent: Number = None
    total_replies_received: Number = None
    inbox_rate: Number = None
    spam_rate: Number = None
    promotions_rate: Number = None
    reply_rate: Number = None
    block_rate: Number = None
    bounce_rate: Number = None
    deferral_rate: Number = None
    open_rate: Number = None
    last_calculated_at: str | float | None = None


class WarmupConfig(msgspec.Struct, rename="camel", gc=False):
    """`warmup.config`. The types of the last three are not documented: they stay JSON."""

    starting_volume: Number = None
    daily_increase: Number = None
    target_volume: Number = None
    reply_rates: msgspec.Raw = msgspec.Raw()
    promotions: msgspec.Raw = msgspec.Raw()
    spam: msgspec.Raw = msgspec.Raw()


class Warmup(msgspec.Struct, rename="camel", gc=False):
    """`warmup`: in a list row without `config`, in the warm-up statistics with `startedAt`."""

    enabled: bool | None = None
    status: str | None = None
    current_day: Number = None
    current_volume: Number = None
    config: WarmupConfig | None = None
    metrics: Metrics | None = None
    started_at: str | float | None = None


class RecordCheck(msgspec.Struct, gc=False):
    """One DNS record in `setupStatus`."""

    status: str | None = None


class SetupStatus(msgspec.Struct, rename="camel", gc=False):
    """`setupStatus`: a list row has the score only."""

    health_score: Number = None
    mx: RecordCheck | None = None
    spf: RecordCheck | None = None
    dkim: RecordCheck | None = None
    dmarc: RecordCheck | None = None


class Mailbox(msgspec.Struct, rename="camel", gc=False):
    """A mailbox, in a list row or (with servers, `totalReceived`, `updatedAt`) in the detail. `_id` on the pages, `id` in some answers."""

    object_id: str | None = msgspec.field(name="_id", default=None)
    id: str | None = None
    email: str | None = None
    display_name: str | None = None
    provider: str | None = None
    status: str | None = None
    connection_type: str | None = None
    daily_send_limit: Number = None
    sent_today: Number = None
    sending_enabled: bool | None = None
    signature: str | None = None
    tags: list[str] | None = None
    warmup: Warmup | None = None
    bounce_rate: Number = None
    total_sent: Number = None
    total_received: Number = None
    setup_status: SetupStatus | None = None
    last_error: str | Problem | None = None
    smtp_host: str | None = None
    smtp_port: Number = None
    smtp_secure: bool | None = None
    imap_host: str | None = None
    imap_port: Number = None
    imap_secure: bool | None = None
    created_at: str | float | None = None
    updated_at: str | float | None = None


class MxRecord(msgspec.Struct, gc=False):
    """One line of `dns.mx.records`."""

    exchange: str | None = None
    priority: Number = None


class DnsCheck(msgspec.Struct, gc=False):
    """One record of `dns`: `records` with MX only, `selector` with DKIM only."""

    status: str | None = None
    record: str | None = None
    selector: str | None = None
    records: list[MxRecord] | None = None


class Dns(msgspec.Struct, rename="camel", gc=False):
    """`dns` of the health call."""

    mx: DnsCheck | None = None
    spf: DnsCheck | None = None
    dkim: DnsCheck | None = None
    dmarc: DnsCheck | None = None
    health_score: Number = None


class Deliverability(msgspec.Struct, rename="camel", gc=False):
    """`deliverability` of the health call."""

    bounce_rate: Number = None
    total_sent: Number = None
    total_received: Number = None
    consecutive_failures: Number = None


class Health(msgspec.Struct, rename="camel", gc=False):
    """`GET /v1/mailboxes/{mailboxId}/health`; there is no id inside."""

    email: str | None = None
    status: str | None = None
    sending_enabled: bool | None = None
    dns: Dns | None = None
    warmup: Warmup | None = None
    deliverability: Deliverability | None = None
    daily_send_limit: Number = None
    sent_today: Number = None
    last_error: str | Problem | None = None


class ConnectionTest(msgspec.Struct, gc=False):
    """`GET /v1/mailboxes/{mailboxId}/connection-test`. Only `status` is documented; the name of the text is not known."""

    status: str | None = None
    error: str | Problem | None = None
    message: str | None = None
    reason: str | None = None


class Placement(msgspec.Struct, gc=False):
    """`placementBreakdown`; `not_detected` is snake case on the page too."""

    inbox: Number = None
    spam: Number = None
    promotions: Number = None
    other: Number = None
    not_detected: Number = None


class Day(msgspec.Struct, gc=False):
    """One of `dailyStats`: the date is in `_id`."""

    date: str | None = msgspec.field(name="_id", default=None)
    sent: Number = None
    inbox: Number = None
    spam: Number = None
    replied: Number = None
    opened: Number = None


class WarmupStats(msgspec.Struct, rename="camel", gc=False):
    """`GET /v1/warmup/stats/{mailboxId}`."""

    warmup: Warmup | None = None
    total_sent: Number = None
    placement_breakdown: Placement | None = None
    daily_stats: list[Day] | None = None
    days: Number = None


class Performance(msgspec.Struct, rename="camel", gc=False):
    """`performance` of the analytics call: counts of campaign mails."""

    sent: Number = None
    opened: Number = None
    clicked: Number = None
    bounced: Number = None
    replied: Number = None
    positive_replied: Number = None


class Rates(msgspec.Struct, rename="camel", gc=False):
    """`rates` of the analytics call: percent, as text."""

    open: str | None = None
    click: str | None = None
    bounce: str | None = None
    reply: str | None = None
    positive_reply: str | None = None


class Analytics(msgspec.Struct, rename="camel", gc=False):
    """One row of `GET /v1/analytics/mailboxes`; the older pages show it without `performance` and `rates`."""

    object_id: str | None = msgspec.field(name="_id", default=None)
    id: str | None = None
    email: str | None = None
    display_name: str | None = None
    status: str | None = None
    total_sent: Number = None
    total_received: Number = None
    bounce_rate: Number = None
    sent_today: Number = None
    daily_send_limit: Number = None
    warmup: Warmup | None = None
    performance: Performance | None = None
    rates: Rates | None = None


class RefusedRow(msgspec.Struct, gc=False):
    """One of the import's `errors`."""

    email: str | None = None
    error: str | Problem | None = None


class ImportResult(msgspec.Struct, gc=False):
    """`POST /v1/mailboxes/import/smtp`: counts of rows, no ids. `skipped` are addresses that were there already."""

    imported: Number = None
    skipped: Number = None
    failed: Number = None
    errors: list[RefusedRow] | None = None


class Consent(msgspec.Struct, rename="camel", gc=False):
    """`POST /v1/mailboxes/connect/…`."""

    auth_url: str | None = None


class Pagination(msgspec.Struct, rename="camel", gc=False):
    """`pagination` in both generations: `hasMore` + `nextCursor`, or `page` + `pages`."""

    total: Number = None
    has_more: bool | None = None
    next_cursor: str | None = None
    page: Number = None
    pages: Number = None


class Envelope(msgspec.Struct, gc=False):
    """Every answer: `data` beside `success`, in a list `pagination` too."""

    success: bool | None = None
    data: msgspec.Raw = msgspec.Raw()
    pagination: Pagination | None = None


class ErrorDetail(msgspec.Struct, gc=False):
    """One of `error.details` of a refused input (assumed: no page shows it). `path` is how validators often say `field`."""

    field: str | None = None
    path: list[str] | str | None = None
    message: str | None = None

    @property
    def name(self) -> str | None:
        """The refused member, with dots: `smtp.host`."""
        return text(self.field) or text(".".join(self.path) if isinstance(self.path, list) else self.path)


class ErrorBody(msgspec.Struct, rename="camel", gc=False):
    """`error` of the documented error envelope; the three numbers come with LIMIT_REACHED."""

    code: str | None = None
    message: str | None = None
    current_usage: Number = None
    max_mailboxes: Number = None
    requested: Number = None
    details: list[ErrorDetail] | None = None


class ErrorEnvelope(msgspec.Struct, gc=False):
    """Both error shapes: `{success, error: {code, message}}`, and the flat `{error: "Forbidden", message, code: 403}` of newer pages."""

    error: ErrorBody | str | None = None
    message: str | None = None


HTTP_CONFLICT = 409
_REASONS = {
    "LIMIT_REACHED": ErrorCode.LIMIT_REACHED,
    "SUBSCRIPTION_REQUIRED": ErrorCode.SUBSCRIPTION_REQUIRED,
}


def row_id(row: Mailbox | Analytics) -> str | None:
    """The mailbox's id, under whichever of its two names it came."""
    return text(row.object_id) or text(row.id)


def fault(answer: Answer) -> Fault:
    """What an error body says, `Fault()` for a body that is none of SendKit's. The vendor's code stays readable in front of its words."""
    try:
        body = decode_object(answer.body, ErrorEnvelope)
    except DecodeError:
        return Fault()
    if not isinstance(body.error, ErrorBody):
        return Fault(message=_joined(text(body.error), text(body.message)))
    error = body.error
    return Fault(
        message=_joined(text(error.code), text(error.message) or text(body.message)),
        fields=tuple(FieldFault(each.name, each.message or "") for each in error.details or ()),
        limit=_limit(error),
        reason=_REASONS.get((error.code or "").strip().upper()),
    )


def create_fault(answer: Answer) -> Fault:
    """As `fault`; a conflict while creating is about the address (post-v1-mailboxes)."""
    said = fault(answer)
    if answer.status != HTTP_CONFLICT or said.fields:
        return said
    words = (said.message or "").removeprefix("CONFLICT: ")
    return msgspec.structs.replace(said, fields=(FieldFault("email", words),))


def _joined(*parts: str | None) -> str | None:
    return ": ".join(part for part in parts if part) or None


def _limit(error: ErrorBody) -> LimitUsage | None:
    used, maximum, requested = (within_int32(whole(number)) for number in (error.current_usage, error.max_mailboxes, error.requested))
    return None if used is None and maximum is None and requested is None else LimitUsage(used=used, max=maximum, requested=requested)
