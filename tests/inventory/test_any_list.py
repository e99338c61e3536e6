"""Any mix of whole, broken, shifted and lying lists, against the plainest model of what may be shown after them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, TypeAlias

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.errors import VendorNotFoundError
from gateway.domain.mailbox import Mailbox
from gateway.inventory.account import AccountInventory, Freshness
from gateway.inventory.load import FEW
from gateway.inventory.source import SourceStatus
from gateway.inventory.store import MemoryStore
from tests.inventory.made_up import Clock, MadeUpAdapter, fault, settle

PAGE = 4
IDS = [str(number) for number in range(24)]


class Change(msgspec.Struct, frozen=True):
    """Somebody changes mailboxes at the vendor: a name, or None for gone."""

    states: dict[str, str | None]


class List(msgspec.Struct, frozen=True):
    """A refresh. `omitted` are passed over although they may be there; `repeated` come again on the last page with another name, which is
    theirs from then on; with `fails_after` the vendor breaks down after so many pages; while `is_mute` it answers for no single mailbox;
    with `is_cut` the gateway stops loading before the last page.
    """

    omitted: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()
    fails_after: int | None = None
    is_mute: bool = False
    is_cut: bool = False


Move: TypeAlias = Change | List
some_ids = st.frozensets(st.sampled_from(IDS), max_size=6)
many_ids = st.frozensets(st.sampled_from(IDS), min_size=FEW + 2)
changes = st.builds(Change, st.dictionaries(st.sampled_from(IDS), st.sampled_from([None, "A", "B"]), max_size=5))
lists = st.builds(
    List,
    omitted=st.just(frozenset[str]()) | some_ids | many_ids,
    repeated=st.just(frozenset[str]()) | some_ids,
    fails_after=st.none() | st.none() | st.integers(0, 7),
    is_mute=st.sampled_from([False, False, True]),
    is_cut=st.sampled_from([False, False, False, True]),
)


class Vendor(MadeUpAdapter):
    """Its list is what the move says; reads of one mailbox tell the truth."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.now: dict[str, str] = dict.fromkeys(IDS[:-4], "first")
        self.is_mute = False

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        if self.is_mute:
            raise fault()
        if mailbox_id not in self.now:
            raise fault(VendorNotFoundError)
        return self.row(mailbox_id)

    def row(self, mailbox_id: str) -> Mailbox:
        return msgspec.structs.replace(self._row(mailbox_id), display_name=self.now[mailbox_id])

    def pages(self, move: List) -> list[list[Mailbox]]:
        rows = [self.row(mailbox_id) for mailbox_id in self.now if mailbox_id not in move.omitted]
        pages = [rows[at : at + PAGE] for at in range(0, len(rows), PAGE)] or [[]]
        again = [row.vendor_id for row in rows if row.vendor_id in move.repeated]
        self.now.update(dict.fromkeys(again, "again"))
        if again:
            pages.append([self.row(mailbox_id) for mailbox_id in again])
        return pages


class ByOffset(Vendor):
    """Mailboxes can slip past its reader."""

    lists_by_offset: ClassVar[bool] = True


class Play:
    """An account beside its model: names of what should be shown, by id, and which of them are stale."""

    def __init__(self, vendor: type[Vendor]) -> None:
        self.clock = Clock()
        self.vendor = vendor(self.clock)
        freshness = Freshness(fresh_for=timedelta(days=9), keep_for=timedelta(days=99))
        self.account = AccountInventory(self.vendor, MemoryStore(), freshness=freshness, clock=self.clock)
        self.shown: dict[str, str] = {}
        self.stale: set[str] = set()
        self.unconfirmed: set[str] = set()
        self.status = SourceStatus.UNAVAILABLE

    async def make(self, move: Move) -> None:
        self.clock.turn(60)
        if isinstance(move, Change):
            self.change(move)
        else:
            await self.load(move)
        self.check()

    def change(self, move: Change) -> None:
        self.vendor.now = {key: name for key, name in (self.vendor.now | move.states).items() if name is not None}

    async def load(self, move: List) -> None:
        pages = self.vendor.pages(move)
        self.vendor.is_mute = move.is_mute
        if move.is_cut:
            await self.cut(pages)
        elif move.fails_after is not None and move.fails_after < len(pages):
            self.vendor.script = [*pages[: move.fails_after], fault()]
            await self.account.view(wait_seconds=5, no_cache=True)
            self.expect_part(pages[: move.fails_after])
        else:
            self.vendor.script = pages
            await self.account.view(wait_seconds=5, no_cache=True)
            self.expect_whole(pages)

    async def cut(self, pages: Sequence[Sequence[Mailbox]]) -> None:
        """A load that is stopped changes nothing, but what had come of a first list is there."""
        self.vendor.script, self.vendor.turnstile = pages, asyncio.Semaphore(0)
        request = asyncio.create_task(self.account.view(wait_seconds=5, no_cache=True))
        await settle()
        await self.account.close()
        await request
        self.vendor.turnstile = None
        if self.status is SourceStatus.PARTIAL:
            self.stale = set(self.shown)  # the rows are older than the latest attempt

    def expect_part(self, pages: Sequence[Sequence[Mailbox]]) -> None:
        told = named(pages)
        if told:
            self.status = SourceStatus.PARTIAL
        elif self.status is SourceStatus.FRESH:
            self.status = SourceStatus.STALE
        self.stale = set(self.shown) - told.keys() if self.status is SourceStatus.PARTIAL else set(self.shown)
        self.shown |= told
        self.unconfirmed -= told.keys()

    def expect_whole(self, pages: Sequence[Sequence[Mailbox]]) -> None:
        told = named(pages)
        may_slip = len(pages) > 1 and (self.vendor.lists_by_offset or sum(map(len, pages)) > len(told))
        is_doubtful = may_slip or not told
        missing = self.shown.keys() - told.keys() - self.unconfirmed if is_doubtful else set[str]()
        if missing and (self.vendor.is_mute or len(missing) > max(len(pages), FEW)):
            self.status, self.unconfirmed, self.stale = SourceStatus.PARTIAL, set(missing), set(missing)
            self.shown = told | {key: self.shown[key] for key in missing}
        else:
            self.status, self.unconfirmed, self.stale = SourceStatus.FRESH, set(), set()
            self.shown = told | {key: self.vendor.now[key] for key in missing & self.vendor.now.keys()}

    def check(self) -> None:
        view = self.account.peek()
        assert view.source.status is self.status
        assert {row.vendor_id: row.display_name for row in view.rows} == self.shown
        assert len(view.rows) == len(self.shown), "no mailbox twice"
        assert {row.vendor_id for row in view.rows if view.is_stale(row)} == self.stale
        assert view.source.mailbox_count == (None if self.status not in (SourceStatus.FRESH, SourceStatus.STALE) else len(self.shown))
        has_words = self.status is SourceStatus.UNAVAILABLE or (self.status is not SourceStatus.FRESH and self.has_trouble)
        assert (view.source.message is not None) == has_words

    @property
    def has_trouble(self) -> bool:
        return self.account._failure is not None or bool(self.unconfirmed)

    async def check_end(self) -> None:
        """Two good lists, and all that is shown is all that there is."""
        for _ in range(2):
            await self.make(List())
        assert self.shown == self.vendor.now
        assert self.status is SourceStatus.FRESH
        await self.account.close()


def named(pages: Sequence[Sequence[Mailbox]]) -> dict[str, str]:
    """What a list told last of each mailbox."""
    return {row.vendor_id: row.display_name or "" for page in pages for row in page}


async def play(vendor: type[Vendor], moves: list[Move]) -> None:
    it = Play(vendor)
    for move in moves:
        await it.make(move)
    await it.check_end()


GOOD = List()
SLIPPED = List(omitted=frozenset(IDS[:2]))
NEARLY_EMPTY = List(omitted=frozenset(IDS[5:]))


@given(st.sampled_from([Vendor, ByOffset]), st.lists(lists | changes, max_size=8))
@example(ByOffset, [GOOD, SLIPPED, GOOD])
@example(ByOffset, [GOOD, List(omitted=SLIPPED.omitted, is_mute=True), List(fails_after=1), SLIPPED])
@example(ByOffset, [GOOD, NEARLY_EMPTY, NEARLY_EMPTY, GOOD])
@example(ByOffset, [GOOD, Change({"1": None}), List(omitted=frozenset("23")), List(is_mute=True)])
@example(Vendor, [GOOD, List(omitted=frozenset("2"), repeated=frozenset("3")), SLIPPED])
@example(Vendor, [List(fails_after=2), List(repeated=frozenset(IDS)), Change(dict.fromkeys(IDS)), GOOD])
@example(Vendor, [GOOD, List(is_cut=True), List(fails_after=1), List(is_cut=True)])
def test_nothing_is_lost_or_doubled_whatever_a_list_does(vendor: type[Vendor], moves: list[Move]) -> None:
    asyncio.run(play(vendor, moves))
