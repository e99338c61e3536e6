"""Filters over mailboxes: given conditions are joined by AND; a null value passes no positive test, so `not_` lets it through."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from gateway.domain.mailbox import ChannelState, Mailbox, MailboxStatus, MailProvider
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState

Comparable = TypeVar("Comparable", int, float, datetime)
Test = Callable[[Mailbox], bool]
Staleness = Callable[[Mailbox], bool]


class StringFilter(msgspec.Struct, frozen=True):
    """All given tests must hold; compared without case."""

    eq: str | None = None
    in_: tuple[str, ...] | None = None
    contains: str | None = None
    starts_with: str | None = None
    ends_with: str | None = None

    def test(self) -> Callable[[str | None], bool]:
        """A function that tells whether a value passes; the needles are folded once."""
        tests: list[Callable[[str], bool]] = []
        if self.eq is not None:
            tests.append(self.eq.casefold().__eq__)
        if self.in_ is not None:
            tests.append(frozenset(each.casefold() for each in self.in_).__contains__)
        if self.contains is not None:
            needle = self.contains.casefold()
            tests.append(lambda value: needle in value)
        if self.starts_with is not None:
            head = self.starts_with.casefold()
            tests.append(lambda value: value.startswith(head))
        if self.ends_with is not None:
            tail = self.ends_with.casefold()
            tests.append(lambda value: value.endswith(tail))

        def passes(value: str | None) -> bool:
            if value is None:
                return not tests
            folded = value.casefold()
            for test in tests:  # noqa: SIM110 - a generator takes twice as long, and this is asked of every row
                if not test(folded):
                    return False
            return True

        return passes

    @property
    def wholes(self) -> frozenset[str]:
        """The only values, case folded, that can pass; empty when there are too many to name, or when the empty text is one."""
        named = (self.eq,) if self.eq is not None else self.in_ or ()
        return frozenset() if "" in named else frozenset(each.casefold() for each in named)


class Range(msgspec.Struct, Generic[Comparable], frozen=True):
    """Both ends are included; a missing end is open."""

    gte: Comparable | None = None
    lte: Comparable | None = None

    def holds(self, value: Comparable | None) -> bool:
        if value is None:
            return self.gte is None and self.lte is None
        return (self.gte is None or value >= self.gte) and (self.lte is None or value <= self.lte)


class DomainKey(msgspec.Struct, frozen=True):
    """A sending domain, by account name and vendor id."""

    account: str
    vendor_id: str


class MailboxFilter(msgspec.Struct, frozen=True, kw_only=True):
    """None: not asked. An empty collection of values matches nothing; `and_=()` asks nothing."""

    and_: tuple[MailboxFilter, ...] | None = None
    or_: tuple[MailboxFilter, ...] | None = None
    not_: MailboxFilter | None = None
    vendor: tuple[Vendor, ...] | None = None
    account: tuple[str, ...] | None = None
    status: tuple[MailboxStatus, ...] | None = None
    provider: tuple[MailProvider, ...] | None = None
    warmup_state: tuple[WarmupState, ...] | None = None
    sending: tuple[ChannelState, ...] | None = None
    receiving: tuple[ChannelState, ...] | None = None
    address: StringFilter | None = None
    display_name: StringFilter | None = None
    login: StringFilter | None = None
    tag: tuple[str, ...] | None = None
    domain: tuple[DomainKey, ...] | None = None
    owner_id: tuple[str, ...] | None = None
    client_id: tuple[str, ...] | None = None
    campaign_count: Range[int] | None = None
    daily_limit: Range[int] | None = None
    sent_today: Range[int] | None = None
    warmup_health: Range[float] | None = None
    created_at: Range[datetime] | None = None
    updated_at: Range[datetime] | None = None
    stale: bool | None = None

    def test(self, is_stale: Staleness) -> Test:
        """One function for the whole filter. `is_stale` tells whether a row is stale in the view at hand."""
        tests = [*self._groups(is_stale), *self._memberships(), *self._texts(), *self._ranges()]
        if self.stale is not None:
            wanted = self.stale
            tests.append(lambda mailbox: is_stale(mailbox) is wanted)
        return _all(tests)

    @property
    def addresses(self) -> frozenset[str]:
        """The only addresses, case folded, that can pass; empty when others can."""
        return self.address.wholes if self.address is not None else frozenset()

    def _groups(self, is_stale: Staleness) -> list[Test]:
        tests: list[Test] = [each.test(is_stale) for each in self.and_ or ()]
        if self.or_ is not None:
            choices = [each.test(is_stale) for each in self.or_]
            tests.append(lambda mailbox: any(choice(mailbox) for choice in choices))
        if self.not_ is not None:
            refused = self.not_.test(is_stale)
            tests.append(lambda mailbox: not refused(mailbox))
        return tests

    def _memberships(self) -> list[Test]:
        tests = [
            _one_of(self.vendor, lambda mailbox: mailbox.vendor),
            _one_of(self.account, lambda mailbox: mailbox.account_name),
            _one_of(self.status, lambda mailbox: mailbox.status),
            _one_of(self.provider, lambda mailbox: mailbox.provider),
            _one_of(self.warmup_state, lambda mailbox: mailbox.warmup.state if mailbox.warmup else None),
            _one_of(self.sending, lambda mailbox: mailbox.health.sending.state),
            _one_of(self.receiving, lambda mailbox: mailbox.health.receiving.state),
            _one_of(self.owner_id, lambda mailbox: mailbox.owner.vendor_id if mailbox.owner else None),
            _one_of(self.client_id, lambda mailbox: mailbox.client_id),
            _one_of(
                self.domain,
                lambda mailbox: DomainKey(mailbox.account_name, mailbox.domain_vendor_id) if mailbox.domain_vendor_id else None,
            ),
        ]
        if self.tag is not None:
            wanted = frozenset(self.tag)
            tests.append(lambda mailbox: bool(mailbox.tags) and not wanted.isdisjoint(mailbox.tags or ()))
        return [test for test in tests if test]

    def _texts(self) -> list[Test]:
        tests: list[Test] = []
        if self.address is not None:
            address = self.address.test()
            tests.append(lambda mailbox: address(mailbox.address))
        if self.display_name is not None:
            display_name = self.display_name.test()
            tests.append(lambda mailbox: display_name(mailbox.display_name))
        if self.login is not None:
            login = self.login.test()
            tests.append(lambda mailbox: login(mailbox.login))
        return tests

    def _ranges(self) -> list[Test]:
        tests = [
            _within(self.campaign_count, lambda mailbox: mailbox.campaign_count),
            _within(self.daily_limit, lambda mailbox: mailbox.sending.daily_limit),
            _within(self.sent_today, lambda mailbox: mailbox.sending.sent_today),
            _within(self.warmup_health, lambda mailbox: mailbox.warmup.health if mailbox.warmup else None),
            _within(self.created_at, lambda mailbox: mailbox.created_at),
            _within(self.updated_at, lambda mailbox: mailbox.updated_at),
        ]
        return [test for test in tests if test]


def _all(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def passes(mailbox: Mailbox) -> bool:
        for test in tests:  # noqa: SIM110 - as above
            if not test(mailbox):
                return False
        return True

    return passes


def _one_of(wanted: Collection[object] | None, value_of: Callable[[Mailbox], object]) -> Test | None:
    if wanted is None:
        return None
    values = frozenset(wanted)
    return lambda mailbox: value_of(mailbox) in values


def _within(wanted: Range[Comparable] | None, value_of: Callable[[Mailbox], Comparable | None]) -> Test | None:
    if wanted is None:
        return None
    return lambda mailbox: wanted.holds(value_of(mailbox))
