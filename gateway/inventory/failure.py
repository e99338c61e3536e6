"""How an account's last load ended when it ended badly, and how long the vendor is left alone after it."""

from datetime import datetime, timedelta

import msgspec

from gateway.domain.errors import ErrorCode, GatewayError, RateLimitedError, VendorError

FIRST_HOLD = timedelta(seconds=2)
LONGEST_HOLD = timedelta(seconds=30)
"""After a failed load the vendor is left alone for a while: 2, 4, 8, 16, 30 seconds."""


class Failure(msgspec.Struct, frozen=True):
    """The last load's error; `count` of them in a row. The vendor is not asked again before `hold_until`."""

    error: GatewayError
    count: int
    hold_until: datetime

    @property
    def problem(self) -> ErrorCode:
        """The finest code that there is for it."""
        return (self.error.reason if isinstance(self.error, VendorError) else None) or self.error.code

    @property
    def retry_at(self) -> datetime | None:
        """When the vendor said to come back, where it said so."""
        return self.error.retry_at if isinstance(self.error, VendorError) else None

    def holds(self, now: datetime) -> bool:
        return now < self.hold_until

    def is_rate_limited(self, now: datetime) -> bool:
        return isinstance(self.error, RateLimitedError) and self.holds(now)


def failure(error: GatewayError, now: datetime, *, earlier: Failure | None) -> Failure:
    """A load failed just now, `earlier` being the one before it where that failed, too."""
    count = earlier.count + 1 if earlier else 1
    hold_until = now + min(FIRST_HOLD * 2 ** min(count - 1, 10), LONGEST_HOLD)
    retry_at = error.retry_at if isinstance(error, VendorError) else None
    return Failure(error, count, max(hold_until, retry_at) if retry_at else hold_until)
