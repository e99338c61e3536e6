"""What is dropped, and when: at open, and now and then on writes."""

from datetime import timedelta
from pathlib import Path

from gateway.domain.operation import OperationResult, OperationState
from gateway.state.sqlite import SqliteState
from gateway.state.store import KeyClaim
from tests.state.made_up import NOON, Clock, operation

A_LITTLE = timedelta(seconds=1)
WEEK = timedelta(days=7)


async def save_all(state: SqliteState) -> None:
    await state.save_operation(operation("old", state=OperationState.SUCCEEDED, finished_at=NOON - WEEK + A_LITTLE), work=None)
    await state.save_operation(operation("young", state=OperationState.FAILED, finished_at=NOON), work=None)
    await state.save_operation(operation("undated", state=OperationState.CANCELLED, created_at=NOON - 3 * WEEK), work=None)
    await state.save_operation(operation("lost", state=OperationState.RUNNING), work=None)
    await state.save_operation(operation("unfinished", state=OperationState.RUNNING, created_at=NOON - 9 * WEEK), work=b"w")
    await state.save_results("old", [OperationResult(0)])


async def left(state: SqliteState) -> set[str]:
    return {each.key for each in await state.list_operations(accounts=["a"], states=None, first=99, after=None)}


async def test_old_operations_go_when_the_state_is_opened(state: SqliteState, directory: Path, clock: Clock) -> None:
    await save_all(state)
    assert len(await left(state)) == 5
    clock.turn(seconds=1)
    again = await SqliteState.open(directory, state_key=None, clock=clock)
    assert await left(again) == {"young", "undated", "lost", "unfinished"}
    assert await again.load_results("old") == []
    await again.close()


async def test_old_operations_go_while_others_are_written(state: SqliteState, clock: Clock) -> None:
    await save_all(state)
    clock.turn(seconds=1)
    await state.release_key("any", "write")
    assert "old" in await left(state)  # not at each write
    clock.turn(minutes=10)
    await state.release_key("any", "write")
    assert await left(state) == {"young", "undated", "lost", "unfinished"}
    clock.turn(days=7)
    await state.release_key("any", "write")
    assert await left(state) == {"unfinished"}


async def test_keys_are_kept_for_a_day(state: SqliteState, clock: Clock) -> None:
    await state.claim_key("s", "k", fingerprint="f", operation_key="o-1")
    await state.answer_key("s", "k", b"told")
    clock.turn(hours=24, microseconds=-1)
    again = KeyClaim(False, "f", "o-1", b"told")
    assert await state.claim_key("s", "k", fingerprint="g", operation_key="o-2") == again
    clock.turn(microseconds=1)
    assert await state.claim_key("s", "k", fingerprint="g", operation_key="o-2") == KeyClaim(True, "g", "o-2", None)


async def test_expired_keys_leave_the_file(state: SqliteState, directory: Path, clock: Clock) -> None:
    await state.claim_key("s", "needle-in-hay", fingerprint="f", operation_key=None)
    clock.turn(hours=24)
    again = await SqliteState.open(directory, state_key=None, clock=clock)
    rows = await again._database.read(lambda connection: connection.execute("SELECT count(*) FROM keys").fetchone())
    assert rows == (0,)
    await again.close()
