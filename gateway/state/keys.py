"""The rows of idempotency keys."""

import sqlite3
from datetime import datetime, timedelta

from gateway.state.moment import microseconds
from gateway.state.store import KeyClaim

KEPT = timedelta(hours=24)

_CLAIM = """
    INSERT INTO keys (scope, key, fingerprint, operation_key, answer, claimed_at) VALUES (?, ?, ?, ?, NULL, ?)
    ON CONFLICT (scope, key) DO UPDATE SET
        fingerprint = excluded.fingerprint, operation_key = excluded.operation_key, answer = NULL, claimed_at = excluded.claimed_at
    WHERE claimed_at <= ?
"""


def claim(connection: sqlite3.Connection, scope: str, key: str, *, fingerprint: str, operation_key: str | None, now: datetime) -> KeyClaim:
    """A new row, one in the place of an expired row, or what the first one stored."""
    row = (scope, key, fingerprint, operation_key, microseconds(now), microseconds(now - KEPT))
    is_new = connection.execute(_CLAIM, row).rowcount == 1
    stored = connection.execute("SELECT fingerprint, operation_key, answer FROM keys WHERE scope = ? AND key = ?", (scope, key)).fetchone()
    return KeyClaim(is_new, *stored)


def answer(connection: sqlite3.Connection, scope: str, key: str, told: bytes) -> None:
    """Keep the answer; nothing happens where the key is gone."""
    connection.execute("UPDATE keys SET answer = ? WHERE scope = ? AND key = ?", (told, scope, key))


def renew(connection: sqlite3.Connection, scope: str, key: str, operation_key: str) -> None:
    """Point to another operation, without an answer; nothing happens where the key is gone."""
    connection.execute("UPDATE keys SET operation_key = ?, answer = NULL WHERE scope = ? AND key = ?", (operation_key, scope, key))


def release(connection: sqlite3.Connection, scope: str, key: str) -> None:
    """Forget a key."""
    connection.execute("DELETE FROM keys WHERE scope = ? AND key = ?", (scope, key))


def drop_old(connection: sqlite3.Connection, now: datetime) -> None:
    """Forget the expired ones."""
    connection.execute("DELETE FROM keys WHERE claimed_at <= ?", (microseconds(now - KEPT),))
