"""What a caller began ends when its token does: nobody listens longer than it may."""

import asyncio
import time
from contextlib import aclosing

from graphql import GraphQLError
from strawberry.types import ExecutionResult

from gateway.domain.errors import ErrorCode
from gateway.web.runner import Results

EXPIRED = "The token has expired: come again with a new one."


def loop_time(ends_at: float | None) -> float | None:
    """A moment (seconds since 1970) as the event loop counts."""
    return None if ends_at is None else asyncio.get_running_loop().time() + ends_at - time.time()


async def ending(results: Results, ends_at: float | None) -> Results:
    """The same results until that moment (seconds since 1970); the last one says then that the token has expired."""
    deadline = loop_time(ends_at)
    async with aclosing(results):
        try:
            while True:
                async with asyncio.timeout_at(deadline):
                    result = await anext(results)
                yield result
        except StopAsyncIteration:
            return
        except TimeoutError:
            yield ExecutionResult(None, [GraphQLError(EXPIRED, extensions={"code": ErrorCode.UNAUTHENTICATED})])
