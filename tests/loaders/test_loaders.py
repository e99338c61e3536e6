"""The loaders of one request: what is shared, what is asked, and who fails with whom."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence

import pytest

from gateway.domain.account import Owner
from gateway.domain.details import MAILBOX_PART
from gateway.domain.errors import UnsupportedError, VendorUnavailableError
from gateway.domain.folder import Folder
from gateway.domain.identifier import Identifier, Kind
from gateway.inventory.account import AccountInventory
from gateway.inventory.inventory import Inventory
from gateway.inventory.store import MemoryStore
from gateway.loaders.bundle import Loaders, MailboxKey, WarmupKey
from gateway.loaders.details import DetailsKey
from gateway.loaders.owner import OwnerKey
from tests.inventory.made_up import Clock, MadeUpAdapter, MadeUpDetails, fault, settle


class Foldered(MadeUpAdapter):
    """Has folders, too, each list of which waits for the gate."""

    async def list_folders(self, mailbox_id: str) -> Sequence[Folder]:
        self.calls[f"folders {mailbox_id}"] += 1
        await self.gate.wait()
        if mailbox_id == "broken":
            raise fault()
        if mailbox_id == "odd":
            raise ValueError(mailbox_id)
        return ()


@pytest.fixture
def first() -> Foldered:
    return Foldered(Clock(), name="first")


@pytest.fixture
def second() -> Foldered:
    return Foldered(Clock(), name="second")


@pytest.fixture
async def inventory(first: Foldered, second: Foldered) -> AsyncIterator[Inventory]:
    it = Inventory([AccountInventory(each, MemoryStore(), clock=each.clock) for each in (first, second)])
    yield it
    await it.close()


@pytest.fixture
async def loaders(inventory: Inventory) -> Loaders:
    return Loaders(inventory)


def key(account: str, mailbox_id: str) -> Identifier:
    return Identifier(Kind.MAILBOX, account, (mailbox_id,))


async def outcomes(*futures: Awaitable[object]) -> list[object]:
    return await asyncio.gather(*futures, return_exceptions=True)


# ---------------------------------------------------------------------- views
async def test_a_request_sees_one_moment(loaders: Loaders, inventory: Inventory, first: Foldered) -> None:
    before = await loaders.view_by_account.load("first")
    first.script = [["9"]]
    await inventory.accounts["first"].view(wait_seconds=5, no_cache=True)
    assert await loaders.view_by_account.load("first") is before
    assert [row.vendor_id for row in (await Loaders(inventory).view_by_account.load("first")).rows] == ["9"]


async def test_no_cache_is_the_whole_request_s(inventory: Inventory, first: Foldered) -> None:
    await Loaders(inventory).view_by_account.load("first")
    no_cache = Loaders(inventory, no_cache=True)
    await asyncio.gather(no_cache.view_by_account.load("first"), no_cache.view_by_account.load("first"))
    assert first.lists == 2
    await no_cache.details_by_mailbox.load(DetailsKey("first", "1", "extra"))
    await Loaders(inventory, no_cache=True).details_by_mailbox.load(DetailsKey("first", "1", "extra"))
    assert first.calls["extra 1"] == 2


# ---------------------------------------------------------------------- single mailboxes
async def test_what_is_known_costs_no_call(loaders: Loaders, first: Foldered) -> None:
    await loaders.view_by_account.load("first")
    rows = await asyncio.gather(*(loaders.mailbox_by_id.load(key("first", each)) for each in ("1", "3", "1")))
    assert [row and row.vendor_id for row in rows] == ["1", "3", "1"]
    assert not first.calls


async def test_few_of_an_unknown_account_are_read_one_by_one(loaders: Loaders, first: Foldered) -> None:
    first.notes = {"1": "told", "2": "told"}
    rows = await asyncio.gather(*(loaders.mailbox_by_id.load(key("first", each)) for each in ("1", "2", "gone")))
    assert [row and row.vendor_id for row in rows] == ["1", "2", None]
    assert (first.lists, set(first.calls)) == (0, {"mailbox 1", "mailbox 2", "mailbox gone"})


async def test_many_of_an_unknown_account_are_one_list(loaders: Loaders, first: Foldered) -> None:
    first.script = [["1", "2", "3", "4"]]
    await asyncio.gather(*(loaders.mailbox_by_id.load(key("first", str(each))) for each in range(1, 5)))
    assert (first.lists, first.calls) == (1, {})


async def test_what_the_list_does_not_have_is_asked_for(loaders: Loaders, first: Foldered) -> None:
    await loaders.view_by_account.load("first")
    first.notes = {"new": "told"}
    new, gone = await asyncio.gather(*(loaders.mailbox_by_id.load(key("first", each)) for each in ("new", "gone")))
    assert new is not None
    assert gone is None


async def test_a_vendor_that_fails_is_an_error_and_takes_no_other_down(loaders: Loaders, first: Foldered, second: Foldered) -> None:
    first.error = fault()
    second.notes = {"1": "told"}
    failed, found = await outcomes(loaders.mailbox_by_id.load(key("first", "1")), loaders.mailbox_by_id.load(key("second", "1")))
    assert failed is first.error
    assert getattr(found, "vendor_id", None) == "1"


async def test_even_a_fault_of_ours_takes_no_other_down(loaders: Loaders, first: Foldered, second: Foldered) -> None:
    first.error = ValueError("ours")
    second.notes = {"1": "told"}
    for failing, fine in (
        (loaders.mailbox_by_id.load(key("first", "1")), loaders.mailbox_by_id.load(key("second", "1"))),
        (
            loaders.details_by_mailbox.load(DetailsKey("first", "1", "extra")),
            loaders.details_by_mailbox.load(DetailsKey("second", "1", "extra")),
        ),
        (loaders.owner_by_id.load(OwnerKey("first", "1")), loaders.owner_by_id.load(OwnerKey("second", "1"))),
    ):
        failed, found = await outcomes(failing, fine)
        assert failed is first.error
        assert not isinstance(found, BaseException)


# ---------------------------------------------------------------------- details and owners
async def test_details_are_asked_for_together_by_account_and_part(loaders: Loaders, first: Foldered, second: Foldered) -> None:
    keys = [
        DetailsKey("first", "1", "extra"),
        DetailsKey("first", "2", "extra"),
        DetailsKey("first", "1", "other"),
        DetailsKey("second", "1", "extra"),
    ]
    answers = await asyncio.gather(*(loaders.details_by_mailbox.load(each) for each in (*keys, keys[0])))
    assert [answer.extra for answer in answers if isinstance(answer, MadeUpDetails)] == [
        "extra 1",
        "extra 2",
        "other 1",
        "extra 1",
        "extra 1",
    ]
    assert first.calls == {"extra 1,2": 1, "other 1": 1}
    assert second.calls == {"extra 1": 1}


async def test_details_that_fail_fail_alone(loaders: Loaders, second: Foldered) -> None:
    second.error = fault()
    good, bad, other = await outcomes(
        loaders.details_by_mailbox.load(DetailsKey("first", "1", "extra")),
        loaders.details_by_mailbox.load(DetailsKey("first", "bad", "extra")),
        loaders.details_by_mailbox.load(DetailsKey("second", "1", "extra")),
    )
    assert isinstance(good, MadeUpDetails)
    assert isinstance(bad, VendorUnavailableError)
    assert other is second.error


async def test_the_mailbox_part_is_a_read_of_the_mailbox(loaders: Loaders, first: Foldered) -> None:
    first.notes = {"1": "told"}
    answer = await loaders.details_by_mailbox.load(DetailsKey("first", "1", MAILBOX_PART))
    assert isinstance(answer, MadeUpDetails)
    assert (answer.note, first.calls) == ("told", {"mailbox 1": 1})


async def test_owners_are_one_call_and_the_unknown_keep_their_id(loaders: Loaders, first: Foldered, second: Foldered) -> None:
    second.error = fault()
    known, unknown, failed = await outcomes(
        *(loaders.owner_by_id.load(OwnerKey(*each)) for each in (("first", "1"), ("first", "unknown"), ("second", "1")))
    )
    assert known == Owner("1", "name of 1")
    assert unknown == Owner("unknown")
    assert failed is second.error
    assert first.calls == {"owners 1,unknown": 1}


# ---------------------------------------------------------------------- one call per key
async def test_each_key_is_one_call_and_calls_run_side_by_side(loaders: Loaders, first: Foldered) -> None:
    first.gate.clear()
    futures = [loaders.folders_by_mailbox.load(MailboxKey("first", each)) for each in ("1", "2", "1")]
    await settle()
    assert first.calls == {"folders 1": 1, "folders 2": 1}
    first.gate.set()
    assert await asyncio.gather(*futures) == [(), (), ()]
    await loaders.folders_by_mailbox.load(MailboxKey("first", "1"))
    assert first.calls["folders 1"] == 1


async def test_a_key_that_fails_fails_alone(loaders: Loaders) -> None:
    fine, broken, odd = await outcomes(*(loaders.folders_by_mailbox.load(MailboxKey("first", each)) for each in ("1", "broken", "odd")))
    assert fine == ()
    assert isinstance(broken, VendorUnavailableError)
    assert isinstance(odd, ValueError)


async def test_what_a_vendor_cannot_do_is_said_without_a_call(loaders: Loaders, first: Foldered) -> None:
    with pytest.raises(UnsupportedError):
        await loaders.warmup_days_by_mailbox.load(WarmupKey("first", "1", 7))
    with pytest.raises(UnsupportedError):
        await loaders.rules_by_mailbox.load(MailboxKey("first", "1"))
    with pytest.raises(UnsupportedError):
        await loaders.domains_by_account.load("first")
    assert (first.lists, first.calls) == (0, {})


async def test_one_who_is_cancelled_takes_nothing_from_the_others(loaders: Loaders, first: Foldered) -> None:
    """GraphQL cancels a field's siblings when one of them fails; the same key may be wanted elsewhere in the answer."""
    first.gate.clear()

    async def field() -> object:
        return await loaders.folders_by_mailbox.load(MailboxKey("first", "1"))

    leaving, staying = asyncio.create_task(field()), asyncio.create_task(field())
    await settle()
    leaving.cancel()
    await settle()
    late = asyncio.create_task(field())
    await settle()
    first.gate.set()
    assert [await staying, await late] == [(), ()]
    assert leaving.cancelled()
    assert first.calls["folders 1"] == 1


# ---------------------------------------------------------------------- who waits for whom
async def test_nobody_waits_for_another_account(loaders: Loaders, first: Foldered, second: Foldered) -> None:
    """Asked for at the same time; the first account's vendor says nothing."""
    second.notes = {"1": "told"}
    first.gate.clear()
    first.reading.clear()
    for load in (
        loaders.view_by_account.load,
        lambda account: loaders.mailbox_by_id.load(key(account, "1")),
        lambda account: loaders.details_by_mailbox.load(DetailsKey(account, "1", "extra")),
        lambda account: loaders.owner_by_id.load(OwnerKey(account, "1")),
        lambda account: loaders.folders_by_mailbox.load(MailboxKey(account, "1")),
    ):
        slow = load("first")
        assert await asyncio.wait_for(load("second"), 5) is not None
        assert not slow.done()
    first.gate.set()
    first.reading.set()
