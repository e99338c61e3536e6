"""The rows of creations that may yet turn out to have happened."""

import sqlite3
from datetime import datetime, timedelta

from gateway.state.moment import microseconds

KEPT = timedelta(days=7)


def save(connection: sqlite3.Connection, account: str, address: str, question: bytes, now: datetime) -> None:
    """Insert or replace."""
    row = (account, address, question, microseconds(now))
    connection.execute("INSERT OR REPLACE INTO doubts (account, address, question, raised_at) VALUES (?, ?, ?, ?)", row)


def load(connection: sqlite3.Connection, account: str, address: str) -> bytes | None:
    """None when there is none."""
    row = connection.execute("SELECT question FROM doubts WHERE account = ? AND address = ?", (account, address)).fetchone()
    return row[0] if row else None


def drop(connection: sqlite3.Connection, account: str, address: str) -> None:
    """Forget one, if it is there."""
    connection.execute("DELETE FROM doubts WHERE account = ? AND address = ?", (account, address))


def drop_old(connection: sqlite3.Connection, now: datetime) -> None:
    """Forget what no vendor will do any more."""
    connection.execute("DELETE FROM doubts WHERE raised_at <= ?", (microseconds(now - KEPT),))
