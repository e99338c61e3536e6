"""All operations: those under way, which live here, and those that ended, which lie in the state.

Whoever asks sees the latest; whoever watches sees every state that lasts long enough to be seen, and the last one always.
What cannot be stored once something was sent is no less true: it is shown from memory, and stored as soon as the state takes it.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import msgspec

from gateway.domain.errors import GatewayError
from gateway.domain.operation import Operation, OperationResult, OperationState, Progress
from gateway.domain.stumble import trail
from gateway.operations.audit import Audit
from gateway.operations.ending import STUMBLED
from gateway.operations.live import Live, by_index
from gateway.operations.tasks import CLOSE_WITHIN_SECONDS, StoppedError, Tasks
from gateway.operations.work import Work, encode_work
from gateway.state.store import StateStore

logger = logging.getLogger("gateway.operations")


class Conclusion(Protocol):
    """What an operation can end with."""

    @property
    def state(self) -> OperationState: ...
    @property
    def message(self) -> str: ...
    @property
    def mailbox_id(self) -> str | None: ...
    @property
    def results(self) -> Sequence[OperationResult]: ...


class Journal:
    """Begins, advances and ends operations, and shows them."""

    def __init__(self, state: StateStore, *, audit: Audit | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._state = state
        self._audit = audit or Audit()
        self._clock = clock
        self._live: dict[str, Live] = {}
        self._owed: dict[str, Callable[[], Awaitable[None]]] = {}
        """What the state did not take, by the operation's key."""
        self.tasks = Tasks()
        self.revision = 0
        """Changes whenever an operation has begun or come further, before anybody is told."""

    # ------------------------------------------------------------------ by those who do the work
    def new_key(self) -> str:
        return secrets.token_urlsafe(12)

    async def begin(  # noqa: PLR0913 - all but one by keyword
        self,
        kind: str,
        *,
        accounts: Collection[str],
        work: Work | None,
        total: int = 1,
        mailbox_id: str | None = None,
        key: str | None = None,
        is_sent: bool = False,
        is_dry: bool = False,
    ) -> Operation:
        """A new operation. `work` is what is left to do if the gateway dies now; one that `is_dry` writes nothing.

        It is written down before anything is sent: raises `StateError` where it cannot be, unless something `is_sent` already.
        """
        operation = Operation(
            key=key or self.new_key(),
            kind=kind,
            accounts=tuple(sorted(accounts)),
            created_at=self._clock(),
            state=OperationState.RUNNING,
            progress=Progress(0, 0, total),
            mailbox_id=mailbox_id,
        )
        live = Live(operation, encode_work(work) if work is not None else None, asyncio.Event(), is_dry=is_dry)
        if is_sent:
            await self._keep(operation.key, partial(self._put, live))
        else:
            await self._put(live)
        self._live[operation.key] = live
        self.revision += 1
        return operation

    def resume(self, operation: Operation, work: Work | None, results: Sequence[OperationResult]) -> None:
        """Take an operation up that another life of the gateway began. Its progress is what its results say: they were all written down."""
        live = Live(operation, encode_work(work) if work is not None else None, asyncio.Event())
        live.operation = msgspec.structs.replace(operation, progress=Progress(0, 0, operation.progress.total))
        live.show(live.with_progress(results), results)
        self._live[operation.key] = live

    async def change_work(self, key: str, work: Work, *, message: str, mailbox_id: str | None) -> None:
        """From now on something else is left to do."""
        live = self._live[key]
        live.work = encode_work(work)
        self._show(live, msgspec.structs.replace(live.operation, message=message, mailbox_id=mailbox_id or live.operation.mailbox_id))
        await self._keep(key, partial(self._save, live))

    async def begin_parts(self, key: str, results: Sequence[OperationResult]) -> None:
        """Parts are about to be sent. Raises `StateError` where that cannot be written down: then they must not be."""
        await self._state.save_results(key, results)
        self._live[key].results |= by_index(results)

    async def advance(self, key: str, results: Sequence[OperationResult]) -> None:
        """Parts have come further, or are done: it is shown once it would survive a crash."""
        live = self._live[key]
        live.new |= by_index(results)
        await self._keep(key, partial(self._save, live, is_whole=live.is_due))
        self._show(live, live.with_progress(results), results)
        for result in results:
            if result.is_done and not live.is_dry:
                self._audit.tell_part(live.operation, result)

    async def end(
        self,
        key: str,
        state: OperationState,
        *,
        message: str,
        results: Sequence[OperationResult] = (),
        mailbox_id: str | None = None,
    ) -> Operation:
        """The last word, shown likewise."""
        live = self._live[key]
        live.work = None
        live.new |= by_index(results)
        news = {"state": state, "message": message, "mailbox_id": mailbox_id or live.operation.mailbox_id, "finished_at": self._clock()}
        live.ended = msgspec.structs.replace(live.with_progress(results), **news)
        await self._keep(key, partial(self._save, live))
        self._show(live, live.ended, results)
        if not live.is_dry:
            self._audit.tell_end(live.ended)
        return live.ended

    def _show(self, live: Live, operation: Operation, results: Sequence[OperationResult] = ()) -> None:
        self.revision += 1
        live.show(operation, results)

    def conclude(
        self, key: str, work: Coroutine[object, None, Conclusion], *, name: str, is_write: bool = False, is_background: bool = False
    ) -> None:
        """Let an operation end as its work does, whenever that is. A fault of ours in it leaves its outcome unknown.

        `is_background`: its calls to vendors let those of others go first.
        """
        start = self.tasks.start_write if is_write else self.tasks.start_wait
        start(self._conclude(key, work), name=f"{name} ({key})", is_background=is_background)

    async def _conclude(self, key: str, work: Coroutine[object, None, Conclusion]) -> None:
        try:
            end = await work
        except StoppedError:
            return  # the next start takes it up
        except Exception as error:  # noqa: BLE001 - nobody else would ever end it
            logger.error("the operation %s failed: %s", key, trail(error))  # noqa: TRY400 - its own text may quote data
            await self.end(key, OperationState.UNKNOWN, message=STUMBLED)
            return
        await self.end(key, end.state, message=end.message, results=end.results, mailbox_id=end.mailbox_id)

    async def drop(self, key: str) -> None:
        """It was over before anybody heard of it."""
        live = self._live.pop(key, None)
        if live is not None:
            live.changed.set()
        await self._keep(key, partial(self._state.drop_operation, key))

    def is_cancelled(self, key: str) -> bool:
        return self._live[key].is_cancelled

    # ------------------------------------------------------------------ writing down
    async def _save(self, live: Live, *, is_whole: bool = True) -> None:
        """New results, then, where `is_whole`, the operation: its last word counts only with them. Raises `StateError`."""
        new, live.new = live.new, {}
        try:
            if live.saved_at is None:
                await self._put(live)  # results refer to it
            if new:
                await self._state.save_results(live.operation.key, list(new.values()))
            if is_whole:
                await self._put(live)
        except BaseException:
            live.new = new | live.new
            raise
        if live.ended is not None:
            self._live.pop(live.operation.key, None)

    async def _put(self, live: Live) -> None:
        await self._state.save_operation(live.ended or live.operation, work=live.work)
        live.saved_at = time.monotonic()

    async def _keep(self, key: str, write: Callable[[], Awaitable[None]]) -> None:
        """A write to the state that nothing hangs on: one that fails is made up for after the next one that does not."""
        while True:
            try:
                await write()
            except GatewayError as error:
                if not self._owed:
                    logger.error("an operation is kept in memory only, for now: %s", error.message)  # noqa: TRY400 - it says all
                self._owed[key] = write
                return
            self._owed.pop(key, None)
            if not self._owed:
                return
            key, write = next(iter(self._owed.items()))

    def _is_dropped(self, key: str) -> bool:
        """Whether an operation is gone, although the state could not be told yet."""
        return key in self._owed and key not in self._live

    # ------------------------------------------------------------------ by those who ask
    async def get(self, key: str) -> Operation | None:
        live = self._live.get(key)
        if live is not None:
            return live.operation
        return None if self._is_dropped(key) else await self._state.load_operation(key)

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
        there = [each for each in stored if not self._is_dropped(each.key)]
        return [self._live[each.key].operation if each.key in self._live else each for each in there]

    async def watch(self, key: str) -> AsyncGenerator[Operation, None]:
        """The operation as it is now, then each time that it has changed, until it is over. Nothing for one that is not there."""
        while True:
            live = self._live.get(key)
            if live is None:
                if (ended := await self.get(key)) is not None:
                    yield ended
                return
            changed, shown = live.changed, live.operation  # before the yield: it may change while the watcher looks elsewhere
            yield shown
            if shown.state.is_over:
                return
            await changed.wait()

    def cancel(self, key: str) -> bool:
        """Begin no further part. False when it is over already, or has no parts that could be left out."""
        live = self._live.get(key)
        if live is None or live.operation.state.is_over or live.operation.progress.total == 1 or live.is_cancelled:
            return False
        live.is_cancelled = True
        return True

    # ------------------------------------------------------------------ the gateway's own end
    async def close(self, *, within_seconds: float = CLOSE_WITHIN_SECONDS) -> None:
        """Writes under way may end; waiting and asking stops at once, and goes on at the next start."""
        await self.tasks.close(within_seconds=within_seconds)
        if self._owed:
            key, write = self._owed.popitem()
            await self._keep(key, write)
