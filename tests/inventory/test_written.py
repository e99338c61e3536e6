"""What was written through us is shown at once, and no list that lags takes it back."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec
import pytest

from gateway.domain.details import MAILBOX_PART
from gateway.domain.errors import NotFoundError, VendorNotFoundError, VendorUnavailableError
from gateway.domain.mailbox import Mailbox
from gateway.inventory import rows
from gateway.inventory.account import AccountInventory
from gateway.inventory.overlay import overlaid
from gateway.inventory.snapshot import Snapshot
from gateway.inventory.source import SourceStatus
from gateway.inventory.view import View
from gateway.inventory.written import LISTS_LAG
from tests.inventory.made_up import NOON, Clock, MadeUpAdapter, MadeUpDetails, fault, ids, loaded, mailbox, settle

LAG = LISTS_LAG.total_seconds()
NEW = mailbox("9", display_name="New")
WRITTEN = mailbox("2", display_name="Written")


def name_of(view: View, mailbox_id: str) -> str | None:
    row = view.find(mailbox_id)
    assert row is not None
    return row.display_name


async def refreshed(account: AccountInventory) -> View:
    return await account.view(wait_seconds=5, no_cache=True)


# ---------------------------------------------------------------------- at once
async def test_a_change_is_shown_at_once(account: AccountInventory) -> None:
    before = await loaded(account)
    account.wrote(WRITTEN)
    view = account.peek()
    assert (ids(view), name_of(view, "2")) == (["1", "2", "3"], "Written")
    assert view.source == before.source
    assert name_of(before, "2") is None, "a view does not change while it is answered"


async def test_a_creation_is_shown_and_counted_at_once(account: AccountInventory) -> None:
    await loaded(account)
    account.wrote(NEW)
    view = account.peek()
    assert (ids(view), view.source.mailbox_count) == (["1", "2", "3", "9"], 4)
    assert view.at_address("9@example.com") == (view.find("9"),)


async def test_a_deletion_is_shown_and_counted_at_once(account: AccountInventory) -> None:
    await loaded(account)
    account.deleted("2")
    account.deleted("unheard of")
    view = account.peek()
    assert (ids(view), view.source.mailbox_count) == (["1", "3"], 2)


async def test_of_two_writes_the_later_counts(account: AccountInventory) -> None:
    await loaded(account)
    for name in ("first", "second"):
        account.wrote(mailbox("2", display_name=name))
    assert name_of(account.peek(), "2") == "second"
    account.deleted("2")
    assert account.peek().find("2") is None
    account.wrote(mailbox("2", display_name="third"))
    assert name_of(account.peek(), "2") == "third"


async def test_what_is_written_before_the_first_list_is_in_it(account: AccountInventory) -> None:
    account.wrote(NEW)
    account.deleted("1")
    assert account.peek().snapshot is None
    assert ids(await loaded(account)) == ["2", "3", "9"]


async def test_what_is_written_is_shown_in_a_part_of_a_list(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.script = [["1", "2"], fault()]
    view = await account.view(wait_seconds=5)
    account.wrote(NEW)
    account.wrote(WRITTEN)
    account.deleted("1")
    view = account.peek()
    assert (view.source.status, ids(view), name_of(view, "2")) == (SourceStatus.PARTIAL, ["2", "9"], "Written")
    assert view.source.mailbox_count is None


# ---------------------------------------------------------------------- lists that lag
async def test_a_load_that_began_before_does_not_undo_it_however_long_it_takes(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock
) -> None:
    await loaded(account)
    adapter.turnstile = asyncio.Semaphore(1)
    request = asyncio.create_task(refreshed(account))
    await settle()
    account.wrote(WRITTEN)
    account.wrote(NEW)
    account.deleted("3")
    clock.turn(10 * LAG)
    adapter.turnstile.release()
    await settle()
    view = await request
    assert (ids(view), name_of(view, "2")) == (["1", "2", "9"], "Written")


@pytest.mark.parametrize(("seconds", "is_shown"), [(0, True), (LAG - 1, True), (LAG, False)])
async def test_a_list_that_begins_after_it_may_lag_for_so_long(
    account: AccountInventory, clock: Clock, seconds: float, *, is_shown: bool
) -> None:
    await loaded(account)
    account.wrote(WRITTEN)
    account.wrote(NEW)
    account.deleted("3")
    clock.turn(seconds)
    view = await refreshed(account)
    assert (ids(view), name_of(view, "2")) == ((["1", "2", "9"], "Written") if is_shown else (["1", "2", "3"], None))
    assert view.source.mailbox_count == 3


async def test_a_failing_load_undoes_nothing(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    await loaded(account)
    account.wrote(WRITTEN)
    account.wrote(NEW)
    account.deleted("3")
    clock.turn(2 * LAG)
    adapter.script = [["1"], fault()]
    view = await refreshed(account)
    assert (view.source.status, ids(view), name_of(view, "2")) == (SourceStatus.PARTIAL, ["1", "2", "9"], "Written")
    adapter.script = [["2", "3"], fault()]
    view = await refreshed(account)
    assert (ids(view), name_of(view, "2")) == (["1", "2", "3", "9"], None), "the vendor said what is in its part of a list"


async def test_a_row_that_is_evidently_newer_wins_at_once(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    await loaded(account)
    for seconds, name in ((-1, "mine"), (0, "mine"), (1, "theirs")):
        account.wrote(mailbox("2", display_name="mine", updated_at=NOON))
        adapter.script = [[mailbox("2", display_name="theirs", updated_at=NOON + timedelta(seconds=seconds))]]
        assert name_of(await refreshed(account), "2") == name


async def test_when_a_list_agrees_the_next_one_counts(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    await loaded(account)
    account.wrote(WRITTEN)
    account.wrote(NEW)
    account.deleted("3")
    clock.turn(1)
    adapter.script = [["1", WRITTEN, NEW]]
    assert ids(await refreshed(account)) == ["1", "2", "9"]
    adapter.script = [["1", "2", "3"]]
    view = await refreshed(account)
    assert (ids(view), name_of(view, "2")) == (["1", "2", "3"], None)


async def test_what_lists_do_not_carry_and_the_time_of_reading_do_not_keep_a_list_from_agreeing(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock
) -> None:
    await loaded(account)
    account.wrote(mailbox("2", details=MadeUpDetails(word="a", extra="only in the answer")))
    clock.turn(1)
    adapter.script = [[mailbox("2", details=MadeUpDetails(word="a"), observed_at=clock(), updated_at=clock())]]
    await refreshed(account)
    assert not account._rows._written


@pytest.mark.parametrize("is_deleted", [True, False])
async def test_a_list_that_agrees_with_the_second_write_may_be_older_than_the_first(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock, *, is_deleted: bool
) -> None:
    old = mailbox("2", display_name="old")
    first: Sequence[Sequence[str | Mailbox]] = [["1"]] if is_deleted else [["1", old]]
    adapter.script = first
    before = ids(await loaded(account))
    between = mailbox("2", display_name="between")
    account.wrote(between)
    if is_deleted:
        account.deleted("2")
    else:
        account.wrote(old)
    second: Sequence[Sequence[str | Mailbox]] = [["1", between]]
    for script in (first, second):
        clock.turn(1)
        adapter.script = script
        view = await refreshed(account)
        assert ids(view) == before
        assert is_deleted or name_of(view, "2") == "old"


async def test_a_load_that_began_before_proves_nothing_by_agreeing(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    await loaded(account)
    adapter.turnstile = asyncio.Semaphore(0)
    adapter.script = [[WRITTEN]]
    request = asyncio.create_task(refreshed(account))
    await settle()
    clock.turn(1)
    account.wrote(WRITTEN)
    adapter.turnstile.release()
    await request
    adapter.turnstile = None
    adapter.script = [["2"]]
    assert name_of(await refreshed(account), "2") == "Written"


async def test_expired_rows_go_and_what_was_written_long_ago_with_them(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock
) -> None:
    await loaded(account)
    account.wrote(NEW)
    clock.turn(24 * 3600 + 1)
    view = account.peek()
    assert (view.source.status, ids(view)) == (SourceStatus.UNAVAILABLE, [])
    with pytest.raises(VendorNotFoundError):
        await account.known("9")
    assert adapter.calls["mailbox 9"] == 1


# ---------------------------------------------------------------------- what does not hold
async def test_a_forgotten_creation_is_gone(account: AccountInventory) -> None:
    await loaded(account)
    account.wrote(NEW)
    account.forget("9")
    assert ids(account.peek()) == ["1", "2", "3"]


async def test_a_forgotten_change_leaves_what_the_vendor_listed(account: AccountInventory) -> None:
    await loaded(account)
    account.wrote(WRITTEN)
    account.deleted("3")
    for mailbox_id in ("2", "3", "unheard of"):
        account.forget(mailbox_id)
    view = account.peek()
    assert (ids(view), name_of(view, "2")) == (["1", "2", "3"], None)


# ---------------------------------------------------------------------- one mailbox
async def test_known_asks_only_about_the_unknown(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.notes = {"7": "hello"}
    account.wrote(NEW)
    assert (await account.known("9")).display_name == "New"
    assert (await account.known("7")).vendor_id == "7"
    await loaded(account)
    assert (await account.known("1")).vendor_id == "1"
    assert adapter.calls == {"mailbox 7": 1}


async def test_known_raises_the_vendor_s_error(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.error = fault()
    with pytest.raises(VendorUnavailableError, match="It says no"):
        await account.known("1")


async def test_what_was_just_deleted_is_not_asked_for(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    adapter.notes = {"1": "still in some replica"}
    await loaded(account)
    account.deleted("1")
    with pytest.raises(VendorNotFoundError, match="deleted a moment ago"):
        await account.known("1")
    assert isinstance((await account.details(["1"], MAILBOX_PART))["1"], NotFoundError)
    assert not adapter.calls
    clock.turn(LAG)
    assert isinstance((await account.mailboxes(["1"]))["1"], Mailbox)
    assert ids(account.peek()) == ["1", "2", "3"], "it was not deleted after all"


async def test_details_are_asked_for_again_after_a_write(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.notes = {"1": "old", "2": "old"}
    await loaded(account)
    for part in (MAILBOX_PART, "extra"):
        await account.details(["1", "2"], part)
    account.wrote(mailbox("2"))
    for part in (MAILBOX_PART, "extra"):
        await account.details(["1", "2"], part)
    assert adapter.calls == {"mailbox 1": 1, "mailbox 2": 2, "extra 1,2": 1, "extra 2": 1}


@pytest.mark.parametrize("part", [MAILBOX_PART, "extra"])
async def test_a_read_under_way_while_its_mailbox_is_written_teaches_nothing(
    account: AccountInventory, adapter: MadeUpAdapter, part: str
) -> None:
    adapter.notes = {"1": "old", "2": "old"}
    await loaded(account)
    adapter.reading.clear()
    request = asyncio.create_task(account.details(["1", "2"], part))
    await settle()
    account.wrote(mailbox("2", details=MadeUpDetails(note="new")))
    adapter.reading.set()
    assert set(await request) == {"1", "2"}
    calls = adapter.calls.total()
    await account.details(["1"], part)
    assert adapter.calls.total() == calls
    await account.details(["2"], part)
    assert adapter.calls.total() == calls + 1
    row = account.peek().find("2")
    assert row is not None
    assert row.details == MadeUpDetails(note="new", mailbox_id=row.id)


async def test_a_read_that_is_older_than_the_write_does_not_count(
    account: AccountInventory, adapter: MadeUpAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await loaded(account)
    account.wrote(mailbox("2", display_name="Written", updated_at=NOON))
    for seconds, name in ((-1, "Written"), (1, "theirs")):
        answer = mailbox("2", display_name="theirs", updated_at=NOON + timedelta(seconds=seconds))

        async def get_mailbox(_: str, answer: Mailbox = answer) -> Mailbox:
            return answer

        monkeypatch.setattr(adapter, "get_mailbox", get_mailbox)
        read = (await account.mailboxes(["2"]))["2"]
        assert isinstance(read, Mailbox)
        assert (read.display_name, name_of(account.peek(), "2")) == (name, name)


async def test_the_adapter_completes_what_was_written_and_what_is_listed_after_it(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock
) -> None:
    adapter.notes = {"2": "known"}
    await loaded(account)
    await account.mailboxes(["2"])
    account.wrote(WRITTEN)
    for _ in range(2):
        row = account.peek().find("2")
        assert row is not None
        assert row.details == MadeUpDetails(note="known", mailbox_id=row.id)
        clock.turn(LAG)
        await refreshed(account)


# ---------------------------------------------------------------------- cost
async def test_two_thousand_writes_to_ten_thousand_rows_cost_one_snapshot(
    account: AccountInventory, adapter: MadeUpAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter.script = [[str(number) for number in range(10_000)]]
    adapter.notes = {str(number): "read" for number in range(1000)}
    await loaded(account)
    snapshots = 0

    def counted(snapshot: Snapshot, states: Mapping[str, Mailbox | None], *, version: int) -> Snapshot:
        nonlocal snapshots
        snapshots += 1
        return overlaid(snapshot, states, version=version)

    monkeypatch.setattr(rows, "overlaid", counted)
    for number in range(2000):
        row = await account.known(str(number))
        account.wrote(msgspec.structs.replace(row, display_name="Bulk"))
        if number < 1000:
            await account.mailboxes([str(number)])
        assert not account.is_stale(row)
    assert snapshots == 0
    view = account.peek()
    assert sum(row.display_name == "Bulk" for row in view.rows) == 2000
    assert account.peek().snapshot is view.snapshot
    assert snapshots == 2, "one with what reads taught, one with what was written"
    assert adapter.lists == 1


async def test_writes_that_lists_have_seen_need_no_memory(account: AccountInventory, clock: Clock) -> None:
    await loaded(account)
    for number in range(100):
        account.wrote(mailbox(f"new {number}"))
        account.deleted(f"gone {number}")
    clock.turn(LAG)
    await refreshed(account)
    assert not account._rows._written
    assert not account._rows.learned.mailboxes


@pytest.mark.parametrize("is_listed", [True, False])
async def test_an_account_that_nobody_looks_at_does_not_gather_writes(account: AccountInventory, clock: Clock, *, is_listed: bool) -> None:
    if is_listed:
        await loaded(account)
    for number in range(1000):
        account.wrote(mailbox(f"new {number}"))
        account.deleted(f"new {number}")
        clock.turn(LAG / 10)
        assert len(account._rows._written) <= 64
