"""What a snapshot answers, however it comes to know it, is what a plain scan and a plain sort say."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.account import Account
from gateway.domain.mailbox import Mailbox
from gateway.domain.vendor import Vendor
from gateway.inventory.filter import MailboxFilter, StringFilter
from gateway.inventory.order import Order
from gateway.inventory.overlay import overlaid
from gateway.inventory.page import prepare
from gateway.inventory.snapshot import Asked, Facts, Question, Snapshot
from gateway.inventory.source import SourceReport, SourceStatus
from gateway.inventory.tally import tally
from gateway.inventory.view import ALWAYS, View
from tests.inventory.made_up import NOON
from tests.inventory.test_filter import filters, rows, words
from tests.inventory.test_page import orders

FACTS = Facts(as_of=NOON, loaded_at=NOON, is_complete=True, is_whole=True, page_count=1, unconfirmed=frozenset())
ids = st.sampled_from(["1", "2", "3", "10", "x"])
by_address = st.builds(lambda words: MailboxFilter(address=StringFilter(in_=tuple(words))), st.lists(words, max_size=3))
stalenesses = st.sampled_from([None, NOON, ALWAYS])


@st.composite
def accounts(draw: st.DrawFn) -> tuple[Account, list[Mailbox], dict[str, Mailbox | None]]:
    """An account, its rows, and states over them."""
    account = Account(draw(st.sampled_from(["a", "b"])), draw(st.sampled_from(list(Vendor))))

    def row(vendor_id: str) -> Mailbox:
        return msgspec.structs.replace(draw(rows()), vendor_id=vendor_id, account_name=account.name, vendor=account.vendor)

    listed = [row(each) for each in draw(st.lists(ids, unique=True))]
    return account, listed, {each: row(each) if draw(st.booleans()) else None for each in draw(st.lists(ids, unique=True, max_size=3))}


def expected(listed: Sequence[Mailbox], wanted: MailboxFilter, order: Order, stale_before: datetime | None) -> list[Mailbox]:
    passes = wanted.test(lambda row: stale_before is not None and row.observed_at < stale_before)
    return [*order.sort(row for row in listed if passes(row))]


@given(accounts(), filters | by_address, orders, stalenesses, st.booleans())
def test_an_answer_is_that_of_a_scan(
    account: tuple[Account, list[Mailbox], dict[str, Mailbox | None]],
    wanted: MailboxFilter,
    order: Order,
    stale_before: datetime | None,
    is_prepared: bool,  # noqa: FBT001 - drawn
) -> None:
    name, listed, states = account
    plain = Snapshot(listed, version=1, **FACTS)
    over = overlaid(overlaid(plain, dict([*states.items()][:1]), version=2), states, version=3)
    for snapshot in (plain, over):
        view = View(SourceReport(name, SourceStatus.FRESH), snapshot, stale_before)
        if is_prepared:
            asyncio.run(prepare([view], order=order, wanted=wanted))
        answer = expected(snapshot.rows, wanted, order, stale_before)
        assert [*view.list(wanted, order)] == answer == [*view.list(wanted, order)]
        assert view.tally(wanted) == tally(answer)
        index = view.addresses(wanted)
        assert {row.vendor_id for key in [*index.keys()] for row in index.find(key)} == {row.vendor_id for row in answer if row.address}
        assert all(view.find(row.vendor_id) is row and row in view.at_address(row.address or "") for row in answer if row.address)
    assert {row.vendor_id: row for row in over.rows} == {
        key: row for key, row in {**{row.vendor_id: row for row in listed}, **states}.items() if row
    }


@given(accounts(), st.lists(st.tuples(filters, orders), max_size=4))
def test_what_was_prepared_is_known_and_the_same(
    account: tuple[Account, list[Mailbox], dict[str, Mailbox | None]], asked: list[tuple[MailboxFilter, Order]]
) -> None:
    _, listed, _ = account
    questions = [Question(wanted, order) for wanted, order in asked]
    prepared, lazy = (Snapshot(listed, version=version, **FACTS) for version in (1, 2))
    asyncio.run(prepared.prepare(Asked(questions, questions, addresses=True)))
    for question in questions:
        assert prepared.knows(question)
        assert prepared.list(question) == lazy.list(question)
        assert prepared.tally(question) == lazy.tally(question)
    assert {*prepared.asked.lists} == {question for question in questions if not (question.wanted and question.wanted.addresses)}
