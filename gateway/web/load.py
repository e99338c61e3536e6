"""How much the gateway has to do: the requests under way, and how late the event loop is."""

import asyncio
import math
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from gateway.domain.errors import OverloadedError

PROBE_SECONDS = 0.05
"""How often the event loop's lateness is measured."""
FEW = 10
"""So few requests under way are no crowd: if the event loop is late for once, that is one of them that is large."""


class Ticket:
    """A request under way; its place is given back at the end of the `with`, or by `leave`, whichever is first."""

    def __init__(self, tickets: set["Ticket"]) -> None:
        self._tickets = tickets
        tickets.add(self)

    def leave(self) -> None:
        """From now on this does not count: a subscription that has begun waits most of the time."""
        self._tickets.discard(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.leave()


class Load:
    """Says whether another request may begin.

    Two signs, since each misses what the other sees. A thousand requests that wait for a vendor cost nothing but memory: their number is
    bounded. Far fewer that compute delay each other: the event loop is late then, which is measured by a timer and, until it comes, by how
    overdue it is. (An operation waits for its turn some ten times: its answer is later than the loop by as much.) With few under way, late
    once is no sign, twice in a row is. Then the loop must be half as late before anything may begin again.
    """

    def __init__(self, *, max_requests: int, max_lag_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        # An event loop's own clock may stand still while it works: it is not asked.
        self._clock = clock
        self._max_requests = max_requests
        self._max_lag_seconds = max_lag_seconds
        self._tickets: set[Ticket] = set()
        self._due_at = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._times_late = 0  # in a row
        self.is_closing = False
        """Whether the server was told to stop: nothing new may begin."""

    def start(self) -> None:
        """Begin to measure the running event loop."""
        self._due_at = self._clock() + PROBE_SECONDS
        self._timer = asyncio.get_running_loop().call_later(PROBE_SECONDS, self._measure)

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._due_at = math.inf

    @property
    def under_way(self) -> int:
        """How many requests are."""
        return len(self._tickets)

    def check(self) -> None:
        """Raises `OverloadedError` when nothing may begin."""
        times_late = self._times_late + (self._lag_seconds() > self._max_lag_seconds)
        is_late = times_late >= (2 if len(self._tickets) <= FEW else 1)
        if self.is_closing or is_late or len(self._tickets) >= self._max_requests:
            raise OverloadedError

    def enter(self) -> Ticket:
        """A request begins. Raises `OverloadedError` when it may not."""
        self.check()
        return Ticket(self._tickets)

    def _lag_seconds(self) -> float:
        return self._clock() - self._due_at

    def _measure(self) -> None:
        limit = self._max_lag_seconds / 2 if self._times_late > 0 else self._max_lag_seconds
        self._times_late = self._times_late + 1 if self._lag_seconds() > limit else 0
        self.start()
