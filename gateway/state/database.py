"""The one thread that uses the database's connection, so that no disk is waited for on the event loop."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from gateway.state.connection import connect, transaction
from gateway.state.error import DAMAGED, StateError, fault_of

T = TypeVar("T")


class Database:
    """Runs jobs one after the other, in the order in which they come, on the thread that opened the connection.

    A job that was handed over is done, whatever becomes of the caller who waits for it. All raise `StateError`.
    """

    def __init__(self, file: Path | None) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="gateway-state")
        self._connection = self._thread.submit(connect, file)

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        return await outcome_of(self.begin(job))

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """All of it or nothing; on the disk when this returns."""
        return await outcome_of(self.begin_write(job))

    def begin_write(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Hand a write over without waiting for it."""

        def whole(connection: sqlite3.Connection) -> T:
            with transaction(connection):
                return job(connection)

        return self.begin(whole)

    def begin(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        try:
            return self._thread.submit(self._run, job)
        except RuntimeError:
            raise StateError("The state is closed.", "The gateway is stopping: ask again once it runs.") from None

    async def close(self) -> None:
        """Returns when all jobs are done and the file is closed. A second call does nothing."""
        try:
            closing = self._thread.submit(self._close)
        except RuntimeError:
            return
        self._thread.shutdown(wait=False)
        await outcome_of(closing)

    def _run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return job(self._connection.result())
        except sqlite3.Error as error:
            raise fault_of(error) from error
        except msgspec.DecodeError as error:
            raise StateError(*DAMAGED) from error

    def _close(self) -> None:
        if self._connection.exception() is None:
            self._connection.result().close()


async def outcome_of(job: Future[T]) -> T:
    """Waits for a job; whoever stops waiting does not stop the job."""
    return await asyncio.shield(asyncio.wrap_future(job))
