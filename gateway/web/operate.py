"""What operators' machines ask, on a port of its own: there without a key, and nothing else is there."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.web.fault import FaultNet
from gateway.web.health import Readiness, healthz
from gateway.web.metrics import Metrics


def build_operate_site(metrics: Metrics, readiness: Readiness, *, door: Callable[[ASGIApp], ASGIApp]) -> ASGIApp:
    """`/healthz`, `/readyz` and `/metrics`, behind the door. It lives as long as the gateway's other addresses do."""
    routes = [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readiness.handle, methods=["GET"]),
        Route("/metrics", metrics.show, methods=["GET"]),
    ]
    return door(FaultNet(Starlette(routes=routes)))
