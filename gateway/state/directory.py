"""The state's directory and files: only the gateway's own user may read them."""

import contextlib
import os
import tempfile
from pathlib import Path

from gateway.state.cipher import KEY_BYTES
from gateway.state.error import FILE, StateError, fault_of_file

KEY_FILE = "fingerprint.key"
_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600
_NOT_OURS = 0o077


def prepare(directory: Path) -> Path:
    """Make the directory and the database's file where they are not there yet; the file's path. Raises `StateError`.

    A directory that is there keeps its mode: somebody chose it.
    """
    try:
        directory.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        file = directory / FILE
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, _FILE_MODE))  # SQLite gives its -wal and -shm the mode of this file
        for each in (FILE, f"{FILE}-wal", f"{FILE}-shm", KEY_FILE):
            _close_to_others(directory / each)
    except OSError as error:
        raise fault_of_file(error) from error
    return file


def read_key(directory: Path) -> bytes:
    """The secret that this directory's fingerprints are made with: one only, whoever else makes it at the same time.

    Raises `StateError`.
    """
    path = directory / KEY_FILE
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise fault_of_file(error) from error
    if len(key) != KEY_BYTES:
        raise StateError(
            f"{KEY_FILE} in the state directory is damaged: it holds {len(key)} bytes, not {KEY_BYTES}.",
            "Delete it and start again: a new one is made, but idempotency keys of the last 24 hours cannot be repeated with it.",
        )
    return key


def _make_key(path: Path) -> None:
    """A link is made whole or not at all, and never over another one's."""
    descriptor, name = tempfile.mkstemp(prefix=f"{KEY_FILE}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


def _close_to_others(file: Path) -> None:
    with contextlib.suppress(FileNotFoundError, PermissionError):  # not ours to change: then its owner decides who reads it
        if file.stat().st_mode & _NOT_OURS:
            file.chmod(_FILE_MODE)
