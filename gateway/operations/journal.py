"""All operations: those under way, which live here, and those that ended, which lie in the state.

Whoever asks sees the latest; whoever watches sees every state that lasts long enough to be seen, and the last one always.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from gateway.domain.errors import GatewayError
from gateway.domain.operation import Operation, OperationResult, OperationState, Progress
from gateway.domain.stumble import trail
from gateway.operations.work import Work, encode_work
from gateway.state.store import StateStore

T = TypeVar("T")
logger = logging.getLogger("gateway.operations")

SAVE_EVERY_SECONDS = 1.0
"""How often the progress of an operation is written down while it runs."""
CLOSE_WITHIN_SECONDS = 8.0
"""How long writes under way may take to end when the gateway stops; what has not ended then is found out about at the next start."""


class _Live(msgspec.Struct):
    """An operation under way. `changed` is set, and replaced, at each change."""

    operation: Operation
    work: bytes | None
    changed: asyncio.Event
    results: dict[int, OperationResult] = {}
    saved_at: float = 0.0
    is_cancelled: bool = False


class Journal:
    """Begins, advances and ends operations, and shows them."""

    def __init__(self, state: StateStore, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._state = state
        self._clock = clock
        self._live: dict[str, _Live] = {}
        self._writes: set[asyncio.Task[object]] = set()
        self._waits: set[asyncio.Task[object]] = set()
        self.is_closing = False

    # ------------------------------------------------------------------ by those who do the work
    def new_key(self) -> str:
        return secrets.token_urlsafe(12)

    async def begin(
        self,
        kind: str,
        *,
        accounts: Collection[str],
        work: Work | None,
        total: int = 1,
        mailbox_id: str | None = None,
        key: str | None = None,
    ) -> Operation:
        """A new operation, written down before anything is sent. `work` is what is left to do if the gateway dies now."""
        operation = Operation(
            key=key or self.new_key(),
            kind=kind,
            accounts=tuple(sorted(accounts)),
            created_at=self._clock(),
            state=OperationState.RUNNING,
            progress=Progress(0, 0, total),
            mailbox_id=mailbox_id,
        )
        await self.resume(operation, work)
        await self._state.save_operation(operation, work=encode_work(work) if work is not None else None)
        return operation

    async def resume(self, operation: Operation, work: Work | None, results: Sequence[OperationResult] = ()) -> None:
        """Take an operation up that another life of the gateway began."""
        live = _Live(operation, encode_work(work) if work is not None else None, asyncio.Event(), {each.index: each for each in results})
        self._live[operation.key] = live

    async def change_work(self, key: str, work: Work, *, message: str | None = None, mailbox_id: str | None = None) -> None:
        """From now on something else is left to do."""
        live = self._live[key]
        live.work = encode_work(work)
        news = {"message": message, "mailbox_id": mailbox_id or live.operation.mailbox_id}
        await self._change(live, is_to_be_saved=True, **news)

    async def advance(self, key: str, results: Sequence[OperationResult], *, are_done: bool = True) -> None:
        """Parts have begun, or are done."""
        live = self._live[key]
        live.results.update((each.index, each) for each in results)
        await self._state.save_results(key, results)
        if are_done:
            progress = live.operation.progress
            failed = sum(bool(each.user_errors) for each in results)
            progress = Progress(progress.done + len(results), progress.failed + failed, progress.total)
            await self._change(live, progress=progress)

    async def end(
        self,
        key: str,
        state: OperationState,
        *,
        message: str | None = None,
        results: Sequence[OperationResult] = (),
        mailbox_id: str | None = None,
    ) -> Operation:
        """The last word. Returns once it would survive a crash."""
        live = self._live[key]
        if results:
            live.results.update((each.index, each) for each in results)
            await self._state.save_results(key, results)
        progress = live.operation.progress
        if progress.total == 1 and not progress.done:  # a single step, which has no parts to be told
            progress = Progress(1, int(state is OperationState.FAILED), 1)
        live.work = None
        await self._change(
            live,
            is_to_be_saved=True,
            state=state,
            message=message,
            progress=progress,
            mailbox_id=mailbox_id or live.operation.mailbox_id,
            finished_at=self._clock(),
        )
        del self._live[key]
        return live.operation

    async def drop(self, key: str) -> None:
        """It was over before anybody heard of it."""
        live = self._live.pop(key, None)
        if live is not None:
            live.changed.set()
        await self._state.drop_operation(key)

    def is_cancelled(self, key: str) -> bool:
        return self._live[key].is_cancelled

    def spawn(self, work: Coroutine[object, object, T], *, name: str, is_write: bool = False) -> asyncio.Task[T]:
        """Work that belongs to nobody's request: who leaves does not take it along.

        A fault of ours in it is logged without its text, which may quote data. `is_write`: it may end in peace when the gateway stops.
        """
        task = asyncio.ensure_future(work)
        task.set_name(name)
        kept: set[asyncio.Task[object]] = self._writes if is_write else self._waits
        kept.add(task)
        task.add_done_callback(kept.discard)
        task.add_done_callback(_log_fault)
        return task

    async def _change(self, live: _Live, *, is_to_be_saved: bool = False, **news: object) -> None:
        live.operation = msgspec.structs.replace(live.operation, **news)
        live.changed.set()
        live.changed = asyncio.Event()
        now = time.monotonic()
        if is_to_be_saved or now - live.saved_at >= SAVE_EVERY_SECONDS:
            live.saved_at = now
            await self._state.save_operation(live.operation, work=live.work)

    # ------------------------------------------------------------------ by those who ask
    async def get(self, key: str) -> Operation | None:
        live = self._live.get(key)
        return live.operation if live is not None else await self._state.load_operation(key)

    async def results(self, key: str) -> Sequence[OperationResult]:
        """By index; while it runs, those of the parts that have begun."""
        live = self._live.get(key)
        if live is None:
            return await self._state.load_results(key)
        return [live.results[index] for index in sorted(live.results)]

    async def list(
        self, *, accounts: Collection[str], states: Collection[OperationState] | None, first: int, after: tuple[datetime, str] | None
    ) -> Sequence[Operation]:
        """The newest first, all of whose accounts are among these."""
        stored = await self._state.list_operations(accounts=accounts, states=states, first=first, after=after)
        return [self._live[each.key].operation if each.key in self._live else each for each in stored]

    async def watch(self, key: str) -> AsyncGenerator[Operation, None]:
        """The operation as it is now, then each time that it has changed, until it is over. Nothing for one that is not there."""
        while True:
            live = self._live.get(key)
            if live is None:
                stored = await self._state.load_operation(key)
                if stored is not None:
                    yield stored
                return
            changed = live.changed
            yield live.operation
            if live.operation.state.is_over:
                return
            await changed.wait()

    def cancel(self, key: str) -> bool:
        """Begin no further part. False when it is over already, or has no parts that could be left out."""
        live = self._live.get(key)
        if live is None or live.operation.progress.total == 1 or live.is_cancelled:
            return False
        live.is_cancelled = True
        return True

    # ------------------------------------------------------------------ the gateway's own beginning and end
    async def close(self) -> None:
        """Writes under way may end; waiting and asking stops at once, and goes on at the next start."""
        self.is_closing = True
        if self._writes:
            await asyncio.wait(set(self._writes), timeout=CLOSE_WITHIN_SECONDS)
        tasks = self._writes | self._waits
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _log_fault(task: asyncio.Task[T]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, GatewayError):
        logger.error("%s failed: %s", task.get_name(), trail(error))
