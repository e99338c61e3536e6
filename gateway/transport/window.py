"""One quota as a sliding window over the calls that were made."""

from collections import deque

from gateway.transport.quota import Quota


class Window:
    """Times are seconds on one monotonic clock.

    A call counts from its beginning until `per_seconds` after its end: when within that time it reached the vendor, nobody here knows,
    and whichever kind of window the vendor counts in, it never sees more than the quota.
    """

    def __init__(self, quota: Quota) -> None:
        self.requests = quota.requests
        self.per_seconds = quota.per_seconds
        self._running = 0
        self._counts_until: deque[float] = deque()

    def free_at(self, now: float, *, ahead: int = 0) -> float:
        """When a call may begin that `ahead` others come before; `now` or later. An estimate while calls run or wait, never too late."""
        while self._counts_until and self._counts_until[0] <= now:
            self._counts_until.popleft()
        missing = ahead - (self.requests - self._running - len(self._counts_until))
        if missing < 0:
            return now
        rounds, place = divmod(missing, max(1, self._running + len(self._counts_until)))
        ends_at = self._counts_until[place] if place < len(self._counts_until) else now + self.per_seconds
        return ends_at + rounds * self.per_seconds

    def begin(self) -> None:
        self._running += 1

    def end(self, now: float) -> None:
        self._running -= 1
        self._counts_until.append(now + self.per_seconds)

    def take_back(self) -> None:
        """What began was never sent."""
        self._running -= 1
