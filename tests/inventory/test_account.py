"""What a request sees of an account, and when the vendor is asked: every hour of a snapshot's life."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

import pytest

from gateway.domain.errors import (
    ErrorCode,
    RateLimitedError,
    VendorAuthError,
    VendorForbiddenError,
    VendorTimeoutError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import Mailbox
from gateway.inventory.account import AccountInventory, Freshness
from gateway.inventory.inventory import Inventory
from gateway.inventory.source import SourceStatus
from gateway.inventory.store import MemoryStore
from tests.inventory.made_up import NOON, Clock, MadeUpAdapter, fault, ids, loaded, settle

CANARY = "CANARY-77aa"


# ---------------------------------------------------------------------- fresh and stale
async def test_a_first_view_has_everything(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    view = await account.view(wait_seconds=5)
    assert ids(view) == ["1", "2", "3"]
    source = view.source
    assert (source.status, source.mailbox_count, source.as_of, source.problem) == (SourceStatus.FRESH, 3, NOON, None)
    assert source.is_complete
    assert not any(view.is_stale(row) for row in view.rows)
    assert adapter.expected == [0]


async def test_fresh_makes_no_call(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    first = await loaded(account)
    clock.turn(30)
    second = await account.view(wait_seconds=5)
    await settle()
    assert adapter.lists == 1
    assert second.snapshot is first.snapshot
    assert second.source.status is SourceStatus.FRESH


async def test_stale_is_served_at_once_and_refreshed_behind(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    await loaded(account)
    adapter.gate.clear()
    adapter.script = [["1", "4"]]
    clock.turn(31)
    stale = await account.view(wait_seconds=0)
    assert (stale.source.status, ids(stale), stale.source.as_of) == (SourceStatus.STALE, ["1", "2", "3"], NOON)
    assert all(stale.is_stale(row) for row in stale.rows)
    assert stale.source.mailbox_count == 3
    adapter.gate.set()
    await settle()
    view = account.peek()
    assert (view.source.status, ids(view)) == (SourceStatus.FRESH, ["1", "4"])
    assert view.source.as_of == NOON + timedelta(seconds=31)
    assert adapter.expected == [0, 3]
    assert ids(stale) == ["1", "2", "3"], "a view does not change while it is answered"


async def test_one_refresh_at_a_time_whoever_asks(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    await loaded(account)
    adapter.gate.clear()
    clock.turn(31)
    await asyncio.gather(*(account.view(wait_seconds=5) for _ in range(10)))
    adapter.gate.set()
    await settle()
    assert (adapter.lists, adapter.most) == (2, 1)


async def test_one_first_load_whoever_asks(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    views = await asyncio.gather(*(account.view(wait_seconds=5) for _ in range(10)))
    assert adapter.lists == 1
    assert all(ids(view) == ["1", "2", "3"] for view in views)


async def test_peek_asks_nobody(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    view = account.peek()
    await settle()
    assert adapter.lists == 0
    assert (view.snapshot, view.rows, view.source.status) == (None, (), SourceStatus.UNAVAILABLE)
    assert view.find("1") is None


async def test_a_refresh_that_is_complete_removes_what_vanished(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    await loaded(account)
    adapter.script = [[]]
    clock.turn(31)
    await account.view(wait_seconds=0)
    await settle()
    view = account.peek()
    assert (ids(view), view.source.status, view.source.mailbox_count) == ([], SourceStatus.FRESH, 0)


# ---------------------------------------------------------------------- the first load
async def test_a_first_load_is_waited_for_no_longer_than_allowed(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.gate.clear()
    view = await account.view(wait_seconds=0.01)
    assert (view.source.status, ids(view), view.source.mailbox_count) == (SourceStatus.LOADING, [], None)
    assert not view.source.is_complete
    adapter.gate.set()
    await settle()
    assert (account.peek().source.status, adapter.lists) == (SourceStatus.FRESH, 1)


async def test_what_has_arrived_is_served_while_loading_goes_on(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.turnstile = asyncio.Semaphore(1)
    view = await account.view(wait_seconds=0.01)
    assert (view.source.status, ids(view), view.source.mailbox_count) == (SourceStatus.PARTIAL, ["1", "2"], None)
    assert not any(view.is_stale(row) for row in view.rows)
    adapter.turnstile.release()
    await settle()
    whole = account.peek()
    assert (whole.source.status, ids(whole), whole.source.mailbox_count) == (SourceStatus.FRESH, ["1", "2", "3"], 3)
    assert adapter.lists == 1


async def test_a_load_belongs_to_the_account_not_to_the_request(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.gate.clear()
    request = asyncio.create_task(account.view(wait_seconds=60))
    await settle()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    adapter.gate.set()
    await settle()
    assert ids(account.peek()) == ["1", "2", "3"]
    assert adapter.lists == 1


async def test_a_first_load_that_fails(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    retry_at = NOON + timedelta(minutes=3)
    adapter.script = [fault(RateLimitedError, retry_at=retry_at)]
    source = (await account.view(wait_seconds=5)).source
    assert (source.status, source.problem) == (SourceStatus.UNAVAILABLE, ErrorCode.VENDOR_RATE_LIMITED)
    assert (source.message, source.retry_at, source.mailbox_count, source.as_of) == ("It says no.", retry_at, None, None)


async def test_a_finer_reason_is_told(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    error = VendorForbiddenError("No plan.", vendor=account.account.vendor, account="a", reason=ErrorCode.SUBSCRIPTION_REQUIRED)
    adapter.script = [error]
    assert (await account.view(wait_seconds=5)).source.problem is ErrorCode.SUBSCRIPTION_REQUIRED


async def test_right_after_a_failure_nobody_waits_and_the_vendor_is_left_alone(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock
) -> None:
    adapter.script = [fault()]
    await account.view(wait_seconds=5)
    adapter.gate.clear()
    clock.turn(1.9)
    view = await asyncio.wait_for(account.view(wait_seconds=60), 5)
    assert view.source.status is SourceStatus.UNAVAILABLE
    assert adapter.lists == 1


async def test_holds_grow_and_end(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    adapter.script = [fault()]
    await account.view(wait_seconds=5)
    for hold in (2, 4, 8, 16, 30, 30, 30):
        before = adapter.lists
        clock.turn(hold - 0.1)
        await account.view(wait_seconds=5)
        assert adapter.lists == before
        clock.turn(0.1)
        await account.view(wait_seconds=5)
        assert adapter.lists == before + 1
    clock.turn(60)
    adapter.script = [["1"]]
    view = await account.view(wait_seconds=5)
    assert (view.source.status, view.source.problem, view.source.retry_at) == (SourceStatus.FRESH, None, None)
    adapter.script = [fault()]
    clock.turn(31)
    await account.view(wait_seconds=5)
    await settle()
    before = adapter.lists
    clock.turn(2)
    await account.view(wait_seconds=5)
    await settle()
    assert adapter.lists == before + 1, "after a success the holds begin anew"


async def test_a_vendor_s_own_time_holds_longer(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    adapter.script = [fault(VendorUnavailableError, retry_at=NOON + timedelta(seconds=100))]
    await account.view(wait_seconds=5)
    clock.turn(99)
    await account.view(wait_seconds=5)
    assert adapter.lists == 1
    clock.turn(1)
    adapter.script = [["1"]]
    assert ids(await account.view(wait_seconds=5)) == ["1"]


# ---------------------------------------------------------------------- refreshes that fail
@pytest.mark.parametrize("kind", [VendorUnavailableError, VendorTimeoutError, VendorAuthError, RateLimitedError])
async def test_a_failed_refresh_keeps_the_old_snapshot_and_says_why(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock, kind: type[VendorUnavailableError]
) -> None:
    await loaded(account)
    adapter.script = [fault(kind)]
    clock.turn(31)
    await account.view(wait_seconds=5)
    await settle()
    view = await account.view(wait_seconds=5)
    assert (view.source.status, view.source.problem, view.source.message) == (SourceStatus.STALE, kind.code, "It says no.")
    assert (ids(view), view.source.mailbox_count, view.source.as_of) == (["1", "2", "3"], 3, NOON)
    assert all(view.is_stale(row) for row in view.rows)
    assert view.source.is_complete
    assert adapter.lists == 2


async def test_a_page_that_fails_after_others_loses_and_doubles_nothing(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock
) -> None:
    await loaded(account)
    adapter.script = [["3", "4"], fault(), ["5"]]
    clock.turn(31)
    await account.view(wait_seconds=5)
    await settle()
    view = account.peek()
    assert (view.source.status, view.source.problem) == (SourceStatus.PARTIAL, ErrorCode.VENDOR_UNAVAILABLE)
    assert sorted(ids(view)) == ["1", "2", "3", "4"]
    assert {row.vendor_id: view.is_stale(row) for row in view.rows} == {"1": True, "2": True, "3": False, "4": False}
    assert view.source.as_of == NOON
    adapter.script = [["1"], ["5"]]
    clock.turn(2)
    view = await account.view(wait_seconds=5)
    assert (view.source.status, sorted(ids(view))) == (SourceStatus.PARTIAL, ["1", "2", "3", "4"]), "nobody waits for what is known"
    await settle()
    view = account.peek()
    assert (view.source.status, ids(view)) == (SourceStatus.FRESH, ["1", "5"])


async def test_a_first_load_that_fails_on_the_way_keeps_what_came(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    adapter.script = [["1", "2"], fault()]
    view = await account.view(wait_seconds=5)
    assert (view.source.status, ids(view)) == (SourceStatus.PARTIAL, ["1", "2"])
    assert view.source.problem is ErrorCode.VENDOR_UNAVAILABLE
    adapter.script = [["3"], fault()]
    clock.turn(2)
    view = await account.view(wait_seconds=5)
    assert (view.source.status, sorted(ids(view))) == (SourceStatus.PARTIAL, ["1", "2", "3"])
    assert [view.is_stale(row) for row in sorted(view.rows, key=lambda row: row.vendor_id)] == [True, True, False]


async def test_rows_that_come_twice_in_a_list_are_one(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.script = [["1", "2"], ["2", "3"]]
    assert ids(await loaded(account)) == ["1", "2", "3"]


async def test_rows_go_when_no_refresh_succeeds_for_too_long(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    await loaded(account)
    adapter.script = [fault()]
    clock.turn(24 * 3600)
    await account.view(wait_seconds=5)
    await settle()
    assert ids(account.peek()) == ["1", "2", "3"]
    clock.turn(1)
    view = account.peek()
    assert (view.source.status, ids(view)) == (SourceStatus.UNAVAILABLE, [])
    assert view.source.problem is ErrorCode.VENDOR_UNAVAILABLE


async def test_parts_of_refreshes_do_not_keep_rows_for_ever(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    await loaded(account)
    for _ in range(25):
        clock.turn(3600)
        adapter.script = [["1"], fault()]
        await account.view(wait_seconds=5)
        await settle()
    assert "2" not in ids(account.peek())


# ---------------------------------------------------------------------- no-cache
async def test_no_cache_refreshes_what_is_fresh(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    await loaded(account)
    adapter.script = [["9"]]
    view = await account.view(wait_seconds=5, no_cache=True)
    assert (ids(view), view.source.status) == (["9"], SourceStatus.FRESH)


async def test_no_cache_waits_for_a_refresh_that_starts_after_it(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.gate.clear()
    adapter.script = [["before"]]
    early = asyncio.create_task(account.view(wait_seconds=60))
    await settle()
    adapter.script = [["after"]]
    late = [asyncio.create_task(account.view(wait_seconds=60, no_cache=True)) for _ in range(3)]
    await settle()
    adapter.gate.set()
    assert ids(await early) == ["before"]
    assert [ids(await each) for each in late] == [["after"]] * 3
    assert (adapter.lists, adapter.most) == (2, 1), "such requests share one refresh"


async def test_no_cache_does_not_share_a_refresh_that_has_begun_already(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    """Neither the one that runs nor the one that followed it."""
    adapter.turnstile = asyncio.Semaphore(0)
    requests = []
    for number in range(3):
        adapter.script = [[f"list {number}"]]
        requests.append(asyncio.create_task(account.view(wait_seconds=60, no_cache=True)))
        await settle()
        if number:
            adapter.turnstile.release()
            await settle()
    adapter.turnstile.release()
    assert [ids(await request) for request in requests] == [["list 0"], ["list 1"], ["list 2"]]


async def test_a_list_without_end_is_not_taken(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of its mailboxes is shown: nobody knows which of them are true."""
    await loaded(account)
    monkeypatch.setattr("gateway.inventory.load.MOST_MAILBOXES", 10)
    adapter.script = [[str(row) for row in range(page * 4, page * 4 + 4)] for page in range(10)]
    clock.turn(31)
    view = await account.view(wait_seconds=5, no_cache=True)
    assert (view.source.status, view.source.problem) == (SourceStatus.STALE, ErrorCode.VENDOR_PROTOCOL_ERROR)
    assert "lists more than 10 mailboxes" in (view.source.message or "")
    assert ids(view) == ["1", "2", "3"]


async def test_no_cache_says_when_no_news_came_in_time(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is as fresh as ever, and older than what was asked for."""
    monkeypatch.setattr("gateway.inventory.account.NO_CACHE_WAIT_SECONDS", 0.01)
    await loaded(account)
    clock.turn(1)
    adapter.gate.clear()
    view = await account.view(wait_seconds=5, no_cache=True)
    assert (view.source.status, view.source.problem, ids(view)) == (SourceStatus.STALE, None, ["1", "2", "3"])
    assert view.source.message == "No newer list came in the time that this request had."
    assert all(view.is_stale(row) for row in view.rows)
    assert account.peek().source.status is SourceStatus.FRESH


async def test_no_cache_is_not_waited_for_long_while_the_vendor_fails(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    await loaded(account)
    adapter.script = [fault(VendorTimeoutError)]
    await account.view(wait_seconds=5, no_cache=True)
    adapter.gate.clear()
    async with asyncio.timeout(5):
        view = await account.view(wait_seconds=0.01, no_cache=True)
    assert (view.source.status, view.source.problem) == (SourceStatus.STALE, ErrorCode.VENDOR_TIMEOUT)


async def test_a_load_is_waited_for_once_and_not_by_every_request(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.gate.clear()
    assert (await account.view(wait_seconds=0.05)).source.status is SourceStatus.LOADING
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(20):
        assert (await account.view(wait_seconds=0.05)).source.status is SourceStatus.LOADING
    assert loop.time() - began < 0.5, "twenty waits of their own would take a second"
    adapter.gate.set()
    await settle()
    assert ids(account.peek()) == ["1", "2", "3"]


async def test_no_cache_is_not_stopped_by_a_hold(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.script = [fault()]
    await account.view(wait_seconds=5)
    adapter.script = [["1"]]
    assert ids(await account.view(wait_seconds=5, no_cache=True)) == ["1"]


async def test_no_cache_makes_no_call_while_rate_limited(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    await loaded(account)
    adapter.script = [fault(RateLimitedError, retry_at=NOON + timedelta(seconds=60))]
    await account.view(wait_seconds=5, no_cache=True)
    adapter.script = [["1"]]
    clock.turn(59)
    view = await account.view(wait_seconds=5, no_cache=True)
    assert (adapter.lists, view.source.status, view.source.problem) == (2, SourceStatus.STALE, ErrorCode.VENDOR_RATE_LIMITED)
    clock.turn(1)
    assert ids(await account.view(wait_seconds=5, no_cache=True)) == ["1"]


async def test_no_cache_behind_a_load_that_ends_rate_limited_makes_no_call(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.gate.clear()
    adapter.script = [fault(RateLimitedError, retry_at=NOON + timedelta(seconds=60))]
    early = asyncio.create_task(account.view(wait_seconds=60))
    await settle()
    late = asyncio.create_task(account.view(wait_seconds=60, no_cache=True))
    await settle()
    adapter.gate.set()
    for view in (await early, await late):
        assert view.source.problem is ErrorCode.VENDOR_RATE_LIMITED
    assert adapter.lists == 1


async def test_no_cache_that_goes_away_stops_nothing(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.gate.clear()
    tasks = [asyncio.create_task(account.view(wait_seconds=60, no_cache=True)) for _ in range(3)]
    await settle()
    tasks[0].cancel()
    tasks[1].cancel()
    adapter.gate.set()
    assert ids(await tasks[2]) == ["1", "2", "3"]


# ---------------------------------------------------------------------- how long fresh lasts
@pytest.mark.parametrize(
    ("freshness", "pages", "seconds"),
    [
        (Freshness(), 100, 30),
        (Freshness(seconds_per_call=1.0), 1, 30),
        (Freshness(seconds_per_call=1.0), 7, 30),
        (Freshness(seconds_per_call=1.0), 100, 400),
        (Freshness(seconds_per_call=0.5), 100, 200),
        (Freshness(fresh_for=timedelta(seconds=5), seconds_per_call=1.0), 100, 5),
        (Freshness(fresh_for=timedelta(0)), 1, 0),
    ],
)
def test_fresh_time_grows_with_pages_and_quota(freshness: Freshness, pages: int, seconds: float) -> None:
    assert freshness.of(pages) == timedelta(seconds=seconds)


async def test_a_fleet_of_many_pages_stays_fresh_for_longer(adapter: MadeUpAdapter, clock: Clock) -> None:
    account = AccountInventory(adapter, MemoryStore(), freshness=Freshness(seconds_per_call=1.0), clock=clock)
    adapter.script = [[str(number)] for number in range(20)]
    await loaded(account)
    clock.turn(80)
    assert (await account.view(wait_seconds=5)).source.status is SourceStatus.FRESH
    clock.turn(1)
    assert (await account.view(wait_seconds=5)).source.status is SourceStatus.STALE
    await account.close()


async def test_a_load_s_own_time_does_not_count_against_it(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    adapter.gate.clear()
    request = asyncio.create_task(account.view(wait_seconds=60))
    await settle()
    clock.turn(45)
    adapter.gate.set()
    source = (await request).source
    assert (source.status, source.as_of) == (SourceStatus.FRESH, NOON)


async def test_due_is_when_a_view_asks_again(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    assert account.seconds_until_due() == 0
    await loaded(account)
    scripts: list[Sequence[Sequence[str | Mailbox] | Exception]] = [[["2"]], [fault()], [["1"], fault()], [fault()]]
    for lists, script in enumerate(scripts, 2):
        adapter.script = script
        due = account.seconds_until_due()
        assert due is not None
        clock.turn(due - 0.000001)
        await account.view(wait_seconds=0)
        await settle()
        assert adapter.lists == lists - 1
        clock.turn(0.000001)
        await account.view(wait_seconds=0)
        assert account.seconds_until_due() is None
        await settle()
        assert adapter.lists == lists


# ---------------------------------------------------------------------- faults of our own
async def test_an_unexpected_exception_is_internal_and_its_text_is_nowhere(
    account: AccountInventory, adapter: MadeUpAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    adapter.script = [["1"], ValueError(f"cannot read {CANARY}")]
    view = await account.view(wait_seconds=5)
    assert (view.source.status, view.source.problem, ids(view)) == (SourceStatus.PARTIAL, ErrorCode.INTERNAL, ["1"])
    assert CANARY not in f"{view.source!r} {caplog.text}"
    assert not any(CANARY in str(record.__dict__) for record in caplog.records)
    assert "ValueError" in caplog.text
    assert "list_mailboxes" in caplog.text, "the log says where"
    assert view.source.message is not None
    assert adapter.under_way == 0


async def test_a_fault_while_rows_are_kept_ends_the_vendor_s_pages_at_once(
    account: AccountInventory, adapter: MadeUpAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Mailbox, __: Mailbox) -> Mailbox:
        raise ValueError(CANARY)

    await loaded(account)
    adapter.notes = {"1": "known"}
    await account.mailboxes(["1"])
    monkeypatch.setattr(adapter, "merge", refuse)
    await account.view(wait_seconds=5, no_cache=True)
    assert (adapter.lists, adapter.ended, adapter.under_way) == (2, 2, 0)
    view = account.peek()
    assert (view.source.status, view.source.problem, ids(view)) == (SourceStatus.STALE, ErrorCode.INTERNAL, ["1", "2", "3"])


async def test_one_account_s_fault_does_not_touch_another(clock: Clock) -> None:
    good, bad, slow = (MadeUpAdapter(clock, name=name) for name in ("good", "bad", "slow"))
    bad.script = [RuntimeError(CANARY)]
    slow.gate.clear()
    accounts = [AccountInventory(each, MemoryStore(), clock=clock) for each in (slow, good, bad)]
    inventory = Inventory(accounts, answer_within_seconds=0.01)
    assert list(inventory.accounts) == ["bad", "good", "slow"]
    views = await inventory.views(["good", "bad", "slow"], no_cache=False)
    assert [view.source.status for view in views] == [SourceStatus.FRESH, SourceStatus.UNAVAILABLE, SourceStatus.LOADING]
    assert [view.source.account.name for view in views] == ["good", "bad", "slow"]
    await inventory.close()


# ---------------------------------------------------------------------- the end
async def test_close_leaves_no_task_behind(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.gate.clear()
    requests = [asyncio.create_task(account.view(wait_seconds=60, no_cache=each)) for each in (False, True)]
    await settle()
    await account.close()
    assert {task for task in asyncio.all_tasks() if "load" in task.get_name()} == set()
    await asyncio.gather(*requests)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert (adapter.under_way, adapter.lists) == (0, 1)


async def test_close_ends_the_next_load_after_it_has_begun(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.turnstile = asyncio.Semaphore(2)
    requests = [asyncio.create_task(account.view(wait_seconds=60, no_cache=True)) for _ in range(2)]
    await settle()
    requests.append(asyncio.create_task(account.view(wait_seconds=60, no_cache=True)))
    await settle()
    assert adapter.under_way == 1
    await account.close()
    assert {task for task in asyncio.all_tasks() if "load" in task.get_name()} == set()
    await asyncio.gather(*requests)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert adapter.under_way == 0


async def test_close_while_refreshing_keeps_the_snapshot_whole(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    await loaded(account)
    adapter.script = [fault()]
    clock.turn(31)
    await account.view(wait_seconds=5)
    await settle()
    adapter.turnstile = asyncio.Semaphore(1)
    adapter.script = [["1"], ["2"]]
    clock.turn(31)
    await account.view(wait_seconds=5)
    await settle()
    await account.close()
    assert (account.peek().source.status, ids(account.peek())) == (SourceStatus.STALE, ["1", "2", "3"])


async def test_an_account_that_failed_is_waited_for_but_briefly(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float | None] = []
    wait = asyncio.wait

    async def watched(tasks: set[asyncio.Task[None]], *, timeout: float | None = None) -> object:  # noqa: ASYNC109 - as asyncio's own
        waits.append(timeout)
        return await wait(tasks, timeout=timeout)

    monkeypatch.setattr(asyncio, "wait", watched)
    adapter.script = [fault()]
    await account.view(wait_seconds=5)
    clock.turn(2)
    adapter.script = [["1"]]
    view = await account.view(wait_seconds=5)
    assert (view.source.status, ids(view)) == (SourceStatus.FRESH, ["1"])
    assert waits == [pytest.approx(5, abs=0.5), pytest.approx(1.0, abs=0.5)]
