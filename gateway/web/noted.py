"""What the runner tells of the request that it works for: the log and the figures have it from there."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from strawberry.types import ExecutionResult

from gateway.domain.request import Outcome, current
from gateway.schema.document import Document
from gateway.web.answer import is_refused

LONGEST_NAME = 80


def note_question(document: Document, operation_name: str | None, caller: str) -> None:
    """What is asked, and by whom."""
    request = current()
    request.caller = caller
    request.kind, name = document.described(operation_name)
    request.name = name[:LONGEST_NAME]
    request.document_hash = document.sha256


def noted(result: ExecutionResult) -> ExecutionResult:
    """The same result."""
    request = current()
    if result.extensions and "cost" in result.extensions:
        request.calls += result.extensions["cost"]["calls"]
    if result.errors:
        request.outcome = Outcome.REFUSED if is_refused(result) else Outcome.FAILED if result.data is None else Outcome.PARTIAL
        request.codes |= dict.fromkeys(str((error.extensions or {}).get("code", "")) for error in result.errors)
    return result


async def each_noted(results: AsyncGenerator[ExecutionResult, None]) -> AsyncGenerator[ExecutionResult, None]:
    """The same results."""
    async with aclosing(results):
        async for result in results:
            yield noted(result)
