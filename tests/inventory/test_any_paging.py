"""Paging through accounts that refresh, grow, shrink, break down and come back: who stays is met exactly once."""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import VendorNotFoundError
from gateway.domain.mailbox import Mailbox, MailboxStatus, SendingPolicy
from gateway.inventory.account import AccountInventory
from gateway.inventory.filter import MailboxFilter
from gateway.inventory.inventory import Inventory
from gateway.inventory.order import Order, OrderDirection, OrderField
from gateway.inventory.page import Page, Window, page, prepare
from gateway.inventory.store import MemoryStore
from gateway.inventory.view import View
from tests.inventory.made_up import Clock, MadeUpAdapter, fault, mailbox

NAMES = ("A", "a", "b.1")
STAYING = MailboxFilter(status=(MailboxStatus.ACTIVE,))
"""Those who stay pass it; of the others, some do at times."""
MOST_PAGES = 200
few_texts = st.sampled_from([None, "", "a", "A", "ß", "ss", "z"])
few_numbers = st.sampled_from([None, 0, 1, 50])
orders = st.builds(Order, st.none() | st.sampled_from(list(OrderField)), st.sampled_from(list(OrderDirection)))


class Others(msgspec.Struct, frozen=True):
    """The mailboxes of an account besides those who stay, from now on; where `is_anew`, what does not order those who stay changes, too."""

    account: int
    rows: tuple[tuple[str, str | None, int | None, MailboxStatus], ...]
    is_anew: bool


class Refresh(msgspec.Struct, frozen=True):
    """A list of an account, in an order and pages of its own. It breaks off after so many pages; one mailbox may slip past its reader."""

    account: int
    seed: int
    page_size: int
    fails_after: int | None
    slipping: str | None


class Write(msgspec.Struct, frozen=True):
    """A mailbox that came through us, or goes."""

    account: int
    number: str
    is_gone: bool


Move: TypeAlias = Others | Refresh | Write
accounts = st.integers(0, len(NAMES) - 1)
numbers = st.sampled_from(["1", "5", "55", "9"])
stays = st.lists(
    st.tuples(st.sampled_from(["0", "2", "5x", "70", "X"]), few_texts, few_numbers), max_size=5, unique_by=lambda stay: stay[0]
)
moves: st.SearchStrategy[Move] = st.one_of(
    st.builds(
        Others,
        accounts,
        st.lists(
            st.tuples(numbers, few_texts, few_numbers, st.sampled_from(list(MailboxStatus))), max_size=4, unique_by=lambda row: row[0]
        ).map(tuple),
        st.booleans(),
    ),
    st.builds(
        Refresh, accounts, st.integers(0, 9), st.integers(1, 4), st.none() | st.integers(0, 3), st.none() | st.sampled_from(["0", "2"])
    ),
    st.builds(Write, accounts, numbers, st.booleans()),
)


class Vendor(MadeUpAdapter):
    """Its list says what the test makes it say; reads of one mailbox tell the truth."""

    lists_by_offset = True

    def __init__(self, clock: Clock, name: str, stays: Sequence[tuple[str, str | None, int | None]]) -> None:
        super().__init__(clock, name=name)
        self._stays = stays
        self._others: dict[str, Mailbox] = {}
        self._note = ""

    @property
    def now(self) -> dict[str, Mailbox]:
        return {**self._others, **{number: self._mailbox(number, text, limit, MailboxStatus.ACTIVE) for number, text, limit in self._stays}}

    @property
    def staying(self) -> set[str]:
        return {self.now[number].id for number, _, _ in self._stays}

    def become(self, move: Others) -> None:
        self._others = {row[0]: self._mailbox(*row) for row in move.rows}
        if move.is_anew:
            self._note += "!"

    def write(self, move: Write) -> Mailbox:
        written = self._mailbox(move.number, "w", 1, MailboxStatus.ACTIVE)
        if move.is_gone:
            self._others.pop(move.number, None)
        else:
            self._others[move.number] = written
        return written

    def set_list(self, move: Refresh) -> None:
        rows = [row for row in self.now.values() if row.vendor_id != move.slipping]
        rows = rows[move.seed % (len(rows) or 1) :] + rows[: move.seed % (len(rows) or 1)]
        pages: list[Sequence[Mailbox] | Exception] = [rows[at : at + move.page_size] for at in range(0, len(rows), move.page_size)]
        if move.slipping and len(pages) == 1:
            pages.append([])  # nothing slips past the reader of a single page
        self.script = pages if move.fails_after is None else [*pages[: move.fails_after], fault()]

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        if mailbox_id not in self.now:
            raise fault(VendorNotFoundError)
        return self.now[mailbox_id]

    def merge(self, row: Mailbox, known: Mailbox) -> Mailbox:
        return MailboxAdapter.merge(self, row, known)

    def _mailbox(self, number: str, text: str | None, limit: int | None, status: MailboxStatus) -> Mailbox:
        return mailbox(
            number,
            account=self.account.name,
            observed_at=self.clock(),
            address=text,
            display_name=text,
            status=status,
            sending=SendingPolicy(daily_limit=limit),
            signature=self._note,
        )


class Fleet:
    """Accounts that are known, and can be moved."""

    def __init__(self, stays: Sequence[Sequence[tuple[str, str | None, int | None]]]) -> None:
        self.clock = Clock()
        self.vendors = [Vendor(self.clock, name, each) for name, each in zip(NAMES, stays, strict=True)]
        self.accounts = [AccountInventory(vendor, MemoryStore(), clock=self.clock) for vendor in self.vendors]
        self.inventory = Inventory(self.accounts)

    async def load(self) -> None:
        for number in range(len(NAMES)):
            await self.move(Refresh(number, 0, 2, None, None))

    async def move(self, move: Move) -> None:
        self.clock.turn(5)
        vendor, account = self.vendors[move.account], self.accounts[move.account]
        match move:
            case Others():
                vendor.become(move)
            case Write():
                written = vendor.write(move)
                account.deleted(move.number) if move.is_gone else account.wrote(written)
            case Refresh():
                vendor.set_list(move)
                await account.view(wait_seconds=5, no_cache=True)

    async def page(self, order: Order, wanted: MailboxFilter | None, part: Window) -> Page:
        views: Sequence[View] = [account.peek() for account in self.inventory.accounts.values()]
        await prepare(views, order=order, wanted=wanted)
        return page(views, order=order, wanted=wanted, part=part)


async def walk(
    fleet: Fleet, order: Order, wanted: MailboxFilter | None, size: int, moves: Sequence[Move], *, is_backward: bool
) -> list[str]:
    """The ids that somebody meets who pages from one end to the other; a move before each page, and the rest of them before the last."""
    seen: list[str] = []
    place: str | None = None
    waiting = list(moves)
    for _ in range(MOST_PAGES):
        part = Window(size, is_backward, before=place) if is_backward else Window(size, after=place)
        found = await fleet.page(order, wanted, part)
        seen += [row.id for row in (reversed(found.rows) if is_backward else found.rows)]
        assert len(found.rows) <= size
        if not (found.has_previous if is_backward else found.has_next):
            return seen
        place = found.cursors[0] if is_backward else found.cursors[-1]
        for move in waiting[:2]:
            await fleet.move(move)
        del waiting[:2]
    raise AssertionError("the pages do not end")


async def play(
    stays: Sequence[Sequence[tuple[str, str | None, int | None]]],
    order: Order,
    wanted: MailboxFilter | None,
    size: int,
    moves: Sequence[Move],
    *,
    is_backward: bool,
) -> None:
    fleet = Fleet(stays)
    await fleet.load()
    staying = {each for vendor in fleet.vendors for each in vendor.staying}
    seen = await walk(fleet, order, wanted, size, moves, is_backward=is_backward)
    assert {each: seen.count(each) for each in staying} == dict.fromkeys(staying, 1)
    await fleet.inventory.close()


@given(
    st.tuples(stays, stays, stays),
    orders.filter(lambda order: order.field is not OrderField.UPDATED_AT),
    st.sampled_from([None, STAYING]),
    st.integers(1, 4),
    st.lists(moves, max_size=24),
    st.booleans(),
)
def test_who_stays_is_met_once(
    stays: tuple[list[tuple[str, str | None, int | None]], ...],
    order: Order,
    wanted: MailboxFilter | None,
    size: int,
    moves: list[Move],
    is_backward: bool,  # noqa: FBT001 - drawn
) -> None:
    asyncio.run(play(stays, order, wanted, size, moves, is_backward=is_backward))
