"""What was asked of the gateway, in figures. Labels are kinds, outcomes and codes of ours: nothing that a client could make up."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.web.load import Load

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: from an answer that is known, to what a query may take."""
LONGEST_CODE = 64


class Traffic(Collector):
    """Counted as requests end; `subscriptions` tells how many are open."""

    def __init__(self, load: Load, subscriptions: Callable[[], int]) -> None:
        self._load = load
        self._subscriptions = subscriptions
        self._requests = Counter("gateway_requests", "Requests and operations that have ended.", ["kind", "outcome"], registry=None)
        self._errors = Counter("gateway_errors", "Requests and operations that ended with this code.", ["code"], registry=None)
        self._seconds = Histogram(
            "gateway_request_seconds",
            "How long requests and operations took; of subscriptions, how long they were open.",
            ["kind"],
            buckets=BUCKETS,
            registry=None,
        )

    def count(self, kind: str, outcome: str, codes: Iterable[str], seconds: float) -> None:
        """One that has ended."""
        self._requests.labels(kind, outcome).inc()
        self._seconds.labels(kind).observe(seconds)
        for code in codes:
            self._errors.labels(code[:LONGEST_CODE]).inc()

    def collect(self) -> Iterator[Metric]:
        for each in (self._requests, self._errors, self._seconds):
            yield from each.collect()
        yield GaugeMetricFamily(
            "gateway_requests_running", "Requests and operations under way, open subscriptions not counted.", self._load.under_way
        )
        yield GaugeMetricFamily("gateway_subscriptions_open", "Subscriptions that somebody listens to.", self._subscriptions())
