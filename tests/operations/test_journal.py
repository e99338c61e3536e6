"""The journal: begin, advance, end, watch, list, cancel, close."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import pytest

from gateway.domain.errors import ErrorCode
from gateway.domain.operation import Operation, OperationResult, OperationState, Progress
from gateway.domain.outcome import UserError
from gateway.operations.ending import STUMBLED, Ending, happened
from gateway.operations.journal import Journal
from gateway.operations.tasks import StoppedError
from gateway.operations.work import Vanish, encode_work
from gateway.state.error import StateError
from gateway.state.sqlite import SqliteState
from tests.operations.conftest import settle

WORK = Vanish("a", "1")
BAD = (UserError("No.", ErrorCode.VENDOR_REJECTED),)
OPEN = (UserError("Who knows.", ErrorCode.OUTCOME_UNKNOWN),)


@pytest.fixture(params=["memory", "disk"])
async def state(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqliteState]:
    it = SqliteState.in_memory() if request.param == "memory" else await SqliteState.open(tmp_path / "state", state_key=None)
    yield it
    await it.close()


@pytest.fixture
async def journal(state: SqliteState) -> AsyncIterator[Journal]:
    it = Journal(state)
    yield it
    await it.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def begun(journal: Journal, *, total: int = 1, key: str | None = None) -> Operation:
    return await journal.begin("mailboxDelete", accounts=("a",), work=WORK, total=total, key=key)


def set_full(state: SqliteState, *, is_full: bool) -> None:
    """A disk that takes nothing more, or does again."""
    state._database.begin(lambda connection: connection.execute(f"PRAGMA query_only = {'ON' if is_full else 'OFF'}"))


# ---------------------------------------------------------------------- begin, advance, end, drop
async def test_what_begins_would_survive_a_crash(journal: Journal, state: SqliteState) -> None:
    operation = await begun(journal)
    assert operation.state is OperationState.RUNNING
    [stored] = await state.unfinished_operations()
    assert stored.operation == operation
    assert stored.work == encode_work(WORK)


async def test_what_ends_would_survive_a_crash_and_leaves_nothing_to_do(journal: Journal, state: SqliteState) -> None:
    operation = await begun(journal)
    ended = await journal.end(operation.key, OperationState.SUCCEEDED, message="Done.", results=[OperationResult(0, "id")], mailbox_id="id")
    assert await state.load_operation(operation.key) == ended == await journal.get(operation.key)
    assert (ended.progress, ended.message, ended.mailbox_id) == (Progress(1, 0, 1), "Done.", "id")
    assert ended.finished_at is not None
    assert await state.unfinished_operations() == []
    assert await journal.results(operation.key) == [OperationResult(0, "id")]


async def test_whoever_watches_is_told_nothing_before_it_counts_as_news(journal: Journal) -> None:
    """Also what no write has told: a wait that is over, a verification that failed."""
    before = journal.revision
    operation = await begun(journal, total=2)

    async def watch() -> list[int]:
        async with aclosing(journal.watch(operation.key)) as states:
            return [journal.revision async for _ in states]

    watching = asyncio.create_task(watch())
    await settle()
    await journal.advance(operation.key, [OperationResult(0, "x")])
    await settle()
    await journal.end(operation.key, OperationState.FAILED, message="No.")
    revisions = [before, *await watching]
    assert len(revisions) == 4
    assert revisions == sorted(set(revisions))


async def test_progress_counts_parts_that_are_done_and_known_failures(journal: Journal, state: SqliteState) -> None:
    operation = await begun(journal, total=5)
    await journal.begin_parts(operation.key, [OperationResult(0, is_done=False), OperationResult(1, is_done=False)])
    assert await progress_of(journal, operation) == Progress(0, 0, 5)
    await journal.advance(operation.key, [OperationResult(1, "x"), OperationResult(2, user_errors=BAD)])
    await journal.advance(operation.key, [OperationResult(3, user_errors=OPEN)])
    assert await progress_of(journal, operation) == Progress(3, 1, 5)
    assert [each.index for each in await journal.results(operation.key)] == [0, 1, 2, 3]
    assert await state.load_results(operation.key) == await journal.results(operation.key)


async def progress_of(journal: Journal, operation: Operation) -> Progress:
    found = await journal.get(operation.key)
    assert found is not None
    return found.progress


async def test_other_work_is_left_from_now_on(journal: Journal, state: SqliteState) -> None:
    operation = await begun(journal)
    await journal.change_work(operation.key, Vanish("a", "2"), message="Elsewhere.", mailbox_id="id")
    [stored] = await state.unfinished_operations()
    assert stored.work == encode_work(Vanish("a", "2"))
    assert (stored.operation.message, stored.operation.mailbox_id) == ("Elsewhere.", "id")


async def test_what_is_dropped_was_never_there(journal: Journal, state: SqliteState) -> None:
    operation = await begun(journal)
    watcher = asyncio.create_task(seen(journal, operation))
    await settle()
    await journal.drop(operation.key)
    assert await journal.get(operation.key) is None
    assert await state.load_operation(operation.key) is None
    assert await watcher == [OperationState.RUNNING]


async def test_what_another_life_began_has_the_progress_that_its_results_show(journal: Journal) -> None:
    stored = Operation(key="k", kind="mailboxBulkTest", accounts=("a",), created_at=journal._clock(), progress=Progress(0, 0, 9))
    results = [OperationResult(0), OperationResult(1, user_errors=BAD), OperationResult(2, is_done=False)]
    journal.resume(stored, WORK, results)
    assert await progress_of(journal, stored) == Progress(2, 1, 9)


# ---------------------------------------------------------------------- watch
async def seen(journal: Journal, operation: Operation) -> list[OperationState]:
    return [each.state async for each in journal.watch(operation.key)]


async def test_every_watcher_gets_the_last_state(journal: Journal) -> None:
    operation = await begun(journal, total=100)
    watchers = [asyncio.create_task(seen(journal, operation)) for _ in range(20)]
    for index in range(100):
        await journal.advance(operation.key, [OperationResult(index)])
    await journal.end(operation.key, OperationState.SUCCEEDED, message="Done.")
    assert {states[-1] for states in await asyncio.gather(*watchers)} == {OperationState.SUCCEEDED}
    assert journal._live == {}


@contextmanager
def slow(state: SqliteState) -> Iterator[None]:
    """A disk that takes its time."""
    go_on = threading.Event()
    state._database.begin(lambda _: go_on.wait())
    try:
        yield
    finally:
        go_on.set()


async def test_nothing_is_shown_before_it_would_survive_a_crash(journal: Journal, state: SqliteState) -> None:
    operation = await begun(journal, total=2)
    with slow(state):
        advancing = asyncio.create_task(journal.advance(operation.key, [OperationResult(0)]))
        await settle()
        assert await progress_of(journal, operation) == Progress(0, 0, 2)
        assert await journal.results(operation.key) == []
    await advancing
    assert await progress_of(journal, operation) == Progress(1, 0, 2)
    with slow(state):
        ending = asyncio.create_task(journal.end(operation.key, OperationState.FAILED, message="No.", results=[OperationResult(1)]))
        await settle()
        assert (await journal.get(operation.key)).state is OperationState.RUNNING  # type: ignore[union-attr] # it is there
        assert len(await journal.results(operation.key)) == 1
    ended = await ending
    assert (await journal.get(operation.key), ended.progress) == (ended, Progress(2, 0, 2))


async def test_parts_that_advance_side_by_side_all_count(journal: Journal) -> None:
    operation = await begun(journal, total=30)
    await asyncio.gather(*(journal.advance(operation.key, [OperationResult(index)]) for index in range(30)))
    assert await progress_of(journal, operation) == Progress(30, 0, 30)


async def test_a_slow_watcher_blocks_nobody_and_skips_to_the_last_state(journal: Journal) -> None:
    operation = await begun(journal, total=50)
    async with aclosing(journal.watch(operation.key)) as slow:
        first = await anext(slow)
        for index in range(50):
            await journal.advance(operation.key, [OperationResult(index)])
        ended = await journal.end(operation.key, OperationState.SUCCEEDED, message="Done.")
        assert first.progress.done == 0
        assert [each async for each in slow] == [ended]


async def test_a_watcher_that_leaves_leaves_nothing_behind(journal: Journal) -> None:
    operation = await begun(journal)
    watcher = asyncio.create_task(seen(journal, operation))
    await settle()
    watcher.cancel()
    await asyncio.wait({watcher})
    await journal.end(operation.key, OperationState.SUCCEEDED, message="Done.")
    assert journal._live == {}


async def test_watching_what_ended_or_never_was(journal: Journal) -> None:
    operation = await begun(journal)
    await journal.end(operation.key, OperationState.SUCCEEDED, message="Done.")
    assert await seen(journal, operation) == [OperationState.SUCCEEDED]
    assert [each async for each in journal.watch("nobody")] == []


# ---------------------------------------------------------------------- list, cancel
async def test_a_list_shows_what_is_under_way_as_it_is_now(journal: Journal, state: SqliteState) -> None:
    first, second = await begun(journal, total=9), await begun(journal, total=9)
    await journal.advance(first.key, [OperationResult(0)])
    await journal.advance(first.key, [OperationResult(1)])
    stored = await state.load_operation(first.key)
    assert stored is not None
    assert stored.progress.done == 0  # within a second of the last time it is not written down
    found = await journal.list(accounts=["a"], states=None, first=9, after=None)
    assert {each.key: each.progress.done for each in found} == {first.key: 2, second.key: 0}
    assert await journal.list(accounts=["b"], states=None, first=9, after=None) == []
    assert await journal.list(accounts=["a"], states=[OperationState.FAILED], first=9, after=None) == []


async def test_cancelling(journal: Journal) -> None:
    single, many = await begun(journal), await begun(journal, total=2)
    assert not journal.cancel("nobody")
    assert not journal.cancel(single.key)
    assert journal.cancel(many.key)
    assert journal.is_cancelled(many.key)
    assert not journal.cancel(many.key)
    await journal.end(many.key, OperationState.CANCELLED, message="Stopped.")
    assert not journal.cancel(many.key)


# ---------------------------------------------------------------------- a state that takes nothing
async def test_nothing_begins_that_cannot_be_written_down(journal: Journal, state: SqliteState) -> None:
    set_full(state, is_full=True)
    with pytest.raises(StateError):
        await begun(journal)
    assert journal._live == {}


async def test_what_was_sent_is_shown_and_stored_later(journal: Journal, state: SqliteState, caplog: pytest.LogCaptureFixture) -> None:
    set_full(state, is_full=True)
    operation = await journal.begin("mailboxDelete", accounts=("a",), work=WORK, is_sent=True)
    assert await journal.get(operation.key) == operation
    ended = await journal.end(operation.key, OperationState.SUCCEEDED, message="Done.", results=[OperationResult(0, "id")])
    assert await journal.get(operation.key) == ended
    assert await journal.results(operation.key) == [OperationResult(0, "id")]
    assert await seen(journal, operation) == [OperationState.SUCCEEDED]
    assert not journal.cancel(operation.key)
    assert caplog.text.count("kept in memory only") == 1
    set_full(state, is_full=False)
    await begun(journal, key="other")
    await journal.end("other", OperationState.SUCCEEDED, message="Done.")  # the next write pays what is owed
    assert await state.load_operation(operation.key) == ended
    assert await state.load_results(operation.key) == [OperationResult(0, "id")]
    assert (journal._live, journal._owed) == ({}, {})


async def test_results_that_were_not_stored_are_stored_with_the_next(journal: Journal, state: SqliteState) -> None:
    operation = await begun(journal, total=3)
    set_full(state, is_full=True)
    with pytest.raises(StateError):
        await journal.begin_parts(operation.key, [OperationResult(2, is_done=False)])
    await journal.advance(operation.key, [OperationResult(0)])
    assert await progress_of(journal, operation) == Progress(1, 0, 3)
    set_full(state, is_full=False)
    await journal.advance(operation.key, [OperationResult(1)])
    assert await state.load_results(operation.key) == [OperationResult(0), OperationResult(1)]


async def test_an_old_debt_never_undoes_the_end(journal: Journal, state: SqliteState) -> None:
    operation = await begun(journal, total=2)
    set_full(state, is_full=True)
    await journal.change_work(operation.key, WORK, message="Halfway.", mailbox_id=None)
    set_full(state, is_full=False)
    ended = await journal.end(operation.key, OperationState.SUCCEEDED, message="Done.")
    await journal.drop("another")
    assert await state.load_operation(operation.key) == ended
    assert await state.unfinished_operations() == []


async def test_closing_pays_what_is_owed(state: SqliteState) -> None:
    journal = Journal(state)
    operation = await begun(journal)
    set_full(state, is_full=True)
    ended = await journal.end(operation.key, OperationState.SUCCEEDED, message="Done.")
    set_full(state, is_full=False)
    await journal.close()
    assert await state.load_operation(operation.key) == ended


# ---------------------------------------------------------------------- work that belongs to nobody
async def test_an_operation_ends_as_its_work_does(journal: Journal) -> None:
    operation = await begun(journal)

    async def work() -> Ending:
        return happened("Gone.", mailbox_id="id")

    journal.conclude(operation.key, work(), name="delete")
    assert await seen(journal, operation) == [OperationState.RUNNING, OperationState.SUCCEEDED]


async def test_a_fault_of_ours_ends_an_operation_and_its_words_stay_out_of_the_log(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    operation = await begun(journal)

    async def work() -> Ending:
        message = "canary"
        raise ValueError(message)

    journal.conclude(operation.key, work(), name="delete")
    assert (await seen(journal, operation))[-1] is OperationState.UNKNOWN
    ended = await journal.get(operation.key)
    assert ended is not None
    assert ended.message == STUMBLED
    assert "ValueError" in caplog.text
    assert "raise ValueError" in caplog.text
    assert 'message = "canary"' not in caplog.text
    assert ": canary" not in caplog.text


async def test_closing_lets_writes_end_and_stops_waits_at_once(state: SqliteState) -> None:
    journal = Journal(state)
    operation = await begun(journal)
    gate, happenings = asyncio.Event(), list[str]()

    async def write() -> None:
        await gate.wait()
        happenings.append("written")

    async def wait() -> Ending:
        try:
            await asyncio.sleep(60)
        finally:
            happenings.append("stopped")
        raise AssertionError

    async def write_that_waits() -> None:
        with pytest.raises(StoppedError):
            await journal.tasks.wait_for(wait(), name="wait")
        happenings.append("told")

    for work in (write(), write_that_waits()):
        journal.tasks.start_write(work, name="write")
    journal.conclude(operation.key, wait(), name="wait")
    await settle()
    closing = asyncio.create_task(journal.close())
    await settle()
    gate.set()
    await closing
    assert happenings == ["stopped", "stopped", "told", "written"]
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert [each.operation for each in await state.unfinished_operations()] == [operation]


async def test_closing_does_not_wait_for_ever(state: SqliteState) -> None:
    journal = Journal(state)
    journal.tasks.start_write(asyncio.sleep(60), name="write")
    await journal.close(within_seconds=0.02)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_nothing_is_waited_for_once_it_closes(state: SqliteState) -> None:
    journal = Journal(state)
    await journal.close()
    with pytest.raises(StoppedError):
        await journal.tasks.wait_for(asyncio.sleep(60), name="wait")


async def test_who_leaves_does_not_take_a_write_along(journal: Journal) -> None:
    gate, ended = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        await gate.wait()
        ended.set()

    caller = asyncio.create_task(journal.tasks.finish(write(), name="write"))
    await settle()
    caller.cancel()
    await asyncio.wait({caller})
    gate.set()
    async with asyncio.timeout(1):
        await ended.wait()


async def test_failures_of_what_nobody_waits_for_are_logged_without_their_words(journal: Journal, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def fail(error: Exception) -> None:
        raise error

    journal.tasks.start_write(fail(StateError("canary", "canary")), name="first")
    journal.tasks.start_wait(fail(KeyError("canary")), name="second")
    await settle()
    assert "first: INTERNAL" in caplog.text
    assert "second failed: KeyError" in caplog.text
    assert "canary" not in caplog.text
