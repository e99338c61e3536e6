"""What an earlier life of the gateway left unfinished is taken up out of a real state file, and nothing is sent anew."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.domain.draft import MailboxChanges
from gateway.domain.errors import ConflictError, ErrorCode
from gateway.domain.operation import Operation, OperationResult, OperationState, Progress
from gateway.domain.outcome import MailboxCheck
from gateway.domain.secret import Secret
from gateway.operations.bulk import Terms
from gateway.operations.creator import Creation
from gateway.operations.many import AT_ONCE
from gateway.operations.payload import MailboxCreatePayload
from gateway.operations.selection import Selection
from gateway.operations.timing import Timing
from gateway.operations.work import Work, decode_work, encode_work
from gateway.state.sqlite import SqliteState
from tests.operations.conftest import FAST, House
from tests.operations.made_up import Batching, MadeUpVendor, draft, identifier, mailbox, refused, until

ONE = identifier("1")
NEW = "new@example.com"
NEVER = Timing(looks=(60,), first_poll=60)
"""So patient that nothing is found out before the gateway dies."""
Build = Callable[..., Awaitable[House]]


async def create(house: House, name: str = "new", *, key: str | None = None) -> MailboxCreatePayload:
    return await house.desk.creator.create(Creation("a", draft(name)), caller="me", idempotency_key=key)


async def reborn(house: House, *adapters: MadeUpVendor, timing: Timing = FAST) -> House:
    later = await house.after_a_crash(*adapters, timing=timing)
    await later.desk.open()
    return later


async def truth(house: House, operation: Operation | None) -> Operation:
    """What the next life says of it, which then ends."""
    later = await reborn(house)
    ended = await later.ended(operation)
    await later.close()
    return ended


async def the_work(house: House) -> Work:
    [stored] = await house.state.unfinished_operations()
    return decode_work(stored.work)


# ---------------------------------------------------------------------- one mailbox
@pytest.mark.parametrize("error", [None, refused(message="No login.")])
async def test_a_creation_that_the_vendor_was_at_work_on(build: Build, vendor: MadeUpVendor, error: Exception | None) -> None:
    house = await build(vendor, timing=NEVER)
    vendor.verifying = True
    payload = await create(house, key="k")
    later = await reborn(house)
    replayed = await create(later, key="k")
    assert replayed.operation is not None
    assert payload.operation is not None
    assert (replayed.operation.key, replayed.user_errors) == (payload.operation.key, ())
    with pytest.raises(ConflictError):
        await create(later)  # the address is still reserved
    vendor.verify(NEW, error)  # type: ignore[arg-type] # it is a GatewayError
    ended = await later.ended(payload.operation)
    assert ended.state is (OperationState.FAILED if error else OperationState.SUCCEEDED)
    assert vendor.calls["create_mailbox"] == 1
    await later.close()


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_creation_whose_answer_was_lost(build: Build, vendor: MadeUpVendor, *, is_done: bool) -> None:
    house = await build(vendor, timing=NEVER)
    vendor.loses("create_mailbox", is_done=is_done)
    payload = await create(house, key="k")
    later = await reborn(house)
    with pytest.raises(ConflictError):
        await create(later)
    ended = await later.ended(payload.operation)
    assert ended.state is (OperationState.SUCCEEDED if is_done else OperationState.FAILED)
    again = await create(later, key="k")
    assert (again.mailbox_id, again.user_errors) == (vendor.at(NEW)[0].id, ())
    assert vendor.calls["create_mailbox"] == (1 if is_done else 2)
    await later.close()


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_gateway_that_died_while_a_creation_was_on_its_way(build: Build, vendor: MadeUpVendor, *, is_done: bool) -> None:
    house = await build(vendor)
    vendor.loses("create_mailbox", is_done=is_done)
    gate = vendor.holds("create_mailbox")
    creating = asyncio.create_task(create(house, key="k"))
    await vendor.reached("create_mailbox")
    later = await house.after_a_crash()  # the request is with the vendor, and no answer was written down
    gate.set()
    await house.ended((await creating).operation)
    await later.desk.open()
    asked = await create(later, key="k")
    assert [each.code for each in asked.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    ended = await later.ended(asked.operation)
    assert ended.state is (OperationState.SUCCEEDED if is_done else OperationState.FAILED)
    assert (await create(later, key="k")).mailbox_id == vendor.at(NEW)[0].id
    assert len(vendor.at(NEW)) == 1
    await later.close()


async def test_a_key_that_was_answered_replays(build: Build, vendor: MadeUpVendor) -> None:
    house = await build(vendor)
    first = await create(house, key="k")
    later = await reborn(house)
    assert (await create(later, key="k")).mailbox_id == first.mailbox_id
    assert vendor.calls["create_mailbox"] == 1
    await later.close()


@pytest.mark.parametrize("is_done", [True, False])
async def test_an_update_whose_answer_was_lost(build: Build, vendor: MadeUpVendor, *, is_done: bool) -> None:
    house = await build(vendor, timing=NEVER)
    vendor.loses("update_mailbox", is_done=is_done)
    payload = await house.desk.writer.update(ONE, MailboxChanges(display_name="After"))
    ended = await truth(house, payload.operation)
    assert ended.state is (OperationState.SUCCEEDED if is_done else OperationState.FAILED)
    assert ended.mailbox_id == str(ONE)


async def test_a_password_whose_answer_was_lost(build: Build, vendor: MadeUpVendor) -> None:
    house = await build(vendor, timing=NEVER)
    vendor.loses("set_password", is_done=True)
    payload = await house.desk.writer.set_password(ONE, Secret("canary"))
    assert (await truth(house, payload.operation)).state is OperationState.UNKNOWN
    for file in house.directory.glob("*"):
        assert b"canary" not in file.read_bytes()


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_delete_whose_answer_was_lost(build: Build, vendor: MadeUpVendor, *, is_done: bool) -> None:
    house = await build(vendor, timing=NEVER)
    vendor.loses("delete_mailbox", is_done=is_done)
    payload = await house.desk.writer.delete(ONE)
    assert (await truth(house, payload.operation)).state is (OperationState.SUCCEEDED if is_done else OperationState.FAILED)


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_test_whose_answer_was_lost(build: Build, vendor: MadeUpVendor, *, is_done: bool) -> None:
    house = await build(vendor, timing=NEVER)
    vendor.loses("test_sending", is_done=is_done)
    payload = await house.desk.writer.test(ONE, [MailboxCheck.SENDING])
    assert (await truth(house, payload.operation)).state is (OperationState.SUCCEEDED if is_done else OperationState.UNKNOWN)


# ---------------------------------------------------------------------- many mailboxes
async def test_many_with_parts_done_under_way_and_missing(build: Build, vendor: MadeUpVendor) -> None:
    house = await build(vendor)
    ids = [str(identifier(each)) for each in ("1", "2", "3", "nobody")]
    vendor.boxes |= {f"{n}": mailbox(f"{n}") for n in range(4, 40)}
    ids += [str(identifier(f"{n}")) for n in range(4, 40)]
    await house.inventory.views(["a"], no_cache=False)
    gate = vendor.holds("update_mailbox", after=3)
    terms = Terms(caller="me", accounts=("a",), idempotency_key="k")
    payload = await house.desk.bulk.update(Selection(ids=tuple(ids), wanted=None), lambda _: MailboxChanges(display_name="After"), terms)
    assert payload.operation is not None
    shown = house.desk.journal._live[payload.operation.key].results
    await until(lambda: len(shown) == 4 + AT_ONCE)
    before = {each.index: each for each in await house.results(payload.operation)}
    later = await reborn(house)
    gate.set()
    ended = await later.ended(payload.operation)
    results = await later.results(ended)
    assert [each.index for each in results] == list(range(40))
    assert [each.mailbox_id for each in results] == ids
    done = [index for index, each in before.items() if each.is_done]
    begun = [index for index, each in before.items() if not each.is_done]
    assert len(begun) == AT_ONCE
    assert len(done) == 4
    assert [results[index] for index in done] == [before[index] for index in done]
    assert all(_message(results[index]) is None or "not made" in str(_message(results[index])) for index in begun)
    missing = [each for each in results if each.index not in before]
    assert {_message(each) for each in missing} == {
        "It was not begun, and nothing was sent: the gateway was restarted. Ask again for these."
    }
    failed = sum(each.has_failed for each in results)
    assert (ended.state, ended.progress) == (OperationState.FAILED, Progress(40, failed, 40))
    assert ended.message == f"{40 - failed} of 40 done, {failed} not: `results` says why."
    replayed = await later.desk.bulk.update(Selection(ids=tuple(ids), wanted=None), lambda _: MailboxChanges(display_name="After"), terms)
    assert replayed.operation == ended
    await later.close()


def _message(result: OperationResult) -> str | None:
    return result.user_errors[0].message if result.user_errors else None


async def test_many_that_were_all_done_end_as_they_would_have(build: Build, vendor: MadeUpVendor) -> None:
    house = await build(vendor)
    gate = vendor.holds("update_mailbox")
    terms = Terms(caller="me", accounts=("a",))
    ids = tuple(str(identifier(each)) for each in "123")
    await house.inventory.views(["a"], no_cache=False)
    payload = await house.desk.bulk.update(Selection(ids=ids, wanted=None), lambda _: MailboxChanges(display_name="After"), terms)
    await vendor.reached("update_mailbox", 3)
    later = await house.after_a_crash()
    gate.set()
    await house.ended(payload.operation)  # the vendor did get them
    await later.desk.open()
    ended = await later.ended(payload.operation)
    assert (ended.state, ended.message, ended.progress) == (OperationState.SUCCEEDED, "All 3 done.", Progress(3, 0, 3))
    assert await later.results(ended) == [OperationResult(n, each) for n, each in enumerate(ids)]
    await later.close()


async def test_a_batch_that_the_vendor_has_accepted_is_asked_about(build: Build) -> None:
    """That such a mailbox is there does not say that its verification will succeed."""
    vendor = Batching()
    vendor.verifying = True
    house = await build(vendor, timing=NEVER)
    payload = await house.desk.bulk.create([Creation("a", draft(f"new{n}")) for n in range(5)], Terms(caller="me", accounts=("a",)))
    assert payload.operation is not None
    await until(lambda: len(vendor.at("new4@example.com")) == 1)
    accepted = house.desk.journal._live[payload.operation.key].results
    await until(lambda: sum(each.pending is not None for each in accepted.values()) == 5)
    later = await reborn(house)
    vendor.verify("new0@example.com")
    vendor.verify("new4@example.com", refused(message="No login."))
    async for each in later.desk.journal.watch(payload.operation.key):
        if each.progress.done == 2:
            break
    so_far = await later.results(payload.operation)
    assert [each.index for each in so_far if each.is_done] == [0, 4]
    for n in (1, 2, 3):
        vendor.verify(f"new{n}@example.com")
    ended = await later.ended(payload.operation)
    assert (ended.state, ended.progress) == (OperationState.FAILED, Progress(5, 1, 5))
    assert [_message(each) for each in await later.results(ended)] == [None] * 4 + ["No login."]
    assert len(vendor.batches) == 2
    await later.close()


async def test_a_lost_batch_is_found_out_about(build: Build) -> None:
    vendor = Batching()
    vendor.loses("create_mailboxes", is_done=True)
    house = await build(vendor, timing=NEVER)
    payload = await house.desk.bulk.create([Creation("a", draft(f"new{n}")) for n in range(3)], Terms(caller="me", accounts=("a",)))
    await until(lambda: len(vendor.at("new2@example.com")) == 1)
    ended = await truth(house, payload.operation)
    assert ended.state is OperationState.SUCCEEDED


# ---------------------------------------------------------------------- what cannot be taken up
async def test_an_account_that_is_no_longer_configured(build: Build, vendor: MadeUpVendor) -> None:
    house = await build(vendor, timing=NEVER)
    vendor.loses("update_mailbox", is_done=True)
    lost = await house.desk.writer.update(ONE, MailboxChanges(display_name="After"))
    vendor.verifying = True
    slow = await create(house)
    later = await reborn(house, MadeUpVendor("another"))
    for payload in (lost, slow):
        ended = await later.ended(payload.operation)
        assert ended.state is OperationState.UNKNOWN
        assert ended.message == "The gateway was restarted, and the account a is no longer configured."
    assert await later.state.unfinished_operations() == []
    await later.close()


async def test_many_of_which_one_account_is_no_longer_configured(build: Build) -> None:
    gone, kept = MadeUpVendor("a"), MadeUpVendor("b")
    house = await build(gone, kept)
    gates = [each.holds("update_mailbox") for each in (gone, kept)]
    await house.inventory.views(["a", "b"], no_cache=False)
    ids = tuple(str(identifier("1", each)) for each in "ab")
    payload = await house.desk.bulk.update(
        Selection(ids=ids, wanted=None), lambda _: MailboxChanges(display_name="After"), Terms(caller="me", accounts=("a", "b"))
    )
    for each in (gone, kept):
        await each.reached("update_mailbox")
    crashed = await house.after_a_crash(kept)
    for gate in gates:
        gate.set()
    await house.ended(payload.operation)
    await crashed.desk.open()
    ended = await crashed.ended(payload.operation)
    assert (ended.state, ended.message) == (OperationState.UNKNOWN, "1 of 2 done, of 1 it is not known: `results` says why.")
    assert [each.mailbox_id for each in await crashed.results(ended)] == [*ids]
    await crashed.close()


async def test_work_of_another_version(build: Build, vendor: MadeUpVendor) -> None:
    house = await build(vendor)
    journal = house.desk.journal
    single = await journal.begin("mailboxDelete", accounts=("a",), work=None)
    many = await journal.begin("mailboxBulkTest", accounts=("a",), work=None, total=3)
    await journal.advance(many.key, [OperationResult(0, "id")])
    for operation in (single, many):
        await house.state.save_operation(operation, work=b'{"type": "tomorrow"}')
    later = await reborn(house)
    for operation in (single, many):
        ended = await later.ended(operation)
        assert ended.state is OperationState.UNKNOWN
        assert ended.message == "The gateway was restarted, and another version of it had begun this."
    assert await later.results(many) == [OperationResult(0, "id")]
    await later.close()


def test_work_is_what_it_was_after_it_was_written_down(vendor: MadeUpVendor) -> None:
    for text in (
        b'{"type":"verify","account":"a","address":"x","pending":"p"}',
        b'{"type":"vanish","account":"a","mailbox_id":"1"}',
        b'{"type":"many","questions":{"0":{"type":"vanish","account":"a","mailbox_id":"1"}}}',
    ):
        assert encode_work(decode_work(text)) == text
    assert vendor.calls.total() == 0


async def test_a_fault_of_ours_over_one_does_not_keep_the_others_from_being_taken_up(
    build: Build, vendor: MadeUpVendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    house = await build(vendor, timing=NEVER)
    for _ in range(2):
        vendor.loses("update_mailbox", is_done=True)
    first = await house.desk.writer.update(ONE, MailboxChanges(display_name="After"))
    second = await house.desk.writer.update(identifier("2"), MailboxChanges(display_name="After"))
    vendor.refuses("get_mailbox", KeyError("canary"))
    later = await reborn(house)
    states = {(await later.ended(each.operation)).state for each in (first, second)}
    assert states == {OperationState.UNKNOWN, OperationState.SUCCEEDED}
    assert "canary" not in caplog.text
    assert caplog.text.count("taking up mailboxUpdate") == 2
    await later.close()


async def test_closing_leaves_to_the_next_start_what_it_stops(build: Build, vendor: MadeUpVendor) -> None:
    house = await build(vendor, timing=NEVER)
    vendor.loses("create_mailbox", is_done=True)
    payload = await create(house)
    await house.desk.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert (await truth(house, payload.operation)).state is OperationState.SUCCEEDED


async def test_a_state_without_unfinished_operations_costs_nothing(tmp_path: Path, vendor: MadeUpVendor) -> None:
    house = House.over(SqliteState.in_memory(), tmp_path, vendor)
    await house.desk.open()
    assert vendor.calls.total() == 0
    await house.close()
