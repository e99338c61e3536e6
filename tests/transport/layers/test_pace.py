"""Whose turn it is, and when there is none in time."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from gateway.domain.budget import Budget, spending
from gateway.domain.errors import RateLimitedError, VendorUnavailableError
from gateway.transport.call import Answer, Call, get
from gateway.transport.layers.pace import NoTurnError, Pace
from gateway.transport.limits import Limits
from gateway.transport.queue import BACKGROUND_TURN
from gateway.transport.quota import Quota
from tests.transport.layers.conftest import ACCOUNT, OTHER, READ, VENDOR, WRITE, Script, Wire, failure, settle, start


def pace(*quotas: Quota, concurrency: int = 8, write_quotas: tuple[Quota, ...] | None = None, learns: bool = False) -> Pace:
    return Pace(ACCOUNT, Limits(quotas=quotas, write_quotas=write_quotas, concurrency=concurrency, learns=learns))


def paths(calls: Sequence[Call]) -> list[str]:
    return [call.path for call in calls]


async def test_no_more_calls_at_once_than_allowed(wire: Wire) -> None:
    layer = pace(concurrency=3)
    tasks = [start(layer(get(f"/{index}"), wire)) for index in range(10)]
    await settle()
    assert (wire.under_way, layer.running, layer.waiting) == (3, 3, 7)
    wire.gate.set()
    await asyncio.gather(*tasks)
    assert (len(wire.calls), wire.most, layer.running, layer.waiting) == (10, 3, 0, 0)


async def test_a_call_that_nobody_waits_for_keeps_its_place_to_its_end(wire: Wire) -> None:
    """The vendor is still busy with it: another one beside it would be one too many."""
    layer = pace(concurrency=1)
    first, waiting = start(layer(READ, wire)), start(layer(OTHER, wire))
    await settle()
    for task in (waiting, first):
        task.cancel()
    await settle()
    later = start(layer(get("/later"), wire))
    await settle()
    assert (wire.calls, wire.cancelled) == ([READ], 0)
    wire.gate.set()
    await later
    assert paths(wire.calls) == ["/mailboxes", "/later"]


async def test_who_leaves_just_when_the_turn_comes_hands_it_on(wire: Wire) -> None:
    layer = pace(concurrency=1)
    first, second, third = (start(layer(get(f"/{index}"), wire)) for index in range(3))
    await settle()
    wire.gate.set()
    first.add_done_callback(lambda _: second.cancel())
    assert (await third).status == 200
    assert second.cancelled() or second.done()


async def test_a_failed_call_makes_room() -> None:
    layer = pace(concurrency=1)
    with pytest.raises(VendorUnavailableError):
        await layer(READ, Script(failure(VendorUnavailableError)))
    assert (await layer(READ, Script())).status == 200


async def test_closing_breaks_off_what_is_on_the_wire(wire: Wire) -> None:
    layer = pace(Quota(1, 60))
    task = start(layer(READ, wire))
    await settle()
    await layer.close()
    assert wire.cancelled == 1
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    "quotas", [(Quota(3, 0.15),), (Quota(4, 0.3), Quota(2, 0.1))], ids=["one window", "two windows, the longer one first"]
)
async def test_the_quota_is_kept_in_every_window(quotas: tuple[Quota, ...]) -> None:
    sent: list[float] = []

    async def wire(_: Call) -> Answer:
        sent.append(time.monotonic())
        return Answer(200, httpx.Headers(), b"")

    layer = pace(*quotas)
    await asyncio.gather(*(layer(get(f"/{index}"), wire) for index in range(7)))
    assert len(sent) == 7
    for quota in quotas:
        spans = [later - earlier for earlier, later in zip(sent, sent[quota.requests :], strict=False)]
        assert min(spans) >= quota.per_seconds


async def test_writes_may_have_a_quota_of_their_own(wire: Wire) -> None:
    layer = pace(Quota(1, 60), write_quotas=(Quota(1, 60),))
    wire.gate.set()
    await asyncio.gather(layer(READ, wire), layer(WRITE, wire))
    with spending(Budget(seconds=1)):
        for call in (READ, WRITE):
            with pytest.raises(NoTurnError):
                await layer(call, wire)
    together = pace(Quota(1, 60))
    await together(READ, wire)
    with spending(Budget(seconds=1)), pytest.raises(NoTurnError):
        await together(WRITE, wire)


async def test_interactive_work_comes_before_background_work(wire: Wire) -> None:
    layer = pace(concurrency=1)
    first = start(layer(get("/first"), wire))
    await settle()
    with spending(Budget(is_background=True)):
        behind = [start(layer(get(f"/behind-{index}"), wire)) for index in range(2)]
    await settle()
    before = [start(layer(get(f"/{index}"), wire)) for index in range(2)]
    await settle()
    wire.gate.set()
    await asyncio.gather(first, *behind, *before)
    assert paths(wire.calls) == ["/first", "/0", "/1", "/behind-0", "/behind-1"]


async def test_background_work_comes_to_its_end_all_the_same(wire: Wire) -> None:
    layer = pace(concurrency=1)
    first = start(layer(get("/first"), wire))
    await settle()
    with spending(Budget(is_background=True)):
        behind = start(layer(get("/behind"), wire))
    await settle()
    before = [start(layer(get(f"/{index}"), wire)) for index in range(20)]
    wire.gate.set()
    await asyncio.gather(first, behind, *before)
    assert paths(wire.calls).index("/behind") <= BACKGROUND_TURN


async def test_who_cannot_begin_in_time_is_told_at_once_and_when_it_could(wire: Wire) -> None:
    layer = pace(Quota(2, 30))
    wire.gate.set()
    await asyncio.gather(layer(READ, wire), layer(OTHER, wire))
    began = time.monotonic()
    with spending(Budget(seconds=10)), pytest.raises(NoTurnError, match="rate limit leaves no room") as caught:
        await layer(READ, wire)
    assert time.monotonic() - began < 5
    assert caught.value.retry_at is not None
    assert 25 < (caught.value.retry_at - datetime.now(UTC)).total_seconds() <= 30
    assert len(wire.calls) == 2


async def test_who_stands_behind_others_is_told_by_their_number(wire: Wire) -> None:
    layer = pace(Quota(1, 0.2))
    wire.gate.set()
    await layer(READ, wire)
    waiting = [start(layer(get(f"/{index}"), wire)) for index in range(3)]
    await settle()
    with spending(Budget(seconds=0.5)), pytest.raises(NoTurnError):
        await layer(OTHER, wire)
    await asyncio.gather(*waiting)
    assert OTHER not in wire.calls


async def test_whoever_has_little_patience_is_told_although_there_is_time(wire: Wire) -> None:
    layer = pace(Quota(1, 5))
    wire.gate.set()
    await layer(READ, wire)
    with spending(Budget(patience_seconds=1)), pytest.raises(NoTurnError):
        await layer(OTHER, wire)


async def test_whose_patience_ends_while_waiting_is_told_too(wire: Wire) -> None:
    layer = pace(concurrency=1)
    first = start(layer(READ, wire))
    await settle()
    with spending(Budget(seconds=0.1)), pytest.raises(NoTurnError, match="still busy with earlier calls of ours") as caught:
        await layer(OTHER, wire)
    assert caught.value.retry_at is not None
    wire.gate.set()
    await first
    assert layer.waiting == 0


async def test_a_429_that_names_no_time_is_told_with_ours() -> None:
    with pytest.raises(RateLimitedError) as caught:
        await pace()(READ, Script(failure(RateLimitedError)))
    assert caught.value.retry_at is not None
    assert 0.2 < (caught.value.retry_at - datetime.now(UTC)).total_seconds() <= 1


async def test_a_429_makes_all_wait_until_the_vendor_says(wire: Wire) -> None:
    layer, retry_at = pace(), datetime.now(UTC) + timedelta(seconds=0.1)
    with pytest.raises(RateLimitedError):
        await layer(READ, Script(failure(RateLimitedError, retry_at=retry_at)))
    wire.gate.set()
    await asyncio.gather(*(layer(get(f"/{index}"), wire) for index in range(3)))
    assert datetime.now(UTC) >= retry_at


async def test_a_long_pause_is_told_at_once(wire: Wire) -> None:
    layer, retry_at = pace(), datetime.now(UTC) + timedelta(seconds=30)
    with pytest.raises(RateLimitedError):
        await layer(READ, Script(failure(RateLimitedError, retry_at=retry_at)))
    with pytest.raises(NoTurnError, match=f"{VENDOR.own_name} asked for a pause") as caught:
        await layer(OTHER, wire)
    assert caught.value.retry_at is not None
    assert abs((caught.value.retry_at - retry_at).total_seconds()) < 0.5
    assert not wire.calls


async def test_what_the_vendor_says_of_its_own_count_holds(wire: Wire) -> None:
    """Somebody else uses the same key: ten are allowed by the quota, but one is left."""
    headers = httpx.Headers({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "60"})
    layer = pace(Quota(10, 60))
    await layer(READ, Script(Answer(200, headers, b"")))
    wire.gate.set()
    await layer(OTHER, wire)
    with spending(Budget(seconds=5)), pytest.raises(NoTurnError):
        await layer(OTHER, wire)


async def test_an_unknown_quota_is_learned_from_a_refusal() -> None:
    """A vendor that lets five pass in 0.5 s: after the first refusal it refuses no more."""
    arrived: list[float] = []
    refusals = 0

    async def vendor(_: Call) -> Answer:
        nonlocal refusals
        now = time.monotonic()
        if sum(at > now - 1.0 for at in arrived) >= 5:
            refusals += 1
            raise failure(RateLimitedError, retry_at=datetime.now(UTC) + timedelta(seconds=1))
        arrived.append(now)
        return Answer(200, httpx.Headers(), b"")

    layer = pace(learns=True, concurrency=1)
    answered = 0
    while answered < 12:
        try:
            await layer(READ, vendor)
            answered += 1
        except RateLimitedError:
            continue
    assert refusals == 1
