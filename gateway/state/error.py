"""What is wrong with the state, told to the person who runs the gateway."""

import errno
import sqlite3

from gateway.domain.errors import GatewayError

FILE = "state.db"
_PRIMARY_CODE = 0xFF  # SQLite's extended result codes keep the primary one in the lowest byte

DAMAGED = (
    f"The state file {FILE} is damaged, or is no state of this gateway.",
    (
        f"Stop the gateway, put a copy in its place or move {FILE}, {FILE}-wal and {FILE}-shm away, and start again. "
        "Without a copy, operations, idempotency keys and renewed tokens are lost: accounts with a refresh_token need a new one."
    ),
)
NOT_WRITABLE = (
    "The state cannot be written.",
    "Let the user that the gateway runs as write to the directory that [server] state_dir names, and to the files in it.",
)
BUSY = (
    "Another process kept the state busy for too long; nothing was stored.",
    "Try again; look for a program that holds the state file open, for instance a backup or an sqlite3 shell.",
)
_FULL = (
    "The disk that holds the state is full, or a quota is used up; nothing was stored.",
    "Free some space there; the gateway goes on by itself then.",
)
_DISK = (
    "The disk that holds the state failed; what was to be stored may be lost.",
    "Look at the system's log, and keep the state on a local disk.",
)
_NO_PARENT = (
    "What was to be stored belongs to an operation that is not there.",
    "This is a fault of the gateway: please report it.",
)
_CURES = {
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_READONLY: NOT_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: NOT_WRITABLE,
    sqlite3.SQLITE_PERM: NOT_WRITABLE,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_CONSTRAINT: _NO_PARENT,
}


class StateError(GatewayError):
    """The state cannot be used. `problem` and `cure` make up the message, which holds no path: that may have come out of a secret."""

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(f"{problem} {cure}")
        self.problem = problem
        self.cure = cure


def fault_of(error: sqlite3.Error) -> StateError:
    """SQLite's error in our words. Its own text stays with it: it may quote the file."""
    code = getattr(error, "sqlite_errorcode", None)  # absent where Python's module, not SQLite, complains
    if code is not None and code & _PRIMARY_CODE in _CURES:
        return StateError(*_CURES[code & _PRIMARY_CODE])
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return StateError(f"The state cannot be used ({name}).", "This is a fault of the gateway: please report it.")


def fault_of_file(error: OSError) -> StateError:
    """The system's error about one of our files, without the file's path."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StateError(*_FULL)
    problem, cure = NOT_WRITABLE
    return StateError(f"{problem.removesuffix('.')}: {error.strerror}.", cure)


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process was in the way."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
