"""How ShipMail writes: rows, times, and answers with its error envelope for refusals."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeAlias

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

Row: TypeAlias = dict[str, Any]  # JSON as this vendor writes it, odd values included


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """An error answer: status, the vendor's type and words, and the fields it is about."""

    def __init__(self, status: int, kind: str, message: str, *, fields: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.error: Row = {"type": kind, "message": message}
        self.details = [{"field": field, "message": words} for field, words in fields]


def invalid(field: str, words: str) -> Refusal:
    """The refusal of one field or parameter."""
    return Refusal(422, "validation_error", "The request has invalid fields.", fields=[(field, words)])


def stamp(at: datetime) -> str:
    """A moment as ShipMail writes it: UTC to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def json_answer(content: object, status: int = 200) -> Response:
    """An answer with this content as JSON."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def nothing() -> Response:
    """204: done, and nothing to say."""
    return Response(status_code=204)


def refuse(request: Request, error: Exception) -> Response:
    """The error envelope; `details` only where fields are known."""
    assert isinstance(error, Refusal)  # noqa: S101 - registered for nothing else
    body = {**error.error, "request_id": request.state.request_id}
    return json_answer({"error": body | ({"details": error.details} if error.details else {})}, error.status)


def refuse_http(request: Request, error: Exception) -> Response:
    """Paths and methods that do not exist."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    kind = "not_found" if error.status_code == HTTPStatus.NOT_FOUND else "validation_error"
    return refuse(request, Refusal(error.status_code, kind, str(error.detail)))
