"""A vendor that fails again and again is left alone for a while: its callers get their answer at once, and it gets its breath back."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gateway.domain.account import Account
from gateway.domain.errors import (
    OutcomeUnknownError,
    VendorError,
    VendorProtocolError,
    VendorTimeoutError,
    VendorUnavailableError,
)
from gateway.domain.vitals import BreakerState
from gateway.transport.call import Answer, Call
from gateway.transport.limits import BreakerLimits
from gateway.transport.onion import Send

_FAILURES = (VendorUnavailableError, VendorTimeoutError, VendorProtocolError, OutcomeUnknownError)
"""What counts: no connection, no answer in time, 5xx, an answer that is none. Whoever answers 4xx, 429 among them, is well."""


class OpenError(VendorUnavailableError):
    """Nothing was sent: the vendor is left alone until `retry_at`."""


class Breaker:
    """One account's, at one host."""

    def __init__(
        self,
        account: Account,
        limits: BreakerLimits | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._account = account
        self._limits = limits
        self._clock = clock
        self._jitter = jitter
        self._failures: list[str | None] = []
        self._failures_before_success: list[str | None] = []
        self._openings = 0
        self._last: VendorError | None = None
        self._opens_until: float | None = None
        self._is_probing = False

    @property
    def state(self) -> BreakerState:
        if self._opens_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._clock() < self._opens_until else BreakerState.HALF_OPEN

    async def __call__(self, call: Call, send: Send) -> Answer:
        if self._limits is None:
            return await send(call)
        is_probe = self._admit(call)
        try:
            answer = await send(call)
        except VendorError as error:
            if isinstance(error, _FAILURES):
                self._failed(error, self._limits, path=call.path if error.status else None)
            else:
                self._succeeded()
            raise
        else:
            self._succeeded()
            return answer
        finally:
            if is_probe:
                self._is_probing = False

    def spoil(self, error: VendorError) -> None:
        """What seemed a success was none: its body cannot be used."""
        if self._limits is not None:
            self._failures = self._failures_before_success
            self._failed(error, self._limits, path=None)

    def _admit(self, call: Call) -> bool:
        """Whether this call is the one that tries. Raises `OpenError` when it may not be made."""
        state = self.state
        if state is BreakerState.CLOSED:
            return False
        if state is BreakerState.OPEN or self._is_probing:
            raise self._refusal(call)
        self._is_probing = True
        return True

    def _succeeded(self) -> None:
        self._failures_before_success, self._failures = self._failures, []
        self._openings = 0
        self._opens_until = None

    def _failed(self, error: VendorError, limits: BreakerLimits, *, path: str | None) -> None:
        """`path` of a call that was answered: one address alone that always fails is no reason to leave the vendor alone."""
        self._last = error
        if path is None or self._failures.count(path) < limits.failures - 1:
            self._failures.append(path)
        if len(self._failures) < limits.failures or self.state is BreakerState.OPEN:
            return
        self._failures = self._failures[-limits.failures :]
        seconds = min(limits.open_seconds * 2 ** min(self._openings, 20), limits.longest_seconds)
        self._openings += 1
        self._opens_until = self._clock() + seconds * (0.75 + self._jitter() / 4)

    def _refusal(self, call: Call) -> OpenError:
        """It is about what the vendor did last; a write that was not sent has no unknown outcome."""
        vendor, last = self._account.vendor, self._last
        seconds = max(0.0, (self._opens_until or 0.0) - self._clock())
        message = f"{vendor.own_name} failed several times in a row and is left alone for a moment: nothing was sent to it."
        return OpenError(
            message,
            vendor=vendor,
            account=self._account.name,
            retry_at=datetime.now(UTC) + timedelta(seconds=seconds),
            reason=last.code if last is not None and call.is_read and not isinstance(last, OutcomeUnknownError) else None,
        )
