"""Mailboxes of one account, counted in one pass."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import fsum

import msgspec

from gateway.domain.mailbox import Mailbox, MailboxStatus
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState


class Tally(msgspec.Struct, frozen=True):
    """`…_known` count the mailboxes that told their part of a sum."""

    total: int
    by_vendor: Mapping[Vendor, int]
    by_status: Mapping[MailboxStatus, int]
    by_warmup_state: Mapping[WarmupState, int]
    daily_limits: int
    daily_limits_known: int
    sent_today: int
    sent_today_known: int
    warmup_healths: float
    warmup_healths_known: int

    def __len__(self) -> int:
        """It has no rows; see `kept`."""
        return 0


def tally(rows: Iterable[Mailbox]) -> Tally:
    """Counts of these mailboxes."""
    rows = list(rows)
    limits = [row.sending.daily_limit for row in rows if row.sending.daily_limit is not None]
    sent = [row.sending.sent_today for row in rows if row.sending.sent_today is not None]
    warmups = [row.warmup for row in rows if row.warmup is not None]
    healths = [warmup.health for warmup in warmups if warmup.health is not None]
    return Tally(
        total=len(rows),
        by_vendor=Counter(row.vendor for row in rows),
        by_status=Counter(row.status for row in rows),
        by_warmup_state=Counter(warmup.state for warmup in warmups),
        daily_limits=sum(limits),
        daily_limits_known=len(limits),
        sent_today=sum(sent),
        sent_today_known=len(sent),
        warmup_healths=fsum(healths),
        warmup_healths_known=len(healths),
    )
