"""One account, its vendor and its clock."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gateway.inventory.account import AccountInventory, Freshness
from gateway.inventory.store import MemoryStore
from tests.inventory.made_up import Clock, MadeUpAdapter


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def adapter(clock: Clock) -> MadeUpAdapter:
    return MadeUpAdapter(clock)


@pytest.fixture
async def account(adapter: MadeUpAdapter, clock: Clock) -> AsyncIterator[AccountInventory]:
    freshness = Freshness(fresh_for=timedelta(seconds=30), keep_for=timedelta(hours=24))
    it = AccountInventory(adapter, MemoryStore(), freshness=freshness, clock=clock)
    yield it
    await it.close()
