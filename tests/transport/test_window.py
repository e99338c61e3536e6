"""Quotas, as the vendor sees them: whatever windows it counts in, and wherever between its beginning and its end a call reached it."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.transport.lane import FIRST_REST_SECONDS, LONGEST_REST_SECONDS, LONGEST_UNNAMED_REST_SECONDS, Lane
from gateway.transport.learned_quota import LearnedQuota
from gateway.transport.quota import Quota
from gateway.transport.retry_after import RateHeaders
from gateway.transport.window import Window

durations = st.floats(min_value=0.0, max_value=5.0)


@given(
    requests=st.integers(min_value=1, max_value=5),
    per_seconds=st.floats(min_value=0.5, max_value=5.0),
    calls=st.lists(st.tuples(durations, durations, st.floats(min_value=0.0, max_value=1.0)), min_size=1, max_size=40),
)
def test_a_vendor_never_sees_more_than_its_quota(requests: int, per_seconds: float, calls: list[tuple[float, float, float]]) -> None:
    """Each call waits a while before it asks, takes a while, and arrives somewhere in between."""
    window, now = Window(Quota(requests, per_seconds)), 0.0
    running: list[float] = []
    arrivals: list[float] = []
    for pause, takes, arrives in calls:
        now += pause
        while True:
            for ends_at in sorted(each for each in running if each <= now):
                window.end(ends_at)
                running.remove(ends_at)
            if (free_at := window.free_at(now)) <= now:
                break
            now = min([free_at, *(each for each in running if each > now)])
        window.begin()
        running.append(now + takes)
        arrivals.append(now + takes * arrives)
    arrivals.sort()
    for earlier, later in zip(arrivals, arrivals[requests:], strict=False):
        assert later - earlier >= per_seconds - 1e-6


def test_whoever_stands_behind_others_is_told_when_it_may_begin() -> None:
    window = Window(Quota(2, 10.0))
    assert [window.free_at(100.0, ahead=ahead) for ahead in range(2)] == [100.0, 100.0]
    window.begin()
    window.begin()
    window.end(100.0)
    window.end(103.0)
    assert [window.free_at(104.0, ahead=ahead) for ahead in range(5)] == [110.0, 113.0, 120.0, 123.0, 130.0]


def test_what_was_never_sent_does_not_count() -> None:
    window = Window(Quota(1, 10.0))
    window.begin()
    assert window.free_at(0.0) > 0.0
    window.take_back()
    assert window.free_at(0.0) == 0.0


# ---------------------------------------------------------------------- a lane
def test_pauses_that_the_vendor_does_not_name_grow() -> None:
    lane, now, pauses = Lane(jitter=lambda: 1.0), 0.0, []
    for _ in range(8):
        lane.rest(now, None)
        pauses.append(lane.rests_until - now)
        lane.rest(now, None)  # the answer to what was sent beside it
        now = lane.rests_until
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pauses[0] == FIRST_REST_SECONDS
    assert pauses[-1] == LONGEST_UNNAMED_REST_SECONDS
    lane.begin(now)
    lane.hear(None, now)
    lane.rest(now, None)
    assert lane.rests_until - now == 1


def test_a_pause_is_an_hour_at_most_and_never_shortened() -> None:
    lane = Lane()
    lane.rest(0.0, 86400.0)
    assert lane.rests_until == LONGEST_REST_SECONDS
    lane.rest(1.0, 2.0)
    assert lane.free_at(5.0) == LONGEST_REST_SECONDS


def test_the_vendors_count_is_believed_less_what_is_under_way() -> None:
    lane = Lane((Quota(100, 60.0),))
    for _ in range(3):
        lane.begin(0.0)
    lane.hear(RateHeaders(3, 30.0), 1.0)
    assert lane.free_at(1.0) == 1.0
    assert lane.free_at(1.0, ahead=1) == 31.0
    lane.begin(1.0)
    assert lane.free_at(1.0) == 31.0
    assert lane.free_at(31.0) == 31.0


def test_a_count_that_begins_anew_in_a_day_is_not_believed() -> None:
    lane = Lane()
    lane.begin(0.0)
    lane.hear(RateHeaders(0, 86400.0), 0.0)
    assert lane.free_at(0.0) == 0.0


# ---------------------------------------------------------------------- learning
def test_the_refusal_names_the_window_and_what_went_well_the_number() -> None:
    learned = LearnedQuota()
    for second in range(100):
        learned.begin(float(second))
        learned.end(float(second))
    learned.refused(99.0, 20.0, running=0)
    assert learned.quota == Quota(18, 20.0)
    learned.refused(99.0, None, running=0)
    assert learned.quota == Quota(54, 60.0)


def test_a_little_more_is_tried_after_a_calm_time() -> None:
    learned = LearnedQuota()
    for _ in range(10):
        learned.begin(0.0)
        learned.end(0.0)
    learned.refused(0.0, 1.0, running=0)
    assert learned.quota == Quota(9, 1.0)
    learned.free_at(11.0)
    assert learned.quota == Quota(10, 1.0)


def test_there_is_always_one_call_that_may_be_tried() -> None:
    learned = LearnedQuota()
    learned.begin(0.0)
    learned.refused(0.0, 60.0, running=1)
    assert learned.quota == Quota(1, 60.0)
    learned.end(0.0)
    assert learned.free_at(60.0) == 60.0
