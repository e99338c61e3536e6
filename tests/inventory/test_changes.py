"""Watching accounts: what is told, what the vendor is asked meanwhile, and what is left behind."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.identifier import Kind, encode
from gateway.domain.mailbox import Mailbox
from gateway.inventory.account import AccountInventory, Freshness
from gateway.inventory.changes import ChangeKind, MailboxChange
from gateway.inventory.filter import MailboxFilter, StringFilter
from gateway.inventory.inventory import Inventory
from gateway.inventory.snapshot import Snapshot
from gateway.inventory.store import MemoryStore
from tests.inventory.made_up import Clock, MadeUpAdapter, MadeUpDetails, fault, mailbox, settle

NEW = mailbox("9", display_name="New")


class Watch:
    """A client that takes changes as they come, or not at all while it is paused."""

    def __init__(self, inventory: Inventory, *names: str, wanted: MailboxFilter | None = None) -> None:
        self.told: list[MailboxChange] = []
        self.open = asyncio.Event()
        self.open.set()
        self._changes = inventory.changes.watch(names, wanted)
        self.task = asyncio.create_task(self._take())

    async def _take(self) -> None:
        try:
            async for change in self._changes:
                self.told.append(change)
                await self.open.wait()
        finally:
            await self._changes.aclose()

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    @property
    def news(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Told since the last look: kind, vendor id, changed fields."""
        told, self.told = self.told, []
        return [(each.kind.value, vendor_id_of(each), each.changed_fields) for each in told]


def vendor_id_of(change: MailboxChange) -> str:
    return next(key for key in ("1", "2", "3", "4", "9") if change.mailbox_id == encode(Kind.MAILBOX, "a", key))


@pytest.fixture
async def inventory(account: AccountInventory, clock: Clock) -> AsyncIterator[Inventory]:
    it = Inventory([account], call_later=clock.call_later)
    yield it
    await it.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def watched(inventory: Inventory, wanted: MailboxFilter | None = None) -> Watch:
    """One more client, that knows all that is there."""
    watch = Watch(inventory, "a", wanted=wanted)
    await settle()
    return watch


async def polled(clock: Clock, seconds: float = 30.1) -> None:
    clock.turn(seconds)
    await settle()


# ---------------------------------------------------------------------- what is told
async def test_what_is_there_already_is_not_told(inventory: Inventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    watch = await watched(inventory)
    await polled(clock)
    assert (watch.news, adapter.lists) == ([], 2)
    await watch.close()


async def test_what_differs_between_two_lists_is_told(inventory: Inventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    watch = await watched(inventory)
    changed = mailbox("2", display_name="x", details=MadeUpDetails(word="y"))
    adapter.script = [["1", changed], ["4"]]
    await polled(clock)
    assert watch.told[0] == MailboxChange(ChangeKind.CHANGED, changed, changed.id, ("details", "displayName"))
    assert watch.told[2] == MailboxChange(ChangeKind.REMOVED, None, encode(Kind.MAILBOX, "a", "3"))
    assert watch.news == [("CHANGED", "2", ("details", "displayName")), ("ADDED", "4", ()), ("REMOVED", "3", ())]
    await polled(clock)
    assert watch.news == []
    await watch.close()


async def test_own_writes_are_told_at_once_and_once(
    inventory: Inventory, account: AccountInventory, adapter: MadeUpAdapter, clock: Clock
) -> None:
    watch = await watched(inventory)
    account.wrote(NEW)
    account.wrote(mailbox("2", display_name="x"))
    account.wrote(mailbox("1"))
    account.deleted("3")
    account.deleted("4")
    await settle()
    expected = [("ADDED", "9", ()), ("CHANGED", "2", ("displayName",)), ("REMOVED", "3", ())]
    assert (watch.news, adapter.lists) == (expected, 1)
    await polled(clock)
    assert (watch.news, adapter.lists) == ([], 2), "the list lags, and has nothing to tell"
    account.forget("9")
    await settle()
    assert watch.news == [("REMOVED", "9", ())]
    await polled(clock, 121)
    assert watch.news == [("CHANGED", "2", ("displayName",)), ("ADDED", "3", ())], "the vendor did not do it after all"
    await watch.close()


async def test_own_writes_are_told_before_the_first_list(inventory: Inventory, account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.gate.clear()
    watch = await watched(inventory)
    account.wrote(NEW)
    await settle()
    assert watch.news == [("ADDED", "9", ())]
    adapter.gate.set()
    await settle()
    account.deleted("9")
    await settle()
    assert watch.news == [("REMOVED", "9", ())]
    await watch.close()


@pytest.mark.parametrize("script", [[fault()], [["1"], fault()], [ValueError()]])
async def test_a_load_that_fails_removes_nothing(
    inventory: Inventory, adapter: MadeUpAdapter, clock: Clock, script: list[list[str | Mailbox] | Exception]
) -> None:
    watch = await watched(inventory)
    adapter.script = script
    await polled(clock)
    assert (watch.news, adapter.lists) == ([], 2)
    adapter.script = [["1", "2", "4"]]
    await polled(clock)
    assert watch.news == [("ADDED", "4", ()), ("REMOVED", "3", ())]
    await watch.close()


async def test_a_part_of_a_list_tells_what_is_in_it(inventory: Inventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    watch = await watched(inventory)
    adapter.script = [[mailbox("2", display_name="x"), "4"], fault()]
    await polled(clock)
    assert watch.news == [("CHANGED", "2", ("displayName",)), ("ADDED", "4", ())]
    await watch.close()


async def test_a_first_list_that_comes_in_parts_tells_nothing(inventory: Inventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    adapter.script = [["1"], fault()]
    watch = await watched(inventory)
    adapter.script = [["1", "2"], ["3"]]
    await polled(clock, 2)
    assert (watch.news, adapter.lists) == ([], 2)
    await watch.close()


async def test_rows_that_expire_are_not_removed(inventory: Inventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    watch = await watched(inventory)
    adapter.script = [fault()]
    await polled(clock)
    adapter.script = [["1"], fault()]
    await polled(clock, 24 * 3600 + 1)
    await polled(clock, 120)
    assert (len(inventory.accounts["a"].peek().rows), watch.news) == (1, []), "a part of a list says nothing of the rest"
    adapter.script = [["1", "2"]]
    await polled(clock, 120)
    assert watch.news == [("REMOVED", "3", ())]
    await watch.close()


async def test_a_load_that_others_began_is_told_as_well(inventory: Inventory, adapter: MadeUpAdapter) -> None:
    watch = await watched(inventory)
    adapter.script = [["1", "2"]]
    await inventory.views(["a"], no_cache=True)
    await settle()
    assert (watch.news, adapter.lists) == ([("REMOVED", "3", ())], 2)
    await watch.close()


async def test_a_filter_tells_what_passes_now_or_passed_before(inventory: Inventory, account: AccountInventory) -> None:
    wanted = MailboxFilter(display_name=StringFilter(eq="yes"))
    watch = await watched(inventory, wanted)
    for name in ("no", "yes", "no", "never", "yes"):
        account.wrote(mailbox("1", display_name=name))
        await settle()
    account.deleted("1")
    account.deleted("2")
    await settle()
    assert [kind for kind, _, _ in watch.news] == ["CHANGED", "CHANGED", "CHANGED", "REMOVED"]
    await watch.close()


# ---------------------------------------------------------------------- what the vendor is asked
async def test_one_poller_however_many_listen_and_never_faster_than_fresh(
    inventory: Inventory, adapter: MadeUpAdapter, clock: Clock
) -> None:
    watches = [await watched(inventory) for _ in range(20)]
    assert adapter.lists == 1
    for _ in range(29):
        await polled(clock, 1)
    assert adapter.lists == 1
    adapter.script = [["1"]]
    await polled(clock, 1.1)
    assert adapter.lists == 2
    assert all(len(watch.news) == 2 for watch in watches)
    assert len([task for task in asyncio.all_tasks() if task.get_name() == "poll a"]) == 1
    for watch in watches:
        await watch.close()


async def test_after_failures_the_holds_are_kept(inventory: Inventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    adapter.script = [fault()]
    watch = await watched(inventory)
    for lists, hold in enumerate((2, 4, 8, 16, 30, 30), 1):
        await polled(clock, hold - 0.1)
        assert adapter.lists == lists
        await polled(clock, 0.1)
        assert adapter.lists == lists + 1
    await watch.close()


async def test_where_nothing_counts_as_fresh_there_is_still_a_pause(adapter: MadeUpAdapter, clock: Clock) -> None:
    account = AccountInventory(adapter, MemoryStore(), freshness=Freshness(fresh_for=timedelta(0)), clock=clock)
    inventory = Inventory([account], call_later=clock.call_later)
    watch = await watched(inventory)
    await polled(clock, 0.9)
    assert adapter.lists == 1
    await polled(clock, 0.1)
    assert adapter.lists == 2
    await watch.close()
    await inventory.close()


# ---------------------------------------------------------------------- many and slow clients
async def test_a_client_that_comes_later_is_told_only_what_comes_later(inventory: Inventory, account: AccountInventory) -> None:
    early = await watched(inventory)
    account.wrote(NEW)
    late = await watched(inventory)
    account.deleted("9")
    await settle()
    assert (len(early.news), late.news) == (2, [("REMOVED", "9", ())])
    await early.close()
    account.wrote(NEW)
    await settle()
    assert late.news == [("ADDED", "9", ())]
    await late.close()


async def test_a_slow_client_holds_up_nobody_and_gets_less(inventory: Inventory, account: AccountInventory) -> None:
    slow, quick = await watched(inventory), await watched(inventory)
    slow.open.clear()
    account.wrote(NEW)
    await settle()
    for number in range(100):
        account.wrote(mailbox("1", display_name=str(number)))
        account.wrote(mailbox("9", campaign_count=number))
        account.deleted("9")
        account.wrote(mailbox("4"))
        account.deleted("4")
        await settle()
    assert (len(quick.news), len(slow.news)) == (102, 1)
    slow.open.set()
    await settle()
    assert slow.news == [("CHANGED", "1", ("displayName",)), ("REMOVED", "9", ())]
    await slow.close()
    await quick.close()


async def test_accounts_are_watched_together(clock: Clock) -> None:
    adapters = [MadeUpAdapter(clock, name=name) for name in ("a", "b", "c")]
    accounts = [AccountInventory(each, MemoryStore(), clock=clock) for each in adapters]
    inventory = Inventory(accounts, call_later=clock.call_later)
    watch = Watch(inventory, "a", "b", "a")
    await settle()
    for account in accounts:
        account.wrote(mailbox("9", account=account.account.name))
    await settle()
    assert [change.mailbox.account_name for change in watch.told if change.mailbox] == ["a", "b"]
    assert [each.lists for each in adapters] == [1, 1, 0]
    await watch.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await inventory.close()


# ---------------------------------------------------------------------- a large fleet
async def test_comparing_lets_others_run_and_does_not_undo_what_is_written_meanwhile(
    inventory: Inventory, account: AccountInventory, adapter: MadeUpAdapter, clock: Clock
) -> None:
    fleet = [mailbox(str(number)) for number in range(10_000)]
    adapter.script = [fleet]
    watch = await watched(inventory)
    await account.view(wait_seconds=60)
    await settle()
    adapter.script = [[mailbox(str(number), display_name="new") for number in range(10_000)]]
    looked: list[int] = []
    is_written = False

    clock.turn(30.1)
    while len(watch.told) < 10_000:
        looked.append(len(watch.told))
        if not is_written and watch.told:
            is_written = True
            account.wrote(mailbox("9999", display_name="mine"))
            account.deleted("9998")
        await asyncio.sleep(0)
    steps = [later - earlier for earlier, later in pairwise(looked)]
    assert max(steps) < 5000, "a few milliseconds at a time"
    by_id = {change.mailbox_id: change for change in watch.told}
    assert len(watch.told) == 10_000
    mine = by_id[fleet[9999].id].mailbox
    assert mine is not None
    assert mine.display_name == "mine"
    assert by_id[fleet[9998].id].kind is ChangeKind.REMOVED
    await watch.close()


# ---------------------------------------------------------------------- the end
async def test_the_last_one_who_closes_stops_the_polling(inventory: Inventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    first, second = await watched(inventory), await watched(inventory)
    await first.close()
    await polled(clock)
    assert adapter.lists == 2
    await second.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not clock.waiting
    await polled(clock, 3600)
    assert adapter.lists == 2
    third = await watched(inventory)
    assert (adapter.lists, third.news) == (3, [])
    await third.close()


async def test_closing_while_a_list_is_under_way_leaves_the_list_alone(
    inventory: Inventory, account: AccountInventory, adapter: MadeUpAdapter
) -> None:
    adapter.gate.clear()
    watch = await watched(inventory)
    await watch.close()
    assert [task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()}] == ["load a"]
    adapter.gate.set()
    await settle()
    assert len(account.peek().rows) == 3


async def test_closing_the_inventory_ends_all_who_watch(inventory: Inventory, clock: Clock) -> None:
    watches = [await watched(inventory) for _ in range(3)]
    await inventory.close()
    await asyncio.wait_for(asyncio.gather(*(watch.task for watch in watches)), 5)
    assert not clock.waiting
    late = await watched(inventory)
    assert late.task.done()


async def test_a_fault_of_our_own_is_told_and_the_next_one_begins_anew(
    inventory: Inventory, adapter: MadeUpAdapter, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    watches = [await watched(inventory) for _ in range(2)]
    slow = await watched(inventory)
    slow.open.clear()
    inventory.accounts["a"].wrote(NEW)
    await settle()
    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "by_id", property(lambda _: 1 / 0))
        adapter.script = [["1"]]
        await polled(clock)
    for watch in watches:
        with pytest.raises(GatewayError, match="its log says where"):
            await watch.task
    again = await watched(inventory)
    adapter.script = [["1", "4"]]
    await inventory.views(["a"], no_cache=True)
    await settle()
    assert ("ADDED", "4", ()) in again.news
    slow.open.set()
    with pytest.raises(GatewayError, match="its log says where"):
        await slow.task
    inventory.accounts["a"].deleted("4")
    await settle()
    assert ("REMOVED", "4", ()) in again.news
    await again.close()
