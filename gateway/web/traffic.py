"""What was asked of the gateway, in figures. Labels are kinds, outcomes and codes of ours: nothing that a client could make up."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.web.load import Load

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: from an answer that is known, to what a query may take."""


class _Durations:
    """Of one kind: how many ended within each bucket and beyond the last, not added up yet."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum_seconds = 0.0


class Traffic(Collector):
    """Counted as requests end; `subscriptions` tells how many are open.

    Not by prometheus_client's own counters: they lock for threads, of which there is one here, and cost ten times as much.
    """

    def __init__(self, load: Load, subscriptions: Callable[[], int]) -> None:
        self._load = load
        self._subscriptions = subscriptions
        self._ended = Counter[tuple[str, str]]()
        self._codes = Counter[str]()
        self._durations: dict[str, _Durations] = {}

    def count(self, kind: str, outcome: str, codes: Iterable[str], seconds: float) -> None:
        """One that has ended."""
        self._ended[kind, outcome] += 1
        durations = self._durations.get(kind) or self._durations.setdefault(kind, _Durations())
        durations.counts[bisect_left(BUCKETS, seconds)] += 1
        durations.sum_seconds += seconds
        for code in codes:
            self._codes[code] += 1

    def collect(self) -> Iterator[Metric]:
        ended = CounterMetricFamily("gateway_requests", "Requests and operations that have ended.", labels=["kind", "outcome"])
        for labels, count in self._ended.items():
            ended.add_metric(labels, count)
        errors = CounterMetricFamily("gateway_errors", "Requests and operations that ended with this code.", labels=["code"])
        for code, count in self._codes.items():
            errors.add_metric([code], count)
        yield from (ended, errors, self._seconds())
        running = "Requests and operations under way, open subscriptions not counted."
        yield GaugeMetricFamily("gateway_requests_running", running, self._load.under_way)
        yield GaugeMetricFamily("gateway_subscriptions_open", "Subscriptions that somebody listens to.", self._subscriptions())

    def _seconds(self) -> Metric:
        words = "How long requests and operations took; of subscriptions, how long they were open."
        seconds = HistogramMetricFamily("gateway_request_seconds", words, labels=["kind"])
        bounds = [*map(str, BUCKETS), "+Inf"]
        for kind, durations in self._durations.items():
            seconds.add_metric([kind], list(zip(bounds, accumulate(durations.counts), strict=True)), durations.sum_seconds)
        return seconds
