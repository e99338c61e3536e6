"""Work that belongs to nobody's request: whoever leaves does not take it along."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import TypeVar

from gateway.domain.budget import Budget, spending
from gateway.domain.errors import GatewayError
from gateway.domain.stumble import trail

T = TypeVar("T")
logger = logging.getLogger("gateway.operations")

CLOSE_WITHIN_SECONDS = 8.0
"""How long writes under way may take to end when the gateway stops; what has not ended then is found out about at the next start."""


class StoppedError(Exception):
    """The gateway stops: what was waited for is taken up at the next start."""


class Tasks:
    """When the gateway stops, writes may end in peace, and waits end at once.

    What is started has a budget of its own: it goes on after the request. What is waited for here spends that of whoever waits.
    """

    def __init__(self) -> None:
        self._writes: set[asyncio.Task[object]] = set()
        self._waits: set[asyncio.Task[object]] = set()
        self.is_closing = False
        self.writes_ended = 0
        """Counted before whoever waits for a write is told."""

    def start_write(self, work: Coroutine[object, None, T], *, name: str, is_background: bool = False) -> asyncio.Task[T]:
        """Work that changes something at a vendor."""
        with spending(Budget(is_background=is_background)):
            return self._start_write(work, name)

    def start_wait(self, work: Coroutine[object, None, T], *, name: str, is_background: bool = False) -> asyncio.Task[T]:
        """Work that only asks, and can do so again after a restart."""
        with spending(Budget(is_background=is_background)):
            return self._start_asking(work, name)

    async def finish(self, write: Coroutine[object, None, T], *, name: str) -> T:
        """A write, to its end: also when whoever waits for it here goes away."""
        return await asyncio.shield(self._start_write(write, name))

    async def wait_for(self, work: Coroutine[object, None, T], *, name: str) -> T:
        """What may take minutes, within a write. Raises `StoppedError` as soon as the gateway stops."""
        task = self._start_asking(work, name)
        await asyncio.wait({task})
        if task.cancelled():
            raise StoppedError
        return task.result()

    async def close(self, *, within_seconds: float = CLOSE_WITHIN_SECONDS) -> None:
        """Returns when nothing is left; writes have `within_seconds` to end in peace."""
        self.is_closing = True
        for task in self._waits:
            task.cancel()
        if self._writes:
            await asyncio.wait(self._writes, timeout=within_seconds)
        while left := self._writes | self._waits:
            for task in left:
                task.cancel()
            await asyncio.wait(left)

    def _start_write(self, work: Coroutine[object, None, T], name: str) -> asyncio.Task[T]:
        task = self._start(work, name, self._writes)
        task.add_done_callback(self._count)
        return task

    def _count(self, _: asyncio.Task[T]) -> None:
        self.writes_ended += 1

    def _start_asking(self, work: Coroutine[object, None, T], name: str) -> asyncio.Task[T]:
        task = self._start(work, name, self._waits)
        if self.is_closing:
            task.cancel()
        return task

    @staticmethod
    def _start(work: Coroutine[object, None, T], name: str, kept: set[asyncio.Task[object]]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(work)
        task.set_name(name)
        kept.add(task)
        task.add_done_callback(kept.discard)
        task.add_done_callback(_log_failure)
        return task


def _log_failure(task: asyncio.Task[T]) -> None:
    """Whoever waits for the task is told as well, but may have gone. An error's own text may quote data: it is not logged."""
    error = None if task.cancelled() else task.exception()
    if isinstance(error, GatewayError):
        logger.info("%s: %s", task.get_name(), error.code)
    elif error is not None and not isinstance(error, StoppedError):
        logger.error("%s failed: %s", task.get_name(), trail(error))
