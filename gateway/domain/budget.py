"""What a piece of work may spend at the vendors, and what it has spent: a request's, or that of work that belongs to no request.

It travels with the work, into every task that is begun for it, so that no adapter needs to hand it on.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from gateway.domain.errors import TooManyCallsError


class Spent(msgspec.Struct):
    """What one account was asked for.

    `calls` were made for this work, repetitions included; `shared` were under way for somebody else already; `known` needed no call.
    """

    calls: int = 0
    shared: int = 0
    known: int = 0


class Budget:
    """One for each request, load or operation; an operation that goes on after its request has its own.

    `deadline` is when all calls must have ended, on the clock of `time.monotonic`; None: each has its own limit only.
    `patience_seconds` is how long each call may wait for its turn, None: as long as any does. `most_calls` is how many calls it may
    cause, None: any number. What `is_background` waits until others have been served.
    """

    def __init__(
        self,
        *,
        seconds: float | None = None,
        patience_seconds: float | None = None,
        most_calls: int | None = None,
        is_background: bool = False,
    ) -> None:
        self.deadline = None if seconds is None else time.monotonic() + seconds
        self.patience_seconds = patience_seconds
        self.is_background = is_background
        self._most_calls = most_calls
        self._charged = 0
        self._spent: dict[str, Spent] = {}

    @property
    def spent(self) -> dict[str, Spent]:
        """By account name; accounts that nothing was asked of are not in it."""
        return self._spent

    def remaining_seconds(self) -> float | None:
        """How long until the deadline, 0 once it has passed; None without one."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def within(self, seconds: float) -> float:
        """The shorter one of `seconds` and what remains."""
        remaining = self.remaining_seconds()
        return seconds if remaining is None else min(seconds, remaining)

    def charge(self, account: str) -> None:
        """A call is about to be made. Raises `TooManyCallsError` when no more may be."""
        if self._most_calls is not None and self._charged >= self._most_calls:
            raise TooManyCallsError(self._most_calls)
        self._charged += 1
        self.of(account).calls += 1

    def add(self, other: "Budget") -> None:
        """Tell what work with a budget of its own has spent so far for this one, too. It does not count towards `most_calls`."""
        for account, spent in other.spent.items():
            own = self.of(account)
            own.calls += spent.calls
            own.shared += spent.shared

    def of(self, account: str) -> Spent:
        """What was spent on one account, to be counted up."""
        return self._spent.setdefault(account, Spent())


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)


def current() -> Budget:
    """The budget of whatever runs just now; unlimited, and forgotten at once, where none was set."""
    return _current.get() or Budget()


@contextmanager
def spending(budget: Budget) -> Iterator[Budget]:
    """What runs, or is begun, inside of the block spends this budget."""
    token = _current.set(budget)
    try:
        yield budget
    finally:
        _current.reset(token)
