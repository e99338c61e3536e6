"""When the gateway has enough to do, by a clock that the tests move."""

import pytest

from gateway.domain.errors import OverloadedError
from gateway.web.drain import Drain
from gateway.web.load import FEW, PROBE_SECONDS, Load


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def is_full(load: Load) -> bool:
    try:
        load.check()
    except OverloadedError:
        return True
    return False


def beat_late(load: Load, clock: Clock, seconds: float) -> None:
    """The next measurement comes so late."""
    clock.now += PROBE_SECONDS + seconds
    load._measure()


async def test_so_many_and_no_more() -> None:
    load = Load(max_requests=2, max_lag_seconds=1)
    with load.enter() as first, load.enter():
        assert load.under_way == 2
        with pytest.raises(OverloadedError):
            load.enter()
        first.leave()
        first.leave()
        assert load.under_way == 1
        with load.enter():
            assert is_full(load)
    assert (load.under_way, is_full(load)) == (0, False)


async def test_a_crowd_that_makes_the_loop_late_once_is_enough() -> None:
    clock = Clock()
    load = Load(max_requests=100, max_lag_seconds=0.4, clock=clock)
    load.start()
    for _ in range(FEW + 1):
        load.enter()
    assert not is_full(load)
    beat_late(load, clock, 0.5)
    assert is_full(load)
    load.stop()


async def test_a_late_loop_takes_nothing_until_it_is_half_as_late() -> None:
    clock = Clock()
    load = Load(max_requests=10, max_lag_seconds=0.4, clock=clock)
    load.start()
    found = []
    for seconds in (0.3, 0.5, 0.3, 0.5, 0.5, 0.3, 0.1, 0.3):
        beat_late(load, clock, seconds)
        found.append(is_full(load))
    load.stop()
    assert found == [False, False, True, True, True, True, False, False]


async def test_lateness_is_noticed_before_it_is_measured_to_its_end() -> None:
    clock = Clock()
    load = Load(max_requests=10, max_lag_seconds=0.4, clock=clock)
    load.start()
    clock.now += PROBE_SECONDS + 0.5
    assert not is_full(load), "once is no sign"
    load._measure()
    clock.now += PROBE_SECONDS + 0.3
    assert not is_full(load)
    clock.now += 0.2
    assert is_full(load)
    load.stop()


async def test_who_does_not_measure_is_never_late() -> None:
    clock = Clock()
    load = Load(max_requests=10, max_lag_seconds=0.4, clock=clock)
    clock.now += 1000
    assert not is_full(load)
    load.start()
    load.stop()
    clock.now += 1000
    assert not is_full(load)


async def test_a_drain_waits_for_what_is_under_way_and_takes_nothing_new() -> None:
    load = Load(max_requests=10, max_lag_seconds=1)
    drain = Drain(load, within_seconds=30)
    assert drain.seconds_left == 30
    with load.enter():
        drain.begin()
        assert (drain.begun.is_set(), is_full(load), drain.is_over) == (True, True, False)
    assert drain.is_over
    assert 20 < drain.seconds_left <= 30


async def test_a_drain_does_not_wait_for_ever() -> None:
    load = Load(max_requests=10, max_lag_seconds=1)
    drain = Drain(load, within_seconds=0)
    with load.enter():
        drain.begin()
        assert (drain.is_over, drain.seconds_left) == (True, 0)
