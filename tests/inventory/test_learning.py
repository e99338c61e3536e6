"""What detail reads tell: kept within the fresh time, shown in the fleet, forgotten with the mailbox."""

import asyncio

import pytest

from gateway.domain.details import MAILBOX_PART
from gateway.domain.errors import GatewayError, NotFoundError, VendorUnavailableError
from gateway.domain.mailbox import Mailbox
from gateway.inventory.account import AccountInventory
from tests.inventory.made_up import Clock, MadeUpAdapter, MadeUpDetails, fault, loaded, settle


def note_of(account: AccountInventory, mailbox_id: str) -> str | None:
    row = account.peek().find(mailbox_id)
    assert row is not None
    assert isinstance(row.details, MadeUpDetails)
    return row.details.note


async def test_details_are_kept_for_the_fresh_time(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    for seconds, calls in ((0, 1), (30, 1), (1, 2)):
        clock.turn(seconds)
        answers = await account.details(["1", "2"], "extra")
        assert answers["2"] == MadeUpDetails(extra="extra 2")
        assert adapter.calls["extra 1,2"] == calls


async def test_no_cache_reads_details_anew(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    await account.details(["1"], "extra")
    await account.details(["1"], "extra", no_cache=True)
    assert adapter.calls["extra 1"] == 2


async def test_only_what_is_missing_is_asked(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    await account.details(["1"], "extra")
    answers = await account.details(["1", "2"], "extra")
    await account.details(["1"], "other")
    assert set(answers) == {"1", "2"}
    assert set(adapter.calls) == {"extra 1", "extra 2", "other 1"}


async def test_a_failure_is_not_kept(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    for _ in range(2):
        answers = await account.details(["1", "bad"], "extra")
        assert isinstance(answers["bad"], VendorUnavailableError)
        assert isinstance(answers["1"], MadeUpDetails)
    assert adapter.calls == {"extra 1,bad": 1, "extra bad": 1}


async def test_the_mailbox_part_is_a_read_of_the_mailbox(account: AccountInventory, adapter: MadeUpAdapter, clock: Clock) -> None:
    adapter.notes = {"1": "first"}
    answers = await account.details(["1", "gone"], MAILBOX_PART)
    assert answers["1"] == MadeUpDetails(note="first", mailbox_id=answers["1"].mailbox_id)  # type: ignore[union-attr] # details they are
    assert isinstance(answers["gone"], NotFoundError)
    clock.turn(30)
    await account.details(["1"], MAILBOX_PART)
    assert adapter.calls["mailbox 1"] == 1
    clock.turn(1)
    await account.details(["1"], MAILBOX_PART)
    assert adapter.calls["mailbox 1"] == 2


async def test_what_a_read_tells_is_shown_in_the_fleet(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    before = await loaded(account)
    adapter.notes = {"1": "told"}
    answers = await account.mailboxes(["1", "gone"])
    assert isinstance(answers["1"], Mailbox)
    assert note_of(account, "1") == "told"
    assert note_of(account, "2") is None
    after = account.peek()
    assert after.snapshot is not None
    assert before.snapshot is not None
    assert after.snapshot.version > before.snapshot.version
    assert [row.vendor_id for row in after.rows] == ["1", "2", "3"]
    assert after.source == before.source


async def test_what_was_told_stays_after_a_refresh(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    await loaded(account)
    adapter.notes = {"1": "told"}
    await account.mailboxes(["1"])
    await account.view(wait_seconds=5, no_cache=True)
    assert note_of(account, "1") == "told"


async def test_what_is_told_before_the_first_list_is_shown_in_it(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.notes = {"2": "told"}
    await account.mailboxes(["2"])
    await loaded(account)
    assert note_of(account, "2") == "told"


@pytest.mark.parametrize("is_first", [True, False])
async def test_what_is_told_while_a_list_is_under_way_is_not_lost(
    account: AccountInventory, adapter: MadeUpAdapter, *, is_first: bool
) -> None:
    if not is_first:
        await loaded(account)
    adapter.turnstile = asyncio.Semaphore(1)
    request = asyncio.create_task(account.view(wait_seconds=60, no_cache=not is_first))
    await settle()
    adapter.notes = {"1": "told", "3": "told, too"}
    await account.mailboxes(["1", "3"])
    assert note_of(account, "1") == "told"
    adapter.turnstile.release()
    await request
    assert (note_of(account, "1"), note_of(account, "3")) == ("told", "told, too")


async def test_what_is_told_while_a_refresh_fails_is_not_lost(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    await loaded(account)
    adapter.turnstile = asyncio.Semaphore(1)
    adapter.script = [["1"], fault()]
    request = asyncio.create_task(account.view(wait_seconds=60, no_cache=True))
    await settle()
    adapter.notes = {"1": "told", "3": "told, too"}
    await account.mailboxes(["1", "3"])
    adapter.turnstile.release()
    await request
    assert (note_of(account, "1"), note_of(account, "3")) == ("told", "told, too")


async def test_what_is_gone_is_forgotten(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    await loaded(account)
    adapter.notes = {"1": "told", "2": "told"}
    await account.mailboxes(["1", "2"])
    await account.details(["1", "2"], "extra")
    adapter.script = [["2"]]
    await account.view(wait_seconds=5, no_cache=True)
    adapter.script = [["1", "2"]]
    await account.view(wait_seconds=5, no_cache=True)
    assert (note_of(account, "1"), note_of(account, "2")) == (None, "told")
    await account.details(["1", "2"], "extra")
    assert adapter.calls["extra 1"] == 1
    assert set(account._rows.learned.mailboxes) == {"2"}


async def test_details_past_their_time_need_no_memory(account: AccountInventory, clock: Clock) -> None:
    await loaded(account)
    await account.details(["1"], "extra")
    clock.turn(31)
    await account.details(["2"], "extra")
    await account.view(wait_seconds=5, no_cache=True)
    assert set(account._rows.learned._details._kept) == {("2", "extra")}


async def test_a_part_of_a_list_forgets_nothing(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    await loaded(account)
    adapter.notes = {"3": "told"}
    await account.mailboxes(["3"])
    adapter.script = [["1"], fault()]
    await account.view(wait_seconds=5, no_cache=True)
    assert note_of(account, "3") == "told"


async def test_what_the_vendor_does_not_answer_for_is_the_adapter_s_error(account: AccountInventory, adapter: MadeUpAdapter) -> None:
    adapter.error = fault()
    with pytest.raises(GatewayError):
        await account.details(["1"], "extra")
    answers = await account.mailboxes(["1"])
    assert answers == {"1": adapter.error}
