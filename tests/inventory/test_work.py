"""How much work a page is: counted, and the same for one thousand mailboxes and for ten thousand."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from gateway.domain.mailbox import Mailbox
from gateway.inventory import order as orders
from gateway.inventory.account import AccountInventory
from gateway.inventory.connection import Connection
from gateway.inventory.filter import MailboxFilter, Staleness, StringFilter, Test
from gateway.inventory.kept import MOST_ANSWERS, MOST_ROUNDS
from gateway.inventory.order import Order, OrderField
from gateway.inventory.page import Page, Window, page
from gateway.inventory.store import MemoryStore
from gateway.inventory.summary import Summary
from gateway.inventory.view import View
from tests.inventory.made_up import VENDOR, Clock, MadeUpAdapter, loaded, mailbox

BY_ADDRESS = Order(OrderField.ADDRESS)
BY_NAME = Order(OrderField.DISPLAY_NAME)
CONTAINS = MailboxFilter(address=StringFilter(contains="1"))


class Work(Counter[str]):
    """Counts `tests` of mailboxes by filters, and `values` of mailboxes taken to order them."""

    def begin(self) -> None:
        self.clear()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    it = Work()
    test_of, address_of = MailboxFilter.test, orders._VALUES[OrderField.ADDRESS]

    def test(wanted: MailboxFilter, is_stale: Staleness) -> Test:
        passes = test_of(wanted, is_stale)

        def counted(row: Mailbox) -> bool:
            it["tests"] += 1
            return passes(row)

        return counted

    def address(row: Mailbox) -> orders.Value | None:
        it["values"] += 1
        return address_of(row)

    monkeypatch.setattr(MailboxFilter, "test", test)
    monkeypatch.setitem(orders._VALUES, OrderField.ADDRESS, address)
    return it


@pytest.fixture
async def warm(clock: Clock, request: pytest.FixtureRequest) -> AsyncIterator[AccountInventory]:
    adapter = MadeUpAdapter(clock)
    adapter.script = [[str(number) for number in range(getattr(request, "param", 1000))]]
    it = AccountInventory(adapter, MemoryStore(), clock=clock)
    await loaded(it)
    yield it
    await it.close()


def first(view: View, order: Order = BY_ADDRESS, wanted: MailboxFilter | None = None, after: str | None = None) -> Page:
    return page([view], order=order, wanted=wanted, part=Window(50, after=after))


@pytest.mark.parametrize("warm", [1_000, 10_000], indirect=True)
async def test_a_page_that_was_asked_before_is_the_work_of_a_page(warm: AccountInventory, work: Work) -> None:
    first(warm.peek(), wanted=CONTAINS)
    work.begin()
    found = first(warm.peek(), wanted=CONTAINS)
    assert len(found.rows) == 50
    assert found.has_next
    assert work["tests"] == 0
    assert work["values"] == 0, "one list is in its order already, and cursors are for those who ask"
    behind = first(warm.peek(), wanted=CONTAINS, after=found.cursors[-1])
    assert behind.has_previous
    assert work["tests"] == 0
    assert work["values"] < 150, "and the few that find a place in a sorted list"


async def test_a_filter_is_asked_of_each_mailbox_once(warm: AccountInventory, work: Work) -> None:
    work.begin()
    for order in (BY_ADDRESS, BY_NAME, Order()):
        found = first(warm.peek(), order, CONTAINS)
        assert Connection([warm.peek()], found, CONTAINS, order).total_count == 271
    assert Summary([warm.peek()], CONTAINS).total == 271
    assert work["tests"] == 1000


async def test_a_refresh_works_out_what_was_asked_before_anybody_sees_it(warm: AccountInventory, clock: Clock, work: Work) -> None:
    first(warm.peek(), BY_ADDRESS, CONTAINS)
    assert Summary([warm.peek()], CONTAINS).total == 271
    before = warm.peek().snapshot
    clock.turn(60)
    await warm.view(wait_seconds=5, no_cache=True)
    assert warm.peek().snapshot is not before
    work.begin()
    assert len(first(warm.peek(), BY_ADDRESS, CONTAINS).rows) == 50
    assert Summary([warm.peek()], CONTAINS).total == 271
    assert (work["tests"], work["values"]) == (0, 0)
    for _ in range(2):  # what nobody asks any more is not worked out for ever
        clock.turn(60)
        await warm.view(wait_seconds=5, no_cache=True)
    work.begin()
    first(warm.peek(), BY_ADDRESS, CONTAINS)
    assert work["tests"] == 1000


async def test_a_write_costs_the_work_of_one_mailbox(warm: AccountInventory, work: Work) -> None:
    first(warm.peek(), wanted=CONTAINS)
    work.begin()
    for number in range(3):
        warm.wrote(mailbox("new", address=f"a1{number}@example.com"))
        warm.deleted("1")
        assert first(warm.peek(), wanted=CONTAINS).rows[-1].vendor_id != "1"
    assert work["tests"] <= 3 * 2
    assert work["values"] < 3 * 150


async def test_an_address_is_looked_up(warm: AccountInventory, work: Work) -> None:
    wanted = MailboxFilter(address=StringFilter(eq="7@EXAMPLE.com"))
    assert [row.vendor_id for row in first(warm.peek(), wanted=wanted).rows] == ["7"]
    assert work["tests"] == 1


async def test_an_account_that_is_not_meant_is_not_looked_at(warm: AccountInventory, work: Work) -> None:
    others = tuple(vendor for vendor in type(VENDOR) if vendor is not VENDOR)
    for wanted in (
        MailboxFilter(account=("b",), address=StringFilter(contains="1")),
        MailboxFilter(vendor=others, address=StringFilter(contains="1")),
        MailboxFilter(or_=(MailboxFilter(account=("b",)), MailboxFilter(vendor=others)), address=StringFilter(contains="1")),
        MailboxFilter(not_=MailboxFilter(account=("a",)), address=StringFilter(contains="1")),
        MailboxFilter(stale=True),
    ):
        assert not first(warm.peek(), wanted=wanted).rows
    assert work["tests"] == 0
    first(warm.peek(), wanted=MailboxFilter(account=("a", "b"), vendor=(VENDOR,), stale=False))
    assert work["tests"] == 0


async def test_what_is_kept_is_bounded(warm: AccountInventory) -> None:
    snapshot = warm.peek().snapshot
    assert snapshot is not None
    for number in range(200):
        first(warm.peek(), wanted=MailboxFilter(address=StringFilter(contains=str(number))))
        first(warm.peek(), wanted=MailboxFilter(not_=MailboxFilter(address=StringFilter(eq=str(number)))))
    kept = snapshot._lists._answers
    assert len(kept) <= MOST_ANSWERS
    assert sum(map(len, kept.values())) <= MOST_ROUNDS * 1000
    assert len(snapshot.asked.lists) <= MOST_ANSWERS
