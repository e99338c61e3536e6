"""What SendKit says about a mailbox, in its own words and units. Sources: docs.sendkit.ai/api-reference, one page per call.

SendKit has three spellings of a rate: a fraction (`bounceRate`), a percent number (`metrics`), percent as text (`analytics.rates`).
They stay as they come.
"""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.details import listed, on_demand
from gateway.domain.mailbox import Details
from gateway.domain.writable import Occasion, VendorFields, writable

HEALTH = "health"
CONNECTION_TEST = "connection_test"
WARMUP_STATS = "warmup_stats"
ANALYTICS = "analytics"


class SendkitWarmupMetrics(msgspec.Struct, frozen=True, gc=False):
    """Measured by warm-up so far; `{}` (all null) until SendKit has calculated."""

    total_emails_sent: Annotated[int | None, listed("Warm-up mails sent.")] = None
    total_replies_received: Annotated[int | None, listed("Replies to warm-up mails.")] = None
    inbox_rate: Annotated[float | None, listed("Placed in the inbox, in percent (0 to 100).")] = None
    spam_rate: Annotated[float | None, listed("Placed in spam, in percent.")] = None
    promotions_rate: Annotated[float | None, listed("Placed in promotions, in percent.")] = None
    reply_rate: Annotated[float | None, listed("Answered, in percent.")] = None
    block_rate: Annotated[float | None, listed("Blocked, in percent.")] = None
    bounce_rate: Annotated[float | None, listed("Bounced, in percent (the mailbox's own `bounceRate` is a fraction).")] = None
    deferral_rate: Annotated[float | None, listed("Deferred, in percent.")] = None
    open_rate: Annotated[float | None, listed("Opened, in percent.")] = None
    last_calculated_at: Annotated[datetime | None, listed("When these figures were made.")] = None


class SendkitWarmupConfig(msgspec.Struct, frozen=True, gc=False):
    """How warm-up is set."""

    starting_volume: Annotated[int | None, listed("Mails on the first day.")] = None
    daily_increase: Annotated[int | None, listed("Mails more on each day.")] = None
    target_volume: Annotated[int | None, listed("Mails a day at the end.")] = None
    reply_rates: Annotated[str | None, listed("As JSON text: SendKit does not document its type.")] = None
    promotions: Annotated[str | None, listed("As JSON text: SendKit does not document its type.")] = None
    spam: Annotated[str | None, listed("As JSON text: SendKit does not document its type.")] = None


class SendkitWarmup(msgspec.Struct, frozen=True, gc=False):
    """Where warm-up stands."""

    enabled: Annotated[bool | None, listed("Whether warm-up is switched on.")] = None
    status: Annotated[str | None, listed("SendKit's word: not_started, idle, in_progress, paused, completed, …")] = None
    current_day: Annotated[int | None, listed("Day of warm-up, from 1; absent when it never started.")] = None
    current_volume: Annotated[int | None, listed("Warm-up mails a day at present.")] = None
    metrics: Annotated[SendkitWarmupMetrics | None, listed("Measured so far.")] = None
    config: Annotated[SendkitWarmupConfig | None, on_demand("How warm-up is set.")] = None


class SendkitRecordStatus(msgspec.Struct, frozen=True, gc=False):
    """One DNS record of the automatic check."""

    status: Annotated[str | None, listed("`pass`, or another word of SendKit's.")] = None


class SendkitSetupStatus(msgspec.Struct, frozen=True, gc=False):
    """The automatic DNS check; list rows carry the sum alone."""

    health_score: Annotated[int | None, listed("0 to 100; 100 when MX, SPF, DKIM and DMARC all pass.")] = None
    mx: Annotated[SendkitRecordStatus | None, on_demand("MX.")] = None
    spf: Annotated[SendkitRecordStatus | None, on_demand("SPF.")] = None
    dkim: Annotated[SendkitRecordStatus | None, on_demand("DKIM.")] = None
    dmarc: Annotated[SendkitRecordStatus | None, on_demand("DMARC.")] = None


class SendkitMxRecord(msgspec.Struct, frozen=True, gc=False):
    """One mail exchanger."""

    exchange: Annotated[str | None, listed("The exchanger's host.")] = None
    priority: Annotated[int | None, listed("Smaller is asked first.")] = None


class SendkitMxCheck(msgspec.Struct, frozen=True, gc=False):
    """The domain's MX records."""

    status: Annotated[str | None, listed("`pass`, or another word of SendKit's.")] = None
    records: Annotated[tuple[SendkitMxRecord, ...] | None, listed("The records found.")] = None


class SendkitRecordCheck(msgspec.Struct, frozen=True, gc=False):
    """The domain's SPF or DMARC record."""

    status: Annotated[str | None, listed("`pass`, or another word of SendKit's.")] = None
    record: Annotated[str | None, listed("The record found.")] = None


class SendkitDkimCheck(msgspec.Struct, frozen=True, gc=False):
    """The domain's DKIM record."""

    status: Annotated[str | None, listed("`pass`, or another word of SendKit's.")] = None
    selector: Annotated[str | None, listed("The selector asked for.")] = None
    record: Annotated[str | None, listed("The record found: a public key.")] = None


class SendkitDns(msgspec.Struct, frozen=True, gc=False):
    """The DNS check with the records themselves."""

    mx: Annotated[SendkitMxCheck | None, listed("MX.")] = None
    spf: Annotated[SendkitRecordCheck | None, listed("SPF.")] = None
    dkim: Annotated[SendkitDkimCheck | None, listed("DKIM.")] = None
    dmarc: Annotated[SendkitRecordCheck | None, listed("DMARC.")] = None
    health_score: Annotated[int | None, listed("0 to 100.")] = None


class SendkitDeliverability(msgspec.Struct, frozen=True, gc=False):
    """How mail from this mailbox fares."""

    bounce_rate: Annotated[float | None, listed("A fraction, by SendKit's samples: 0.02 is 2 %.")] = None
    total_sent: Annotated[int | None, listed("Mails sent in its lifetime.")] = None
    total_received: Annotated[int | None, listed("Mails received in its lifetime.")] = None
    consecutive_failures: Annotated[int | None, listed("Failures in a row, up to now.")] = None


class SendkitHealth(msgspec.Struct, frozen=True, gc=False):
    """SendKit's health page of one mailbox."""

    email: Annotated[str | None, listed("The address.")] = None
    status: Annotated[str | None, listed("SendKit's status word.")] = None
    sending_enabled: Annotated[bool | None, listed("Whether campaigns may send from it.")] = None
    dns: Annotated[SendkitDns | None, listed("The DNS check with the records themselves.")] = None
    warmup: Annotated[SendkitWarmup | None, listed("Where warm-up stands.")] = None
    deliverability: Annotated[SendkitDeliverability | None, listed("How its mail fares.")] = None
    daily_send_limit: Annotated[int | None, listed("Mails a day.")] = None
    sent_today: Annotated[int | None, listed("Mails sent today.")] = None
    last_error: Annotated[str | None, listed("The last failure, in SendKit's words, without credentials.")] = None


class SendkitConnectionTest(msgspec.Struct, frozen=True, gc=False):
    """The verification that followed the mailbox's creation; nothing starts it anew."""

    status: Annotated[str | None, listed("pending, passed or failed; `inactive` means pending too.")] = None
    message: Annotated[str | None, listed("Why it failed, where SendKit says, without credentials.")] = None


class SendkitPlacement(msgspec.Struct, frozen=True, gc=False):
    """Where warm-up mails arrived; counts of mails."""

    inbox: Annotated[int | None, listed("In the inbox.")] = None
    spam: Annotated[int | None, listed("In spam.")] = None
    promotions: Annotated[int | None, listed("In promotions.")] = None
    other: Annotated[int | None, listed("Elsewhere.")] = None
    not_detected: Annotated[int | None, listed("Nowhere that SendKit could see.")] = None


class SendkitWarmupDay(msgspec.Struct, frozen=True, gc=False):
    """One day of warm-up; counts of mails. Days without mail are missing."""

    day: Annotated[date | None, listed("The day (`_id` at SendKit).")] = None
    sent: Annotated[int | None, listed("Sent.")] = None
    inbox: Annotated[int | None, listed("Placed in the inbox.")] = None
    spam: Annotated[int | None, listed("Placed in spam.")] = None
    replied: Annotated[int | None, listed("Answered.")] = None
    opened: Annotated[int | None, listed("Opened.")] = None


class SendkitWarmupStats(msgspec.Struct, frozen=True, gc=False):
    """Warm-up over the last 30 days."""

    warmup: Annotated[SendkitWarmup | None, listed("Where warm-up stands.")] = None
    started_at: Annotated[datetime | None, listed("When warm-up began.")] = None
    total_sent: Annotated[int | None, listed("Warm-up mails sent in these days.")] = None
    placement_breakdown: Annotated[SendkitPlacement | None, listed("Where they arrived.")] = None
    daily_stats: Annotated[tuple[SendkitWarmupDay, ...] | None, listed("Day by day, as SendKit orders them: oldest first.")] = None
    days: Annotated[int | None, listed("How many days the figures cover.")] = None


class SendkitPerformance(msgspec.Struct, frozen=True, gc=False):
    """Campaign mails from this mailbox; counts."""

    sent: Annotated[int | None, listed("Sent.")] = None
    opened: Annotated[int | None, listed("Opened.")] = None
    clicked: Annotated[int | None, listed("Clicked.")] = None
    bounced: Annotated[int | None, listed("Bounced.")] = None
    replied: Annotated[int | None, listed("Answered.")] = None
    positive_replied: Annotated[int | None, listed("Answered with interest.")] = None


class SendkitRates(msgspec.Struct, frozen=True, gc=False):
    """The same in percent, as text with one decimal: "25.0"."""

    open: Annotated[str | None, listed('Opened, in percent, e.g. "50.0".')] = None
    click: Annotated[str | None, listed("Clicked, in percent.")] = None
    bounce: Annotated[str | None, listed("Bounced, in percent.")] = None
    reply: Annotated[str | None, listed("Answered, in percent.")] = None
    positive_reply: Annotated[str | None, listed("Answered with interest, in percent.")] = None


class SendkitWarmupSwitch(msgspec.Struct, frozen=True, gc=False):
    """As much of warm-up as analytics tell."""

    enabled: Annotated[bool | None, listed("Whether warm-up is switched on.")] = None
    status: Annotated[str | None, listed("SendKit's word.")] = None


class SendkitAnalytics(msgspec.Struct, frozen=True, gc=False):
    """Analytics of one mailbox over all time."""

    email: Annotated[str | None, listed("The address.")] = None
    display_name: Annotated[str | None, listed("The sender's name.")] = None
    status: Annotated[str | None, listed("SendKit's status word.")] = None
    total_sent: Annotated[int | None, listed("Mails sent in its lifetime.")] = None
    total_received: Annotated[int | None, listed("Mails received in its lifetime.")] = None
    bounce_rate: Annotated[float | None, listed("A fraction, by SendKit's samples: 0.02 is 2 %.")] = None
    sent_today: Annotated[int | None, listed("Mails sent today.")] = None
    daily_send_limit: Annotated[int | None, listed("Mails a day.")] = None
    warmup: Annotated[SendkitWarmupSwitch | None, listed("Whether warm-up is on, and its status.")] = None
    performance: Annotated[SendkitPerformance | None, listed("Campaign mails, counted.")] = None
    rates: Annotated[SendkitRates | None, listed("Campaign mails, in percent.")] = None


class SendkitDetails(Details, frozen=True, gc=False):
    """Every readable field of SendKit's mailbox object, and its health, verification, warm-up statistics and analytics."""

    id: Annotated[str | None, listed("SendKit's own id (`_id`).")] = None
    email: Annotated[str | None, listed("The address, in lower case.")] = None
    display_name: Annotated[str | None, listed("The sender's name.")] = None
    provider: Annotated[str | None, listed("gmail, outlook, azure, custom, …")] = None
    status: Annotated[str | None, listed("active, inactive, error, warming_up, suspended, failed, pending, …")] = None
    connection_type: Annotated[str | None, listed("smtp or oauth.")] = None
    daily_send_limit: Annotated[int | None, listed("Mails a day. Writes are cut to 1 to 50, larger values occur.")] = None
    sent_today: Annotated[int | None, listed("Mails sent today; SendKit does not say in which time zone.")] = None
    sending_enabled: Annotated[bool | None, listed("Whether campaigns may send from it; false until it is verified.")] = None
    signature: Annotated[str | None, listed("HTML.")] = None
    tags: Annotated[tuple[str, ...] | None, listed("The mailbox's tags.")] = None
    warmup: Annotated[SendkitWarmup | None, listed("Where warm-up stands.")] = None
    bounce_rate: Annotated[float | None, listed("A fraction, by SendKit's samples: 0.02 is 2 %.")] = None
    total_sent: Annotated[int | None, listed("Mails sent in its lifetime.")] = None
    setup_status: Annotated[SendkitSetupStatus | None, listed("The DNS check, summed up; absent right after creation.")] = None
    last_error: Annotated[str | None, listed("The last failure, in SendKit's words, without credentials.")] = None
    created_at: Annotated[datetime | None, listed("When it was added.")] = None

    smtp_host: Annotated[str | None, on_demand("SMTP server; absent for OAuth mailboxes.")] = None
    smtp_port: Annotated[int | None, on_demand("SMTP port.")] = None
    smtp_secure: Annotated[bool | None, on_demand("Whether SMTP uses SSL/TLS.")] = None
    imap_host: Annotated[str | None, on_demand("IMAP server; absent for OAuth mailboxes.")] = None
    imap_port: Annotated[int | None, on_demand("IMAP port.")] = None
    imap_secure: Annotated[bool | None, on_demand("Whether IMAP uses SSL/TLS.")] = None
    total_received: Annotated[int | None, on_demand("Mails received in its lifetime.")] = None
    updated_at: Annotated[datetime | None, on_demand("When it was last changed.")] = None

    health: Annotated[SendkitHealth | None, on_demand("DNS records and deliverability.", part=HEALTH)] = None
    connection_test: Annotated[SendkitConnectionTest | None, on_demand("The verification after creation.", part=CONNECTION_TEST)] = None
    warmup_stats: Annotated[SendkitWarmupStats | None, on_demand("Warm-up over the last 30 days.", part=WARMUP_STATS)] = None
    analytics: Annotated[SendkitAnalytics | None, on_demand("Campaign results over all time.", part=ANALYTICS)] = None


class SendkitWarmupConfigFields(msgspec.Struct, frozen=True, kw_only=True):
    """How warm-up is set, as far as `WarmupSettingsInput` has no field for it.

    SendKit documents no types for `replyRates`, `promotions` and `spam`: nothing can be written there.
    """

    starting_volume: Annotated[int | UnsetType, writable("Mails on the first day.")] = UNSET


class SendkitWarmupFields(msgspec.Struct, frozen=True, kw_only=True):
    """What of warm-up can be set besides `WarmupSettingsInput`."""

    config: Annotated[SendkitWarmupConfigFields | UnsetType, writable("How warm-up is set.")] = UNSET


class SendkitFields(VendorFields, frozen=True, kw_only=True):
    """What can be set at SendKit besides the fields common to all vendors. The nesting is that of `SendkitDetails`."""

    provider: Annotated[str | UnsetType, writable("gmail, outlook, azure or custom (SendKit's default).", only=Occasion.CREATE)] = UNSET
    warmup: Annotated[SendkitWarmupFields | UnsetType, writable("Warm-up.", only=Occasion.UPDATE)] = UNSET
