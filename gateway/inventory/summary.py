"""Counts and sums over mailboxes, for a dashboard."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import TypeVar

import msgspec

from gateway.domain.mailbox import Mailbox, MailboxStatus
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState
from gateway.inventory.addresses import Addresses
from gateway.inventory.filter import MailboxFilter
from gateway.inventory.narrowed import EVERYTHING, may_pass
from gateway.inventory.source import SourceReport
from gateway.inventory.tally import Tally
from gateway.inventory.view import View

T = TypeVar("T")


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
    """The mailboxes of some accounts that pass a filter, counted. Counts are kept with each account's snapshot."""

    views: Sequence[View]
    wanted: MailboxFilter | None = None

    async def prepare(self) -> None:
        """Counts what was not counted before, an account at a time, so that others get their turn."""
        for view in self.views:
            view.tally(self.wanted)
            await asyncio.sleep(0)

    @property
    def sources(self) -> list[SourceReport]:
        return [view.source for view in self.views]

    @property
    def complete(self) -> bool:
        """Whether all is known that can pass."""
        return all(view.source.is_complete for view in self.views if may_pass(self.wanted, view.source.account))

    @property
    def total(self) -> int:
        return sum(each.total for each in self._tallies)

    @property
    def by_vendor(self) -> list[VendorCount]:
        counts = _added(each.by_vendor for each in self._tallies)
        return [VendorCount(vendor, counts[vendor]) for vendor in Vendor if counts[vendor]]

    @property
    def by_status(self) -> list[StatusCount]:
        counts = _added(each.by_status for each in self._tallies)
        return [StatusCount(status, counts[status]) for status in MailboxStatus if counts[status]]

    @property
    def by_warmup_state(self) -> list[WarmupCount]:
        counts = _added(each.by_warmup_state for each in self._tallies)
        return [WarmupCount(state, counts[state]) for state in WarmupState if counts[state]]

    @property
    def daily_capacity(self) -> Sum:
        known = sum(each.daily_limits_known for each in self._tallies)
        return Sum(sum(each.daily_limits for each in self._tallies), known, self.total - known)

    @property
    def sent_today(self) -> Sum:
        known = sum(each.sent_today_known for each in self._tallies)
        return Sum(sum(each.sent_today for each in self._tallies), known, self.total - known)

    @property
    def average_warmup_health(self) -> float | None:
        known = sum(each.warmup_healths_known for each in self._tallies)
        return fsum(each.warmup_healths for each in self._tallies) / known if known else None

    @property
    def conflicts(self) -> list[AddressConflict]:
        passes = (self.wanted or EVERYTHING).test(self._is_stale)
        at = ((address, (row for view in self.views for row in view.at_address(address))) for address in self._shared_addresses)
        return [AddressConflict(address, tuple(filter(passes, rows))) for address, rows in at]

    @property
    def _shared_addresses(self) -> Sequence[str]:
        """Sorted; kept with the first account's snapshot, for as long as all the others stay as they are."""
        snapshots = [view.snapshot for view in self.views if view.snapshot is not None]
        if not snapshots:
            return ()
        states = tuple((view.source.account.name, view.snapshot and view.snapshot.version, view.stale_before) for view in self.views)
        accounts = (view.addresses(self.wanted) for view in self.views)
        return snapshots[0].shared_addresses.get((self.wanted, states), lambda _: sorted(_in_several(accounts)))

    def _is_stale(self, mailbox: Mailbox) -> bool:
        return any(view.source.account.name == mailbox.account_name and view.is_stale(mailbox) for view in self.views)

    @property
    def _tallies(self) -> list[Tally]:
        return [view.tally(self.wanted) for view in self.views]


def _added(counts: Iterable[Mapping[T, int]]) -> Counter[T]:
    total: Counter[T] = Counter()
    for each in counts:
        total.update(each)
    return total


def _in_several(accounts: Iterable[Addresses]) -> set[str]:
    """The addresses that two or more accounts have. All in C: there may be fifty thousand of them."""
    seen: set[str] = set()
    several: set[str] = set()
    for each in accounts:
        several |= seen & each.keys()
        seen |= each.keys()
    return several
