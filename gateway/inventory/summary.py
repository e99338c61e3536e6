"""Counts and sums over mailboxes, for a dashboard."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from statistics import fmean

import msgspec

from gateway.domain.mailbox import Mailbox, MailboxStatus
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState
from gateway.inventory.source import SourceReport


class Sum(msgspec.Struct, frozen=True):
    """`known` and `unknown` count the mailboxes that told, and did not tell, their part of `value`."""

    value: int
    known: int
    unknown: int


class VendorCount(msgspec.Struct, frozen=True):
    """How many mailboxes are at a vendor."""

    vendor: Vendor
    count: int


class StatusCount(msgspec.Struct, frozen=True):
    """How many mailboxes have a status."""

    status: MailboxStatus
    count: int


class WarmupCount(msgspec.Struct, frozen=True):
    """How many mailboxes have a warm-up state; those that have no warm-up at all are not counted."""

    state: WarmupState
    count: int


class AddressConflict(msgspec.Struct, frozen=True):
    """One address at two or more accounts."""

    address: str
    mailboxes: tuple[Mailbox, ...]


class Summary(msgspec.Struct, frozen=True):
    """A set of mailboxes, counted when asked, and where they came from."""

    rows: Sequence[Mailbox]
    sources: Sequence[SourceReport]

    @property
    def complete(self) -> bool:
        return all(source.is_complete for source in self.sources)

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def by_vendor(self) -> list[VendorCount]:
        counts = Counter(row.vendor for row in self.rows)
        return [VendorCount(vendor, counts[vendor]) for vendor in Vendor if counts[vendor]]

    @property
    def by_status(self) -> list[StatusCount]:
        counts = Counter(row.status for row in self.rows)
        return [StatusCount(status, counts[status]) for status in MailboxStatus if counts[status]]

    @property
    def by_warmup_state(self) -> list[WarmupCount]:
        counts = Counter(row.warmup.state for row in self.rows if row.warmup)
        return [WarmupCount(state, counts[state]) for state in WarmupState if counts[state]]

    @property
    def daily_capacity(self) -> Sum:
        return self._sum(lambda row: row.sending.daily_limit)

    @property
    def sent_today(self) -> Sum:
        return self._sum(lambda row: row.sending.sent_today)

    @property
    def average_warmup_health(self) -> float | None:
        known = [row.warmup.health for row in self.rows if row.warmup and row.warmup.health is not None]
        return fmean(known) if known else None

    @property
    def conflicts(self) -> list[AddressConflict]:
        by_address: defaultdict[str, list[Mailbox]] = defaultdict(list)
        for row in self.rows:
            if row.address:
                by_address[row.address.casefold()].append(row)
        return [
            AddressConflict(address, tuple(rows))
            for address, rows in sorted(by_address.items())
            if len({row.account_name for row in rows}) > 1
        ]

    def _sum(self, value_of: Callable[[Mailbox], int | None]) -> Sum:
        known = [value for row in self.rows if (value := value_of(row)) is not None]
        return Sum(sum(known), len(known), len(self.rows) - len(known))
