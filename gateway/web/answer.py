"""A result as it is written on the wire, the same in JSON, in events and over WebSocket."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.responses import Response
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from gateway.domain.errors import ErrorCode
from gateway.web.accept import Accept
from gateway.web.request import RefusedError


def is_refused(result: ExecutionResult) -> bool:
    """Whether the operation never ran, or broke off: the answer has no `data` then, not even null."""
    return isinstance(result, PreExecutionError) or (result.data is None and all(not error.path for error in result.errors or ()))


def is_forbidden(result: ExecutionResult) -> bool:
    """Whether the caller lacks a scope for the whole operation."""
    return is_refused(result) and any((error.extensions or {}).get("code") == ErrorCode.FORBIDDEN for error in result.errors or ())


def formatted_errors(result: ExecutionResult) -> Sequence[object]:
    """The errors as GraphQL writes them: message, locations, path, extensions."""
    return [error.formatted for error in result.errors or ()]


def answer(result: ExecutionResult) -> dict[str, object]:
    """The body: `errors`, `data`, `extensions`, each where there is one."""
    body: dict[str, object] = {}
    if result.errors:
        body["errors"] = formatted_errors(result)
    if not is_refused(result):
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def refusal(error: RefusedError, accept: Accept) -> Response:
    """A request that was refused, as the response."""
    return json_response({"errors": error.errors}, error.status, accept, error.headers)


def json_response(body: Mapping[str, object], status: int, accept: Accept, headers: Mapping[str, str] | None = None) -> Response:
    """A body in the JSON that the client wants. Nobody on the way may keep it."""
    fixed = {"cache-control": "no-store", "vary": "Accept", "x-content-type-options": "nosniff"}
    return Response(msgspec.json.encode(body), status, headers={**fixed, **(headers or {})}, media_type=f"{accept.json}; charset=utf-8")
