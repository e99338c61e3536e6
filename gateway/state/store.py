"""What must survive a crash. SQLite by default (`state.sqlite`); the seam at which several processes will share one store."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.domain.operation import Operation, OperationResult, OperationState
from gateway.domain.vault import Vault


class StoredOperation(msgspec.Struct, frozen=True):
    """An operation that is not over, and what is left to do of it, in the words of whoever began it."""

    operation: Operation
    work: bytes


class KeyClaim(msgspec.Struct, frozen=True):
    """What is stored under an idempotency key. `answer` is None as long as none was given."""

    is_new: bool
    fingerprint: str
    operation_key: str | None
    answer: bytes | None


class StateStore(Protocol):
    """Operations, idempotency keys, doubts and vaults. All but `fingerprint` and `vault` may raise `StateError`.

    A method that writes returns once a crash cannot undo it. What was handed over is written even if the caller is cancelled while it
    waits. Operations that are over and doubts are kept for 7 days, keys for 24 hours.
    """

    async def save_operation(self, operation: Operation, *, work: bytes | None) -> None:
        """Insert or replace; its results stay. `work` None: nothing is left to do after a restart."""

    async def drop_operation(self, key: str) -> None:
        """Forget an operation and its results."""

    async def load_operation(self, key: str) -> Operation | None:
        """None when there is none."""

    async def list_operations(
        self,
        *,
        accounts: Collection[str],
        states: Collection[OperationState] | None,
        first: int,
        after: tuple[datetime, str] | None,
    ) -> Sequence[Operation]:
        """The newest first, by (created_at, key), of those that are `is_within` these accounts; `states` None: in any state.

        `after` is the (created_at, key) of the last one of the page before.
        """

    async def unfinished_operations(self) -> Sequence[StoredOperation]:
        """Those that are not over and have work left, the oldest first."""

    async def save_results(self, key: str, results: Sequence[OperationResult]) -> None:
        """Insert or replace, by index. The operation must have been saved."""

    async def load_results(self, key: str) -> Sequence[OperationResult]:
        """By index; none when the operation is not there."""

    async def claim_key(self, scope: str, key: str, *, fingerprint: str, operation_key: str | None) -> KeyClaim:
        """The first one wins, whoever else asks at the same time; all later ones see what the first one stored.

        A caller that is cancelled before it hears that it won has not claimed anything.
        """

    async def answer_key(self, scope: str, key: str, answer: bytes) -> None:
        """Keep the answer for those who repeat the key."""

    async def renew_key(self, scope: str, key: str, *, operation_key: str) -> None:
        """It is tried anew: its answer is open again, and another operation tells of it."""

    async def release_key(self, scope: str, key: str) -> None:
        """Let the key be claimed anew."""

    async def save_doubt(self, account: str, address: str, question: bytes) -> None:
        """Insert or replace: a creation at this address may yet turn out to have happened. `question` is in the words of whoever asks."""

    async def load_doubt(self, account: str, address: str) -> bytes | None:
        """The question, None when there is none."""

    async def drop_doubt(self, account: str, address: str) -> None:
        """It is known what became of it."""

    async def probe(self) -> None:
        """Write something that changes nothing. Raises the error that any write would raise now."""

    def fingerprint(self, data: bytes) -> str:
        """A keyed hash, hex: inputs hold passwords, which a thief of the file could guess from a plain one."""

    def vault(self, account: str) -> Vault:
        """One account's, always the same."""

    async def close(self) -> None:
        """Returns once what was handed over is written."""
