"""A vendor that fails again and again is left alone for a while."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.errors import (
    ErrorCode,
    OutcomeUnknownError,
    RateLimitedError,
    VendorAuthError,
    VendorError,
    VendorNotFoundError,
    VendorProtocolError,
    VendorTimeoutError,
    VendorUnavailableError,
)
from gateway.domain.vitals import BreakerState
from gateway.transport.call import get
from gateway.transport.layers.breaker import Breaker, OpenError
from gateway.transport.limits import BreakerLimits
from tests.transport.layers.conftest import ACCOUNT, FINE, READ, VENDOR, WRITE, Clock, Script, Wire, failure, settle, start

LIMITS = BreakerLimits(failures=3, open_seconds=2, longest_seconds=10)


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(ACCOUNT, LIMITS, clock=clock, jitter=lambda: 1.0)


def state(breaker: Breaker) -> BreakerState:
    """A call, so that the type checker does not take it for unchanging."""
    return breaker.state


async def fail(breaker: Breaker, kind: type[VendorError] = VendorUnavailableError, *, times: int = 3) -> None:
    for _ in range(times):
        with pytest.raises(kind):
            await breaker(READ, Script(failure(kind)))


@pytest.mark.parametrize("kind", [VendorUnavailableError, VendorTimeoutError, VendorProtocolError])
async def test_failures_in_a_row_open_it(breaker: Breaker, kind: type[VendorError]) -> None:
    await fail(breaker, kind, times=2)
    assert state(breaker) is BreakerState.CLOSED
    await fail(breaker, kind, times=1)
    assert state(breaker) is BreakerState.OPEN
    wire = Script()
    with pytest.raises(OpenError, match=f"{VENDOR.own_name} failed several times in a row and is left alone") as caught:
        await breaker(READ, wire)
    assert (caught.value.reason, caught.value.retry_at is not None, wire.calls) == (kind.code, True, [])


async def test_a_write_that_was_not_sent_has_no_unknown_outcome(breaker: Breaker) -> None:
    for _ in range(3):
        with pytest.raises(OutcomeUnknownError):
            await breaker(WRITE, Script(failure(OutcomeUnknownError)))
    for call in (WRITE, READ):
        with pytest.raises(OpenError) as caught:
            await breaker(call, Script())
        assert (caught.value.code, caught.value.reason) == (ErrorCode.VENDOR_UNAVAILABLE, None)


@pytest.mark.parametrize("kind", [RateLimitedError, VendorAuthError, VendorNotFoundError])
async def test_whoever_answers_is_well(breaker: Breaker, kind: type[VendorError]) -> None:
    await fail(breaker, kind, times=20)
    await fail(breaker, times=2)
    await fail(breaker, kind, times=1)
    await fail(breaker, times=2)
    assert state(breaker) is BreakerState.CLOSED


async def test_one_call_tries_and_closes_it(breaker: Breaker, clock: Clock, wire: Wire) -> None:
    await fail(breaker)
    clock.now += 2
    assert state(breaker) is BreakerState.HALF_OPEN
    probe = start(breaker(READ, wire))
    await settle()
    with pytest.raises(OpenError):
        await breaker(READ, wire)
    wire.gate.set()
    assert (await probe).status == 200
    assert state(breaker) is BreakerState.CLOSED
    assert len(wire.calls) == 1


async def test_each_failed_try_doubles_the_time(breaker: Breaker, clock: Clock) -> None:
    await fail(breaker)
    for seconds in (2, 4, 8, 10, 10):
        clock.now += seconds - 0.01
        assert state(breaker) is BreakerState.OPEN
        clock.now += 0.01
        await fail(breaker, times=1)
    clock.now += 10
    assert await breaker(READ, Script()) is FINE
    await fail(breaker)
    clock.now += 2
    assert state(breaker) is BreakerState.HALF_OPEN


async def test_who_tries_and_goes_away_lets_another_try(breaker: Breaker, clock: Clock, wire: Wire) -> None:
    await fail(breaker)
    clock.now += 2
    probe = start(breaker(READ, wire))
    await settle()
    probe.cancel()
    await asyncio.wait({probe})
    assert await breaker(READ, Script()) is FINE


async def test_one_address_that_always_fails_is_left_alone_itself(breaker: Breaker, clock: Clock) -> None:
    """A single mailbox at which the vendor stumbles must not make a whole account stale; two addresses are a pattern."""
    bad, wire = get("/mailboxes/7"), Script(*(failure(VendorUnavailableError, status=500) for _ in range(20)))
    for _ in range(10):
        with pytest.raises(VendorUnavailableError):
            await breaker(bad, wire)
    assert len(wire.calls) == LIMITS.failures
    assert await breaker(READ, Script()) is FINE
    clock.now += 2
    with pytest.raises(VendorUnavailableError):
        await breaker(bad, wire)
    assert len(wire.calls) == LIMITS.failures + 1
    clock.now += 4
    assert await breaker(bad, Script()) is FINE
    assert state(breaker) is BreakerState.CLOSED


async def test_failures_at_several_addresses_are_the_hosts(breaker: Breaker) -> None:
    for path in ("/a", "/b", "/a"):
        with pytest.raises(VendorUnavailableError):
            await breaker(get(path), Script(failure(VendorUnavailableError, status=500)))
    with pytest.raises(OpenError):
        await breaker(get("/c"), Script())


async def test_a_vendor_that_says_until_when_is_left_alone_until_then(breaker: Breaker, clock: Clock) -> None:
    said = failure(VendorUnavailableError, status=503, retry_at=datetime.now(UTC) + timedelta(seconds=60))
    with pytest.raises(VendorUnavailableError):
        await breaker(READ, Script(said))
    clock.now += 55
    with pytest.raises(OpenError):
        await breaker(get("/other"), Script())
    clock.now += 5
    assert await breaker(READ, Script()) is FINE


async def test_an_answer_that_cannot_be_read_was_no_success(breaker: Breaker) -> None:
    for _ in range(3):
        assert state(breaker) is BreakerState.CLOSED
        assert await breaker(READ, Script()) is FINE
        breaker.spoil(failure(VendorProtocolError))
    assert state(breaker) is BreakerState.OPEN


async def test_off_is_off(clock: Clock) -> None:
    breaker = Breaker(ACCOUNT, None, clock=clock)
    await fail(breaker, times=50)
    breaker.spoil(failure(VendorProtocolError))
    assert await breaker(READ, Script()) is FINE
