"""The hourly quota of requests, and the headers that tell of it."""

import time
from datetime import datetime

from gateway.sandbox.outreach.refusal import refusal
from gateway.sandbox.world import World


class Quota:
    """How many requests the running hour has had."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hourly_limit = 10_000
        self._hour = 0
        self._used = 0

    def count(self) -> None:
        """One more request. Raises `Refusal` past the limit."""
        hour = int(time.time()) // 3600
        if hour != self._hour:
            self._hour, self._used = hour, 0
        self._used += 1
        if self._used > self.hourly_limit:
            reset = (hour + 1) * 3600
            at = datetime.fromtimestamp(reset, self.world.now.tzinfo).replace(tzinfo=None).isoformat()
            refused = refusal(
                429, "rateLimitExceeded", "Rate Limit Exceeded", f"Limit of {self.hourly_limit:,} exceeded; come back at {at}."
            )
            refused.headers["retry-after"] = str(reset)  # an alias of the reset header: an epoch
            raise refused

    def headers(self) -> dict[str, str]:
        """Two numbers in `X-RateLimit-Remaining`, as seen in the wild; only the first is understood."""
        left = max(self.hourly_limit - self._used, 0)
        return {
            "x-ratelimit-limit": str(self.hourly_limit),
            "x-ratelimit-remaining": f"{left}, {left + 10_000 - 11}",
            "x-ratelimit-reset": str((self._hour + 1) * 3600),
        }
