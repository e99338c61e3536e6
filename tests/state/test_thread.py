"""A slow disk holds up whoever waits for it and nobody else; whoever stops waiting does no harm."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.operation import OperationState
from gateway.state import connection
from gateway.state.sqlite import SqliteState
from gateway.state.store import KeyClaim
from tests.state.made_up import operation


class Disk:
    """Commits wait while it is `held`; `is_reached` is set when one does."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.is_reached = threading.Event()
        self.threads: set[int] = set()

    def hold(self) -> None:
        self.is_reached.clear()
        self.free.clear()

    async def reached(self) -> None:
        assert await asyncio.to_thread(self.is_reached.wait, 10)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    it = Disk()

    class SlowConnection(sqlite3.Connection):
        def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:
            it.threads.add(threading.get_ident())
            if sql == "COMMIT":
                it.is_reached.set()
                assert it.free.wait(10)
            return super().execute(sql, *arguments)  # type: ignore[arg-type] # passed on as they came

    genuine = sqlite3.connect
    monkeypatch.setattr(
        connection.sqlite3,  # type: ignore[attr-defined] # what that module calls
        "connect",
        lambda *arguments, **options: genuine(*arguments, factory=SlowConnection, **options),
    )
    yield it
    it.free.set()


@pytest.fixture
async def slow(disk: Disk, directory: Path) -> SqliteState:  # noqa: ARG001 - the disk must be there before the state
    return await SqliteState.open(directory, state_key="k")


async def test_the_event_loop_runs_while_the_disk_does_not(slow: SqliteState, disk: Disk) -> None:
    disk.hold()
    saving = asyncio.create_task(slow.save_operation(operation(), work=None))
    await disk.reached()
    longest = 0.0
    for _ in range(50):
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before)
    assert longest < 1.0
    assert not saving.done()
    disk.free.set()
    await saving
    assert await slow.load_operation("o-1") == operation()
    await slow.close()


async def test_one_thread_and_not_the_loops(slow: SqliteState, disk: Disk) -> None:
    await asyncio.gather(*(slow.save_operation(operation(f"o-{number}"), work=None) for number in range(20)))
    await slow.vault("a").save("x")
    await slow.close()
    assert len(disk.threads) == 1
    assert threading.get_ident() not in disk.threads


async def test_a_cancelled_write_is_whole_and_the_next_one_works(slow: SqliteState, disk: Disk) -> None:
    disk.hold()
    under_way = asyncio.create_task(slow.save_operation(operation("o-1"), work=None))
    await disk.reached()
    in_line = asyncio.create_task(slow.vault("rota").save("the only copy"))
    await asyncio.sleep(0)
    for task in (under_way, in_line):
        task.cancel()
    told = await asyncio.gather(under_way, in_line, return_exceptions=True)
    assert [type(each) for each in told] == [asyncio.CancelledError] * 2
    disk.free.set()
    await slow.save_operation(operation("o-2"), work=None)
    assert await slow.load_operation("o-1") == operation("o-1")
    assert await slow.vault("rota").load() == "the only copy"
    await slow.close()


@pytest.mark.parametrize("is_in_line", [False, True])
async def test_a_claim_that_nobody_heard_of_is_taken_back(slow: SqliteState, disk: Disk, *, is_in_line: bool) -> None:
    disk.hold()
    before = [slow.save_operation(operation(), work=None)] if is_in_line else []
    writing = asyncio.gather(*before)
    await asyncio.sleep(0)
    claiming = asyncio.create_task(slow.claim_key("s", "k", fingerprint="f", operation_key="o-1"))
    await disk.reached()
    await asyncio.sleep(0)
    claiming.cancel()
    await asyncio.gather(claiming, return_exceptions=True)
    disk.free.set()
    await writing
    assert await slow.claim_key("s", "k", fingerprint="g", operation_key="o-2") == KeyClaim(True, "g", "o-2", None)
    await slow.close()


async def test_a_cancelled_repetition_leaves_the_claim(slow: SqliteState, disk: Disk) -> None:
    await slow.claim_key("s", "k", fingerprint="f", operation_key="o-1")
    disk.hold()
    repeating = asyncio.create_task(slow.claim_key("s", "k", fingerprint="f", operation_key="o-2"))
    await disk.reached()
    repeating.cancel()
    await asyncio.gather(repeating, return_exceptions=True)
    disk.free.set()
    assert await slow.claim_key("s", "k", fingerprint="f", operation_key="o-3") == KeyClaim(False, "f", "o-1", None)
    await slow.close()


async def test_closing_waits_for_what_is_under_way(slow: SqliteState, disk: Disk, directory: Path) -> None:
    disk.hold()
    saves = [asyncio.create_task(slow.save_operation(operation(f"o-{number}"), work=None)) for number in range(5)]
    await disk.reached()
    closing = asyncio.create_task(slow.close())
    await asyncio.sleep(0.01)
    assert not closing.done()
    disk.free.set()
    await closing
    await asyncio.gather(*saves)
    again = await SqliteState.open(directory, state_key="k")
    assert len(await again.list_operations(accounts=["a"], states=None, first=9, after=None)) == 5
    await again.close()


async def test_closing_twice_is_closing(slow: SqliteState) -> None:
    await asyncio.gather(slow.close(), slow.close())
    await slow.close()


async def test_a_failed_job_leaves_nothing_behind(slow: SqliteState) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE operations SET state = 'half'")
        raise ZeroDivisionError

    await slow.save_operation(operation(), work=None)
    with pytest.raises(ZeroDivisionError):
        await slow._database.write(half)
    chosen = await slow.list_operations(accounts=["a"], states=[OperationState.PENDING], first=9, after=None)
    assert chosen == [operation()]
    await slow.close()
