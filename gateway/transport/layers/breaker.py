"""A vendor that fails again and again is left alone for a while: its callers get their answer at once, and it gets its breath back."""

import random
import time
from collections import Counter
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
from gateway.transport.circuit import Circuit
from gateway.transport.limits import BreakerLimits
from gateway.transport.onion import Send

_FAILURES = (VendorUnavailableError, VendorTimeoutError, VendorProtocolError, OutcomeUnknownError)
"""What counts: no connection, no answer in time, 5xx, an answer that is none. Whoever answers 4xx, 429 among them, is well."""
MOST_PATHS = 1000


class OpenError(VendorUnavailableError):
    """Nothing was sent: the vendor is left alone until `retry_at`."""


class Breaker:
    """One account's, at one host.

    There is a circuit for the whole host, and one for each address that fails: a single mailbox at which the vendor stumbles is left
    alone, and does not make a whole account stale. Failures at several addresses, or of the connection, open the host's.
    """

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
        self._host = self._circuit()
        self._paths: dict[str, Circuit] = {}
        self._counted: Counter[str] = Counter()
        """How many of the host's failures in a row are those of one address."""
        self._last: VendorError | None = None

    @property
    def state(self) -> BreakerState:
        """The host's, or that of the address that is worst off."""
        states = [self._host.state, *(circuit.state for circuit in self._paths.values())]
        return next((state for state in (BreakerState.OPEN, BreakerState.HALF_OPEN) if state in states), BreakerState.CLOSED)

    async def __call__(self, call: Call, send: Send) -> Answer:
        if self._limits is None:
            return await send(call)
        circuits = self._admit(call)
        try:
            answer = await send(call)
        except VendorError as error:
            if isinstance(error, _FAILURES):
                self._failed(error, path=call.path if error.status else None)
            else:
                self._succeeded(call)
            raise
        else:
            self._succeeded(call)
            return answer
        finally:
            for circuit in circuits:
                circuit.leave()

    def spoil(self, error: VendorError) -> None:
        """What seemed a success was none: its body cannot be used."""
        if self._limits is not None:
            self._last = error
            self._host.spoil()

    def _circuit(self) -> Circuit:
        return Circuit(self._limits or BreakerLimits(), clock=self._clock, jitter=self._jitter)

    def _admit(self, call: Call) -> list[Circuit]:
        """The circuits that this call passes. Raises `OpenError` when one of them is open."""
        circuits = [self._host]
        if (own := self._paths.get(call.path)) is not None:
            circuits.append(own)
        for circuit in circuits:
            if not circuit.lets_pass():
                raise self._refusal(call, circuit)
        for circuit in circuits:
            circuit.begin()
        return circuits

    def _succeeded(self, call: Call) -> None:
        self._counted.clear()
        self._paths.pop(call.path, None)
        self._host.succeed()

    def _failed(self, error: VendorError, *, path: str | None) -> None:
        """`path` of a call that was answered: alone it never opens the host's circuit, but its own."""
        limits = self._limits or BreakerLimits()
        self._last = error
        seconds = None if error.retry_at is None else max(0.0, (error.retry_at - datetime.now(UTC)).total_seconds())
        if path is None:
            self._host.fail(seconds=seconds)
            return
        if path not in self._paths and len(self._paths) >= MOST_PATHS:
            self._paths.clear()
        self._paths.setdefault(path, self._circuit()).fail()
        self._counted[path] += 1
        self._host.fail(int(self._counted[path] < limits.failures), seconds=seconds)

    def _refusal(self, call: Call, circuit: Circuit) -> OpenError:
        """It is about what the vendor did last; a write that was not sent has no unknown outcome."""
        vendor, last = self._account.vendor, self._last
        seconds = max(0.0, (circuit.open_until or 0.0) - self._clock())
        message = f"{vendor.own_name} failed several times in a row and is left alone for a moment: nothing was sent to it."
        return OpenError(
            message,
            vendor=vendor,
            account=self._account.name,
            retry_at=datetime.now(UTC) + timedelta(seconds=seconds),
            reason=last.code if last is not None and call.is_read and not isinstance(last, OutcomeUnknownError) else None,
        )
