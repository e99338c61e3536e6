"""Whether calls may pass: closed while all goes well, open after failures in a row, and then open for longer each time."""

import random
import time
from collections.abc import Callable

from gateway.domain.vitals import BreakerState
from gateway.transport.limits import BreakerLimits

LONGEST_NAMED_SECONDS = 3600.0
"""A vendor that names a later time is asked again after an hour."""


class Circuit:
    """Counts failures in a row. Times are seconds on one monotonic clock."""

    def __init__(
        self, limits: BreakerLimits, *, clock: Callable[[], float] = time.monotonic, jitter: Callable[[], float] = random.random
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._jitter = jitter
        self._failures = 0
        self._openings = 0
        self._before_success = (0, 0)
        self._is_probing = False
        self.open_until: float | None = None

    @property
    def state(self) -> BreakerState:
        if self.open_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._clock() < self.open_until else BreakerState.HALF_OPEN

    def lets_pass(self) -> bool:
        """Whether a call may be made now: of those that come while it is half open, one at a time."""
        return self.open_until is None or (self._clock() >= self.open_until and not self._is_probing)

    def begin(self) -> None:
        """A call that may pass is made."""
        self._is_probing = self.open_until is not None

    def leave(self) -> None:
        """It has ended, whichever way, or was never made."""
        self._is_probing = False

    def succeed(self) -> None:
        self._before_success = (self._failures, self._openings)
        self._failures = self._openings = 0
        self.open_until = None

    def spoil(self) -> None:
        """The last success was none."""
        self._failures, self._openings = self._before_success
        self.fail()

    def fail(self, failures: int = 1, *, seconds: float | None = None) -> None:
        """`seconds`: the vendor says itself how long it is to be left alone."""
        self._failures += failures
        if self.state is BreakerState.OPEN:
            return
        if seconds is not None:
            self.open_until = self._clock() + min(seconds, LONGEST_NAMED_SECONDS)
        elif self._failures >= self._limits.failures:
            seconds = min(self._limits.open_seconds * 2 ** min(self._openings, 20), self._limits.longest_seconds)
            self._openings += 1
            self.open_until = self._clock() + seconds * (0.75 + self._jitter() / 4)
