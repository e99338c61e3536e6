"""The state in one SQLite file."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar

from gateway.domain.operation import Operation, OperationResult, OperationState
from gateway.domain.vault import MemoryVault, Vault
from gateway.state import doubts, keys, operations
from gateway.state.connection import rewrite_version
from gateway.state.database import Database, outcome_of
from gateway.state.error import StateError
from gateway.state.place import Place
from gateway.state.store import KeyClaim, StoredOperation
from gateway.state.vault import StoredVault

T = TypeVar("T")
Clock = Callable[[], datetime]

SWEEP_EVERY = timedelta(minutes=10)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqliteState:
    """The `StateStore` of one process, or of several commands beside one that serves. Made by `open` or `in_memory`."""

    def __init__(self, place: Place, *, clock: Clock) -> None:
        self._place = place
        self._database = Database(place.file)
        self._clock = clock
        self._vaults: dict[str, Vault] = {}
        self._swept_at = datetime.min.replace(tzinfo=UTC)

    @classmethod
    async def open(cls, directory: Path, *, state_key: str | None, clock: Clock = _utc_now, is_exclusive: bool = False) -> Self:
        """Open the state in a directory, which is made where it is not there. Raises `StateError`.

        `state_key` hides the vaults' texts; without it, they are kept in memory only. `is_exclusive`: who serves says so, and is refused
        when another one serves from this directory; what only looks, or renews a token, goes on beside it.
        """
        place = await asyncio.to_thread(Place.enter, directory, state_key=state_key, is_exclusive=is_exclusive)
        state = cls(place, clock=clock)
        try:
            await outcome_of(state._sweep())
        except BaseException:
            await state.close()
            raise
        return state

    @classmethod
    def in_memory(cls, *, state_key: str | None = None, clock: Clock = _utc_now) -> Self:
        """A state that is gone with the process."""
        return cls(Place.nowhere(state_key), clock=clock)

    # ------------------------------------------------------------------ operations
    async def save_operation(self, operation: Operation, *, work: bytes | None) -> None:
        now = self._clock()
        await self._write(lambda connection: operations.save(connection, operation, work, now))

    async def drop_operation(self, key: str) -> None:
        await self._write(lambda connection: operations.drop(connection, key))

    async def load_operation(self, key: str) -> Operation | None:
        return await self._database.read(lambda connection: operations.load(connection, key))

    async def list_operations(
        self,
        *,
        accounts: Collection[str],
        states: Collection[OperationState] | None,
        first: int,
        after: tuple[datetime, str] | None,
    ) -> Sequence[Operation]:
        return await self._database.read(
            lambda connection: operations.listed(connection, accounts=accounts, states=states, first=first, after=after)
        )

    async def unfinished_operations(self) -> Sequence[StoredOperation]:
        return await self._database.read(operations.unfinished)

    async def save_results(self, key: str, results: Sequence[OperationResult]) -> None:
        await self._write(lambda connection: operations.save_results(connection, key, results))

    async def load_results(self, key: str) -> Sequence[OperationResult]:
        return await self._database.read(lambda connection: operations.load_results(connection, key))

    # ------------------------------------------------------------------ idempotency keys
    async def claim_key(self, scope: str, key: str, *, fingerprint: str, operation_key: str | None) -> KeyClaim:
        now = self._clock()
        claim = self._begin_write(
            lambda connection: keys.claim(connection, scope, key, fingerprint=fingerprint, operation_key=operation_key, now=now)
        )
        try:
            return await outcome_of(claim)
        except asyncio.CancelledError:
            self._take_back(claim, scope, key)
            raise

    def _take_back(self, claim: Future[KeyClaim], scope: str, key: str) -> None:
        """Whoever won is gone, and nobody else could: the thread does this next after the claim."""

        def release(connection: sqlite3.Connection) -> None:
            if claim.exception() is None and claim.result().is_new:
                keys.release(connection, scope, key)

        with contextlib.suppress(StateError):  # closed meanwhile
            self._begin_write(release)

    async def answer_key(self, scope: str, key: str, answer: bytes) -> None:
        await self._write(lambda connection: keys.answer(connection, scope, key, answer))

    async def renew_key(self, scope: str, key: str, *, operation_key: str) -> None:
        await self._write(lambda connection: keys.renew(connection, scope, key, operation_key))

    async def release_key(self, scope: str, key: str) -> None:
        await self._write(lambda connection: keys.release(connection, scope, key))

    # ------------------------------------------------------------------ doubts
    async def save_doubt(self, account: str, address: str, question: bytes) -> None:
        now = self._clock()
        await self._write(lambda connection: doubts.save(connection, account, address, question, now))

    async def load_doubt(self, account: str, address: str) -> bytes | None:
        return await self._database.read(lambda connection: doubts.load(connection, account, address))

    async def drop_doubt(self, account: str, address: str) -> None:
        await self._write(lambda connection: doubts.drop(connection, account, address))

    async def probe(self) -> None:
        await self._database.write(rewrite_version)

    # ------------------------------------------------------------------ secrets
    def fingerprint(self, data: bytes) -> str:
        return self._place.cipher.fingerprint(data)

    def vault(self, account: str) -> Vault:
        if account not in self._vaults:
            self._vaults[account] = self._new_vault(account)
        return self._vaults[account]

    def _new_vault(self, account: str) -> Vault:
        return StoredVault(account, self._database, self._place.cipher) if self._place.keeps_secrets else MemoryVault()

    # ------------------------------------------------------------------ the whole
    async def close(self) -> None:
        try:
            await self._database.close()
        finally:
            self._place.leave()

    async def _write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        return await outcome_of(self._begin_write(job))

    def _begin_write(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        if self._clock() - self._swept_at >= SWEEP_EVERY:
            self._sweep()
        return self._database.begin_write(job)

    def _sweep(self) -> Future[None]:
        """Drop what has been kept for long enough."""
        self._swept_at = now = self._clock()

        def drop_old(connection: sqlite3.Connection) -> None:
            operations.drop_old(connection, now)
            keys.drop_old(connection, now)
            doubts.drop_old(connection, now)

        return self._database.begin_write(drop_old)
