"""Reads are sent again when that is likely to help, and never so often that it makes a vendor's trouble worse.

Own code: the libraries for this (stamina, tenacity) count attempts of one call; what spares a failing vendor is a share of all traffic.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Callable

from gateway.domain.budget import current
from gateway.domain.errors import RateLimitedError, VendorError, VendorTimeoutError, VendorUnavailableError
from gateway.transport.call import Answer, Call
from gateway.transport.failure import BrokenAnswerError
from gateway.transport.layers.breaker import OpenError
from gateway.transport.layers.pace import NoTurnError
from gateway.transport.limits import RetryLimits
from gateway.transport.onion import Send

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
"""A vendor that wants to be left alone for longer than this gets its way, and the caller its error."""
RESERVE = 10.0
"""So many repetitions may come at once after a quiet time."""


class Retry:
    """Connection errors, 5xx, broken answers and 429; a timeout only while half of the time of one attempt has not passed.

    The pause is random between nothing and a bound that doubles each time ("full jitter"), or what the vendor asks for. A 429 costs
    none of the share: it is the vendor's own way of saying when to come back, and pace keeps to it.
    """

    def __init__(self, limits: RetryLimits | None, read_seconds: float, *, jitter: Callable[[], float] = random.random) -> None:
        self._limits = limits
        self._longest_seconds = read_seconds / 2
        self._jitter = jitter
        self._left = RESERVE

    async def __call__(self, call: Call, send: Send) -> Answer:
        if self._limits is None or not call.is_read:
            return await send(call)
        self._left = min(RESERVE, self._left + self._limits.percent / 100)
        began = time.monotonic()
        failure: VendorError | None = None
        for attempt in itertools.count(1):
            try:
                return await send(call)
            except (NoTurnError, OpenError) as refusal:
                raise (failure or refusal) from None  # what the vendor said tells more than that it is left alone now
            except VendorError as error:
                pause_seconds = None if attempt == self._limits.attempts else self._pause_seconds(error, attempt, time.monotonic() - began)
                if pause_seconds is None:
                    raise
                failure = error
            await asyncio.sleep(pause_seconds)
        raise AssertionError  # the loop has no other end

    def _pause_seconds(self, error: VendorError, attempt: int, passed_seconds: float) -> float | None:
        """How long to wait before the next attempt, None for no further one."""
        if isinstance(error, RateLimitedError):
            return 0.0  # pace knows when it is time
        is_hopeful = isinstance(error, VendorUnavailableError | BrokenAnswerError) or (
            isinstance(error, VendorTimeoutError) and passed_seconds < self._longest_seconds
        )
        pause_seconds: float = self._jitter() * min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS)
        if error.retry_at is not None:
            pause_seconds = max(pause_seconds, error.retry_at.timestamp() - time.time())
        if not is_hopeful or self._left < 1 or pause_seconds > current().within(LONGEST_PAUSE_SECONDS):
            return None
        self._left -= 1
        return pause_seconds
