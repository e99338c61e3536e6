"""Reads a GraphQL request: an operation with its variables, from a body or a URL, and how long the client will wait."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request

from gateway.domain.limit_errors import BatchingDisabledError, BatchTooLargeError, LimitError, RequestTooLargeError, TooManyRequestsError
from gateway.domain.request_limits import RequestLimits
from gateway.web.accept import JSON

BAD_REQUEST = "BAD_REQUEST"
TIMEOUT_HEADER = "X-Request-Timeout-Ms"
_WHOLE_NUMBER = re.compile(r"[0-9]{1,15}")


class Operation(msgspec.Struct, rename={"operation_name": "operationName", "document_id": "documentId"}):
    """The body of a GraphQL request. Without a text one of the others names the document: see `Persisted`."""

    query: str = ""
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None
    id: Any = None
    doc_id: Any = None


_decoder: msgspec.json.Decoder[Operation | list[Operation]] = msgspec.json.Decoder(Operation | list[Operation])


class RefusedError(Exception):
    """A request that is no GraphQL request: HTTP status, words, code."""

    plain_status: int | None = None
    """The status for clients that take plain JSON, where it is another one."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str = BAD_REQUEST,
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers or {}
        self._extensions = extensions or {}

    @classmethod
    def beyond(cls, error: LimitError) -> "RefusedError":
        """For a limit."""
        headers = {"Retry-After": str(error.retry_after_seconds)} if isinstance(error, TooManyRequestsError) else {}
        return cls(error.status, error.message, error.code, headers, error.extensions)

    @property
    def errors(self) -> list[dict[str, object]]:
        """The same as GraphQL says it."""
        return [{"message": self.message, "extensions": {**self._extensions, "code": self.code}}]


def timeout_seconds(header: str | None) -> float | None:
    """What a client asks for in the header `X-Request-Timeout-Ms`. Raises `RefusedError` unless it is a whole number from 1."""
    if header is None:
        return None
    milliseconds = int(header) if _WHOLE_NUMBER.fullmatch(header) else 0
    if milliseconds == 0:
        raise RefusedError(400, f"{TIMEOUT_HEADER} must be a whole number of milliseconds, 1 or more.")
    return milliseconds / 1000


def from_url(params: QueryParams) -> Operation:
    """The operation of a GET. Raises `RefusedError`."""
    variables, extensions = _object(params, "variables"), _object(params, "extensions")
    ids = (params.get("documentId"), params.get("id"), params.get("doc_id"))
    return Operation(params.get("query", ""), params.get("operationName") or None, variables, extensions, *ids)


def _object(params: QueryParams, name: str) -> dict[str, Any] | None:
    text = params.get(name)
    try:
        return msgspec.json.decode(text, type=dict[str, Any] | None) if text else None
    except (msgspec.DecodeError, RecursionError):
        raise RefusedError(400, f"`{name}` must be a JSON object.") from None


async def from_body(request: Request, content_type: str, limits: RequestLimits) -> Operation | list[Operation]:
    """The operation of a POST, or several in an array. Raises `RefusedError` and `LimitError`."""
    if content_type.partition(";")[0].strip().lower() != JSON:  # a page of another origin cannot send this without asking first
        raise RefusedError(415, f"Send the request as JSON with `Content-Type: {JSON}`.", headers={"Accept-Post": JSON})
    body = await _read(request, limits.max_body_kib * 1024)
    try:
        given = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise RefusedError(400, f"This is no GraphQL request: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RefusedError(400, "The body is not JSON.") from None
    if isinstance(given, list):
        _check_batch(given, limits.max_batch)
    return given


def _check_batch(operations: Sequence[Operation], most: int) -> None:
    if most == 1:
        raise BatchingDisabledError(most, len(operations))
    if len(operations) > most:
        raise BatchTooLargeError(most, len(operations))
    if not operations:
        raise RefusedError(400, "The array has no operation in it.")


async def _read(request: Request, max_bytes: int) -> bytes | bytearray:
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise RefusedError(400, "The request broke off.")
        piece: bytes = message.get("body", b"")
        if len(body) + len(piece) > max_bytes:
            raise RequestTooLargeError(max_bytes)
        if not message.get("more_body", False):
            return body + piece if body else piece  # most come in one piece
        body += piece
