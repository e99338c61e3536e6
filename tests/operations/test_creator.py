"""Creating one mailbox: once, or with the promise to find out."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from gateway.domain.errors import (
    ConflictError,
    ErrorCode,
    RateLimitedError,
    UnsupportedError,
    UnsupportedFieldsError,
    VendorRejectedError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import Mailbox
from gateway.domain.operation import Operation, OperationState
from gateway.operations.creator import Creation
from gateway.operations.payload import MailboxCreatePayload
from gateway.operations.timing import Timing
from gateway.operations.work import Find, Verify, decode_work
from gateway.state.error import StateError
from gateway.state.sqlite import SqliteState
from tests.operations.conftest import FAST, House, settle
from tests.operations.made_up import Ageless, Incapable, MadeUpVendor, draft, mailbox, refused, until
from tests.operations.test_journal import set_full

NEW = "new@example.com"


async def create(house: House, name: str = "new", *, key: str | None = None, caller: str = "me") -> MailboxCreatePayload:
    return await house.desk.creator.create(Creation("a", draft(name)), caller=caller, idempotency_key=key)


def shown(house: House, address: str = NEW) -> list[Mailbox]:
    return [*house.inventory.accounts["a"].peek().at_address(address)]


async def load(house: House) -> None:
    await house.inventory.views(["a"], no_cache=False)


async def only_result_code(house: House, operation: Operation) -> ErrorCode:
    [result] = await house.results(operation)
    [error] = result.user_errors
    return error.code


# ---------------------------------------------------------------------- answered at once
async def test_a_creation_that_is_done_at_once_leaves_no_operation(house: House, vendor: MadeUpVendor) -> None:
    await load(house)
    payload = await create(house)
    assert payload.mailbox is not None
    assert (payload.mailbox.address, payload.mailbox_id) == (NEW, payload.mailbox.id)
    assert (payload.operation, payload.user_errors, payload.warnings) == (None, (), ())
    assert shown(house) == [payload.mailbox]
    assert await house.desk.journal.list(accounts=["a"], states=None, first=9, after=None) == []
    assert vendor.writes == 1


async def test_a_refusal_is_told_and_the_address_is_free_again(house: House, vendor: MadeUpVendor) -> None:
    vendor.refuses("create_mailbox")
    payload = await create(house)
    assert [each.code for each in payload.user_errors] == [ErrorCode.VENDOR_REJECTED]
    assert (payload.mailbox, payload.operation) == (None, None)
    assert (await create(house)).user_errors == ()


async def test_nothing_is_sent_for_what_the_vendor_cannot_do(tmp_path: Path, vendor: MadeUpVendor) -> None:
    house = House.over(SqliteState.in_memory(), tmp_path, Incapable("a"), vendor := MadeUpVendor("b"))
    with pytest.raises(UnsupportedError):
        await create(house)
    signed = Creation("b", draft(signature="-- me"))
    with pytest.raises(UnsupportedFieldsError) as caught:
        await house.desk.creator.create(signed, caller="me", idempotency_key="k")
    assert set(caught.value.fields) == {("signature",)}
    assert vendor.calls.total() == 0
    await house.close()


async def test_the_vendor_gets_one_key_for_all_tries_with_ours_and_never_ours(house: House, vendor: MadeUpVendor) -> None:
    vendor.refuses("create_mailbox", refused(VendorUnavailableError))
    await create(house, key="k")
    await create(house, key="k")
    await create(house, "other", key="k", caller="you")
    await create(house, "another")
    assert vendor.keys[0] == vendor.keys[1]
    assert len(set(vendor.keys)) == 3
    assert "k" not in vendor.keys


async def test_a_repeated_key_replays_and_sends_nothing(house: House, vendor: MadeUpVendor) -> None:
    first = await create(house, key="k")
    again = await create(house, key="k")
    assert again.mailbox_id == first.mailbox_id
    assert vendor.calls["create_mailbox"] == 1


async def test_concurrent_duplicates_make_one_mailbox(house: House, vendor: MadeUpVendor) -> None:
    gate = vendor.holds("create_mailbox")
    creating = [asyncio.create_task(create(house, key="k")) for _ in range(50)]
    await vendor.reached("create_mailbox")
    gate.set()
    assert {payload.mailbox_id for payload in await asyncio.gather(*creating)} == {vendor.at(NEW)[0].id}
    assert vendor.calls["create_mailbox"] == 1


async def test_who_leaves_does_not_take_the_creation_along(house: House, vendor: MadeUpVendor) -> None:
    gate = vendor.holds("create_mailbox")
    caller = asyncio.create_task(create(house, key="k"))
    await vendor.reached("create_mailbox")
    caller.cancel()
    await asyncio.wait({caller})
    gate.set()
    assert (await create(house, key="k")).mailbox_id == vendor.at(NEW)[0].id
    assert vendor.calls["create_mailbox"] == 1


# ---------------------------------------------------------------------- the vendor takes its time
async def test_a_pending_creation_shows_at_once_and_succeeds_later(house: House, vendor: MadeUpVendor) -> None:
    await load(house)
    vendor.verifying = True
    payload = await create(house)
    assert payload.mailbox is not None
    assert payload.operation is not None
    assert payload.operation.state is OperationState.RUNNING
    assert (payload.operation.message, payload.operation.mailbox_id) == ("Outreach is verifying new@example.com.", payload.mailbox.id)
    assert shown(house) == [payload.mailbox]
    [stored] = await house.state.unfinished_operations()
    assert isinstance(decode_work(stored.work), Verify)
    await until(lambda: vendor.calls["poll_created"] > 1)
    vendor.verify(NEW)
    ended = await house.ended(payload.operation)
    assert (ended.state, ended.mailbox_id) == (OperationState.SUCCEEDED, payload.mailbox.id)
    assert vendor.calls["create_mailbox"] == 1


async def test_a_verification_that_fails_takes_the_mailbox_away(house: House, vendor: MadeUpVendor) -> None:
    vendor.verifying = True
    payload = await create(house)
    await load(house)
    assert len(shown(house)) == 1  # the vendor lists it, too, as long as it is at work
    vendor.verify(NEW, refused(VendorRejectedError, "The server does not let us in."))
    ended = await house.ended(payload.operation)
    assert (ended.state, ended.message) == (OperationState.FAILED, "The server does not let us in.")
    assert await only_result_code(house, ended) is ErrorCode.VENDOR_REJECTED
    assert shown(house) == []


async def test_a_failed_mailbox_that_stays_is_shown_as_it_is(house: House, vendor: MadeUpVendor) -> None:
    await load(house)
    vendor.verifying = True
    payload = await create(house)
    box = vendor.at(NEW)[0]
    vendor.verify(NEW, refused())
    vendor.boxes[box.vendor_id] = msgspec.structs.replace(box, display_name="Broken")
    await house.ended(payload.operation)
    assert [each.display_name for each in shown(house)] == ["Broken"]


async def test_one_question_is_asked_for_all_that_wait(house: House, vendor: MadeUpVendor) -> None:
    vendor.verifying = True
    payloads = [await create(house, f"new{n}") for n in range(20)]
    await until(lambda: vendor.calls["poll_created"] > 1)
    for n in range(20):
        vendor.verify(f"new{n}@example.com")
    for payload in payloads:
        assert (await house.ended(payload.operation)).state is OperationState.SUCCEEDED
    assert vendor.most["poll_created"] == 1


async def test_a_question_that_fails_is_asked_again(house: House, vendor: MadeUpVendor, caplog: pytest.LogCaptureFixture) -> None:
    vendor.verifying = True
    payload = await create(house)
    vendor.refuses("poll_created", refused(RateLimitedError))
    vendor.refuses("poll_created", KeyError("canary"))
    await until(lambda: vendor.calls["poll_created"] > 2)
    vendor.verify(NEW)
    assert (await house.ended(payload.operation)).state is OperationState.SUCCEEDED
    assert "KeyError" in caplog.text
    assert "canary" not in caplog.text


async def test_a_vendor_that_never_says_leaves_it_unknown(house: House, vendor: MadeUpVendor) -> None:
    vendor.verifying = True
    ended = await house.ended((await create(house)).operation)
    assert ended.state is OperationState.UNKNOWN
    assert ended.message is not None
    assert "has not said within" in ended.message


async def test_the_next_who_waits_is_asked_for_too(house: House, vendor: MadeUpVendor) -> None:
    """In the very moment in which the last one before it has ended."""
    vendor.verifying = True
    first = await create(house, "first")
    vendor.verify("first@example.com")
    vendor.verify("second@example.com")
    assert (await house.ended(first.operation)).state is OperationState.SUCCEEDED
    second = await create(house, "second")
    assert (await house.ended(second.operation)).state is OperationState.SUCCEEDED


# ---------------------------------------------------------------------- the answer is lost
async def test_a_lost_answer_is_looked_for_and_found(house: House, vendor: MadeUpVendor) -> None:
    await load(house)
    vendor.loses("create_mailbox", is_done=True)
    payload = await create(house, key="k")
    assert [each.code for each in payload.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    [stored] = await house.state.unfinished_operations()
    assert isinstance(decode_work(stored.work), Find)
    ended = await house.ended(payload.operation)
    assert (ended.state, ended.mailbox_id) == (OperationState.SUCCEEDED, vendor.at(NEW)[0].id)
    assert [each.id for each in shown(house)] == [ended.mailbox_id]
    again = await create(house, key="k")
    assert (again.mailbox_id, again.user_errors) == (ended.mailbox_id, ())
    assert vendor.calls["create_mailbox"] == 1


async def test_what_is_not_there_at_the_last_look_was_not_created(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("create_mailbox", is_done=False)
    ended = await house.ended((await create(house)).operation)
    assert ended.state is OperationState.FAILED
    assert vendor.calls["find_mailboxes"] == len(FAST.looks)


async def test_what_cannot_be_looked_for_stays_unknown(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("create_mailbox", is_done=False)
    for _ in range(200):
        vendor.refuses("find_mailboxes", refused(VendorUnavailableError, "It is down."))
    ended = await house.ended((await create(house, key="k")).operation)
    assert (ended.state, ended.message) == (OperationState.UNKNOWN, "Whether this happened could not be found out: It is down.")
    vendor.faults.clear()
    again = await create(house, key="k")
    assert [each.code for each in again.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    assert vendor.calls["create_mailbox"] == 1


async def test_looks_that_fail_do_not_count(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("create_mailbox", is_done=True)
    for _ in range(5):
        vendor.refuses("find_mailboxes", refused(RateLimitedError))
    assert (await house.ended((await create(house)).operation)).state is OperationState.SUCCEEDED


async def test_an_older_mailbox_at_the_address_is_not_the_new_one(house: House, vendor: MadeUpVendor) -> None:
    vendor.boxes["old"] = mailbox("old", address=NEW)
    await load(house)
    vendor.loses("create_mailbox", is_done=False)
    assert (await house.ended((await create(house)).operation)).state is OperationState.FAILED


async def test_an_address_is_reserved_until_it_is_settled(tmp_path: Path, vendor: MadeUpVendor) -> None:
    patient = msgspec.structs.replace(FAST, looks=(0.2,))
    house = House.over(SqliteState.in_memory(), tmp_path, vendor, timing=patient)
    vendor.loses("create_mailbox", is_done=False)
    lost = await create(house)
    with pytest.raises(ConflictError) as caught:
        await create(house, "NEW")
    assert caught.value.field == ("address",)
    assert (await create(house, "other")).user_errors == ()
    await house.ended(lost.operation)
    assert (await create(house)).user_errors == ()
    await house.close()


async def test_a_doubtful_address_is_looked_for_before_a_new_try(house: House, vendor: MadeUpVendor) -> None:
    """The vendor does what it was asked after all looks."""
    vendor.loses("create_mailbox", is_done=False)
    await house.ended((await create(house, key="k")).operation)
    vendor._create(draft())
    payload = await create(house, key="k")
    assert payload.mailbox_id == vendor.at(NEW)[0].id
    assert ["there already" in each.message for each in payload.warnings] == [True]
    assert vendor.calls["create_mailbox"] == 1


async def test_a_doubtful_address_is_looked_for_without_a_key_too(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("create_mailbox", is_done=False)
    await house.ended((await create(house)).operation)
    vendor._create(draft())
    assert (await create(house)).mailbox_id == vendor.at(NEW)[0].id
    assert vendor.calls["create_mailbox"] == 1


async def test_a_try_that_cannot_look_first_sends_nothing(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("create_mailbox", is_done=False)
    await house.ended((await create(house, key="k")).operation)
    for _ in range(2):
        vendor.refuses("find_mailboxes", refused(VendorUnavailableError))
        with pytest.raises(VendorUnavailableError):
            await create(house, key="k")
    assert vendor.calls["create_mailbox"] == 1
    assert (await create(house, key="k")).user_errors == ()


async def test_after_a_success_nobody_looks_any_more(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("create_mailbox", is_done=False)
    await house.ended((await create(house)).operation)
    await create(house)
    looks = vendor.calls["find_mailboxes"]
    payload = await create(house)  # the vendor says that it is there: the truth, not a success
    assert [each.code for each in payload.user_errors] == [ErrorCode.CONFLICT]
    assert vendor.calls["find_mailboxes"] == looks


async def test_a_fault_of_ours_over_an_answer_is_found_out_about(
    house: House, vendor: MadeUpVendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vendor.loses("create_mailbox", is_done=True)
    vendor.faults["create_mailbox"][0] = msgspec.structs.replace(vendor.faults["create_mailbox"][0], error=KeyError("canary"))
    payload = await create(house)
    assert [each.code for each in payload.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    assert (await house.ended(payload.operation)).state is OperationState.SUCCEEDED
    assert "KeyError" in caplog.text
    assert "canary" not in caplog.text


async def test_a_fault_of_ours_while_looking_ends_the_operation(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("create_mailbox", is_done=True)
    vendor.refuses("find_mailboxes", KeyError("canary"))
    ended = await house.ended((await create(house)).operation)
    assert ended.state is OperationState.UNKNOWN
    assert "canary" not in str(ended)
    assert (await create(house)).mailbox_id == vendor.at(NEW)[0].id  # the address is free: it is looked for first


# ---------------------------------------------------------------------- a vendor that tells no ages
@pytest.fixture
async def ageless(tmp_path: Path) -> AsyncIterator[House]:
    it = House.over(SqliteState.in_memory(), tmp_path, Ageless())
    yield it
    await it.close()


def vendor_of(house: House) -> MadeUpVendor:
    adapter = house.inventory.accounts["a"].adapter
    assert isinstance(adapter, MadeUpVendor)
    return adapter


async def test_a_vendor_without_ages_is_asked_first_what_is_there(ageless: House) -> None:
    vendor = vendor_of(ageless)
    vendor.boxes["old"] = mailbox("old", address=NEW)
    vendor.loses("create_mailbox", is_done=False)
    payload = await create(ageless)
    assert vendor.calls["list_mailboxes"] == 1
    assert (await ageless.ended(payload.operation)).state is OperationState.FAILED


async def test_a_vendor_without_ages_is_not_asked_when_all_is_known(ageless: House) -> None:
    await load(ageless)
    await create(ageless)
    assert vendor_of(ageless).calls["list_mailboxes"] == 1


async def test_a_vendor_without_ages_that_cannot_be_asked_is_sent_nothing(ageless: House) -> None:
    vendor_of(ageless).refuses("list_mailboxes", refused(VendorUnavailableError))
    with pytest.raises(VendorUnavailableError):
        await create(ageless)
    assert vendor_of(ageless).writes == 0
    await asyncio.sleep(0)
    assert (await create(ageless)).user_errors == ()


async def test_lost_answers_share_a_list(ageless: House) -> None:
    vendor = vendor_of(ageless)
    await load(ageless)
    for _ in range(20):
        vendor.loses("create_mailbox", is_done=True)
    gate = vendor.holds("list_mailboxes")
    payloads = await asyncio.gather(*(create(ageless, f"new{n}") for n in range(20)))
    await settle()
    gate.set()
    for payload in payloads:
        assert (await ageless.ended(payload.operation)).state is OperationState.SUCCEEDED
    assert vendor.calls["list_mailboxes"] == 1 + 1 + 1  # before, the first who looks, all others


# ---------------------------------------------------------------------- the state fails
async def test_nothing_is_sent_that_cannot_be_written_down(house: House, vendor: MadeUpVendor) -> None:
    set_full(house.state, is_full=True)
    with pytest.raises(StateError):
        await create(house)
    assert vendor.writes == 0
    set_full(house.state, is_full=False)
    assert (await create(house)).user_errors == ()


@pytest.mark.parametrize("how", ["done", "verifying", "lost", "refused"])
async def test_a_state_that_fails_after_it_was_sent_hides_nothing(house: House, vendor: MadeUpVendor, how: str) -> None:
    gate = vendor.holds("create_mailbox")
    vendor.verifying = how == "verifying"
    if how == "lost":
        vendor.loses("create_mailbox", is_done=True)
    if how == "refused":
        vendor.refuses("create_mailbox")
    creating = asyncio.create_task(create(house, key="k"))
    await vendor.reached("create_mailbox")
    set_full(house.state, is_full=True)
    gate.set()
    payload = await creating
    codes = [each.code for each in payload.user_errors]
    assert codes == {"lost": [ErrorCode.OUTCOME_UNKNOWN], "refused": [ErrorCode.VENDOR_REJECTED]}.get(how, [])
    vendor.verify(NEW)
    if how in ("verifying", "lost"):
        assert (await house.ended(payload.operation)).state is OperationState.SUCCEEDED
    set_full(house.state, is_full=False)
    vendor.verifying = False
    again = await create(house, key="k")
    assert (again.mailbox or again.mailbox_id) is not None
    assert len(vendor.at(NEW)) == 1


async def test_closing_stops_waiting_at_once(vendor: MadeUpVendor, tmp_path: Path) -> None:
    patient = Timing(looks=(60,), first_poll=60)
    house = House.over(SqliteState.in_memory(), tmp_path, vendor, timing=patient)
    vendor.loses("create_mailbox", is_done=True)
    await create(house, "lost")
    vendor.verifying = True
    await create(house, "slow")
    async with asyncio.timeout(5):
        await house.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
