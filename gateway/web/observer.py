"""Told of every request when it is over: it is counted, and has a line in the log."""

import logging
import time

from starlette.types import Scope

from gateway.domain.request import Outcome, Request
from gateway.web.traffic import Traffic

logger = logging.getLogger("gateway.request")

ATTACHMENT = "attachment"
OTHER = "other"
_LOWEST_REFUSAL = 400
_OPERATORS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds, by machines."""


class Observer:
    """`is_logging`: whether requests have lines. The lines name no path that a client made up: an attachment's holds its file's name."""

    def __init__(self, traffic: Traffic, *, is_logging: bool) -> None:
        self._traffic = traffic
        self._is_logging = is_logging

    def has_ended(self, request: Request, scope: Scope) -> None:
        """An HTTP request, or the whole of a WebSocket, whose operations are told of one by one."""
        path: str = scope["path"]
        if path == "/graphql" and scope["type"] == "http":
            self.has_answered(request)
        elif path not in _OPERATORS:
            self._tell(request, scope["type"] if scope["type"] == "websocket" else _place(path))

    def has_answered(self, request: Request) -> None:
        """An operation, or a request that held none."""
        self._tell(request, request.kind or OTHER)

    def _tell(self, request: Request, kind: str) -> None:
        seconds = time.monotonic() - request.began_at
        if request.outcome is Outcome.OK and request.status >= _LOWEST_REFUSAL:  # by whoever knows no request
            request.outcome = Outcome.REFUSED
        self._traffic.count(kind, request.outcome, request.codes, seconds)
        if not self._is_logging:
            return
        told: dict[str, object] = {"kind": kind}
        if request.name:
            told["name"] = request.name
        if request.document_hash:
            told["document"] = request.document_hash
        if request.caller:
            told["caller"] = request.caller
        if request.status:
            told["status"] = request.status
        told |= {"outcome": request.outcome, "ms": round(seconds * 1000, 2), "calls": request.calls}
        if request.codes:
            told["codes"] = list(request.codes)
        logger.info("request", extra={"event": told, "request": request.id})


def _place(path: str) -> str:
    return ATTACHMENT if path.startswith("/attachments/") else OTHER
