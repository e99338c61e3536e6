"""Work that is ended before it began leaves nothing behind."""

import asyncio

import pytest

from gateway.inventory.inventory import Inventory
from gateway.operations.desk import Desk
from gateway.state.sqlite import SqliteState


async def test_a_write_that_is_ended_before_its_first_step_is_not_warned_about() -> None:
    state = SqliteState.in_memory()
    desk = Desk(Inventory([]), state)
    begun: list[str] = []

    async def write() -> None:
        begun.append("write")

    leaving = asyncio.ensure_future(desk.journal.tasks.finish(write(), name="write"))
    leaving.get_loop().call_soon(lambda: [task.cancel() for task in asyncio.all_tasks() if task.get_name() == "write"])
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await desk.close()
    await state.close()
    assert begun == []
