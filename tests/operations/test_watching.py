"""Whoever watches an operation sees its end, however slowly it is watched."""

from gateway.domain.operation import OperationState
from gateway.operations.journal import Journal
from gateway.state.sqlite import SqliteState


async def test_the_end_is_shown_to_one_who_was_busy_when_it_came() -> None:
    state = SqliteState.in_memory()
    journal = Journal(state)
    operation = await journal.begin("mailboxBulkTest", accounts=("kit",), work=None, total=2)
    watched = journal.watch(operation.key)
    first = await anext(watched)
    await journal.end(operation.key, OperationState.SUCCEEDED)
    assert [first.state, *[each.state async for each in watched]] == [OperationState.RUNNING, OperationState.SUCCEEDED]
    await state.close()
