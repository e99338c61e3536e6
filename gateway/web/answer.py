"""A result as it is written on the wire, the same in JSON, in events and over WebSocket."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from gateway.domain.errors import ErrorCode
from gateway.domain.request import current
from gateway.schema.frame import Frame, Result
from gateway.web.accept import JSON, Accept
from gateway.web.encoded import EncodedData
from gateway.web.request import RefusedError

LARGE_BYTES = 64 * 1024
"""Less is copied faster than it is sent apart."""
_FIXED = ((b"cache-control", b"no-store"), (b"vary", b"Accept"), (b"x-content-type-options", b"nosniff"))


def is_refused(result: ExecutionResult) -> bool:
    """Whether the operation never ran, or broke off: the answer has no `data` then, not even null."""
    return isinstance(result, PreExecutionError) or (result.data is None and all(not error.path for error in result.errors or ()))


def is_forbidden(result: ExecutionResult) -> bool:
    """Whether the caller lacks a scope for the whole operation."""
    return is_refused(result) and any((error.extensions or {}).get("code") == ErrorCode.FORBIDDEN for error in result.errors or ())


def formatted_errors(result: ExecutionResult) -> Sequence[object]:
    """The errors as GraphQL writes them: message, locations, path, extensions."""
    return [error.formatted for error in result.errors or ()]


def answer(result: Result) -> Mapping[str, object]:
    """The body: `errors`, `data`, `extensions`, each where there is one; of a frame also what it says of other frames."""
    if isinstance(result, Frame):
        return result.formatted
    body: dict[str, object] = {}
    if result.errors:
        body["errors"] = formatted_errors(result)
    if not is_refused(result):
        body["data"] = result.data.json if isinstance(result.data, EncodedData) else result.data
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def pieces(result: ExecutionResult) -> Sequence[bytes]:
    """The same in JSON. What is large and was encoded before is handed on as it is."""
    if result.errors or not isinstance(result.data, EncodedData) or len(result.data) < LARGE_BYTES:
        return [msgspec.json.encode(answer(result))]
    behind = b',"extensions":' + msgspec.json.encode(result.extensions) if result.extensions else b""
    return [result.data.beginning, behind + b"}"]


def refusal(error: RefusedError, accept: Accept) -> "JsonResponse":
    """A request that was refused, as the response."""
    current().refuse(error.code)
    status = error.status if error.plain_status is None or accept.json != JSON else error.plain_status
    return JsonResponse([msgspec.json.encode({"errors": error.errors})], status, accept, error.headers)


class JsonResponse:
    """An ASGI app that sends the pieces of a body in the JSON that the client wants. Nobody on the way may keep it."""

    def __init__(self, body: Sequence[bytes], status: int, accept: Accept, headers: Mapping[str, str] | None = None) -> None:
        self._body = body
        self._status = status
        self._headers = [
            *_FIXED,
            (b"content-type", accept.json.encode() + b"; charset=utf-8"),
            (b"content-length", b"%d" % sum(map(len, body))),
            *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"  # a handshake that is refused
        await send({"type": f"{kind}.start", "status": self._status, "headers": self._headers})
        for piece in self._body[:-1]:
            await send({"type": f"{kind}.body", "body": piece, "more_body": True})
        await send({"type": f"{kind}.body", "body": self._body[-1], "more_body": False})
