"""The mailboxes that a part of a document can be about, and how many calls all that it asks of them can take."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TypeAlias

from gateway.domain.price import Price
from gateway.schema.cost.need import Need

PriceOf: TypeAlias = Callable[[str, str], Price | None]
"""By account and what is asked; None: this vendor is never asked that."""
CountOf: TypeAlias = Callable[[str], int | None]
"""How many mailboxes an account has, where that is known."""


class Reach:
    """At most `most` mailboxes in all, or `times` as many as another one's most, and of each account at most its size.

    Sizes may cost a look at what is known of the accounts, so they are found out only where something is asked.
    """

    def __init__(
        self, sizes: Callable[[], Mapping[str, int]], *, most: int | None = None, most_of: "Reach | None" = None, times: int = 1
    ) -> None:
        self._sizes = sizes
        self._most = most
        self._most_of = most_of
        self._times = times
        self.needs: dict[Need, frozenset[str] | None] = {}
        """The accounts at which each question is asked; None: at all."""

    def ask(self, need: Need, accounts: frozenset[str] | None) -> None:
        """Every mailbox is asked this, if it is in one of these accounts (None: in whichever)."""
        before = self.needs.get(need, frozenset())
        self.needs[need] = None if before is None or accounts is None else before | accounts

    def asked(self, need: Need) -> Iterable[str]:
        """The accounts at which a question is asked."""
        accounts = self.needs[need]
        return self.sizes if accounts is None else accounts & self.sizes.keys()

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """By account; an account with none is in it, too."""
        return self._sizes()

    @cached_property
    def most(self) -> int:
        bounds = [sum(self.sizes.values())]
        if self._most is not None:
            bounds.append(self._most)
        if self._most_of is not None:
            bounds.append(self._most_of.most * self._times)
        return min(bounds)


def worst_case(reaches: Iterable[Reach], price_of: PriceOf, count_of: CountOf) -> int:
    """At most so many calls: no less than what each reach can take, and each mailbox and account asked everything only once."""
    mailboxes, accounts = _Sum(price_of), _Sum(price_of)
    for reach in reaches:
        mailboxes.add(reach, [need for need in reach.needs if not need.is_of_account])
        accounts.add(reach, [need for need in reach.needs if need.is_of_account])
    return min(mailboxes.apart, mailboxes.together(count_of)) + min(accounts.apart, accounts.together(lambda _: 1))


class _Sum:
    """Two bounds of the same number of calls, neither of which is always the lower one."""

    def __init__(self, price_of: PriceOf) -> None:
        self._price_of = price_of
        self._by_question: Counter[tuple[str, Need]] = Counter()
        self.apart = 0
        """As if every reach were about other mailboxes."""

    def together(self, count_of: CountOf) -> int:
        """As if every page held as many mailboxes of each account as it can; no mailbox is asked the same twice."""
        total = 0
        for (account, need), calls in self._by_question.items():
            count = count_of(account) if need.is_listed else None
            total += calls if count is None else min(calls, self._once_each(account, need, count))
        return total

    def _once_each(self, account: str, need: Need, count: int) -> int:
        price = self._price_of(account, need.what)
        return need.calls(price, 1) * count if price is not None else 0

    def add(self, reach: Reach, needs: Iterable[Need]) -> None:
        each: Counter[str] = Counter()
        for need in needs:
            batched, dearest = 0, 0
            for account in reach.asked(need):
                price, size = self._price_of(account, need.what), self._size(reach, account, need)
                if price is None or not size:
                    continue
                calls = need.calls(price, size)
                self._by_question[account, need] += calls
                if price.batch == 1 and not need.is_of_account:
                    each[account] += calls // size
                else:
                    batched, dearest = batched + calls, max(dearest, need.calls(price, 1))
            self.apart += min(batched, reach.most * dearest)
        self.apart += _fill(reach, each)

    @staticmethod
    def _size(reach: Reach, account: str, need: Need) -> int:
        size = min(reach.sizes[account], reach.most)
        return min(size, 1) if need.is_of_account else size


def _fill(reach: Reach, each: Counter[str]) -> int:
    """The dearest mailboxes first, until no more fit; `each` is what a mailbox of an account costs."""
    calls, left = 0, reach.most
    for account, cost in each.most_common():
        taken = min(left, reach.sizes[account])
        calls += taken * cost
        left -= taken
    return calls
