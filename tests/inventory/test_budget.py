"""What a load may spend is the account's, and who waits for it is told what it cost."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from gateway.domain.budget import Budget, Spent, current, spending
from gateway.domain.mailbox import Mailbox
from gateway.inventory.account import AccountInventory, Freshness
from gateway.inventory.changes import Changes
from gateway.inventory.source import SourceStatus
from gateway.inventory.store import MemoryStore
from tests.inventory.made_up import Clock, MadeUpAdapter, settle


class Charging(MadeUpAdapter):
    """Charges a call for each page of the three that it has, as the transport does, and notes for whom."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.script = [["1"], ["2"], ["3"]]
        self.budgets: list[Budget] = []
        self.were_behind: list[bool] = []

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        async for page in super().list_mailboxes(expected_count=expected_count):
            current().charge("a")
            self.budgets.append(current())
            self.were_behind.append(current().is_background)
            yield page


@pytest.fixture
def adapter(clock: Clock) -> Charging:
    return Charging(clock)


@pytest.fixture
async def account(adapter: Charging, clock: Clock) -> AsyncIterator[AccountInventory]:
    it = AccountInventory(adapter, MemoryStore(), freshness=Freshness(fresh_for=timedelta(seconds=30)), clock=clock)
    yield it
    await it.close()


async def seen(account: AccountInventory, *, no_cache: bool = False, **limits: float) -> Spent:
    """What a request of its own spends on looking at the account."""
    with spending(Budget(**limits)) as budget:  # type: ignore[arg-type] # `seconds` and `most_calls`
        await account.view(wait_seconds=5, no_cache=no_cache)
    return budget.of("a")


async def test_the_first_load_is_counted_and_is_not_held_back(account: AccountInventory, adapter: Charging) -> None:
    """More pages than the request may make calls: the list is the account's."""
    assert await seen(account, most_calls=1) == Spent(calls=3)
    assert adapter.were_behind == [False] * 3


async def test_what_a_list_cost_leaves_a_request_all_its_calls(account: AccountInventory) -> None:
    with spending(Budget(most_calls=1)) as budget:
        await account.view(wait_seconds=5)
        budget.charge("a")
    assert budget.spent["a"] == Spent(calls=4)


async def test_a_snapshot_that_is_there_is_known_and_its_refresh_waits_behind(
    account: AccountInventory, adapter: Charging, clock: Clock
) -> None:
    await seen(account)
    assert await seen(account) == Spent(known=1)
    clock.turn(31)
    assert await seen(account) == Spent(known=1)
    await settle()
    assert adapter.were_behind == [False] * 3 + [True] * 3


async def test_who_joins_shares(account: AccountInventory) -> None:
    first, second = await asyncio.gather(seen(account), seen(account))
    assert (first, second) == (Spent(calls=3), Spent(shared=1))


async def test_a_refresh_that_somebody_waits_for_is_not_behind(account: AccountInventory, adapter: Charging, clock: Clock) -> None:
    await seen(account)
    clock.turn(31)
    adapter.gate.clear()
    await seen(account)
    both = asyncio.gather(seen(account, no_cache=True), seen(account, no_cache=True))
    await asyncio.sleep(0)
    adapter.gate.set()
    first, second = await both
    assert (first, second) == (Spent(calls=3), Spent(shared=1))
    assert adapter.were_behind == [False] * 9


async def test_a_request_waits_no_longer_than_it_lasts_and_the_load_goes_on(account: AccountInventory, adapter: Charging) -> None:
    adapter.gate.clear()
    async with asyncio.timeout(4):
        assert await seen(account, seconds=0.02) == Spent()
    assert account.peek().source.status is SourceStatus.LOADING
    assert adapter.lists == 1
    adapter.gate.set()
    await settle()
    assert account.peek().source.status is SourceStatus.FRESH
    assert {budget.deadline for budget in adapter.budgets} == {None}


async def test_polling_is_nobodys_request(account: AccountInventory, adapter: Charging, clock: Clock) -> None:
    changes = Changes({"a": account}, clock.call_later)
    with spending(Budget(seconds=0, most_calls=0)) as budget:
        watching = asyncio.ensure_future(anext(aiter(changes.watch(["a"], None))))
        await asyncio.sleep(0)
    await settle()
    assert adapter.were_behind == [True] * 3
    assert budget.spent == {}
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await changes.close()
