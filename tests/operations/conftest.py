"""A desk over a made-up vendor, and the same desk after the gateway has died."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.operation import Operation, OperationResult
from gateway.inventory.account import AccountInventory
from gateway.inventory.inventory import Inventory
from gateway.inventory.store import MemoryStore
from gateway.operations.desk import Desk
from gateway.operations.timing import Timing
from gateway.state.sqlite import SqliteState
from tests.operations.made_up import PATIENCE_SECONDS, MadeUpVendor

FAST = Timing(looks=(0.002, 0.004, 0.008), give_up=0.1, first_poll=0.002, most_poll=0.01)


class House(msgspec.Struct):
    """A desk, what lies below it, and the directory of its state."""

    desk: Desk
    inventory: Inventory
    state: SqliteState
    directory: Path

    @classmethod
    def over(cls, state: SqliteState, directory: Path, *adapters: MailboxAdapter, timing: Timing = FAST) -> "House":
        inventory = Inventory(AccountInventory(adapter, MemoryStore()) for adapter in adapters)
        return cls(Desk(inventory, state, timing=timing), inventory, state, directory)

    async def close(self) -> None:
        await self.desk.close()
        await self.inventory.close()
        await self.state.close()

    async def after_a_crash(self, *adapters: MailboxAdapter, timing: Timing = FAST) -> "House":
        """Another life that finds the state as it is now; this one goes on as if nothing had happened, for nobody to see."""
        await self.state.unfinished_operations()  # whatever was handed over before is written
        copy = self.directory.with_name(f"{self.directory.name} later")
        shutil.copytree(self.directory, copy, ignore=shutil.ignore_patterns("lock"))
        state = await SqliteState.open(copy, state_key=None)
        return House.over(state, copy, *(adapters or [each.adapter for each in self.inventory.accounts.values()]), timing=timing)

    async def ended(self, operation: Operation | None) -> Operation:
        """Its last state."""
        assert operation is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            states = [each async for each in self.desk.journal.watch(operation.key)]
        assert states[-1].state.is_over
        return states[-1]

    async def results(self, operation: Operation) -> list[OperationResult]:
        return [*await self.desk.journal.results(operation.key)]


@pytest.fixture
def vendor() -> MadeUpVendor:
    return MadeUpVendor()


@pytest.fixture
async def house(vendor: MadeUpVendor, tmp_path: Path) -> AsyncIterator[House]:
    """In memory."""
    it = House.over(SqliteState.in_memory(), tmp_path / "state", vendor)
    yield it
    await it.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Callable[..., object]]:
    """Makes houses with their state on disk."""
    made: list[House] = []

    async def make(*adapters: MailboxAdapter, timing: Timing = FAST) -> House:
        directory = tmp_path / f"state{len(made)}"
        it = House.over(await SqliteState.open(directory, state_key=None), directory, *adapters, timing=timing)
        made.append(it)
        return it

    yield make
    for each in made:
        await each.close()


async def settle() -> None:
    """Let everything run that can, the state's thread included."""
    for _ in range(20):
        await asyncio.sleep(0.001)
