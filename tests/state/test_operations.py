"""Operations and their results: what is saved is what is loaded, also by the next process."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from gateway.domain.errors import ErrorCode, LimitUsage
from gateway.domain.operation import Operation, OperationResult, OperationState, Progress
from gateway.domain.outcome import CheckResult, MailboxCheck, UserError, WriteWarning
from gateway.state.error import StateError
from gateway.state.sqlite import SqliteState
from gateway.state.store import StateStore, StoredOperation
from tests.state.made_up import NOON, Clock, operation

FULL = Operation(
    key="o-9",
    kind="mailboxCreate",
    accounts=("a", "bé"),
    created_at=NOON.replace(microsecond=123456),
    state=OperationState.RUNNING,
    progress=Progress(1, 1, 3),
    message='“It” said:\n"no"\0',
    mailbox_id="bWFpbGJveA",
    finished_at=NOON + timedelta(microseconds=1),
)
RESULTS = (
    OperationResult(
        2,
        "id-2",
        (CheckResult(MailboxCheck.SENDING, passed=None), CheckResult(MailboxCheck.RECEIVING, False, "no", NOON)),
        (UserError("full", ErrorCode.LIMIT_REACHED, ("smtp", "host"), NOON, LimitUsage(1, 2, 3)),),
        (WriteWarning("clamped", ("dailyLimit",), 50), WriteWarning("odd", None, {"deep": [1, 2.5, None, {"x": True}]})),
    ),
    OperationResult(0, "id-0"),
)


@pytest.fixture(params=["file", "memory"])
async def either(request: pytest.FixtureRequest, state: SqliteState) -> StateStore:
    return state if request.param == "file" else SqliteState.in_memory()


async def test_every_part_of_an_operation_comes_back(either: StateStore) -> None:
    await either.save_operation(FULL, work=b"w")
    await either.save_results("o-9", RESULTS)
    assert await either.load_operation("o-9") == FULL
    assert await either.load_results("o-9") == sorted(RESULTS, key=lambda result: result.index)
    assert await either.load_operation("o-8") is None
    assert await either.load_results("o-8") == []
    await either.close()


async def test_another_process_finds_it(state: SqliteState, directory: Path) -> None:
    await state.save_operation(FULL, work=b"\0\xff")
    await state.save_results("o-9", RESULTS)
    await state.close()
    again = await SqliteState.open(directory, state_key="long and random")
    assert await again.unfinished_operations() == [StoredOperation(FULL, b"\0\xff")]
    assert len(await again.load_results("o-9")) == 2
    await again.close()


async def test_saving_again_replaces_the_operation_and_leaves_its_results(state: SqliteState) -> None:
    await state.save_operation(FULL, work=b"w")
    await state.save_results("o-9", RESULTS)
    later = operation("o-9", state=OperationState.SUCCEEDED)
    await state.save_operation(later, work=None)
    assert await state.load_operation("o-9") == later
    assert len(await state.load_results("o-9")) == 2


async def test_a_result_is_replaced_by_its_index(state: SqliteState) -> None:
    await state.save_operation(FULL, work=None)
    await state.save_results("o-9", RESULTS)
    await state.save_results("o-9", [OperationResult(2, "other"), OperationResult(7)])
    assert [(each.index, each.mailbox_id) for each in await state.load_results("o-9")] == [(0, "id-0"), (2, "other"), (7, None)]


async def test_dropping_takes_the_results_along(state: SqliteState) -> None:
    for key in ("o-1", "o-2"):
        await state.save_operation(operation(key), work=None)
        await state.save_results(key, RESULTS)
    await state.drop_operation("o-1")
    assert await state.load_operation("o-1") is None
    await state.save_operation(operation("o-1"), work=None)
    assert await state.load_results("o-1") == []
    assert len(await state.load_results("o-2")) == 2


async def test_results_of_no_operation_are_refused(state: SqliteState) -> None:
    with pytest.raises(StateError, match="belongs to an operation that is not there"):
        await state.save_results("nobody", RESULTS)
    await state.save_operation(operation("nobody"), work=None)
    assert await state.load_results("nobody") == []


async def test_only_what_has_work_left_is_unfinished(state: SqliteState, clock: Clock) -> None:
    for number, of in enumerate(OperationState):
        await state.save_operation(operation(f"with-{of}", state=of, created_at=clock.now - timedelta(hours=number)), work=b"w")
        await state.save_operation(operation(f"without-{of}", state=of), work=None)
    assert [each.operation.key for each in await state.unfinished_operations()] == ["with-RUNNING", "with-PENDING"]
    await state.save_operation(operation("with-RUNNING", state=OperationState.RUNNING), work=None)
    await state.save_operation(operation("with-PENDING", state=OperationState.PENDING), work=b"")
    assert await state.unfinished_operations() == [StoredOperation(operation("with-PENDING"), b"")]


async def test_work_of_what_is_over_is_not_kept(state: SqliteState, directory: Path) -> None:
    await state.save_operation(operation(state=OperationState.FAILED), work=b"needle")
    await state.close()
    assert b"needle" not in (directory / "state.db").read_bytes()


async def keys(state: StateStore, accounts: Sequence[str], states: Sequence[OperationState] | None = None) -> list[str]:
    return [each.key for each in await state.list_operations(accounts=accounts, states=states, first=100, after=None)]


async def test_who_may_not_see_all_accounts_of_an_operation_does_not_see_it(state: SqliteState) -> None:
    for key, accounts in {"none": (), "a": ("a",), "b": ("b",), "ab": ("a", "b"), "quote": ('a"b',)}.items():
        await state.save_operation(operation(key, accounts=accounts), work=None)
    assert await keys(state, []) == []
    assert set(await keys(state, ["a"])) == {"a"}
    assert set(await keys(state, ["b", "a", "c"])) == {"a", "b", "ab"}
    assert set(await keys(state, ['a"b'])) == {"quote"}


async def test_states_are_chosen(state: SqliteState) -> None:
    for of in OperationState:
        await state.save_operation(operation(of.value, state=of), work=None)
    assert set(await keys(state, ["a"])) == set(OperationState)
    assert set(await keys(state, ["a"], [OperationState.FAILED, OperationState.UNKNOWN])) == {"FAILED", "UNKNOWN"}
    assert await keys(state, ["a"], []) == []


async def test_times_of_other_zones_are_put_in_order(state: SqliteState) -> None:
    west = datetime(2026, 11, 20, 8, tzinfo=timezone(timedelta(hours=-5)))  # 13:00 UTC
    await state.save_operation(operation("noon"), work=None)
    await state.save_operation(operation("west", created_at=west), work=None)
    listed = await state.list_operations(accounts=["a"], states=None, first=9, after=None)
    assert [each.key for each in listed] == ["west", "noon"]
    rest = await state.list_operations(accounts=["a"], states=None, first=9, after=(west, "west"))
    assert [each.key for each in rest] == ["noon"]
