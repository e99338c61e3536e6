"""The vendor's call quota, and the headers that tell a client what is left of it."""

import time
from collections import deque
from collections.abc import Callable
from math import ceil

from gateway.sandbox.smartlead.answer import Refusal


class CallQuota:
    """10 calls in 2 s and 60 in 60 s by API key, the tightest of the vendor's pages. `enforced` False lets everything through."""

    WINDOWS = ((10, 2.0), (60, 60.0))

    def __init__(self, *, enforced: bool, clock: Callable[[], float]) -> None:
        self._enforced = enforced
        self._clock = clock
        self._calls: deque[float] = deque(maxlen=60)

    def take(self) -> dict[str, str]:
        """Counts a call and gives the headers of its answer; raises `Refusal` when there are too many."""
        if not self._enforced:
            return _rate_headers(limit=200, remaining=199, reset_in=60.0)
        now = self._clock()
        wait = max(self._wait(now, requests, seconds) for requests, seconds in self.WINDOWS)
        if wait > 0:
            message = f"Too many requests. Please retry after {ceil(wait)} seconds."
            error = {"code": "RATE_LIMIT_EXCEEDED", "message": message, "retry_after": ceil(wait)}
            headers = {"retry-after": str(ceil(wait)), **_rate_headers(limit=60, remaining=0, reset_in=wait)}
            raise Refusal(429, {"error": error}, headers)
        self._calls.append(now)
        used = sum(now - at < 60.0 for at in self._calls)  # noqa: PLR2004 - the long window
        return _rate_headers(limit=60, remaining=60 - used, reset_in=60.0)

    def _wait(self, now: float, requests: int, seconds: float) -> float:
        """Seconds until a window has room again."""
        return self._calls[-requests] + seconds - now if len(self._calls) >= requests else 0.0


def _rate_headers(*, limit: int, remaining: int, reset_in: float) -> dict[str, str]:
    reset = ceil(time.time() + reset_in)
    return {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(remaining), "x-ratelimit-reset": str(reset)}
