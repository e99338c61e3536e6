"""Vendors that contradict themselves: refusals that are about our own request, lists that lag, mailboxes that may yet vanish."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from gateway.domain.draft import MailboxChanges, MailboxDraft
from gateway.domain.errors import (
    ConflictError,
    ErrorCode,
    GatewayError,
    RateLimitedError,
    VendorConflictError,
    VendorError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorProtocolError,
)
from gateway.domain.mailbox import Mailbox, MailboxStatus
from gateway.domain.operation import Operation, OperationState
from gateway.domain.outcome import Created
from gateway.operations.bulk import Terms
from gateway.operations.creator import Creation
from gateway.operations.payload import MailboxCreatePayload
from gateway.operations.selection import Selection
from gateway.operations.timing import Timing
from gateway.state.error import StateError
from tests.operations.conftest import FAST, House, settle
from tests.operations.made_up import VENDOR, Ageless, Batching, Fault, MadeUpVendor, draft, identifier, mailbox, refused

NEW = "new@example.com"
ONE = identifier("1")
RENAME = MailboxChanges(display_name="After")
Build = Callable[..., Awaitable[House]]
Seen = Callable[[Mailbox], Mailbox | None]


class Lagging(MadeUpVendor):
    """The next `stale` reads show a mailbox as `seen` says; None: not at all."""

    def __init__(self, stale: int, seen: Seen) -> None:
        super().__init__()
        self.stale = stale
        self.see = seen

    async def find_mailboxes(self, address: str) -> Sequence[Mailbox]:
        return [shown for each in await super().find_mailboxes(address) if (shown := self._shown(each)) is not None]

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        return self._shown(await super().get_mailbox(mailbox_id)) or mailbox(mailbox_id)

    def _shown(self, box: Mailbox) -> Mailbox | None:
        self.stale -= 1
        return self.see(box) if self.stale >= 0 else box


class Showing(MadeUpVendor):
    """Shows a mailbox that it is still at work on, as pending."""

    def __init__(self) -> None:
        super().__init__()
        self.verifying = True

    def _create(self, draft: MailboxDraft) -> Created:
        created = super()._create(draft)
        assert created.mailbox is not None
        box = self.boxes[created.mailbox.vendor_id] = msgspec.structs.replace(created.mailbox, status=MailboxStatus.PENDING)
        return msgspec.structs.replace(created, mailbox=box)

    def pending_of(self, mailbox: Mailbox) -> str | None:
        return f"{mailbox.address} 0" if mailbox.status is MailboxStatus.PENDING else None


class Doubling(Batching):
    """Gets every batch twice, and answers for the second time."""

    async def create_mailboxes(self, drafts: Sequence[MailboxDraft]) -> Sequence[Created | GatewayError]:
        await super().create_mailboxes(drafts)
        return await super().create_mailboxes(drafts)


def is_told_twice(vendor: MadeUpVendor, error: VendorError, method: str = "create_mailbox") -> None:
    """The next request arrives twice: it is done, and then refused."""
    vendor.faults[method].append(Fault(error, is_done=True))


def taken() -> VendorError:
    return refused(VendorConflictError, "This address is taken.")


def full() -> VendorError:
    return VendorForbiddenError("The plan is full.", vendor=VENDOR, account="a", reason=ErrorCode.LIMIT_REACHED)


async def create(house: House, name: str = "new", *, key: str | None = None) -> MailboxCreatePayload:
    return await house.desk.creator.create(Creation("a", draft(name)), caller="me", idempotency_key=key)


async def load(house: House) -> None:
    await house.inventory.views(["a"], no_cache=False)


def codes(payload: MailboxCreatePayload) -> list[ErrorCode]:
    return [each.code for each in payload.user_errors]


async def result_codes(house: House, operation: Operation) -> list[list[ErrorCode]]:
    return [[error.code for error in result.user_errors] for result in await house.results(operation)]


# ---------------------------------------------------------------------- a conflict with ourselves
@pytest.mark.parametrize("error", [taken(), full()], ids=["taken", "full"])
async def test_a_request_that_arrives_twice_is_no_refusal(house: House, vendor: MadeUpVendor, error: VendorError) -> None:
    is_told_twice(vendor, error)
    payload = await create(house)
    assert codes(payload) == [ErrorCode.OUTCOME_UNKNOWN]
    assert payload.user_errors[0].message.startswith(error.message)
    ended = await house.ended(payload.operation)
    assert (ended.state, ended.mailbox_id) == (OperationState.SUCCEEDED, vendor.at(NEW)[0].id)
    assert vendor.calls["create_mailbox"] == 1


async def test_nor_is_one_whose_mailbox_the_list_does_not_show_yet(build: Build) -> None:
    vendor = Lagging(3, lambda _: None)
    house = await build(vendor)
    is_told_twice(vendor, taken())
    ended = await house.ended((await create(house)).operation)
    assert (ended.state, vendor.calls["create_mailbox"]) == (OperationState.SUCCEEDED, 1)


async def test_a_conflict_that_cannot_be_looked_into_at_once_is_looked_into_later(house: House, vendor: MadeUpVendor) -> None:
    is_told_twice(vendor, taken())
    vendor.refuses("find_mailboxes")
    assert (await house.ended((await create(house)).operation)).state is OperationState.SUCCEEDED


async def test_where_nothing_turns_up_the_refusal_holds(house: House, vendor: MadeUpVendor) -> None:
    vendor.refuses("create_mailbox", taken())
    payload = await create(house)
    assert codes(payload) == [ErrorCode.OUTCOME_UNKNOWN]
    ended = await house.ended(payload.operation)
    assert (ended.state, ended.message) == (OperationState.FAILED, "This address is taken.")
    assert await result_codes(house, ended) == [[ErrorCode.CONFLICT]]


@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=900)], ids=["a moment ago", "long ago"])
async def test_somebody_elses_mailbox_is_a_conflict(house: House, vendor: MadeUpVendor, age: timedelta) -> None:
    vendor.boxes["9"] = mailbox("9", address=NEW, created_at=datetime.now(UTC) - age)
    payload = await create(house)
    assert (codes(payload), payload.operation) == ([ErrorCode.CONFLICT], None)
    assert vendor.calls["find_mailboxes"] == 1


async def test_a_mailbox_that_is_known_needs_no_look(house: House, vendor: MadeUpVendor) -> None:
    await create(house)
    assert codes(await create(house)) == [ErrorCode.CONFLICT]
    assert vendor.calls["find_mailboxes"] == 0


async def test_a_full_plan_is_full(house: House, vendor: MadeUpVendor) -> None:
    vendor.refuses("create_mailbox", full())
    assert codes(await create(house)) == [ErrorCode.LIMIT_REACHED]


async def test_an_adapter_that_has_looked_before_is_believed(build: Build) -> None:
    vendor = Ageless()
    house = await build(vendor)
    vendor.refuses("create_mailbox", taken())
    assert codes(await create(house)) == [ErrorCode.CONFLICT]


async def test_a_batch_that_arrives_twice(build: Build) -> None:
    vendor = Doubling()
    house = await build(vendor)
    creations = [Creation("a", draft(f"new{n}")) for n in range(5)]
    payload = await house.desk.bulk.create(creations, Terms(caller="me", accounts=("a",)))
    ended = await house.ended(payload.operation)
    assert (ended.state, await result_codes(house, ended)) == (OperationState.SUCCEEDED, [[]] * 5)
    assert all(len(vendor.at(f"new{n}@example.com")) == 1 for n in range(5))


async def test_a_rate_limit_makes_the_next_try_look_first(house: House, vendor: MadeUpVendor) -> None:
    is_told_twice(vendor, refused(RateLimitedError))
    assert codes(await create(house, key="k")) == [ErrorCode.VENDOR_RATE_LIMITED]
    again = await create(house, key="k")
    assert (again.mailbox_id, vendor.calls["create_mailbox"]) == (vendor.at(NEW)[0].id, 1)


async def test_an_answer_that_could_not_be_read_before_anything_was_sent_is_not_kept(house: House, vendor: MadeUpVendor) -> None:
    vendor.refuses("create_mailbox", refused(VendorProtocolError))
    assert codes(await create(house, key="k")) == [ErrorCode.VENDOR_PROTOCOL_ERROR]
    assert codes(await create(house, key="k")) == []


# ---------------------------------------------------------------------- a mailbox that is found
@pytest.mark.parametrize(
    ("verdict", "state"),
    [(None, OperationState.SUCCEEDED), (refused(message="No login."), OperationState.FAILED)],
    ids=["ready", "vanishing"],
)
async def test_a_mailbox_that_is_found_may_still_be_verified(build: Build, verdict: GatewayError | None, state: OperationState) -> None:
    vendor = Showing()
    house = await build(vendor)
    vendor.loses("create_mailbox", is_done=True)
    payload = await create(house)
    assert payload.operation is not None
    await settle()
    await settle()
    now = await house.desk.journal.get(payload.operation.key)
    assert now is not None
    assert now.state is OperationState.RUNNING
    with pytest.raises(ConflictError):  # the address is reserved meanwhile
        await create(house)
    vendor.verify(NEW, verdict)
    ended = await house.ended(payload.operation)
    assert (ended.state, bool(vendor.at(NEW))) == (state, verdict is None)
    assert await result_codes(house, ended) == [[] if verdict is None else [ErrorCode.VENDOR_REJECTED]]


async def test_what_an_earlier_attempt_made_may_still_be_verified(build: Build) -> None:
    vendor = Showing()
    house = await build(vendor)
    vendor.loses("create_mailbox", is_done=False)
    assert (await house.ended((await create(house, key="k")).operation)).state is OperationState.FAILED
    vendor._create(draft())  # late, but done
    payload = await create(house, key="k")
    assert payload.operation is not None
    assert [warning.field for warning in payload.warnings] == [("address",)]
    vendor.verify(NEW, refused(message="No login."))
    assert (await house.ended(payload.operation)).state is OperationState.FAILED
    assert vendor.calls["create_mailbox"] == 1


async def test_a_mailbox_that_claims_to_be_older_than_the_list_without_it_is_new(build: Build) -> None:
    vendor = Lagging(99, lambda box: msgspec.structs.replace(box, created_at=datetime(2020, 1, 1, tzinfo=UTC)))
    house = await build(vendor)
    await load(house)
    vendor.loses("create_mailbox", is_done=True)
    assert (await house.ended((await create(house)).operation)).state is OperationState.SUCCEEDED


async def test_a_mailbox_that_was_deleted_a_moment_ago_is_not_the_new_one(house: House, vendor: MadeUpVendor) -> None:
    made = (await create(house)).mailbox
    assert made is not None
    await house.desk.writer.delete(identifier(made.vendor_id))
    vendor.boxes[made.vendor_id] = made  # the list lags
    vendor.loses("create_mailbox", is_done=False)
    assert (await house.ended((await create(house)).operation)).state is OperationState.FAILED


async def test_what_nobody_could_tell_of_is_looked_for_first(build: Build) -> None:
    vendor = Showing()
    house = await build(vendor, timing=Timing(looks=FAST.looks, give_up=0.02, first_poll=0.002, most_poll=0.01))
    assert (await house.ended((await create(house)).operation)).state is OperationState.UNKNOWN
    vendor.boxes = {key: msgspec.structs.replace(box, status=MailboxStatus.ACTIVE) for key, box in vendor.boxes.items()}
    assert (await create(house, key="another")).mailbox_id == vendor.at(NEW)[0].id
    assert vendor.calls["create_mailbox"] == 1


# ---------------------------------------------------------------------- between two writes to the state
async def test_who_dies_before_the_answer_is_kept_still_has_the_operation(
    build: Build, vendor: MadeUpVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await build(vendor)
    is_reached = asyncio.Event()

    async def never(*_: object) -> None:
        is_reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(house.state, "answer_key", never)
    dying = asyncio.create_task(create(house, key="k"))
    await is_reached.wait()
    later = await house.after_a_crash()
    await later.desk.open()
    payload = await create(later, key="k")
    assert codes(payload) == [ErrorCode.OUTCOME_UNKNOWN]
    assert (await later.ended(payload.operation)).mailbox_id == vendor.at(NEW)[0].id
    assert vendor.calls["create_mailbox"] == 1
    await later.close()
    await house.desk.close(within_seconds=0)
    with pytest.raises(asyncio.CancelledError):
        await dying


async def test_who_dies_in_a_second_attempt_knows_of_that_one(build: Build, vendor: MadeUpVendor) -> None:
    house = await build(vendor)
    vendor.loses("create_mailbox", is_done=False)
    assert (await house.ended((await create(house, key="k")).operation)).state is OperationState.FAILED
    gate = vendor.holds("create_mailbox")
    dying = asyncio.create_task(create(house, key="k"))
    await settle()
    later = await house.after_a_crash()
    await later.desk.open()
    gate.set()  # it arrives
    payload = await create(later, key="k")
    assert codes(payload) == [ErrorCode.OUTCOME_UNKNOWN]
    assert (await later.ended(payload.operation)).mailbox_id == vendor.at(NEW)[0].id
    assert vendor.calls["create_mailbox"] == 2
    await later.close()
    await dying


async def test_after_a_restart_a_fresh_key_looks_first_too(build: Build, vendor: MadeUpVendor) -> None:
    house = await build(vendor)
    vendor.loses("create_mailbox", is_done=False)
    assert (await house.ended((await create(house, key="k")).operation)).state is OperationState.FAILED
    vendor._create(draft())  # far too late
    for key in ("another", None):
        later = await house.after_a_crash()
        await later.desk.open()
        payload = await create(later, key=key)
        assert (payload.mailbox_id, payload.user_errors) == (vendor.at(NEW)[0].id, ())
        assert "is there already" in payload.warnings[0].message
        await later.close()
        shutil.rmtree(later.directory)
    assert vendor.calls["create_mailbox"] == 1


async def test_a_doubt_of_another_version_is_one_all_the_same(build: Build, vendor: MadeUpVendor) -> None:
    house = await build(vendor)
    vendor._create(draft())
    await house.state.save_doubt("a", NEW, b'{"of": "another version"}')
    assert (await create(house)).mailbox_id == vendor.at(NEW)[0].id
    assert vendor.calls["create_mailbox"] == 0


async def test_a_doubt_that_cannot_be_written_down_counts_in_this_life(
    build: Build, vendor: MadeUpVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await build(vendor)

    async def full(*_: object) -> None:
        raise StateError("The disk is full.", "Make room.")

    monkeypatch.setattr(house.state, "save_doubt", full)
    vendor.loses("create_mailbox", is_done=False)
    assert (await house.ended((await create(house)).operation)).state is OperationState.FAILED
    vendor._create(draft())
    assert (await create(house)).mailbox_id == vendor.at(NEW)[0].id
    assert vendor.calls["create_mailbox"] == 1


async def test_a_doubt_ends_with_a_creation(build: Build, vendor: MadeUpVendor) -> None:
    house = await build(vendor)
    vendor.loses("create_mailbox", is_done=False)
    assert (await house.ended((await create(house)).operation)).state is OperationState.FAILED
    assert await house.state.load_doubt("a", NEW) is not None
    assert (await create(house)).user_errors == ()
    assert await house.state.load_doubt("a", NEW) is None


# ---------------------------------------------------------------------- changes
async def test_a_deletion_that_arrives_twice_is_done(house: House, vendor: MadeUpVendor) -> None:
    await load(house)
    is_told_twice(vendor, refused(VendorNotFoundError), "delete_mailbox")
    payload = await house.desk.writer.delete(ONE)
    assert (payload.deleted_id, payload.user_errors, len(payload.warnings)) == (str(ONE), (), 1)
    assert house.inventory.accounts["a"].peek().find("1") is None


@pytest.mark.parametrize(("is_known", "is_done"), [(False, True), (True, False)], ids=["not known before", "still there"])
async def test_what_is_not_found_is_not_deleted(house: House, vendor: MadeUpVendor, *, is_known: bool, is_done: bool) -> None:
    if is_known:
        await load(house)
    vendor.faults["delete_mailbox"].append(Fault(refused(VendorNotFoundError), is_done))
    with pytest.raises(VendorNotFoundError):
        await house.desk.writer.delete(ONE)


async def test_a_change_is_shown_although_reads_lag(build: Build) -> None:
    vendor = Lagging(2, lambda box: msgspec.structs.replace(box, display_name="Before"))
    vendor.hides_answers = True
    house = await build(vendor)
    await load(house)
    payload = await house.desk.writer.update(ONE, RENAME)
    assert payload.mailbox is not None
    assert (payload.mailbox.display_name, payload.warnings) == ("After", ())


async def test_what_is_not_shown_in_time_is_told(build: Build) -> None:
    vendor = Lagging(99, lambda box: msgspec.structs.replace(box, display_name="Before"))
    vendor.hides_answers = True
    house = await build(vendor)
    await load(house)
    payload = await house.desk.writer.update(ONE, RENAME)
    assert ["still shows what was before: DISPLAY_NAME" in warning.message for warning in payload.warnings] == [True]
    assert vendor.calls["update_mailbox"] == 1


async def test_what_is_not_known_yet_is_read_before_many_are_changed(build: Build, vendor: MadeUpVendor) -> None:
    """So that the next life can tell whether they were."""
    house = await build(vendor, timing=Timing(looks=(60,)))
    gate = vendor.holds("update_mailbox")
    selection = Selection(ids=(str(ONE), str(identifier("2"))), wanted=None)
    payload = await house.desk.bulk.update(selection, lambda _: RENAME, Terms(caller="me", accounts=("a",)))
    await settle()
    vendor.boxes["2"] = msgspec.structs.replace(vendor.boxes["2"], display_name="After")
    later = await house.after_a_crash(vendor)
    await later.desk.open()
    ended = await later.ended(payload.operation)
    assert await result_codes(later, ended) == [[ErrorCode.VENDOR_UNAVAILABLE], []]
    await later.close()
    gate.set()
