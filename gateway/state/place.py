"""Where a state lives: its file, the cipher of what is hidden in it, and the lock of who serves from it."""

import os
from pathlib import Path
from typing import Self

import msgspec

from gateway.state.cipher import KEY_BYTES, Cipher
from gateway.state.directory import prepare, read_key
from gateway.state.lock import DirectoryLock


class Place(msgspec.Struct, frozen=True):
    """`file` is None for a state in memory; `keeps_secrets` is whether the cipher's secret is somewhere else than the file."""

    file: Path | None
    cipher: Cipher
    keeps_secrets: bool
    lock: DirectoryLock | None = None

    @classmethod
    def enter(cls, directory: Path, *, state_key: str | None, is_exclusive: bool) -> Self:
        """Blocks. Raises `StateError`."""
        file = prepare(directory)
        lock = DirectoryLock(directory) if is_exclusive else None
        try:
            cipher = Cipher(state_key.encode() if state_key else read_key(directory))
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return cls(file, cipher, bool(state_key), lock)

    @classmethod
    def nowhere(cls, state_key: str | None) -> Self:
        return cls(None, Cipher(state_key.encode() if state_key else os.urandom(KEY_BYTES)), bool(state_key))

    def leave(self) -> None:
        if self.lock is not None:
            self.lock.release()
