"""What the runner tells of the request that it works for: the log and the figures have it from there."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

from strawberry.types import ExecutionResult

from gateway.domain.request import Outcome, current
from gateway.schema.document import Document
from gateway.schema.frame import Result, errors_of
from gateway.web.answer import is_refused

R = TypeVar("R", bound=Result)
LONGEST_NAME = 80


def note_question(document: Document, operation_name: str | None, caller: str) -> None:
    """What is asked, and by whom."""
    request = current()
    request.caller = caller
    request.kind, name = document.described(operation_name)
    request.name = name[:LONGEST_NAME]
    request.document_hash = document.sha256


def noted(result: R) -> R:
    """The same result."""
    request = current()
    if result.extensions and "cost" in result.extensions:
        request.calls += result.extensions["cost"]["calls"]
    errors = result.errors if isinstance(result, ExecutionResult) else errors_of(result)
    if errors:
        request.outcome = _outcome(result)
        request.codes |= dict.fromkeys(str((error.extensions or {}).get("code", "")) for error in errors)
    return result


def _outcome(result: Result) -> Outcome:
    """Of one with errors."""
    if not isinstance(result, ExecutionResult):
        return Outcome.PARTIAL
    return Outcome.REFUSED if is_refused(result) else Outcome.FAILED if result.data is None else Outcome.PARTIAL


async def each_noted(results: AsyncGenerator[Result, None]) -> AsyncGenerator[Result, None]:
    """The same results."""
    async with aclosing(results):
        async for result in results:
            yield noted(result)
