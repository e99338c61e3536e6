"""The rows of operations and of their results."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec

from gateway.domain.operation import Operation, OperationResult, OperationState
from gateway.state.moment import microseconds
from gateway.state.store import StoredOperation

KEPT = timedelta(days=7)

_OPERATION = msgspec.json.Decoder(Operation)
_RESULT = msgspec.json.Decoder(OperationResult)

_SAVE = """
    INSERT INTO operations (key, state, created_at, idle_since, body, work) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET
        state = excluded.state, created_at = excluded.created_at, idle_since = excluded.idle_since,
        body = excluded.body, work = excluded.work
"""  # not INSERT OR REPLACE: that deletes the row first, and its results with it
_LIST = """
    SELECT body FROM operations
    WHERE json_array_length(body, '$.accounts') > 0 AND NOT EXISTS (
        SELECT 1 FROM json_each(operations.body, '$.accounts') AS own WHERE own.value NOT IN (SELECT value FROM json_each(:accounts))
    )
    AND (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))
    AND (:after IS NULL OR (created_at, key) < (:after, :after_key))
    ORDER BY created_at DESC, key DESC LIMIT :first
"""
_UNFINISHED = "SELECT body, work FROM operations WHERE idle_since IS NULL ORDER BY created_at, key"


def save(connection: sqlite3.Connection, operation: Operation, work: bytes | None, now: datetime) -> None:
    """Work of an operation that is over is not kept: nobody will do it."""
    left = None if operation.state.is_over else work
    idle_since = microseconds(operation.finished_at or now) if left is None else None
    row = (operation.key, operation.state.value, microseconds(operation.created_at), idle_since, _json(operation), left)
    connection.execute(_SAVE, row)


def drop(connection: sqlite3.Connection, key: str) -> None:
    """Forget an operation and its results."""
    connection.execute("DELETE FROM operations WHERE key = ?", (key,))


def drop_old(connection: sqlite3.Connection, now: datetime) -> None:
    """Those with nothing left to do, and their results."""
    connection.execute("DELETE FROM operations WHERE idle_since <= ?", (microseconds(now - KEPT),))


def load(connection: sqlite3.Connection, key: str) -> Operation | None:
    """None when there is none."""
    row = connection.execute("SELECT body FROM operations WHERE key = ?", (key,)).fetchone()
    return _OPERATION.decode(row[0]) if row else None


def listed(
    connection: sqlite3.Connection,
    *,
    accounts: Collection[str],
    states: Collection[OperationState] | None,
    first: int,
    after: tuple[datetime, str] | None,
) -> list[Operation]:
    """A page, as `StateStore.list_operations` says."""
    moment, key = after or (None, None)
    values = {
        "accounts": _json(sorted(accounts)),
        "states": _json(sorted(states)) if states is not None else None,
        "after": microseconds(moment) if moment else None,
        "after_key": key,
        "first": first,
    }
    return [_OPERATION.decode(body) for (body,) in connection.execute(_LIST, values)]


def unfinished(connection: sqlite3.Connection) -> list[StoredOperation]:
    """The oldest first."""
    return [StoredOperation(_OPERATION.decode(body), work) for body, work in connection.execute(_UNFINISHED)]


def save_results(connection: sqlite3.Connection, key: str, results: Sequence[OperationResult]) -> None:
    """Insert or replace, by index."""
    rows = [(key, result.index, _json(result)) for result in results]
    connection.executemany(
        "INSERT INTO results (operation_key, position, body) VALUES (?, ?, ?) "
        "ON CONFLICT (operation_key, position) DO UPDATE SET body = excluded.body",
        rows,
    )


def load_results(connection: sqlite3.Connection, key: str) -> list[OperationResult]:
    """By index."""
    rows = connection.execute("SELECT body FROM results WHERE operation_key = ? ORDER BY position", (key,))
    return [_RESULT.decode(body) for (body,) in rows]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
