"""`/metrics`: how the gateway and its vendors do, in Prometheus' text format."""

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.domain.errors import ForbiddenError, GatewayError
from gateway.domain.scope import Scope
from gateway.domain.vitals import BreakerState, Vitals
from gateway.inventory.inventory import Inventory
from gateway.web.callers import Callers, authorization_of
from gateway.web.figures import Figures
from gateway.web.traffic import Traffic

Pulse: TypeAlias = Callable[[], Sequence[Vitals]]
"""How it goes with each account just now."""


class Metrics:
    """Answers `/metrics`. Labels are account names, and kinds, states, outcomes and codes of ours: nothing that a client could make up."""

    def __init__(self, inventory: Inventory, pulse: Pulse, spared: Callable[[], Figures], traffic: Traffic, callers: Callers) -> None:
        self._callers = callers
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_VendorCalls(pulse))
        self._registry.register(_Snapshots(inventory))
        self._registry.register(_Spared(spared))
        self._registry.register(traffic)

    async def handle(self, request: Request) -> Response:
        """For callers with the scope `operate`, of the accounts that they see; 401 or 403 otherwise."""
        try:
            caller = (await self._callers.identify(authorization_of(request.headers))).caller
            caller.require(Scope.OPERATE)
        except GatewayError as error:
            status = 403 if isinstance(error, ForbiddenError) else 401
            return JSONResponse({"errors": [{"message": error.message, "extensions": {"code": error.code}}]}, status)
        return _encoded(request, _Visible(self._registry, caller.accounts))

    async def show(self, request: Request) -> Response:
        """All figures, for whoever asks."""
        return _encoded(request, self._registry)


def _encoded(request: Request, registry: CollectorRegistry) -> Response:
    """As text or in OpenMetrics' format, whichever is asked for."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), headers={"content-type": content_type, "cache-control": "no-store"})


class _Visible(CollectorRegistry):
    """What of another registry's figures is about no account, or about one that the caller sees."""

    def __init__(self, registry: CollectorRegistry, accounts: Container[str]) -> None:
        super().__init__(auto_describe=False)
        self._whole = registry
        self._accounts = accounts

    def collect(self) -> Iterator[Metric]:
        for metric in self._whole.collect():
            metric.samples = [
                each for each in metric.samples if each.labels.get("account") is None or each.labels["account"] in self._accounts
            ]
            yield metric


class _VendorCalls(Collector):
    """What goes on between us and the vendors."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse

    def collect(self) -> Iterator[Metric]:
        attempts = CounterMetricFamily(
            "gateway_vendor_attempts", "Requests sent to vendors, by HTTP status or error code.", labels=["account", "outcome"]
        )
        breaker = GaugeMetricFamily("gateway_vendor_breaker", "1 for the state that the breaker is in.", labels=["account", "state"])
        rest = GaugeMetricFamily(
            "gateway_vendor_rest_seconds", "How much longer the vendor has asked to be left alone.", labels=["account"]
        )
        running = GaugeMetricFamily("gateway_vendor_calls_running", "Requests under way.", labels=["account"])
        waiting = GaugeMetricFamily("gateway_vendor_calls_waiting", "Requests that wait for their turn.", labels=["account"])
        for each in self._pulse():
            for outcome, count in each.attempts.items():
                attempts.add_metric([each.account, outcome], count)
            for state in BreakerState:
                breaker.add_metric([each.account, state], state is each.breaker)
            rest.add_metric([each.account], each.rest_seconds)
            running.add_metric([each.account], each.running)
            waiting.add_metric([each.account], each.waiting)
        yield from (attempts, breaker, rest, running, waiting)


class _Snapshots(Collector):
    """What is known of each account."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def collect(self) -> Iterator[Metric]:
        age = GaugeMetricFamily(
            "gateway_snapshot_age_seconds", "How long ago the reading of the shown mailboxes began.", labels=["account"]
        )
        size = GaugeMetricFamily("gateway_snapshot_mailboxes", "How many mailboxes are shown.", labels=["account"])
        status = GaugeMetricFamily("gateway_source_status", "1 for the status in source reports.", labels=["account", "status"])
        now = datetime.now(UTC)
        for name, account in self._inventory.accounts.items():
            view = account.peek()
            if view.source.as_of is not None:
                age.add_metric([name], (now - view.source.as_of).total_seconds())
            size.add_metric([name], len(view.rows))
            status.add_metric([name, view.source.status], 1)
        yield from (age, size, status)


class _Spared(Collector):
    """What was not done twice."""

    def __init__(self, spared: Callable[[], Figures]) -> None:
        self._spared = spared

    def collect(self) -> Iterator[Metric]:
        spared = self._spared()
        for what, kept, each in (
            ("documents", spared.documents, "Documents, parsed and validated"),
            ("answers", spared.answers, "Answers, encoded"),
        ):
            yield CounterMetricFamily(f"gateway_{what}_hits", f"{each}: how often one was there.", kept.hits)
            yield CounterMetricFamily(f"gateway_{what}_misses", f"{each}: how often one was wanted and not there.", kept.misses)
            yield GaugeMetricFamily(f"gateway_{what}_kept", f"{each}: how many are kept.", kept.held)
            yield GaugeMetricFamily(f"gateway_{what}_kept_bytes", f"{each}: how large those are, documents as text.", kept.size_bytes)
        yield CounterMetricFamily("gateway_queries_joined", "Queries answered by one that was under way for somebody else.", spared.joined)
