"""Files, directories and disks that cannot be used: what the person who runs the gateway reads, and that it goes on when it can."""

import errno
import os
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.state.error import StateError, fault_of
from gateway.state.sqlite import SqliteState
from tests.state.made_up import operation

MEBIBYTE = 2**20


async def refusal(directory: Path) -> StateError:
    with pytest.raises(StateError) as caught:
        await SqliteState.open(directory, state_key=None)
    assert str(directory) not in f"{caught.value} {caught.value!r}"
    assert caught.value.message == f"{caught.value.problem} {caught.value.cure}"
    return caught.value


def put(directory: Path, name: str, content: bytes) -> None:
    directory.mkdir(exist_ok=True)
    (directory / name).write_bytes(content)


async def test_a_file_that_is_no_database(directory: Path) -> None:
    put(directory, "state.db", b"once upon a time" * 1000)
    error = await refusal(directory)
    assert error.problem == "The state file state.db is damaged, or is no state of this gateway."
    assert "move state.db, state.db-wal and state.db-shm away" in error.cure


async def test_a_database_with_damaged_pages(state: SqliteState, directory: Path) -> None:
    for number in range(200):
        await state.save_operation(operation(f"o-{number}", message="x" * 300), work=None)
    await state.close()
    damage_pages(directory)
    with pytest.raises(StateError, match=r"state\.db is damaged"):
        await list_all(directory)


def damage_pages(directory: Path) -> None:
    file = directory / "state.db"
    with file.open("r+b") as stream:
        stream.seek(3 * 4096)
        stream.write(b"\xa5" * (file.stat().st_size - 3 * 4096))


async def list_all(directory: Path) -> None:
    damaged = await SqliteState.open(directory, state_key=None)
    try:
        await damaged.list_operations(accounts=["a"], states=None, first=999, after=None)
    finally:
        await damaged.close()


async def test_a_row_that_is_no_operation(state: SqliteState) -> None:
    await state.save_operation(operation(), work=None)
    await state._database.write(lambda connection: connection.execute("UPDATE operations SET body = '{}'"))
    with pytest.raises(StateError, match=r"state\.db is damaged"):
        await state.load_operation("o-1")


async def test_a_database_of_a_newer_gateway(state: SqliteState, directory: Path) -> None:
    await state._database.read(lambda connection: connection.execute("PRAGMA user_version = 99"))
    await state.close()
    error = await refusal(directory)
    assert error.problem == "The state was written by a newer gateway (layout 99; this one knows up to 2)."
    assert "Run that version again" in error.cure


async def test_a_file_in_the_directorys_place(directory: Path) -> None:
    put(directory.parent, directory.name, b"")
    error = await refusal(directory)
    assert error.problem == "The state cannot be written: File exists."
    assert "[server] state_dir" in error.cure


async def test_a_directory_in_the_files_place(directory: Path) -> None:
    (directory / "state.db").mkdir(parents=True)
    assert (await refusal(directory)).problem == "The state cannot be written: Is a directory."


async def test_a_directory_in_the_locks_place(directory: Path) -> None:
    (directory / "lock").mkdir(parents=True)
    with pytest.raises(StateError, match="The state cannot be written: Is a directory"):
        await SqliteState.open(directory, state_key=None, is_exclusive=True)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a place where nobody may write")
async def test_a_directory_that_may_not_be_written() -> None:
    parent = Path("/proc") if os.geteuid() == 0 else Path("/")  # nobody may write to /proc, not even the superuser
    assert (await refusal(parent / "mailbox-gateway-test")).problem.startswith("The state cannot be written: ")


async def test_a_damaged_key_file(directory: Path) -> None:
    put(directory, "fingerprint.key", b"x" * 31)
    error = await refusal(directory)
    assert "fingerprint.key in the state directory is damaged: it holds 31 bytes, not 32" in error.problem
    put(directory, "fingerprint.key", b"x" * 32)
    await (await SqliteState.open(directory, state_key=None)).close()


async def test_a_failed_opening_frees_the_lock(directory: Path) -> None:
    put(directory, "state.db", b"once upon a time" * 1000)
    for _ in range(2):
        with pytest.raises(StateError, match="damaged"):
            await SqliteState.open(directory, state_key=None, is_exclusive=True)


async def test_a_full_disk_loses_only_what_it_says_and_passes(state: SqliteState) -> None:
    await state.save_operation(operation(), work=b"w")
    await state._database.read(lambda connection: connection.execute("PRAGMA max_page_count = 1"))
    with pytest.raises(StateError, match="The disk that holds the state is full") as caught:
        await state.save_operation(operation("big", message="x" * MEBIBYTE), work=None)
    assert "Free some space" in caught.value.cure
    assert await state.load_operation("big") is None
    assert await state.load_operation("o-1") == operation()
    await state._database.read(lambda connection: connection.execute("PRAGMA max_page_count = 100000"))
    await state.save_operation(operation("big", message="x" * MEBIBYTE), work=None)
    assert await state.load_operation("big") is not None


async def test_a_disk_too_full_to_begin_on(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(directory))

    monkeypatch.setattr(Path, "mkdir", full)
    assert (await refusal(directory)).problem.startswith("The disk that holds the state is full")


async def test_a_disk_that_turned_read_only(state: SqliteState) -> None:
    await state._database.read(lambda connection: connection.execute("PRAGMA query_only = ON"))
    with pytest.raises(StateError, match="The state cannot be written"):
        await state.save_operation(operation(), work=None)
    await state._database.read(lambda connection: connection.execute("PRAGMA query_only = OFF"))
    await state.save_operation(operation(), work=None)


async def test_a_file_that_somebody_else_keeps_busy(state: SqliteState, directory: Path) -> None:
    await state._database.read(lambda connection: connection.execute("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect(directory / "state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateError, match="Another process kept the state busy for too long; nothing was stored"):
        await state.save_operation(operation(), work=None)
    other.execute("ROLLBACK")
    other.close()
    await state.save_operation(operation(), work=None)


async def test_a_file_that_is_busy_while_it_is_opened(directory: Path) -> None:
    put(directory, "state.db", b"")
    other = sqlite3.connect(directory / "state.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, lambda: other.execute("ROLLBACK")).start()
    state = await SqliteState.open(directory, state_key=None)
    await state.save_operation(operation(), work=None)
    await state.close()
    other.close()


def test_an_error_that_nobody_expects_names_itself_only() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT needle FROM haystack")
    connection.close()
    assert fault_of(caught.value).problem == "The state cannot be used (SQLITE_ERROR)."
    assert fault_of(sqlite3.ProgrammingError("needle")).problem == "The state cannot be used (ProgrammingError)."


CALLS: dict[str, Callable[[SqliteState], object]] = {
    "save_operation": lambda state: state.save_operation(operation(), work=None),
    "load_operation": lambda state: state.load_operation("o"),
    "claim_key": lambda state: state.claim_key("s", "k", fingerprint="f", operation_key=None),
    "vault": lambda state: state.vault("a").save("x"),
}


@pytest.mark.parametrize("name", sorted(CALLS))
async def test_a_closed_state_says_so(state: SqliteState, name: str) -> None:
    await state.close()
    with pytest.raises(StateError, match="The state is closed"):
        await CALLS[name](state)  # type: ignore[misc] # all are coroutines
