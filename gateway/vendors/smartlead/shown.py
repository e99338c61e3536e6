"""How what was written will show in a row, and rows completed with what is known: Smartlead answers writes without the mailbox."""

from collections.abc import Mapping

import msgspec

from gateway.domain.mailbox import Mailbox
from gateway.domain.secret import Secret
from gateway.vendors.smartlead.details import SmartleadDetails
from gateway.vendors.smartlead.mapping import status_of
from gateway.vendors.smartlead.wire import EmailAccountRow

_READ_NAMES = {
    "from_name": "from_name",
    "from_email": "from_email",
    "user_name": "username",
    "username": "username",
    "smtp_host": "smtp_host",
    "smtp_port": "smtp_port",
    "imap_host": "imap_host",
    "imap_port": "imap_port",
    "imap_username": "imap_username",
    "different_reply_to_address": "different_reply_to_address",
    "max_email_per_day": "message_per_day",
    "time_to_wait_in_mins": "min_time_to_wait_in_mins",
    "custom_tracking_url": "custom_tracking_domain",
    "bcc": "bcc_email",
    "signature": "signature",
    "client_id": "client_id",
    "type": "type",
    "is_suspended": "is_suspended",
    "use_whitelabel_credentials": "use_whitelabel_credentials",
}
"""Reads and writes have names of their own for most things."""

_ONLY_LISTED = ("campaign_count", "is_connected_to_campaign", "expires_at", "min_time_to_wait_in_mins", "tags")
"""What the read of one mailbox leaves out."""


def shown(body: Mapping[str, object]) -> dict[str, object]:
    """The fields of a row after this was written. Secrets show nowhere."""
    written = {_READ_NAMES[name]: value for name, value in body.items() if name in _READ_NAMES}
    return {name: value for name, value in written.items() if not isinstance(value, Secret)}


def row_of(mailbox: Mailbox) -> EmailAccountRow:
    """A mailbox that is known, as a row again."""
    known = msgspec.to_builtins(mailbox.details)
    return msgspec.convert(
        {**known, "id": mailbox.vendor_id, "minTimeToWaitInMins": known.get("min_time_to_wait_in_mins")}, EmailAccountRow
    )


def completed(row: EmailAccountRow, known: EmailAccountRow) -> EmailAccountRow:
    """A mailbox read alone, with what only lists say."""
    missing = {name: getattr(known, name) for name in _ONLY_LISTED if getattr(row, name) is None}
    return msgspec.structs.replace(row, **missing)


def with_flag(row: Mailbox, known: Mailbox) -> Mailbox:
    """A mailbox out of a list, with what only a read or a write of it said, as long as it has not been changed since."""
    if not (isinstance(row.details, SmartleadDetails) and isinstance(known.details, SmartleadDetails)):
        return row
    if row.updated_at is None or row.updated_at != known.updated_at:
        return row
    flag = known.details.is_suspended
    if flag is not None:
        details = msgspec.structs.replace(row.details, is_suspended=flag)
        row = msgspec.structs.replace(row, details=details, status=status_of(row.health, is_suspended=flag))
    return with_warmup_plan(row, known)


def with_warmup_plan(row: Mailbox, known: Mailbox) -> Mailbox:
    """With the mails a day that were set before, where `row` has none: no read tells them for certain, only a write does."""
    if row.warmup is None or known.warmup is None:
        return row
    figures = {name: getattr(known.warmup, name) for name in ("daily_target", "daily_increase") if getattr(row.warmup, name) is None}
    plan = msgspec.structs.replace(row.warmup, **figures)
    return row if plan == row.warmup else msgspec.structs.replace(row, warmup=plan)


def with_listed(one: Mailbox, known: Mailbox) -> Mailbox:
    """A mailbox read alone, with what only lists say, out of `known`."""
    if not (isinstance(one.details, SmartleadDetails) and isinstance(known.details, SmartleadDetails)):
        return one
    missing = {name: getattr(known.details, name) for name in _ONLY_LISTED if getattr(one.details, name) is None}
    sending = one.sending
    if sending.min_interval_seconds is None:
        sending = msgspec.structs.replace(sending, min_interval_seconds=known.sending.min_interval_seconds)
    return with_warmup_plan(
        msgspec.structs.replace(
            one,
            details=msgspec.structs.replace(one.details, **missing),
            sending=sending,
            tags=known.tags if one.tags is None else one.tags,
            campaign_count=known.campaign_count if one.campaign_count is None else one.campaign_count,
        ),
        known,
    )
