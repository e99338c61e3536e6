"""Smartlead's JSON as Smartlead spells it, and only what we read: `password` and `imap_password` have no field here.

Sources: the vendor's page "Get all email accounts" (https://api.smartlead.ai/api-reference/email-accounts/get-all), its pages for one
account, tags, warm-up statistics and mailbox health, and shapes seen on the wire where those pages and the wire disagree.
Numbers may come as strings ("587", "95%", ""), and null, "" and a missing key mean the same for optional text.
"""

import re
from typing import TypeAlias

import msgspec

from gateway.domain.errors import FieldFault
from gateway.transport.call import Answer
from gateway.transport.decode import DecodeError, decode_object
from gateway.transport.failure import Fault
from gateway.vendors.reading import number

Number: TypeAlias = int | float | str | None


class TagRow(msgspec.Struct, gc=False):
    """A tag inside a mailbox; the tag list spells the same thing `id`, `name`, `color`."""

    tag_id: Number = None
    tag_name: str | None = None
    tag_color: str | None = None


class WarmupRow(msgspec.Struct, gc=False):
    """`warmup_details`. List rows say `warmup_created_at`, the read of one mailbox says `created_at` and has the last two fields."""

    status: str | None = None
    total_sent_count: Number = None
    total_spam_count: Number = None
    warmup_reputation: Number = None
    warmup_key_id: int | str | None = None
    warmup_created_at: Number = None
    reply_rate: Number = None
    blocked_reason: str | None = None
    warmup_min_count: Number = None
    warmup_max_count: Number = None
    max_email_per_day: Number = None
    created_at: Number = None
    id: Number = None
    is_warmup_blocked: bool | None = None


class EmailAccountRow(msgspec.Struct, gc=False):
    """A mailbox, out of the list or read alone: the two differ in which keys they have, not in what a key means."""

    id: int | str
    created_at: Number = None
    updated_at: Number = None
    user_id: Number = None
    from_name: str | None = None
    from_email: str | None = None
    username: str | None = None
    smtp_host: str | None = None
    smtp_port: Number = None
    smtp_port_type: str | None = None
    imap_host: str | None = None
    imap_port: Number = None
    imap_port_type: str | None = None
    imap_username: str | None = None
    is_different_imap_account: bool | None = None
    different_reply_to_address: str | None = None
    type: str | None = None
    message_per_day: Number = None
    daily_sent_count: Number = None
    min_time_to_wait_in_mins: Number = msgspec.field(default=None, name="minTimeToWaitInMins")
    signature: str | None = None
    custom_tracking_domain: str | None = None
    bcc_email: str | None = None
    is_smtp_success: bool | None = None
    is_imap_success: bool | None = None
    smtp_failure_error: str | None = None
    imap_failure_error: str | None = None
    client_id: Number = None
    campaign_count: Number = None
    is_connected_to_campaign: bool | None = None
    expires_at: Number = None
    tags: list[TagRow] | None = None
    campaign_ids: list[int | str] | None = None
    is_suspended: bool | None = None
    use_whitelabel_credentials: bool | None = None
    warmup_details: WarmupRow | None = None


class TagListRow(msgspec.Struct, gc=False):
    """A tag of the account."""

    id: Number = None
    name: str | None = None
    color: str | None = None


class TagOwnerRow(msgspec.Struct, gc=False):
    """The tags of one mailbox, as the page "Get tags of email accounts" shows them."""

    email_account_id: Number = None
    tags: list[TagListRow] | None = None


class SavedRow(msgspec.Struct, gc=False):
    """What is told of a mailbox that was just saved."""

    id: Number = None
    is_smtp_success: bool | None = None
    is_imap_success: bool | None = None


class WarmupDayRow(msgspec.Struct, gc=False):
    """A day of warm-up: `date`, `sent`, `spam`, `delivered`, `opened`, `replied` by the page, the `…_count` spellings on the wire."""

    id: Number = None
    date: str | None = None
    sent: Number = None
    spam: Number = None
    delivered: Number = None
    opened: Number = None
    replied: Number = None
    sent_count: Number = None
    reply_count: Number = None
    save_from_spam_count: Number = None


class WarmupStatsBody(msgspec.Struct):
    """Seven days of warm-up. The page documents `total_sent`, `reputation_score` and `daily_stats`; the wire has the others, as strings."""

    id: Number = None
    total_sent: Number = None
    reputation_score: Number = None
    daily_stats: list[WarmupDayRow] | None = None
    sent_count: Number = None
    spam_count: Number = None
    inbox_count: Number = None
    warmup_email_received_count: Number = None
    stats_by_date: list[WarmupDayRow] | None = None


class HealthRow(msgspec.Struct, gc=False):
    """How an address fared in campaigns; joined to a mailbox by address, since it has no id. Rates are percent strings ("1.6%")."""

    from_email: str | None = None
    sent: Number = None
    opened: Number = None
    replied: Number = None
    positive_replied: Number = None
    bounced: Number = None
    open_rate: str | None = None
    reply_rate: str | None = None
    bounce_rate: str | None = None


class HealthData(msgspec.Struct):
    """`data` of the health answer."""

    email_health_metrics: list[HealthRow] | None = None


class Envelope(msgspec.Struct):
    """`{"data": …}`, which careful clients accept where the pages show a bare body."""

    id: msgspec.Raw = msgspec.Raw()
    data: msgspec.Raw = msgspec.Raw()


def unwrapped(body: bytes) -> bytes | msgspec.Raw:
    """What `{"data": …}` holds; the body itself when it is a list, or an object with an id of its own."""
    if body.lstrip()[:1] != b"{":
        return body
    try:
        envelope = decode_object(body, Envelope)
    except DecodeError:
        return body
    return envelope.data if bytes(envelope.data) and not bytes(envelope.id) else body


class ErrorDetails(msgspec.Struct):
    """Which input was wrong."""

    field: str | None = None


class ErrorObject(msgspec.Struct):
    """`error` where it is an object (the vendor's guides on errors and rate limits)."""

    message: str | None = None
    retry_after: Number = None
    details: ErrorDetails | None = None


class ErrorBody(msgspec.Struct):
    """All the shapes of an error body: the text is in `message`, in `error`, or in `error.message`."""

    message: str | None = None
    error: ErrorObject | str | None = None


_NAMED_FIELD = re.compile(r'^"?(?:\w+\.)*(\w+)"? (?:must|should|length|cannot be|is (?:not (?:allowed|a valid)|required|missing))\b')
_HEADLINE = re.compile(r"(?is)<(?:h1|title)[^>]*>(.*?)</")
_PLAIN_TEXT_CHARACTERS = 1000


def fault(answer: Answer) -> Fault:
    """What an error answer says, in whichever of its shapes."""
    try:
        body = decode_object(answer.body, ErrorBody)
    except DecodeError:
        return Fault(message=_plain_text(answer.body))
    error = body.error if isinstance(body.error, ErrorObject) else ErrorObject(message=body.error)
    message = error.message or body.message
    field = error.details.field if error.details else None
    if field is None and message and (named := _NAMED_FIELD.match(message)):
        field = named[1]
    return Fault(
        message=message,
        fields=(FieldFault(field, message),) if field and message else (),
        retry_after_seconds=number(error.retry_after),
    )


def _plain_text(body: bytes) -> str | None:
    """The headline of an HTML page, or plain words. JSON that is no error object may be rows with passwords: it is never quoted."""
    text = body[:_PLAIN_TEXT_CHARACTERS].decode("utf-8", "replace").strip()
    if text.startswith("<"):
        headline = _HEADLINE.search(text)
        return headline[1] if headline else None
    return text if text and text[0] not in '[{"' else None
