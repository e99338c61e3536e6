"""Whose budget work spends: who waits for it, or its own where it goes on by itself."""

import asyncio

import pytest

from gateway.domain.budget import Budget, current, spending
from gateway.operations.tasks import Tasks


async def budget() -> Budget:
    return current()


async def test_what_is_waited_for_spends_the_budget_of_who_waits() -> None:
    tasks = Tasks()
    with spending(Budget()) as own:
        assert await tasks.finish(budget(), name="write") is own
        assert await tasks.wait_for(budget(), name="wait") is own
    await tasks.close()


@pytest.mark.parametrize("is_background", [False, True])
async def test_what_goes_on_by_itself_has_a_budget_of_its_own(*, is_background: bool) -> None:
    tasks = Tasks()
    with spending(Budget(seconds=0, most_calls=0)) as request:
        begun = [start(budget(), name="work", is_background=is_background) for start in (tasks.start_write, tasks.start_wait)]
    for each in await asyncio.gather(*begun):
        assert each is not request
        assert each.deadline is None
        assert each.is_background is is_background
        each.charge("a")
    await tasks.close()
