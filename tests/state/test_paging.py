"""Any operations, any pages: the database answers as a plain list would."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.operation import Operation, OperationState
from gateway.state.sqlite import SqliteState
from gateway.state.store import StateStore
from tests.state.made_up import NOON, operation

ACCOUNTS = ["a", "b", "C", "ä"]
keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)
moments = st.integers(-3, 3).map(lambda number: NOON + timedelta(microseconds=number))
operations = st.builds(
    lambda key, state, created_at, accounts: operation(key, state=state, created_at=created_at, accounts=tuple(accounts)),
    keys,
    st.sampled_from(OperationState),
    moments,
    st.lists(st.sampled_from(ACCOUNTS), max_size=3),
)
saves = st.lists(operations, max_size=30)
seen = st.sets(st.sampled_from([*ACCOUNTS, "other"]))
wanted = st.none() | st.sets(st.sampled_from(OperationState))


def model(saved: Sequence[Operation], accounts: set[str], states: set[OperationState] | None) -> list[Operation]:
    latest = {each.key: each for each in saved}
    visible = [
        each for each in latest.values() if each.accounts and set(each.accounts) <= accounts and (states is None or each.state in states)
    ]
    return sorted(visible, key=lambda each: (each.created_at, each.key), reverse=True)


async def pages(
    state: StateStore, saved: Sequence[Operation], accounts: set[str], states: set[OperationState] | None, size: int
) -> list[Operation]:
    for each in saved:
        await state.save_operation(each, work=None)
    found: list[Operation] = []
    while True:
        after = (found[-1].created_at, found[-1].key) if found else None
        page = await state.list_operations(accounts=accounts, states=states, first=size, after=after)
        assert len(page) <= size
        found += page
        if len(page) < size:
            return found


@given(saves, seen, wanted, st.integers(1, 5))
def test_pages_joined_are_what_a_plain_list_says(
    saved: list[Operation], accounts: set[str], states: set[OperationState] | None, size: int
) -> None:
    async def run() -> list[Operation]:
        state = SqliteState.in_memory()
        try:
            return await pages(state, saved, accounts, states, size)
        finally:
            await state.close()

    assert asyncio.run(run()) == model(saved, accounts, states)


@given(saves, operations)
def test_a_place_that_is_gone_still_divides(saved: list[Operation], gone: Operation) -> None:
    async def run() -> Sequence[Operation]:
        state = SqliteState.in_memory()
        for each in (*saved, gone):
            await state.save_operation(each, work=None)
        await state.drop_operation(gone.key)
        rest = await state.list_operations(accounts=ACCOUNTS, states=None, first=99, after=(gone.created_at, gone.key))
        await state.close()
        return rest

    left = [each for each in model(saved, set(ACCOUNTS), None) if each.key != gone.key]
    assert asyncio.run(run()) == [each for each in left if (each.created_at, each.key) < (gone.created_at, gone.key)]
