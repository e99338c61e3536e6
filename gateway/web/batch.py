"""Several operations in one request, answered in an array in the order in which they came."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

import msgspec
from strawberry.types import ExecutionResult

from gateway.domain.errors import OverloadedError
from gateway.domain.request import Request, answering, current
from gateway.web.answer import answer
from gateway.web.load import Load
from gateway.web.observer import Observer
from gateway.web.request import Operation, RefusedError
from gateway.web.runner import Deferred, Events

BATCH = "batch"
"""What the log calls the whole of them."""
_NO_STREAM = "A subscription cannot be in an array of operations: ask for it in a request of its own."


Run: TypeAlias = Callable[[Operation], Awaitable[ExecutionResult | Deferred | Events]]


async def answered(operations: Sequence[Operation], run: Run, load: Load, observer: Observer) -> bytes:
    """The body. They run at the same time, as clients expect. Each counts as a request, and one that is refused stops no other."""
    whole = current()
    whole.kind = BATCH
    each_own = [Request(f"{whole.id}.{place}", caller=whole.caller) for place, _ in enumerate(operations, 1)]
    works = (_noted(each, run, load, observer, request) for each, request in zip(operations, each_own, strict=True))
    return msgspec.json.encode(await asyncio.gather(*works))


async def _noted(operation: Operation, run: Run, load: Load, observer: Observer, request: Request) -> Mapping[str, object]:
    with answering(request):
        try:
            return await _answered(operation, run, load)
        finally:
            observer.has_answered(request)


async def _answered(operation: Operation, run: Run, load: Load) -> Mapping[str, object]:
    try:
        with load.enter():
            result = await run(operation)
        if isinstance(result, ExecutionResult):
            return answer(result)
        await result.results.aclose()
        raise RefusedError(400, _NO_STREAM)
    except RefusedError as error:
        current().refuse(error.code)
        return {"errors": error.errors}
    except OverloadedError as error:
        current().refuse(error.code)
        return {"errors": RefusedError(503, error.message, error.code).errors}
