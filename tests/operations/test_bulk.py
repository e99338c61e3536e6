"""Many mailboxes at once: what is sent, what is left out, and that each gets one true result."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from gateway.domain.draft import MailboxChanges, MailboxDraft
from gateway.domain.errors import (
    ConflictError,
    ErrorCode,
    ForbiddenError,
    GatewayError,
    InvalidInputError,
    RateLimitedError,
    VendorUnavailableError,
)
from gateway.domain.identifier import Identifier
from gateway.domain.operation import Operation, OperationResult, OperationState, Progress
from gateway.domain.outcome import CheckResult, Created, MailboxCheck
from gateway.domain.vendor import Vendor
from gateway.inventory.filter import MailboxFilter, StringFilter
from gateway.operations.bulk import DRY, Terms
from gateway.operations.creator import Creation
from gateway.operations.ending import STUMBLED
from gateway.operations.many import AT_ONCE, MOST_PARTS
from gateway.operations.payload import MailboxTestPayload, OperationPayload
from gateway.operations.run import ErrorPolicy
from gateway.operations.selection import Selection
from gateway.state.error import StateError
from gateway.state.sqlite import SqliteState
from tests.operations.conftest import FAST, House
from tests.operations.made_up import Ageless, Batching, Incapable, MadeUpVendor, draft, identifier, mailbox, refused, until
from tests.operations.test_journal import set_full

TERMS = Terms(caller="me", accounts=("a",))
STOP = msgspec.structs.replace(TERMS, policy=ErrorPolicy.STOP)
DRY_RUN = msgspec.structs.replace(TERMS, is_dry=True)
RENAME = MailboxChanges(display_name="After")
CHECKS = (MailboxCheck.SENDING,)


def fill(vendor: MadeUpVendor, count: int) -> list[str]:
    vendor.boxes = {f"{n}": mailbox(f"{n}", account=vendor.account.name) for n in range(count)}
    return [str(identifier(f"{n}", vendor.account.name)) for n in range(count)]


async def update(house: House, ids: Sequence[str], terms: Terms = TERMS, changes: MailboxChanges = RENAME) -> OperationPayload:
    return await house.desk.bulk.update(Selection(ids=tuple(ids), wanted=None), lambda _: changes, terms)


async def check(house: House, ids: Sequence[str], terms: Terms = TERMS) -> OperationPayload:
    return await house.desk.bulk.test(Selection(ids=tuple(ids), wanted=None), CHECKS, terms)


async def create(house: House, drafts: Sequence[MailboxDraft | GatewayError], terms: Terms = TERMS) -> OperationPayload:
    creations = [Creation("a", each) if isinstance(each, MailboxDraft) else each for each in drafts]
    return await house.desk.bulk.create(creations, terms)


def addresses(count: int) -> list[MailboxDraft]:
    return [draft(f"new{n}") for n in range(count)]


async def outcome(house: House, payload: OperationPayload) -> tuple[Operation, list[OperationResult]]:
    operation = await house.ended(payload.operation)
    return operation, await house.results(operation)


def codes(results: Sequence[OperationResult]) -> list[ErrorCode | None]:
    """One for each result."""
    return [each.user_errors[0].code if each.user_errors else None for each in results]


def left_out(results: Sequence[OperationResult]) -> list[int]:
    return [each.index for each in results if each.user_errors and each.user_errors[0].message.startswith("It was not begun")]


# ---------------------------------------------------------------------- all goes well
async def test_an_update_of_many(house: House, vendor: MadeUpVendor) -> None:
    ids = fill(vendor, 30)
    await house.inventory.views(["a"], no_cache=False)
    payload = await update(house, ids)
    assert payload.operation is not None
    assert payload.operation.state is OperationState.RUNNING
    operation, results = await outcome(house, payload)
    assert (operation.state, operation.progress, operation.message) == (OperationState.SUCCEEDED, Progress(30, 0, 30), "All 30 done.")
    assert results == [OperationResult(n, each) for n, each in enumerate(ids)]
    assert {each.display_name for each in vendor.boxes.values()} == {"After"}
    assert vendor.most["update_mailbox"] <= AT_ONCE
    assert vendor.writes == 30
    assert {row.display_name for row in house.inventory.accounts["a"].peek().rows} == {"After"}


async def test_a_test_of_many(house: House, vendor: MadeUpVendor) -> None:
    operation, results = await outcome(house, await check(house, fill(vendor, 3)))
    assert operation.state is OperationState.SUCCEEDED
    assert [each.checks for each in results] == [(CheckResult(MailboxCheck.SENDING, passed=True),)] * 3


async def test_creations_one_by_one(house: House, vendor: MadeUpVendor) -> None:
    operation, results = await outcome(house, await create(house, addresses(20)))
    assert operation.state is OperationState.SUCCEEDED
    assert [each.mailbox_id for each in results] == [vendor.at(f"new{n}@example.com")[0].id for n in range(20)]
    assert vendor.most["create_mailbox"] <= AT_ONCE
    assert len(set(vendor.keys)) == 20


async def test_progress_never_goes_back_and_ends_with_all(house: House, vendor: MadeUpVendor) -> None:
    payload = await update(house, fill(vendor, 40))
    assert payload.operation is not None
    seen = [each.progress.done async for each in house.desk.journal.watch(payload.operation.key)]
    assert seen == sorted(seen)
    assert seen[-1] == 40


async def test_accounts_go_side_by_side(tmp_path: Path) -> None:
    vendors = [MadeUpVendor("a"), MadeUpVendor("b")]
    house = House.over(SqliteState.in_memory(), tmp_path, *vendors)
    gates = [each.holds("update_mailbox") for each in vendors]
    terms = msgspec.structs.replace(TERMS, accounts=("a", "b"))
    payload = await update(house, [each for vendor in vendors for each in fill(vendor, 9)], terms)
    for each in vendors:
        await each.reached("update_mailbox", AT_ONCE)
    for gate in gates:
        gate.set()
    operation, _ = await outcome(house, payload)
    assert operation.accounts == ("a", "b")
    await house.close()


async def test_who_leaves_does_not_take_the_operation_along(house: House, vendor: MadeUpVendor) -> None:
    caller = asyncio.create_task(update(house, fill(vendor, 3)))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait({caller})
    await until(lambda: {each.display_name for each in vendor.boxes.values()} == {"After"})


# ---------------------------------------------------------------------- some do not
async def test_continue_goes_on_with_the_others(house: House, vendor: MadeUpVendor) -> None:
    ids = fill(vendor, 20)
    for _ in range(3):
        vendor.refuses("update_mailbox", refused(RateLimitedError))
    operation, results = await outcome(house, await update(house, ids))
    assert (operation.state, operation.progress) == (OperationState.FAILED, Progress(20, 3, 20))
    assert operation.message == "17 of 20 done, 3 not: `results` says why."
    assert codes(results).count(ErrorCode.VENDOR_RATE_LIMITED) == 3
    assert [each.mailbox_id for each in results] == ids


async def test_stop_begins_no_more(house: House, vendor: MadeUpVendor) -> None:
    ids = fill(vendor, 50)
    vendor.refuses("update_mailbox")
    operation, results = await outcome(house, await update(house, ids, STOP))
    assert operation.state is OperationState.FAILED
    assert operation.progress.done == 50
    out = left_out(results)
    assert len(out) + vendor.calls["update_mailbox"] == 50
    assert vendor.calls["update_mailbox"] <= 2 * AT_ONCE  # those that were under way end
    assert [each.mailbox_id for each in results] == ids
    assert results[out[0]].user_errors[0].message == "It was not begun, and nothing was sent: an earlier one had failed."


async def test_stop_counts_what_is_refused_beforehand(house: House, vendor: MadeUpVendor) -> None:
    operation, results = await outcome(house, await update(house, [*fill(vendor, 2), "nonsense"], STOP))
    assert operation.state is OperationState.FAILED
    assert left_out(results) == [0, 1]
    assert codes(results)[2] is ErrorCode.BAD_USER_INPUT
    assert vendor.writes == 0


async def test_stop_does_not_stop_at_what_is_unknown(house: House, vendor: MadeUpVendor) -> None:
    for _ in range(2):
        vendor.loses("update_mailbox", is_done=True)
    operation, results = await outcome(house, await update(house, fill(vendor, 20), STOP))
    assert operation.state is OperationState.SUCCEEDED
    assert codes(results) == [None] * 20


async def test_what_stays_unknown_is_not_called_a_failure(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("test_sending", is_done=False)
    operation, results = await outcome(house, await check(house, fill(vendor, 3)))
    assert (operation.state, operation.progress) == (OperationState.UNKNOWN, Progress(3, 0, 3))
    assert operation.message == "2 of 3 done, of 1 it is not known: `results` says why."
    [unknown] = [each for each in results if each.user_errors]
    assert unknown.checks == (CheckResult(MailboxCheck.SENDING, None),)


async def test_a_lost_test_that_ran_is_a_result(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("test_sending", is_done=True)
    operation, results = await outcome(house, await check(house, fill(vendor, 1)))
    assert operation.state is OperationState.SUCCEEDED
    assert [[check.passed for check in each.checks or ()] for each in results] == [[True]]


async def test_a_lost_update_ends_as_the_truth(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("update_mailbox", is_done=False)
    operation, results = await outcome(house, await update(house, fill(vendor, 3)))
    assert operation.state is OperationState.FAILED
    [failed] = [each for each in results if each.user_errors]
    assert failed.user_errors[0].code is ErrorCode.VENDOR_UNAVAILABLE
    assert failed.mailbox_id is not None


async def test_a_fault_of_ours_costs_its_part_only(
    house: House, vendor: MadeUpVendor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    ids = fill(vendor, 20)
    test = house.desk.writer.test

    async def stumble(mailbox: Identifier, checks: Sequence[MailboxCheck]) -> MailboxTestPayload:
        if str(mailbox) == ids[7]:
            message = "canary"
            raise ZeroDivisionError(message)
        return await test(mailbox, checks)

    monkeypatch.setattr(house.desk.writer, "test", stumble)
    operation, results = await outcome(house, await check(house, ids))
    assert operation.state is OperationState.UNKNOWN
    assert results[7].user_errors[0].message == STUMBLED
    assert results[7].mailbox_id == ids[7]
    assert codes(results).count(None) == 19
    assert ": canary" not in caplog.text
    assert "a part of an operation failed: ZeroDivisionError" in caplog.text


# ---------------------------------------------------------------------- which mailboxes
async def test_results_stand_where_their_ids_stood(house: House, vendor: MadeUpVendor) -> None:
    one, two, _ = fill(vendor, 3)
    foreign = str(identifier("1", "elsewhere"))
    operation, results = await outcome(house, await update(house, ["nonsense", one, one, foreign, two]))
    assert codes(results) == [ErrorCode.BAD_USER_INPUT, None, None, ErrorCode.NOT_FOUND, None]
    assert [each.mailbox_id for each in results] == [None, one, one, None, two]
    assert [each.message for each in results[2].warnings] == ["This mailbox was named before: see result 1."]
    assert vendor.calls["update_mailbox"] == 2
    assert operation.progress == Progress(5, 2, 5)


async def test_a_mailbox_that_is_not_there_is_its_own_result(house: House, vendor: MadeUpVendor) -> None:
    _, results = await outcome(house, await update(house, [*fill(vendor, 1), str(identifier("nobody"))]))
    assert codes(results) == [None, ErrorCode.NOT_FOUND]


async def test_an_operation_that_none_can_be_tried_of_is_seen_by_its_caller_only(house: House) -> None:
    operation, _ = await outcome(house, await update(house, ["nonsense"]))
    assert operation.accounts == ("a",)
    assert operation.state is OperationState.FAILED


async def test_a_filter_over_all_that_is_known(house: House, vendor: MadeUpVendor) -> None:
    fill(vendor, 12)
    wanted = MailboxFilter(address=StringFilter(starts_with="box1"))
    payload = await house.desk.bulk.update(Selection(ids=None, wanted=wanted), lambda _: RENAME, TERMS)
    operation, results = await outcome(house, payload)
    assert operation.state is OperationState.SUCCEEDED
    assert {each.mailbox_id for each in results} == {str(identifier(each)) for each in ("1", "10", "11")}


async def test_a_filter_that_finds_nothing_is_done(house: House) -> None:
    wanted = MailboxFilter(address=StringFilter(eq="nobody"))
    for terms in (TERMS, DRY_RUN):
        operation, results = await outcome(house, await house.desk.bulk.update(Selection(ids=None, wanted=wanted), lambda _: RENAME, terms))
        assert (operation.state, operation.progress, results) == (OperationState.SUCCEEDED, Progress(0, 0, 0), [])


async def test_a_filter_over_what_is_not_all_known_is_refused(tmp_path: Path) -> None:
    vendors = [MadeUpVendor("a"), MadeUpVendor("b")]
    house = House.over(SqliteState.in_memory(), tmp_path, *vendors)
    vendors[1].refuses("list_mailboxes", refused(VendorUnavailableError))
    terms = msgspec.structs.replace(TERMS, accounts=("a", "b"))
    with pytest.raises(VendorUnavailableError, match="The mailboxes of b are not all known now"):
        await house.desk.bulk.update(Selection(ids=None, wanted=MailboxFilter()), lambda _: RENAME, terms)
    assert sum(each.writes for each in vendors) == 0
    await house.close()


@pytest.mark.parametrize("ids", [None, ()])
async def test_ids_or_a_filter_one_of_both(house: House, ids: tuple[str, ...] | None) -> None:
    wanted = None if ids is None else MailboxFilter()
    with pytest.raises(InvalidInputError, match="one of both"):
        await house.desk.bulk.update(Selection(ids=ids, wanted=wanted), lambda _: RENAME, TERMS)


async def test_too_many_and_too_few(house: House, vendor: MadeUpVendor) -> None:
    for count in (0, MOST_PARTS + 1):
        with pytest.raises(InvalidInputError) as caught:
            await update(house, ["id"] * count)
        assert caught.value.field == ("ids",)
        with pytest.raises(InvalidInputError) as caught:
            await create(house, [draft()] * count)
        assert caught.value.field == ("mailboxes",)
    fill(vendor, MOST_PARTS + 1)
    with pytest.raises(InvalidInputError) as caught:
        await house.desk.bulk.test(Selection(ids=None, wanted=MailboxFilter()), CHECKS, TERMS)
    assert caught.value.field == ("filter",)
    assert vendor.writes == 0


async def test_the_most_that_is_allowed(tmp_path: Path) -> None:
    vendor = Batching()
    house = House.over(SqliteState.in_memory(), tmp_path, vendor)
    operation, _ = await outcome(house, await update(house, fill(vendor, MOST_PARTS), DRY_RUN))
    assert operation.progress.done == MOST_PARTS
    await house.close()


# ---------------------------------------------------------------------- what cannot be tried
async def test_what_a_vendor_cannot_do_is_refused_for_its_mailboxes_only(tmp_path: Path) -> None:
    vendor = MadeUpVendor("b")
    house = House.over(SqliteState.in_memory(), tmp_path, Incapable("a"), vendor)
    terms = msgspec.structs.replace(TERMS, accounts=("a", "b"))
    ids = [str(identifier("1", "a")), str(identifier("1", "b"))]
    for begin in (update, check):
        _, results = await outcome(house, await begin(house, ids, terms))
        assert codes(results) == [ErrorCode.UNSUPPORTED_BY_VENDOR, None]
    _, results = await outcome(house, await create(house, [draft()], terms))
    assert codes(results) == [ErrorCode.UNSUPPORTED_BY_VENDOR]
    await house.close()


async def test_a_field_that_cannot_be_written_is_refused_before_anything_is_sent(house: House, vendor: MadeUpVendor) -> None:
    _, results = await outcome(house, await update(house, fill(vendor, 2), changes=MailboxChanges(bcc="x")))
    assert codes(results) == [ErrorCode.UNSUPPORTED_BY_VENDOR] * 2
    assert vendor.calls.total() == 0


async def test_what_the_caller_may_not_do_is_refused_as_a_whole(house: House, vendor: MadeUpVendor) -> None:
    def forbidden(_: Vendor) -> MailboxChanges:
        message = "You may not."
        raise ForbiddenError(message)

    with pytest.raises(ForbiddenError):
        await house.desk.bulk.update(Selection(ids=tuple(fill(vendor, 2)), wanted=None), forbidden, TERMS)


async def test_an_error_in_place_of_a_creation_is_its_result(house: House) -> None:
    _, results = await outcome(house, await create(house, [draft("x"), InvalidInputError("Not like this."), draft("y")]))
    assert codes(results) == [None, ErrorCode.BAD_USER_INPUT, None]


async def test_an_address_that_is_asked_for_twice_is_created_once(house: House, vendor: MadeUpVendor) -> None:
    _, results = await outcome(house, await create(house, [draft("x"), draft("X"), draft("y")]))
    assert codes(results) == [None, ErrorCode.CONFLICT, None]
    assert vendor.calls["create_mailbox"] == 2


async def test_a_dry_run_sends_nothing(house: House, vendor: MadeUpVendor) -> None:
    await house.inventory.views(["a"], no_cache=False)
    calls = vendor.calls.total()
    ids = [*fill(vendor, 2), "nonsense"]
    payloads = [await update(house, ids, DRY_RUN), await check(house, ids, DRY_RUN)]
    payloads.append(await create(house, [draft("x"), draft("y"), draft("z", bcc="x")], DRY_RUN))
    for payload in payloads:
        operation, results = await outcome(house, payload)
        assert (operation.state, operation.message, operation.progress) == (OperationState.SUCCEEDED, DRY, Progress(3, 1, 3))
        assert [each.index for each in results if each.user_errors] == [2]
        assert all(each.warnings[-1].message == DRY for each in results)
    assert vendor.calls.total() == calls


async def test_a_dry_run_asks_no_vendor_without_ages(tmp_path: Path) -> None:
    vendor = Ageless()
    house = House.over(SqliteState.in_memory(), tmp_path, vendor)
    await create(house, addresses(2), DRY_RUN)
    assert vendor.calls.total() == 0
    await house.close()


# ---------------------------------------------------------------------- keys
async def test_a_repeated_key_replays_the_operation(house: House, vendor: MadeUpVendor) -> None:
    terms = msgspec.structs.replace(TERMS, idempotency_key="k")
    first, again = [await create(house, addresses(5), terms) for _ in range(2)]
    await outcome(house, first)
    later = await create(house, addresses(5), terms)
    assert first.operation is not None
    assert again.operation is not None
    assert later.operation is not None
    assert first.operation.key == again.operation.key == later.operation.key
    assert later.operation.state is OperationState.SUCCEEDED
    assert vendor.calls["create_mailbox"] == 5
    with pytest.raises(ConflictError):
        await create(house, addresses(6), terms)
    for other in (DRY_RUN, STOP):
        with pytest.raises(ConflictError):
            await create(house, addresses(5), msgspec.structs.replace(other, idempotency_key="k"))


async def test_a_key_replays_also_where_the_filter_cannot_be_answered_now(house: House, vendor: MadeUpVendor) -> None:
    terms = msgspec.structs.replace(TERMS, idempotency_key="k")
    by_filter = Selection(ids=None, wanted=MailboxFilter(address=StringFilter(contains="box")))
    first = await house.desk.bulk.update(by_filter, lambda _: RENAME, terms)
    await outcome(house, first)
    house.inventory.accounts["a"]._rows.expire()
    vendor.refuses("list_mailboxes", refused(VendorUnavailableError))
    again = await house.desk.bulk.update(by_filter, lambda _: RENAME, terms)
    assert again.operation is not None
    assert first.operation is not None
    assert again.operation.key == first.operation.key


async def test_a_bulk_that_failed_is_replayed_too(house: House, vendor: MadeUpVendor) -> None:
    terms = msgspec.structs.replace(TERMS, idempotency_key="k")
    vendor.refuses("update_mailbox")
    ids = fill(vendor, 3)
    first, _ = await outcome(house, await update(house, ids, terms))
    assert first.state is OperationState.FAILED
    again = await update(house, ids, terms)
    assert again.operation == first
    assert vendor.calls["update_mailbox"] == 3


# ---------------------------------------------------------------------- cancelling
async def test_cancelling_in_the_middle(house: House, vendor: MadeUpVendor) -> None:
    ids = fill(vendor, 30)
    gate = vendor.holds("update_mailbox")
    payload = await update(house, ids)
    assert payload.operation is not None
    await vendor.reached("update_mailbox", AT_ONCE)
    cancelled = await house.desk.bulk.cancel(payload.operation.key)
    assert cancelled.operation is not None
    assert cancelled.operation.state is OperationState.RUNNING
    with pytest.raises(ConflictError):
        await house.desk.bulk.cancel(payload.operation.key)
    gate.set()
    operation, results = await outcome(house, payload)
    assert (operation.state, operation.message) == (
        OperationState.CANCELLED,
        f"{AT_ONCE} of 30 done, {30 - AT_ONCE} not: `results` says why.",
    )
    assert vendor.calls["update_mailbox"] == AT_ONCE
    assert left_out(results) == list(range(AT_ONCE, 30))
    assert results[-1].user_errors[0].message == "It was not begun, and nothing was sent: the operation was cancelled."
    assert [each.mailbox_id for each in results] == ids


async def test_cancelling_what_has_all_begun_changes_nothing(house: House, vendor: MadeUpVendor) -> None:
    gate = vendor.holds("update_mailbox")
    payload = await update(house, fill(vendor, 3))
    assert payload.operation is not None
    await vendor.reached("update_mailbox", 3)
    await house.desk.bulk.cancel(payload.operation.key)
    gate.set()
    operation, _ = await outcome(house, payload)
    assert operation.state is OperationState.SUCCEEDED
    with pytest.raises(ConflictError):
        await house.desk.bulk.cancel(operation.key)


# ---------------------------------------------------------------------- the vendor's own batch
@pytest.fixture
async def batching(tmp_path: Path) -> AsyncIterator[House]:
    it = House.over(SqliteState.in_memory(), tmp_path, Batching())
    yield it
    await it.close()


def batches_of(house: House) -> Batching:
    adapter = house.inventory.accounts["a"].adapter
    assert isinstance(adapter, Batching)
    return adapter


async def test_what_fits_goes_in_batches_and_the_rest_alone(batching: House) -> None:
    vendor = batches_of(batching)
    drafts = [draft(f"new{n}", daily_limit=5 if n % 2 else None) for n in range(10)]
    operation, results = await outcome(batching, await create(batching, drafts))
    assert operation.state is OperationState.SUCCEEDED
    assert vendor.batches == [[f"new{n}@example.com" for n in ns] for ns in ((0, 2, 4), (6, 8))]
    assert vendor.calls["create_mailbox"] == 5
    assert [each.mailbox_id for each in results] == [vendor.at(each.address)[0].id for each in drafts]


async def test_one_refused_in_a_batch_is_its_own_result(batching: House) -> None:
    batches_of(batching)._create(draft("new1"))
    _, results = await outcome(batching, await create(batching, addresses(3)))
    assert codes(results) == [None, ErrorCode.CONFLICT, None]


async def test_an_error_about_a_whole_batch_is_one_about_each(batching: House) -> None:
    vendor = batches_of(batching)
    vendor.refuses("create_mailboxes", refused(VendorUnavailableError))
    _, results = await outcome(batching, await create(batching, addresses(5)))
    assert codes(results) == [ErrorCode.VENDOR_UNAVAILABLE] * 3 + [None] * 2
    _, results = await outcome(batching, await create(batching, addresses(3)))  # the addresses are free again
    assert codes(results) == [None] * 3


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_lost_batch_is_found_out_about_one_by_one(batching: House, *, is_done: bool) -> None:
    vendor = batches_of(batching)
    vendor.loses("create_mailboxes", is_done=is_done)
    operation, results = await outcome(batching, await create(batching, addresses(3)))
    assert operation.state is (OperationState.SUCCEEDED if is_done else OperationState.FAILED)
    assert codes(results) == [None if is_done else ErrorCode.VENDOR_UNAVAILABLE] * 3
    assert len(vendor.batches) == 1


async def test_a_doubtful_address_is_looked_for_before_it_goes_into_a_batch(batching: House) -> None:
    vendor = batches_of(batching)
    vendor.loses("create_mailboxes", is_done=False)
    await outcome(batching, await create(batching, addresses(3)))
    vendor._create(draft("new1"))
    operation, results = await outcome(batching, await create(batching, addresses(3)))
    assert operation.state is OperationState.SUCCEEDED
    assert [bool(each.warnings) for each in results] == [False, True, False]
    assert vendor.batches[1] == ["new0@example.com", "new2@example.com"]
    assert len(vendor.at("new1@example.com")) == 1


async def test_an_address_that_is_open_is_left_out_of_a_batch(batching: House) -> None:
    vendor = batches_of(batching)
    vendor.verifying = True
    await batching.desk.creator.create(Creation("a", draft("new1")), caller="me", idempotency_key=None)
    payload = await create(batching, addresses(3))
    await until(lambda: len(vendor.batches) == 1)
    for n in range(3):
        vendor.verify(f"new{n}@example.com")
    _, results = await outcome(batching, payload)
    assert codes(results) == [None, ErrorCode.CONFLICT, None]
    assert vendor.batches == [["new0@example.com", "new2@example.com"]]


async def test_what_a_batch_has_accepted_settles_one_by_one_while_the_next_goes(batching: House) -> None:
    vendor = batches_of(batching)
    vendor.verifying = True
    payload = await create(batching, addresses(6))
    await until(lambda: len(vendor.at("new5@example.com")) == 1)
    assert len(vendor.batches) == 2
    vendor.verify("new4@example.com")
    vendor.verify("new0@example.com", refused(message="No login."))
    assert payload.operation is not None
    async for each in batching.desk.journal.watch(payload.operation.key):
        if each.progress.done == 2:
            break
    so_far = await batching.results(payload.operation)
    assert [each.index for each in so_far if each.is_done] == [0, 4]
    assert so_far[1].mailbox_id == vendor.at("new1@example.com")[0].id
    for n in (1, 2, 3, 5):
        vendor.verify(f"new{n}@example.com")
    operation, results = await outcome(batching, payload)
    assert (operation.state, operation.progress) == (OperationState.FAILED, Progress(6, 1, 6))
    assert codes(results) == [ErrorCode.VENDOR_REJECTED, *[None] * 5]


async def test_stop_and_cancel_leave_further_batches_out(batching: House) -> None:
    vendor = batches_of(batching)
    vendor.refuses("create_mailboxes")
    _, results = await outcome(batching, await create(batching, addresses(9), STOP))
    assert codes(results)[:3] == [ErrorCode.VENDOR_REJECTED] * 3
    # a group is sent while the one before it settles, so that the second may have gone
    assert left_out(results)[-3:] == [6, 7, 8]
    gate = vendor.holds("create_mailboxes")
    payload = await create(batching, [draft(f"other{n}") for n in range(9)])
    await vendor.reached("create_mailboxes")
    assert payload.operation is not None
    await batching.desk.bulk.cancel(payload.operation.key)
    gate.set()
    operation, results = await outcome(batching, payload)
    assert operation.state is OperationState.CANCELLED
    assert left_out(results) == [3, 4, 5, 6, 7, 8]


class Wordless(Batching):
    """Answers the first two of a batch only, or stumbles."""

    is_broken = False

    async def create_mailboxes(self, drafts: Sequence[MailboxDraft]) -> Sequence[Created | GatewayError]:
        if self.is_broken:
            message = "canary"
            raise ZeroDivisionError(message)
        return (await super().create_mailboxes(drafts))[:2]


@pytest.mark.parametrize("is_broken", [True, False])
async def test_a_batch_that_was_not_answered_whole_is_found_out_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, is_broken: bool
) -> None:
    vendor = Wordless()
    vendor.is_broken = is_broken
    house = House.over(SqliteState.in_memory(), tmp_path, vendor)
    operation, results = await outcome(house, await create(house, [*addresses(3), draft("alone", daily_limit=1)]))
    assert operation.state is (OperationState.FAILED if is_broken else OperationState.SUCCEEDED)
    assert codes(results)[3] is None
    assert "canary" not in caplog.text
    await house.close()


async def test_faults_over_a_group_cost_that_group_only(batching: House, monkeypatch: pytest.MonkeyPatch) -> None:
    together = batching.desk.creator.sent_together
    groups: list[int] = []

    async def stumble(account: str, creations: Sequence[object]) -> object:
        groups.append(len(creations))
        if len(groups) == 1:
            raise ZeroDivisionError
        return await together(account, creations)  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(batching.desk.creator, "sent_together", stumble)
    operation, results = await outcome(batching, await create(batching, addresses(6)))
    assert operation.state is OperationState.UNKNOWN
    assert codes(results) == [ErrorCode.OUTCOME_UNKNOWN] * 3 + [None] * 3


async def test_a_vendor_without_ages_is_read_once_for_all(tmp_path: Path) -> None:
    vendor = Ageless()
    vendor.boxes["old"] = mailbox("old", address="new0@example.com")
    house = House.over(SqliteState.in_memory(), tmp_path, vendor)
    vendor.loses("create_mailbox", is_done=False)
    _, results = await outcome(house, await create(house, addresses(1)))
    assert codes(results) == [ErrorCode.VENDOR_UNAVAILABLE]
    assert vendor.calls["list_mailboxes"] == 1 + len(FAST.looks)
    await house.close()


# ---------------------------------------------------------------------- the state fails, the gateway closes
async def test_nothing_begins_that_cannot_be_written_down(house: House, vendor: MadeUpVendor) -> None:
    ids = fill(vendor, 3)
    set_full(house.state, is_full=True)
    with pytest.raises(StateError):
        await update(house, ids)
    assert vendor.writes == 0


async def test_a_disk_that_fills_up_in_the_middle_stops_sending_and_lies_about_nothing(house: House, vendor: MadeUpVendor) -> None:
    ids = fill(vendor, 30)
    gate = vendor.holds("update_mailbox")
    payload = await update(house, ids)
    await vendor.reached("update_mailbox", AT_ONCE)
    set_full(house.state, is_full=True)
    gate.set()
    operation, results = await outcome(house, payload)
    assert (operation.state, operation.progress) == (OperationState.FAILED, Progress(30, 22, 30))
    assert vendor.calls["update_mailbox"] == AT_ONCE
    assert left_out(results) == list(range(AT_ONCE, 30))
    assert "cannot be written" in results[-1].user_errors[0].message
    assert [each.display_name for each in vendor.boxes.values()].count("After") == AT_ONCE
    set_full(house.state, is_full=False)
    await outcome(house, await update(house, ids[:1]))
    assert await house.state.load_operation(operation.key) == operation
    assert await house.state.load_results(operation.key) == results


async def test_closing_in_the_middle(vendor: MadeUpVendor, tmp_path: Path) -> None:
    house = House.over(await SqliteState.open(tmp_path / "state", state_key=None), tmp_path / "state", vendor)
    gate = vendor.holds("update_mailbox")
    payload = await update(house, fill(vendor, 30))
    await vendor.reached("update_mailbox", AT_ONCE)
    closing = asyncio.create_task(house.desk.close())
    await asyncio.sleep(0)  # it has begun to close
    gate.set()
    await closing
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert vendor.calls["update_mailbox"] == AT_ONCE
    later = await house.after_a_crash()
    await later.desk.open()
    operation, results = await outcome(later, payload)
    assert (operation.state, operation.message) == (OperationState.FAILED, f"{AT_ONCE} of 30 done, {30 - AT_ONCE} not: `results` says why.")
    assert left_out(results) == list(range(AT_ONCE, 30))
    assert vendor.calls["update_mailbox"] == AT_ONCE
    await later.close()
    await house.close()


async def test_closing_does_not_wait_for_verifications(tmp_path: Path) -> None:
    vendor = Batching()
    vendor.verifying = True
    house = House.over(SqliteState.in_memory(), tmp_path, vendor)
    await create(house, addresses(3))
    await until(lambda: vendor.calls["poll_created"] > 0)
    async with asyncio.timeout(5):
        await house.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
