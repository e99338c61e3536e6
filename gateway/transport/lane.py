"""What a vendor counts together: its quotas, what it says of its own count, and its pauses."""

import random
from collections.abc import Callable, Sequence

from gateway.transport.learned_quota import LearnedQuota
from gateway.transport.quota import Quota
from gateway.transport.retry_after import RateHeaders
from gateway.transport.window import Window

LONGEST_REST_SECONDS = 3600.0
"""A vendor that names a later time is asked again after an hour: quotas are counted by the hour at most."""
FIRST_REST_SECONDS = 1.0
LONGEST_UNNAMED_REST_SECONDS = 60.0
"""A refusal that names no time: a pause that doubles each time, up to a minute, of which up to a half is left to chance."""


class Lane:
    """Times are seconds on one monotonic clock."""

    def __init__(self, quotas: Sequence[Quota] = (), *, learns: bool = False, jitter: Callable[[], float] = random.random) -> None:
        self._windows = [Window(quota) for quota in quotas]
        self._learned = LearnedQuota() if learns and not quotas else None
        self._jitter = jitter
        self._running = 0
        self._allowed: int | None = None
        self._allowed_until = 0.0
        self._refusals = 0
        self.rests_until = 0.0
        """Until then the vendor has asked to be left alone."""

    def free_at(self, now: float, *, ahead: int = 0) -> float:
        """When a call may begin that `ahead` others come before; `now` or later."""
        times = [now, self.rests_until, *(window.free_at(now, ahead=ahead) for window in self._windows)]
        if self._learned is not None:
            times.append(self._learned.free_at(now, ahead=ahead))
        if self._allowed is not None and ahead >= self._allowed and now < self._allowed_until:
            times.append(self._allowed_until)
        return max(times)

    def begin(self, now: float) -> None:
        self._running += 1
        for window in self._windows:
            window.begin()
        if self._learned is not None:
            self._learned.begin(now)
        if self._allowed is not None:
            self._allowed -= 1

    def end(self, now: float) -> None:
        """A call has ended, well or badly: the vendor has counted it."""
        self._running -= 1
        for window in self._windows:
            window.end(now)
        if self._learned is not None:
            self._learned.end(now)

    def take_back(self) -> None:
        """What began was never sent."""
        self._running -= 1
        for window in self._windows:
            window.take_back()
        if self._learned is not None:
            self._learned.take_back()

    def hear(self, rate: RateHeaders | None, now: float) -> None:
        """A call, still running, was answered well. What the vendor says of its own count holds: others use the same key, too."""
        self._refusals = 0
        if rate is None or rate.resets_in_seconds > LONGEST_REST_SECONDS:
            return
        self._allowed = max(0, rate.remaining - (self._running - 1))  # those under way may not be counted yet
        self._allowed_until = now + rate.resets_in_seconds

    def rest(self, now: float, seconds: float | None) -> None:
        """The vendor answered that there were too many. Several answers to what was sent together are one refusal."""
        if seconds is None and now < self.rests_until:
            return
        if self._learned is not None:
            self._learned.refused(now, seconds, running=self._running)
        if seconds is None:
            bound = min(FIRST_REST_SECONDS * 2 ** min(self._refusals, 20), LONGEST_UNNAMED_REST_SECONDS)
            seconds = bound * (0.5 + self._jitter() / 2)
            self._refusals += 1
        self.rests_until = max(self.rests_until, now + min(seconds, LONGEST_REST_SECONDS))
