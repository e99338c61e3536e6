"""Whoever watches an operation sees its end, however slowly they look."""

from gateway.domain.operation import OperationResult, OperationState
from gateway.operations.journal import Journal
from gateway.state.sqlite import SqliteState


async def test_who_looks_slowly_sees_the_last_state_all_the_same() -> None:
    state = SqliteState.in_memory()
    journal = Journal(state)
    operation = await journal.begin("mailboxBulkTest", accounts=["kit"], work=None, total=2)
    seen: list[tuple[OperationState, int]] = []
    async for each in journal.watch(operation.key):
        if not seen:  # it goes on, and ends, while this one is looked at
            await journal.advance(operation.key, [OperationResult(0), OperationResult(1)])
            await journal.end(operation.key, OperationState.SUCCEEDED)
        seen.append((each.state, each.progress.done))
    await state.close()
    assert seen == [(OperationState.RUNNING, 0), (OperationState.SUCCEEDED, 2)]


async def test_one_that_ends_while_its_end_is_written_down_is_told_once() -> None:
    state = SqliteState.in_memory()
    journal = Journal(state)
    operation = await journal.begin("mailboxTest", accounts=["kit"], work=None)
    ending = journal.spawn(journal.end(operation.key, OperationState.FAILED), name="end")
    seen = [each.state async for each in journal.watch(operation.key)]
    await ending
    await state.close()
    assert seen == [OperationState.RUNNING, OperationState.FAILED]
