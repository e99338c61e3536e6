"""What counts as a change of a mailbox."""

from datetime import timedelta

import msgspec
import pytest

from gateway.domain.account import Owner
from gateway.domain.mailbox import Details, Mailbox, MailboxStatus, SendingPolicy
from gateway.domain.warmup import WarmupState, WarmupStatus
from gateway.inventory.difference import agrees, changed_fields, is_newer
from tests.inventory.made_up import NOON, MadeUpDetails, mailbox

LATER = NOON + timedelta(seconds=1)


def test_fields_are_in_camel_case_and_sorted() -> None:
    after = mailbox("1", status=MailboxStatus.ERROR, display_name="x", sending=SendingPolicy(daily_limit=1), campaign_count=2)
    assert changed_fields(mailbox("1"), after) == ("campaignCount", "displayName", "sending", "status")


def test_every_field_counts_but_the_time_of_reading() -> None:
    it = mailbox("1")
    structs = {"details": MadeUpDetails(word="other"), "owner": Owner("7"), "warmup": WarmupStatus(WarmupState.RUNNING)}
    for name in Mailbox.__struct_fields__:
        other = msgspec.structs.replace(it, **{name: structs.get(name, "other")})
        assert len(changed_fields(it, other)) == (name != "observed_at"), name


@pytest.mark.parametrize(
    ("before", "after", "is_change"),
    [
        (MadeUpDetails(word="a"), MadeUpDetails(word="b"), True),
        (MadeUpDetails(word="a"), MadeUpDetails(), True),
        (MadeUpDetails(note="a"), MadeUpDetails(note="b"), True),
        (MadeUpDetails(note="a"), MadeUpDetails(extra="b"), False),
        (MadeUpDetails(word="a", note="a"), MadeUpDetails(word="b"), True),
        (MadeUpDetails(), Details(), True),
    ],
)
def test_details_differ_in_what_both_states_can_say(before: Details, after: Details, *, is_change: bool) -> None:
    for was, now in ((before, after), (after, before)):
        assert changed_fields(mailbox("1", details=was), mailbox("1", details=now)) == (("details",) if is_change else ())


def test_a_row_agrees_although_the_answer_told_no_time_of_change() -> None:
    told, untold = mailbox("1", updated_at=NOON), mailbox("1")
    assert agrees(told, untold)
    assert not agrees(untold, told)
    assert not agrees(mailbox("1", updated_at=LATER, display_name="x"), untold)


def test_newer_is_what_the_vendor_s_clock_says() -> None:
    first, second, untold = mailbox("1", updated_at=NOON), mailbox("1", updated_at=LATER), mailbox("1")
    assert is_newer(second, first)
    assert not any(is_newer(*pair) for pair in ((first, second), (first, first), (first, untold), (untold, first)))
