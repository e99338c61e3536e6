"""Counts and sums, with what is not known counted apart."""

from gateway.domain.mailbox import MailboxStatus, SendingPolicy
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState, WarmupStatus
from gateway.inventory.filter import MailboxFilter, StringFilter
from gateway.inventory.snapshot import Snapshot
from gateway.inventory.source import SourceStatus
from gateway.inventory.summary import StatusCount, Sum, Summary, VendorCount, WarmupCount
from gateway.inventory.view import View
from tests.inventory.made_up import mailbox, view_of

FIRST, SECOND = list(Vendor)[:2]


def test_a_fleet_is_counted() -> None:
    rows = [
        mailbox("1", sending=SendingPolicy(daily_limit=50, sent_today=0), warmup=WarmupStatus(state=WarmupState.RUNNING, health=80.0)),
        mailbox("2", vendor=SECOND, status=MailboxStatus.ACTIVE, sending=SendingPolicy(daily_limit=30)),
        mailbox("3", status=MailboxStatus.ACTIVE, warmup=WarmupStatus(state=WarmupState.RUNNING)),
        mailbox("4", warmup=WarmupStatus(state=WarmupState.PAUSED, health=0.0)),
    ]
    summary = Summary([view_of("a", rows[:3]), view_of("b", rows[3:])])
    assert summary.total == 4
    assert summary.by_vendor == [VendorCount(FIRST, 3), VendorCount(SECOND, 1)]
    assert summary.by_status == [StatusCount(MailboxStatus.ACTIVE, 2), StatusCount(MailboxStatus.UNKNOWN, 2)]
    assert summary.by_warmup_state == [WarmupCount(WarmupState.RUNNING, 2), WarmupCount(WarmupState.PAUSED, 1)]
    assert summary.daily_capacity == Sum(80, 2, 2)
    assert summary.sent_today == Sum(0, 1, 3)
    assert summary.average_warmup_health == 40.0


def test_nothing_is_counted_as_nothing() -> None:
    summary = Summary([])
    assert (summary.total, summary.by_vendor, summary.daily_capacity, summary.average_warmup_health) == (0, [], Sum(0, 0, 0), None)
    assert summary.complete


def test_conflicts_are_addresses_at_several_accounts() -> None:
    rows = [
        mailbox("1", address="Ann@x.io"),
        mailbox("2", address="ann@X.io", account="b"),
        mailbox("3", address="twice@x.io"),
        mailbox("4", address="twice@x.io"),
        mailbox("5", address=None),
        mailbox("6", address=None, account="b"),
        mailbox("7", address=""),
        mailbox("8", address="", account="b"),
    ]
    views = [view_of(name, [row for row in rows if row.account_name == name]) for name in ("a", "b")]
    for _ in range(2):
        (conflict,) = Summary(views).conflicts
    assert (conflict.address, [row.vendor_id for row in conflict.mailboxes]) == ("ann@x.io", ["1", "2"])


def test_conflicts_are_among_those_that_pass_and_as_they_are_now() -> None:
    first = view_of("a", [mailbox("1", address="x@x.io"), mailbox("2", address="y@x.io")])
    second = view_of("b", [mailbox("1", address="x@x.io", account="b"), mailbox("2", address="y@x.io", account="b", display_name="Y")])
    named = MailboxFilter(not_=MailboxFilter(display_name=StringFilter(eq="y")))
    assert [conflict.address for conflict in Summary([first, second]).conflicts] == ["x@x.io", "y@x.io"]
    assert [conflict.address for conflict in Summary([first, second], named).conflicts] == ["x@x.io"]
    assert second.snapshot is not None
    later = Snapshot(second.rows[1:], version=2, **second.snapshot.facts)
    changed = View(second.source, later, None)
    assert [conflict.address for conflict in Summary([first, changed]).conflicts] == ["y@x.io"]
    assert Summary([]).conflicts == []


def test_it_is_complete_when_every_source_is() -> None:
    views = {status: view_of("a", [], status=status) for status in SourceStatus}
    complete = {status for status, view in views.items() if Summary([view]).complete}
    assert complete == {SourceStatus.FRESH, SourceStatus.STALE}
    assert not Summary(list(views.values())).complete
