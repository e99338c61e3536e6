"""Opens the database as it must be used here, and changes it whole or not at all."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.state.error import StateError, is_busy
from gateway.state.tables import MIGRATIONS

BUSY_SECONDS = 10.0
"""How long a statement waits for another process that writes."""
_RETRY_SECONDS = 0.01


def connect(file: Path | None) -> sqlite3.Connection:
    """A connection for the thread that calls this, to a database with today's tables; None: one that lives in memory.

    Raises `sqlite3.Error`, and `StateError` for a file of a newer gateway.
    """
    connection = sqlite3.connect(file or ":memory:", timeout=BUSY_SECONDS, isolation_level=None)
    try:
        _use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Takes the right to write at once, so that what was read cannot change before it is written."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it already
            connection.execute("ROLLBACK")
        raise


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for the lock that this change needs when two processes open a new file at once: we do."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _migrate(connection: sqlite3.Connection) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    with transaction(connection):
        version = _version(connection)  # again: another process may have been faster
        if version > len(MIGRATIONS):
            raise StateError(
                f"The state was written by a newer gateway (layout {version}; this one knows up to {len(MIGRATIONS)}).",
                "Run that version again, or give this one a [server] state_dir of its own.",
            )
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def rewrite_version(connection: sqlite3.Connection) -> None:
    """A write that changes nothing, and reaches the disk all the same: SQLite does not look whether the number was another one before."""
    connection.execute(f"PRAGMA user_version = {_version(connection)}")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
