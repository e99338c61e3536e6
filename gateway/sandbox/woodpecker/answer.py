"""How Woodpecker words its answers: JSON, and errors in the dialect of the path's version."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox.woodpecker.pair import Json, iso

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
}


def json_answer(value: Json, status: int = 200) -> Response:
    """An answer with a body."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def problem(request: Request, now: datetime, status: int, words: str, *, legacy_code: str = "E_UNKNOWN") -> Response:
    """v2: `status` is a number; v1: `status` is an object."""
    if "/v1" in request.url.path:
        return json_answer({"status": {"status": "ERROR", "code": legacy_code, "msg": words}}, status)
    return json_answer({"title": _TITLES[status], "status": status, "detail": words, "timestamp": iso(now, colon=False)}, status)


def refusal(status: int, code: str, details: Sequence[str]) -> Response:
    """The bulk add's own error body (help article 9428731); the page shows no code, so those here are invented."""
    return json_answer({"code": code, "details": [*details]}, status)


def company_id(request: Request) -> str:
    """HQ's is empty."""
    return request.headers.get("x-company-id", "")
