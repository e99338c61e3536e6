"""What only Smartlead says about a mailbox, secrets excepted; the GraphQL type `SmartleadDetails` is made from this."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.details import listed, on_demand
from gateway.domain.mailbox import Details
from gateway.domain.writable import Occasion, VendorFields, writable

HEALTH_PART = "health_metrics"
WARMUP_PART = "warmup_stats"


class SmartleadTag(msgspec.Struct, frozen=True, gc=False):
    """A tag on a mailbox."""

    tag_id: Annotated[int | None, listed("The tag's id.")] = None
    tag_name: Annotated[str | None, listed("The tag's name.")] = None
    tag_color: Annotated[str | None, listed("The tag's colour as #RRGGBB.")] = None


class SmartleadWarmup(msgspec.Struct, frozen=True, gc=False):
    """Warm-up; the read of one mailbox says more than a list row."""

    status: Annotated[str | None, listed("ACTIVE, INACTIVE or PAUSED; other words occur (BLOCKED has been seen).")] = None
    total_sent_count: Annotated[int | None, listed("Warm-up mails sent since the start.")] = None
    total_spam_count: Annotated[int | None, listed("Warm-up mails that landed in spam since the start.")] = None
    warmup_reputation: Annotated[str | None, listed('Reputation in percent: "95%" in lists, 95 (here "95") when read alone.')] = None
    warmup_key_id: Annotated[str | None, listed("The warm-up key; a number or a word, depending on the account.")] = None
    warmup_created_at: Annotated[datetime | None, listed("When warm-up was first set up.")] = None
    reply_rate: Annotated[float | None, listed("The target share of warm-up mails that get a reply, in percent.")] = None
    blocked_reason: Annotated[str | None, listed("Why warm-up stopped, in the vendor's words without secrets.")] = None
    warmup_min_count: Annotated[int | None, listed("The least warm-up mails per day; not in every list row.")] = None
    warmup_max_count: Annotated[int | None, listed("The most warm-up mails per day; not in every list row.")] = None
    max_email_per_day: Annotated[int | None, listed("The warm-up's own cap per day, not the mailbox's; not in every list row.")] = None
    id: Annotated[int | None, on_demand("The warm-up's own id.")] = None
    created_at: Annotated[datetime | None, on_demand("When warm-up was first set up; lists call it warmupCreatedAt.")] = None
    is_warmup_blocked: Annotated[bool | None, on_demand("Whether the vendor blocks this mailbox's warm-up.")] = None


class SmartleadWarmupStatsDay(msgspec.Struct, frozen=True, gc=False):
    """A day in the documented shape of the warm-up statistics."""

    date: Annotated[str | None, listed("The day, YYYY-MM-DD, in the vendor's calendar.")] = None
    sent: Annotated[int | None, listed("Warm-up mails sent.")] = None
    spam: Annotated[int | None, listed("Warm-up mails that landed in spam.")] = None
    delivered: Annotated[int | None, listed("Warm-up mails delivered.")] = None
    opened: Annotated[int | None, listed("Warm-up mails opened.")] = None
    replied: Annotated[int | None, listed("Warm-up mails answered.")] = None


class SmartleadWarmupStatsByDate(msgspec.Struct, frozen=True, gc=False):
    """A day in the shape that is seen on the wire."""

    id: Annotated[int | None, listed("The day's place in the answer.")] = None
    date: Annotated[str | None, listed("The day, YYYY-MM-DD, in the vendor's calendar.")] = None
    sent_count: Annotated[int | None, listed("Warm-up mails sent.")] = None
    reply_count: Annotated[int | None, listed("Warm-up mails answered.")] = None
    save_from_spam_count: Annotated[int | None, listed("Warm-up mails found in spam and rescued from it.")] = None


class SmartleadWarmupStats(msgspec.Struct, frozen=True, gc=False):
    """The last seven days of warm-up, verbatim. The vendor answers in one of two shapes; what the other one has is null."""

    id: Annotated[int | None, listed("The mailbox's id.")] = None
    total_sent: Annotated[int | None, listed("Mails sent (documented shape).")] = None
    sent_count: Annotated[int | None, listed("Mails sent (shape seen on the wire).")] = None
    spam_count: Annotated[int | None, listed("Mails that landed in spam.")] = None
    inbox_count: Annotated[int | None, listed("Mails that landed in the inbox.")] = None
    warmup_email_received_count: Annotated[int | None, listed("Warm-up mails received from others.")] = None
    reputation_score: Annotated[float | None, listed("Reputation from 0 to 100.")] = None
    daily_stats: Annotated[tuple[SmartleadWarmupStatsDay, ...] | None, listed("The days (documented shape).")] = None
    stats_by_date: Annotated[tuple[SmartleadWarmupStatsByDate, ...] | None, listed("The days (shape seen on the wire).")] = None


class SmartleadHealthMetrics(msgspec.Struct, frozen=True, gc=False):
    """How the mailbox's address fared in campaigns over the last 30 days (UTC)."""

    from_email: Annotated[str | None, listed("The address by which the figures are kept.")] = None
    sent: Annotated[int | None, listed("Campaign mails sent.")] = None
    opened: Annotated[int | None, listed("Mails opened; 0 also where open tracking is off.")] = None
    replied: Annotated[int | None, listed("Mails answered.")] = None
    positive_replied: Annotated[int | None, listed("Mails answered with interest.")] = None
    bounced: Annotated[int | None, listed("Mails bounced.")] = None
    open_rate: Annotated[str | None, listed('Share opened, as percent text such as "1.6%".')] = None
    reply_rate: Annotated[str | None, listed("Share answered, as percent text.")] = None
    bounce_rate: Annotated[str | None, listed("Share bounced, as percent text.")] = None


class SmartleadDetails(Details, frozen=True, gc=False):
    """Every field of Smartlead's email account, secrets excepted."""

    id: Annotated[int | None, listed("The account's id.")] = None
    created_at: Annotated[datetime | None, listed("When the account was added.")] = None
    updated_at: Annotated[datetime | None, listed("When the account was last changed.")] = None
    user_id: Annotated[int | None, listed("The Smartlead user who owns the account.")] = None
    from_name: Annotated[str | None, listed("The display name on outgoing mail.")] = None
    from_email: Annotated[str | None, listed("The address.")] = None
    username: Annotated[str | None, listed("The SMTP login; null for OAuth accounts.")] = None
    smtp_host: Annotated[str | None, listed("The SMTP server; null for OAuth accounts.")] = None
    smtp_port: Annotated[int | None, listed("The SMTP port; null for OAuth accounts.")] = None
    smtp_port_type: Annotated[str | None, listed("SSL, TLS or STARTTLS.")] = None
    imap_host: Annotated[str | None, listed("The IMAP server; null for OAuth accounts.")] = None
    imap_port: Annotated[int | None, listed("The IMAP port; null for OAuth accounts.")] = None
    imap_port_type: Annotated[str | None, listed("SSL or TLS.")] = None
    imap_username: Annotated[str | None, listed("The IMAP login.")] = None
    is_different_imap_account: Annotated[bool | None, listed("Whether IMAP has a login of its own.")] = None
    different_reply_to_address: Annotated[str | None, listed('The reply-to address; "" means none.')] = None
    type: Annotated[str | None, listed("GMAIL, OUTLOOK or SMTP; other words occur.")] = None
    message_per_day: Annotated[int | None, listed("The most mails per day.")] = None
    daily_sent_count: Annotated[int | None, listed("Mails sent today; the vendor does not say in which time zone the day ends.")] = None
    min_time_to_wait_in_mins: Annotated[float | None, listed("The least minutes between two mails; only lists tell it.")] = None
    signature: Annotated[str | None, listed("The signature's HTML as its owner wrote it: not made safe.")] = None
    custom_tracking_domain: Annotated[str | None, listed('The domain of tracking links; "" means none.')] = None
    bcc_email: Annotated[str | None, listed('Who gets a blind copy of every mail; "" means nobody.')] = None
    is_smtp_success: Annotated[bool | None, listed("Whether the last SMTP connection worked.")] = None
    is_imap_success: Annotated[bool | None, listed("Whether the last IMAP connection worked.")] = None
    smtp_failure_error: Annotated[str | None, listed("Why SMTP failed, in the mail server's words without secrets.")] = None
    imap_failure_error: Annotated[str | None, listed("Why IMAP failed, in the mail server's words without secrets.")] = None
    client_id: Annotated[int | None, listed("The client of an agency; null, or 0 on some accounts, for none.")] = None
    campaign_count: Annotated[int | None, listed("How many campaigns use the account; only lists tell it.")] = None
    is_connected_to_campaign: Annotated[bool | None, listed("Whether a campaign uses the account; undocumented, often null.")] = None
    expires_at: Annotated[datetime | None, listed("When the OAuth token expires; undocumented, often null.")] = None
    tags: Annotated[tuple[SmartleadTag, ...] | None, listed("The account's tags; only lists tell them, and not all.")] = None
    warmup_details: Annotated[SmartleadWarmup | None, listed("Warm-up; null before it was first set up.")] = None
    is_suspended: Annotated[bool | None, on_demand("Whether an operator paused the account.")] = None
    use_whitelabel_credentials: Annotated[bool | None, on_demand("Whether OAuth runs through the owner's own app.")] = None
    campaign_ids: Annotated[
        tuple[int, ...] | None, on_demand("The campaigns that use the account (ids of 32 bits; the campaigns field has all).")
    ] = None
    warmup_stats: Annotated[
        SmartleadWarmupStats | None, on_demand("The last seven days of warm-up; null if never set up.", part=WARMUP_PART)
    ] = None
    health_metrics: Annotated[
        SmartleadHealthMetrics | None, on_demand("Campaign results of the last 30 days; null without any.", part=HEALTH_PART)
    ] = None


class SmartleadFields(VendorFields, frozen=True, kw_only=True):
    """What can be set at Smartlead besides the fields common to all vendors."""

    client_id: Annotated[
        int | UnsetType, writable("The client of an agency that the account belongs to; it can be changed, not taken away.")
    ] = UNSET
    type: Annotated[str | UnsetType, writable("GMAIL, OUTLOOK or SMTP; an OAuth account needs GMAIL or OUTLOOK.", only=Occasion.CREATE)] = (
        UNSET
    )
    use_whitelabel_credentials: Annotated[
        bool | UnsetType,
        writable("Whether the OAuth token was given to your own app, not to Smartlead's; needed with OAuth.", only=Occasion.CREATE),
    ] = UNSET
    is_suspended: Annotated[
        bool | UnsetType, writable("Whether the account is paused; not while an OAuth account is created. mailboxSuspend says it, too.")
    ] = UNSET
    warmup_key_id: Annotated[str | UnsetType, writable("The warm-up key.")] = UNSET
