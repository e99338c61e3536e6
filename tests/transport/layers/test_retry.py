"""Reads are sent again where that helps, within a share of the traffic."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.budget import Budget, spending
from gateway.domain.errors import (
    OutcomeUnknownError,
    RateLimitedError,
    VendorAuthError,
    VendorError,
    VendorNotFoundError,
    VendorProtocolError,
    VendorRejectedError,
    VendorTimeoutError,
    VendorUnavailableError,
)
from gateway.transport.failure import BrokenAnswerError
from gateway.transport.layers.breaker import OpenError
from gateway.transport.layers.pace import NoTurnError
from gateway.transport.layers.retry import RESERVE, Retry
from gateway.transport.limits import RetryLimits
from tests.transport.layers.conftest import FINE, READ, WRITE, Script, failure


def retry(limits: RetryLimits | None = None, *, jitter: float = 0.0, read_seconds: float = 15.0) -> Retry:
    return Retry(limits or RetryLimits(), read_seconds, jitter=lambda: jitter)


@pytest.mark.parametrize("kind", [VendorUnavailableError, BrokenAnswerError, VendorTimeoutError, RateLimitedError])
async def test_what_may_go_better_is_sent_again(kind: type[VendorError]) -> None:
    wire = Script(failure(kind), failure(kind))
    assert await retry()(READ, wire) is FINE
    assert len(wire.calls) == 3


@pytest.mark.parametrize("kind", [VendorAuthError, VendorNotFoundError, VendorRejectedError, VendorProtocolError])
async def test_what_would_go_the_same_is_not(kind: type[VendorError]) -> None:
    wire = Script(failure(kind))
    with pytest.raises(kind):
        await retry()(READ, wire)
    assert len(wire.calls) == 1


@pytest.mark.parametrize("kind", [VendorUnavailableError, OutcomeUnknownError, RateLimitedError])
async def test_a_write_is_sent_once(kind: type[VendorError]) -> None:
    wire = Script(failure(kind))
    with pytest.raises(kind):
        await retry()(WRITE, wire)
    assert len(wire.calls) == 1


async def test_the_last_failure_is_told() -> None:
    failures = [failure(VendorUnavailableError) for _ in range(3)]
    with pytest.raises(VendorUnavailableError) as caught:
        await retry()(READ, Script(*failures))
    assert caught.value is failures[2]


async def test_a_timeout_that_took_its_time_is_not_waited_for_twice() -> None:
    wire = Script(failure(VendorTimeoutError))
    with pytest.raises(VendorTimeoutError):
        await retry(read_seconds=0.0)(READ, wire)
    assert len(wire.calls) == 1


async def test_repetitions_are_a_share_of_the_traffic() -> None:
    """After a reserve has been used up, one read in five may be sent again."""
    layer, sent = retry(RetryLimits(attempts=3, percent=20)), 0
    for _ in range(1000):
        wire = Script(*(failure(VendorUnavailableError) for _ in range(3)))
        with pytest.raises(VendorUnavailableError):
            await layer(READ, wire)
        sent += len(wire.calls)
    assert 1000 * 1.2 - 1 <= sent <= 1000 * 1.2 + RESERVE


async def test_a_429_costs_nothing_of_the_share() -> None:
    layer = retry(RetryLimits(attempts=2, percent=1))
    for _ in range(50):
        assert await layer(READ, Script(failure(RateLimitedError))) is FINE


async def test_a_vendor_that_says_when_is_not_asked_before() -> None:
    retry_at = datetime.now(UTC) + timedelta(seconds=0.05)
    assert await retry()(READ, Script(failure(VendorUnavailableError, retry_at=retry_at))) is FINE
    assert datetime.now(UTC) >= retry_at


async def test_a_vendor_that_wants_to_be_left_alone_for_long_is() -> None:
    wire = Script(failure(VendorUnavailableError, retry_at=datetime.now(UTC) + timedelta(seconds=60)))
    with pytest.raises(VendorUnavailableError):
        await retry()(READ, wire)
    assert len(wire.calls) == 1


async def test_nothing_is_waited_for_beyond_the_deadline() -> None:
    wire, began = Script(failure(VendorUnavailableError)), time.monotonic()
    with spending(Budget(seconds=0.05)), pytest.raises(VendorUnavailableError):
        await retry(jitter=1.0)(READ, wire)
    assert (len(wire.calls), time.monotonic() - began < 0.15) == (1, True)


@pytest.mark.parametrize("refusal", [NoTurnError, OpenError])
async def test_the_vendors_own_words_say_more_than_ours(refusal: type[VendorError]) -> None:
    said = failure(RateLimitedError)
    with pytest.raises(RateLimitedError) as caught:
        await retry()(READ, Script(said, failure(refusal)))
    assert caught.value is said
    with pytest.raises(refusal):
        await retry()(READ, Script(failure(refusal)))


async def test_off_is_off() -> None:
    wire = Script(failure(VendorUnavailableError))
    with pytest.raises(VendorUnavailableError):
        await Retry(None, 15.0)(READ, wire)
    assert len(wire.calls) == 1
