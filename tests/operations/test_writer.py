"""Changing single mailboxes: what is answered, what is shown afterwards, and what is found out when an answer is lost."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from gateway.domain.capability import MailboxField
from gateway.domain.draft import MailboxChanges, ServerDraft, WarmupSettings
from gateway.domain.errors import (
    ErrorCode,
    InvalidInputError,
    RateLimitedError,
    UnsupportedError,
    UnsupportedFieldsError,
    VendorRejectedError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import AutoReply, ChannelHealth, Mailbox, MailboxHealth, MailboxStatus, SendingPolicy
from gateway.domain.operation import Operation, OperationState
from gateway.domain.outcome import MailboxCheck, Updated, WriteWarning
from gateway.domain.secret import Secret
from gateway.domain.warmup import WarmupState
from gateway.operations.expectation import of_auto_reply, of_changes, of_status, of_warmup_start
from gateway.operations.payload import MailboxPayload
from gateway.operations.reconcile import compared
from gateway.operations.work import Compare, Evidence, Expectation, Vanish, decode_work
from gateway.operations.writer import Writer
from gateway.state.sqlite import SqliteState
from tests.operations.conftest import House
from tests.operations.made_up import Incapable, MadeUpFields, MadeUpVendor, identifier, lost, mailbox, refused, until
from tests.operations.test_journal import set_full

ONE = identifier("1")
Verb = Callable[[Writer], Coroutine[None, None, MailboxPayload]]

RENAME = MailboxChanges(display_name="After")
REPLY = AutoReply(enabled=True, subject="Away")
VERBS: dict[str, tuple[Verb, str, Callable[[Mailbox], object], object]] = {
    "mailboxUpdate": (lambda writer: writer.update(ONE, RENAME), "update_mailbox", lambda box: box.display_name, "After"),
    "mailboxSuspend": (lambda writer: writer.suspend(ONE), "suspend_mailbox", lambda box: box.status, MailboxStatus.SUSPENDED),
    "mailboxResume": (lambda writer: writer.resume(ONE), "resume_mailbox", lambda box: box.status, MailboxStatus.ACTIVE),
    "mailboxAutoReplySet": (lambda writer: writer.set_auto_reply(ONE, REPLY), "set_auto_reply", lambda box: box.auto_reply, REPLY),
    "mailboxSpamFilterSet": (
        lambda writer: writer.set_spam_threshold(ONE, 9),
        "set_spam_threshold",
        lambda box: box.spam_filter and box.spam_filter.threshold,
        9,
    ),
    "warmupStart": (
        lambda writer: writer.start_warmup(ONE, WarmupSettings(daily_target=5)),
        "start_warmup",
        lambda box: box.warmup and (box.warmup.state, box.warmup.daily_target),
        (WarmupState.RUNNING, 5),
    ),
    "warmupPause": (
        lambda writer: writer.pause_warmup(ONE),
        "pause_warmup",
        lambda box: box.warmup and box.warmup.state,
        WarmupState.PAUSED,
    ),
    "warmupResume": (
        lambda writer: writer.resume_warmup(ONE),
        "resume_warmup",
        lambda box: box.warmup and box.warmup.state,
        WarmupState.RUNNING,
    ),
    "warmupStop": (
        lambda writer: writer.stop_warmup(ONE),
        "stop_warmup",
        lambda box: box.warmup and box.warmup.state,
        WarmupState.DISABLED,
    ),
    "warmupUpdate": (
        lambda writer: writer.update_warmup(ONE, WarmupSettings(daily_target=7)),
        "update_warmup",
        lambda box: box.warmup and box.warmup.daily_target,
        7,
    ),
}
UNREADABLE: dict[str, tuple[Verb, str]] = {
    "mailboxPasswordSet": (lambda writer: writer.set_password(ONE, Secret("canary")), "set_password"),
    "ewsMasterAccountLink": (lambda writer: writer.link_ews_master_account(ONE), "link_ews_master_account"),
    "ewsMasterAccountUnlink": (lambda writer: writer.unlink_ews_master_account(ONE), "unlink_ews_master_account"),
}


def known(house: House, vendor_id: str = "1") -> Mailbox | None:
    return house.inventory.accounts["a"].peek().find(vendor_id)


async def load(house: House) -> None:
    await house.inventory.views(["a"], no_cache=False)


@pytest.fixture(autouse=True)
async def loaded(house: House) -> None:
    await load(house)


def begin_otherwise(house: House, vendor: MadeUpVendor, kind: str) -> None:
    """What the verb undoes is done."""
    changes: dict[str, object] = {"status": MailboxStatus.SUSPENDED} if kind == "mailboxResume" else {}
    if kind == "warmupStop":
        box = vendor.boxes["1"]
        assert box.warmup is not None
        changes = {"warmup": msgspec.structs.replace(box.warmup, state=WarmupState.RUNNING)}
    if changes:
        vendor.boxes["1"] = msgspec.structs.replace(vendor.boxes["1"], **changes)
        house.inventory.accounts["a"].wrote(vendor.boxes["1"])


# ---------------------------------------------------------------------- each verb
@pytest.mark.parametrize("kind", VERBS)
@pytest.mark.parametrize("hides_answers", [False, True])
async def test_a_change_shows_in_the_payload_and_in_the_next_query(
    house: House, vendor: MadeUpVendor, kind: str, *, hides_answers: bool
) -> None:
    act, method, look, wanted = VERBS[kind]
    begin_otherwise(house, vendor, kind)
    vendor.hides_answers = hides_answers
    payload = await act(house.desk.writer)
    shown = known(house)
    assert payload.mailbox is not None
    assert shown is not None
    assert look(payload.mailbox) == look(shown) == look(vendor.boxes["1"]) == wanted
    assert (payload.user_errors, payload.warnings, payload.operation) == ((), (), None)
    assert len(payload.applied) == 1
    assert vendor.calls[method] == vendor.writes == 1
    assert vendor.calls["get_mailbox"] == int(hides_answers)


@pytest.mark.parametrize("kind", [*VERBS, *UNREADABLE])
async def test_a_refusal_is_raised_and_nothing_is_different(house: House, vendor: MadeUpVendor, kind: str) -> None:
    act, method, *_ = (VERBS | UNREADABLE)[kind]
    before = known(house)
    vendor.refuses(method)
    with pytest.raises(VendorRejectedError):
        await act(house.desk.writer)
    assert known(house) == before


@pytest.mark.parametrize("kind", [*VERBS, *UNREADABLE])
async def test_a_vendor_that_cannot_do_it_is_sent_nothing(tmp_path: Path, kind: str) -> None:
    other = House.over(SqliteState.in_memory(), tmp_path, Incapable())
    with pytest.raises(UnsupportedError):
        await (VERBS | UNREADABLE)[kind][0](other.desk.writer)
    assert other.inventory.accounts["a"].peek().snapshot is None
    await other.close()


@pytest.mark.parametrize("kind", VERBS)
async def test_a_lost_change_that_was_made_is_found_out(house: House, vendor: MadeUpVendor, kind: str) -> None:
    act, method, look, wanted = VERBS[kind]
    begin_otherwise(house, vendor, kind)
    vendor.loses(method, is_done=True)
    payload = await act(house.desk.writer)
    assert [each.code for each in payload.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    assert payload.applied == ()
    ended = await house.ended(payload.operation)
    assert (ended.kind, ended.state, ended.mailbox_id) == (kind, OperationState.SUCCEEDED, str(ONE))
    shown = known(house)
    assert shown is not None
    assert look(shown) == wanted
    assert vendor.calls[method] == vendor.writes == 1


@pytest.mark.parametrize("kind", VERBS)
async def test_a_lost_change_that_was_not_made_is_found_out(house: House, vendor: MadeUpVendor, kind: str) -> None:
    act, method, *_ = VERBS[kind]
    begin_otherwise(house, vendor, kind)
    vendor.loses(method, is_done=False)
    ended = await house.ended((await act(house.desk.writer)).operation)
    assert ended.state is OperationState.FAILED
    assert ended.message == "The change was not made, or not all of it."


@pytest.mark.parametrize("kind", UNREADABLE)
async def test_what_cannot_be_read_back_stays_unknown(house: House, vendor: MadeUpVendor, kind: str) -> None:
    act, method = UNREADABLE[kind]
    vendor.loses(method, is_done=True)
    payload = await act(house.desk.writer)
    ended = await house.ended(payload.operation)
    assert ended.state is OperationState.UNKNOWN
    assert ended.message == "Nothing that the vendor shows tells whether this happened."


async def test_the_password_gets_to_the_vendor_and_nowhere_else(
    house: House, vendor: MadeUpVendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vendor.loses("set_password", is_done=True)
    payload = await house.desk.writer.set_password(ONE, Secret("canary"))
    ended = await house.ended(payload.operation)
    assert vendor.secrets == ["canary"]
    for text in (str(payload), str(ended), str(await house.results(ended)), caplog.text):
        assert "canary" not in text


# ---------------------------------------------------------------------- what is refused before anything is sent
async def test_what_cannot_be_written_is_refused_field_by_field(house: House, vendor: MadeUpVendor) -> None:
    with pytest.raises(UnsupportedFieldsError) as caught:
        await house.desk.writer.update(ONE, MailboxChanges(display_name="x", bcc="y", tags=("z",)))
    assert set(caught.value.fields) == {("bcc",), ("tags",)}
    with pytest.raises(InvalidInputError):
        await house.desk.writer.update(ONE, MailboxChanges())
    assert vendor.writes == 0


async def test_a_mailbox_that_is_not_known_is_read_first(house: House, vendor: MadeUpVendor) -> None:
    vendor.boxes["4"] = mailbox("4")
    await house.desk.writer.update(identifier("4"), RENAME)
    assert vendor.calls["get_mailbox"] == 1
    assert vendor.boxes["4"].display_name == "After"


# ---------------------------------------------------------------------- partial success
class Halfway(MadeUpVendor):
    """Writes the name, then comes to `error` over the limit."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception = refused(message="Too many.")

    async def update_mailbox(self, mailbox: Mailbox, changes: MailboxChanges) -> Updated:
        updated = await super().update_mailbox(mailbox, MailboxChanges(display_name=changes.display_name))
        return msgspec.structs.replace(updated, error=self.error)


async def test_partial_success_tells_both(tmp_path: Path) -> None:
    vendor = Halfway()
    other = House.over(SqliteState.in_memory(), tmp_path, vendor)
    payload = await other.desk.writer.update(ONE, MailboxChanges(display_name="After", daily_limit=99))
    assert payload.applied == (MailboxField.DISPLAY_NAME,)
    assert [each.message for each in payload.user_errors] == ["Too many."]
    assert payload.mailbox is not None
    assert payload.mailbox.display_name == "After"
    assert payload.operation is None
    await other.close()


async def test_partial_success_with_a_lost_rest(tmp_path: Path) -> None:
    vendor = Halfway()
    vendor.error = lost()
    other = House.over(SqliteState.in_memory(), tmp_path, vendor)
    payload = await other.desk.writer.update(ONE, MailboxChanges(display_name="After", daily_limit=99))
    assert payload.applied == (MailboxField.DISPLAY_NAME,)
    assert [each.code for each in payload.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    assert payload.mailbox is not None
    assert payload.mailbox.display_name == "After"
    ended = await other.ended(payload.operation)
    assert (ended.state, ended.message) == (OperationState.FAILED, "The change was not made, or not all of it. Made: DISPLAY_NAME.")
    await other.close()


# ---------------------------------------------------------------------- reading back
async def test_what_cannot_be_read_back_is_not_made_up(house: House, vendor: MadeUpVendor) -> None:
    vendor.hides_answers = True
    vendor.refuses("get_mailbox", refused(VendorUnavailableError, "It is down."))
    payload = await house.desk.writer.update(ONE, RENAME)
    assert payload.user_errors == ()
    assert payload.applied == (MailboxField.DISPLAY_NAME,)
    assert payload.mailbox is not None
    assert payload.mailbox.display_name == "Before"
    [warning] = payload.warnings
    assert warning == WriteWarning(
        "It was written, but could not be read back: It is down. What is shown is how it was before.", None, None
    )


# ---------------------------------------------------------------------- lost answers, closer
async def ended_update(house: House, vendor: MadeUpVendor, changes: MailboxChanges, *, is_done: bool = True) -> Operation:
    vendor.loses("update_mailbox", is_done=is_done)
    return await house.ended((await house.desk.writer.update(ONE, changes)).operation)


async def test_a_clamped_value_is_told_as_what_it_is(house: House, vendor: MadeUpVendor) -> None:
    vendor.most_allowed = 50
    ended = await ended_update(house, vendor, MailboxChanges(display_name="After", daily_limit=500))
    assert ended.state is OperationState.FAILED
    assert ended.message == ("The change was not made, or not all of it. Made: DISPLAY_NAME. Neither as before nor as asked: DAILY_LIMIT.")


async def test_what_was_so_before_proves_nothing(house: House, vendor: MadeUpVendor) -> None:
    assert (await ended_update(house, vendor, MailboxChanges(display_name="Before"), is_done=False)).state is OperationState.UNKNOWN


async def test_what_nothing_shows_is_not_claimed(house: House, vendor: MadeUpVendor) -> None:
    changes = MailboxChanges(display_name="After", smtp=ServerDraft(password=Secret("x")))
    ended = await ended_update(house, vendor, changes)
    assert ended.state is OperationState.UNKNOWN
    assert ended.message == "Made: DISPLAY_NAME. Nothing that the vendor shows tells of the rest: SMTP."


async def test_fields_of_the_vendors_own_are_read_back_where_they_are_shown(house: House, vendor: MadeUpVendor) -> None:
    assert (await ended_update(house, vendor, MailboxChanges(vendor_fields=MadeUpFields(mood="wild")))).state is OperationState.SUCCEEDED
    ended = await ended_update(house, vendor, MailboxChanges(vendor_fields=MadeUpFields(pin=Secret("x"))))
    assert ended.state is OperationState.UNKNOWN


async def test_a_mailbox_that_is_gone_tells_nothing(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("update_mailbox", is_done=True)
    payload = await house.desk.writer.update(ONE, RENAME)
    del vendor.boxes["1"]
    ended = await house.ended(payload.operation)
    assert (ended.state, ended.mailbox_id) == (OperationState.UNKNOWN, str(ONE))


async def test_a_lost_change_has_an_operation_also_when_the_state_is_full(house: House, vendor: MadeUpVendor) -> None:
    set_full(house.state, is_full=True)
    ended = await ended_update(house, vendor, RENAME)
    assert ended.state is OperationState.SUCCEEDED
    set_full(house.state, is_full=False)


async def test_a_fault_of_ours_over_an_answer_is_found_out_about(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("update_mailbox", is_done=True)
    vendor.faults["update_mailbox"][0] = msgspec.structs.replace(vendor.faults["update_mailbox"][0], error=KeyError("canary"))
    payload = await house.desk.writer.update(ONE, RENAME)
    assert [each.code for each in payload.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    assert "canary" not in str(payload)
    assert (await house.ended(payload.operation)).state is OperationState.SUCCEEDED


async def test_the_question_is_written_down_with_what_was_before(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("update_mailbox", is_done=True)
    vendor.holds("get_mailbox")
    await house.desk.writer.update(ONE, MailboxChanges(display_name="After", daily_limit=20))
    [stored] = await house.state.unfinished_operations()
    expected = (Expectation("display_name", "After", "Before"), Expectation("sending.daily_limit", 20, 10))
    assert decode_work(stored.work) == Compare("a", "1", expected)
    vendor.gates.clear()


def test_nothing_said_is_nothing_but_zero_is_something() -> None:
    box = mailbox("1", display_name=None, sending=SendingPolicy())
    zero = of_changes(box, MailboxChanges(daily_limit=0))
    assert compared(zero, box).state is OperationState.FAILED
    cleared = of_changes(mailbox("1"), MailboxChanges(display_name=None))
    assert compared(cleared, mailbox("1", display_name="")).state is OperationState.SUCCEEDED


def test_switches_and_tags_are_compared_by_what_they_mean() -> None:
    on = of_changes(mailbox("1"), MailboxChanges(sending_enabled=True, tags=("a", "b")))
    assert compared(on, mailbox("1", tags=("b", "a"))).state is OperationState.SUCCEEDED
    off = of_changes(mailbox("1"), MailboxChanges(sending_enabled=False))
    assert compared(off, mailbox("1")).state is OperationState.FAILED


def test_a_moment_is_the_same_in_any_zone() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    given = AutoReply(enabled=True, from_=noon.astimezone(timezone(timedelta(hours=2))))
    kept = mailbox("1", auto_reply=AutoReply(enabled=True, from_=noon))
    assert compared(of_auto_reply(mailbox("1"), given), kept).state is OperationState.SUCCEEDED


def test_other_questions() -> None:
    assert of_status(mailbox("1"), is_suspended=True).expectations == (Expectation("status", "SUSPENDED", "ACTIVE"),)
    assert of_warmup_start(mailbox("1"), None).expectations == (Expectation("warmup.state", "RUNNING", "NOT_STARTED"),)


# ---------------------------------------------------------------------- the lock
async def test_two_writes_to_one_mailbox_never_run_at_once(house: House, vendor: MadeUpVendor) -> None:
    writer = house.desk.writer
    await asyncio.gather(
        *(writer.update(ONE, MailboxChanges(display_name=f"{n}")) for n in range(20)), writer.suspend(ONE), writer.pause_warmup(ONE)
    )
    assert vendor.overlaps == []
    assert vendor.most["update_mailbox"] == 1


async def test_writes_to_two_mailboxes_do(house: House, vendor: MadeUpVendor) -> None:
    gate = vendor.holds("update_mailbox")
    writing = [asyncio.create_task(house.desk.writer.update(identifier(each), RENAME)) for each in "12"]
    await vendor.reached("update_mailbox", 2)
    gate.set()
    await asyncio.gather(*writing)


async def test_locks_that_nobody_needs_are_not_kept(house: House) -> None:
    await house.desk.writer.update(ONE, RENAME)
    await asyncio.sleep(0)
    assert len(house.desk.writer._locks._locks) == 0


async def test_who_leaves_does_not_take_the_write_along(house: House, vendor: MadeUpVendor) -> None:
    gate = vendor.holds("update_mailbox")
    caller = asyncio.create_task(house.desk.writer.update(ONE, RENAME))
    await vendor.reached("update_mailbox")
    caller.cancel()
    await asyncio.wait({caller})
    gate.set()
    await until(lambda: "After" in {row.display_name for row in house.inventory.accounts["a"].peek().rows})


# ---------------------------------------------------------------------- deleting
async def test_what_is_deleted_is_gone_at_once(house: House, vendor: MadeUpVendor) -> None:
    payload = await house.desk.writer.delete(ONE)
    assert (payload.deleted_id, payload.user_errors, payload.operation) == (str(ONE), (), None)
    assert known(house) is None
    assert vendor.writes == 1


async def test_a_delete_that_is_refused_deletes_nothing(house: House, vendor: MadeUpVendor) -> None:
    vendor.refuses("delete_mailbox")
    with pytest.raises(VendorRejectedError):
        await house.desk.writer.delete(ONE)
    assert known(house) is not None


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_lost_delete_is_found_out(house: House, vendor: MadeUpVendor, *, is_done: bool) -> None:
    vendor.loses("delete_mailbox", is_done=is_done)
    payload = await house.desk.writer.delete(ONE)
    assert payload.deleted_id is None
    assert [each.code for each in payload.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    [stored] = await house.state.unfinished_operations()
    assert decode_work(stored.work) == Vanish("a", "1")
    ended = await house.ended(payload.operation)
    assert ended.state is (OperationState.SUCCEEDED if is_done else OperationState.FAILED)
    assert (known(house) is None) == is_done


# ---------------------------------------------------------------------- testing
BOTH = (MailboxCheck.SENDING, MailboxCheck.RECEIVING)


async def test_each_check_is_made_once(house: House, vendor: MadeUpVendor) -> None:
    payload = await house.desk.writer.test(ONE, (*BOTH, MailboxCheck.SENDING))
    assert [each.check for each in payload.results] == [*BOTH]
    assert (vendor.calls["test_sending"], vendor.calls["test_receiving"]) == (1, 1)
    assert (payload.mailbox_id, payload.user_errors) == (str(ONE), ())


async def test_one_check_that_fails_does_not_hide_the_other(house: House, vendor: MadeUpVendor) -> None:
    vendor.refuses("test_receiving", refused(RateLimitedError))
    payload = await house.desk.writer.test(ONE, BOTH)
    assert [each.check for each in payload.results] == [MailboxCheck.SENDING]
    assert [(each.field, each.code) for each in payload.user_errors] == [(("checks", "1"), ErrorCode.VENDOR_RATE_LIMITED)]
    assert payload.operation is None


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_lost_test_is_found_out_by_what_the_vendor_says_since(house: House, vendor: MadeUpVendor, *, is_done: bool) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=1)
    old = MailboxHealth(sending=ChannelHealth(last_success_at=long_ago))
    vendor.boxes["1"] = msgspec.structs.replace(vendor.boxes["1"], health=old)
    vendor.loses("test_sending", is_done=is_done)
    payload = await house.desk.writer.test(ONE, BOTH[:1])
    assert [each.code for each in payload.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    [stored] = await house.state.unfinished_operations()
    question = decode_work(stored.work)
    assert isinstance(question, Evidence)
    assert question.checks == BOTH[:1]
    ended = await house.ended(payload.operation)
    assert ended.state is (OperationState.SUCCEEDED if is_done else OperationState.UNKNOWN)
    [result] = await house.results(ended)
    assert result.checks is not None
    assert [each.passed for each in result.checks] == [True if is_done else None]


async def test_the_later_evidence_counts(house: House, vendor: MadeUpVendor) -> None:
    vendor.loses("test_sending", is_done=False)
    now = datetime.now(UTC)
    failing = ChannelHealth(message="No login.", last_success_at=now, last_error_at=now + timedelta(seconds=1))
    vendor.boxes["1"] = msgspec.structs.replace(vendor.boxes["1"], health=MailboxHealth(sending=failing))
    ended = await house.ended((await house.desk.writer.test(ONE, BOTH[:1])).operation)
    [result] = await house.results(ended)
    assert result.checks is not None
    assert [(each.passed, each.message) for each in result.checks] == [(False, "No login.")]
