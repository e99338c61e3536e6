"""Warm-up: a mailbox sends and answers small mails to earn a good name before it is used."""

from datetime import date, datetime
from enum import StrEnum

import msgspec


class WarmupState(StrEnum):
    """COMPLETED and BLOCKED are said by vendors, never computed here."""

    NOT_STARTED = "NOT_STARTED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    DISABLED = "DISABLED"
    BLOCKED = "BLOCKED"
    UNKNOWN = "UNKNOWN"


class WarmupStatus(msgspec.Struct, frozen=True, gc=False):
    """Where a mailbox's warm-up stands. Rates are fractions 0 to 1, `health` is 0 to 100, counts are mails.

    `mailbox_id` is the global id of the mailbox; the mailbox sets it.
    """

    state: WarmupState
    state_raw: str | None = None
    health: float | None = None
    sent_total: int | None = None
    spam_total: int | None = None
    inbox_total: int | None = None
    reply_rate: float | None = None
    reply_rate_target: float | None = None
    daily_target: int | None = None
    daily_increase: int | None = None
    current_day: int | None = None
    started_at: datetime | None = None
    blocked_reason: str | None = None
    mailbox_id: str = ""


class WarmupDay(msgspec.Struct, frozen=True, gc=False):
    """One day of warm-up, in the vendor's calendar; counts of mails."""

    date: date
    sent: int | None = None
    received: int | None = None
    spam: int | None = None
    inbox: int | None = None
    replied: int | None = None
    rescued_from_spam: int | None = None
