"""A result as it is written on the wire, the same in JSON, in events and over WebSocket."""

from collections.abc import Sequence

from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from gateway.domain.errors import ErrorCode


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
