"""A vendor that is not there: its pages, errors and timing are the test's, and so is the clock."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypedDict, Unpack

import msgspec

from gateway.domain.account import Account, Owner, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.details import listed, on_demand
from gateway.domain.errors import GatewayError, VendorError, VendorNotFoundError, VendorUnavailableError
from gateway.domain.identifier import Kind, encode
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.vendor import Vendor
from gateway.inventory.account import AccountInventory
from gateway.inventory.page import Page
from gateway.inventory.snapshot import Facts, Snapshot
from gateway.inventory.source import SourceReport, SourceStatus
from gateway.inventory.view import View

VENDOR = next(iter(Vendor))
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Alarm:
    """A call at a time of the made-up clock."""

    def __init__(self, at: datetime, callback: Callable[[], None]) -> None:
        self.at = at
        self.callback = callback
        self.is_off = False

    def cancel(self) -> None:
        self.is_off = True


class Clock:
    """Stands still until the test turns it; then whatever became due is called."""

    def __init__(self) -> None:
        self.now = NOON
        self._alarms: list[Alarm] = []

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        for alarm in self.waiting:
            if alarm.at <= self.now:
                alarm.is_off = True
                alarm.callback()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Alarm:
        alarm = Alarm(self.now + timedelta(seconds=seconds), callback)
        self._alarms.append(alarm)
        return alarm

    @property
    def waiting(self) -> list[Alarm]:
        """Neither called nor called off."""
        self._alarms = [alarm for alarm in self._alarms if not alarm.is_off]
        return self._alarms


class MadeUpDetails(Details, frozen=True, gc=False):
    """`word` comes with the list, `note` with a read of one mailbox, `extra` with a call of its own."""

    note: Annotated[str | None, on_demand("A note.")] = None
    extra: Annotated[str | None, on_demand("More.", part="extra")] = None
    word: Annotated[str | None, listed("A word.")] = None


def mailbox(vendor_id: str, *, account: str = "a", **changes: object) -> Mailbox:
    it = Mailbox(
        id=encode(Kind.MAILBOX, account, vendor_id),
        vendor=VENDOR,
        vendor_id=vendor_id,
        account_name=account,
        observed_at=NOON,
        details=MadeUpDetails(),
        address=f"{vendor_id}@example.com",
    )
    return msgspec.structs.replace(it, **changes)


def fault(kind: type[VendorError] = VendorUnavailableError, *, retry_at: datetime | None = None) -> VendorError:
    return kind("It says no.", vendor=VENDOR, account="a", retry_at=retry_at)


class MadeUpAdapter(MailboxAdapter):
    """`script` is what the next lists say: ids (or whole mailboxes) of a page each, or an error in a page's place.

    A page comes when `gate` is open and the turnstile, where there is one, lets it through; other answers come when `reading` is open.
    """

    def __init__(self, clock: Clock, *, name: str = "a") -> None:
        super().__init__(Account(name, VENDOR))
        self.clock = clock
        self.script: Sequence[Sequence[str | Mailbox] | Exception] = [["1", "2"], ["3"]]
        self.gate = asyncio.Event()
        self.gate.set()
        self.reading = asyncio.Event()
        self.reading.set()
        self.turnstile: asyncio.Semaphore | None = None
        self.lists = 0
        self.under_way = 0
        self.most = 0
        self.ended = 0
        self.expected: list[int] = []
        self.calls: Counter[str] = Counter()
        self.notes: dict[str, str] = {}
        self.error: Exception | None = None

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        self.lists += 1
        self.expected.append(expected_count)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        script = self.script
        try:
            for page in script:
                await self.gate.wait()
                if self.turnstile is not None:
                    await self.turnstile.acquire()
                if isinstance(page, Exception):
                    raise page
                yield [each if isinstance(each, Mailbox) else self._row(each) for each in page]
        finally:
            for _ in range(5):
                await asyncio.sleep(0)  # as an adapter does that ends calls of its own
            self.under_way -= 1
            self.ended += 1

    def _row(self, vendor_id: str) -> Mailbox:
        return mailbox(vendor_id, account=self.account.name, observed_at=self.clock())

    async def probe(self) -> Reachability:
        return Reachability(None)

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        self.calls[f"mailbox {mailbox_id}"] += 1
        if self.error:
            raise self.error
        if mailbox_id not in self.notes:
            raise fault(VendorNotFoundError)
        await self.reading.wait()
        return msgspec.structs.replace(self._row(mailbox_id), details=MadeUpDetails(note=self.notes[mailbox_id]))

    def merge(self, row: Mailbox, known: Mailbox) -> Mailbox:
        """The note is known from a read of the mailbox alone."""
        assert isinstance(row.details, MadeUpDetails)
        assert isinstance(known.details, MadeUpDetails)
        if row.details.note is not None or known.details.note is None:
            return row
        return msgspec.structs.replace(row, details=msgspec.structs.replace(row.details, note=known.details.note))

    async def get_details(self, mailbox_ids: Sequence[str], part: str) -> Mapping[str, Details | GatewayError]:
        self.calls[f"{part} {','.join(mailbox_ids)}"] += 1
        if self.error:
            raise self.error
        await self.reading.wait()
        return {each: MadeUpDetails(extra=f"{part} {each}") if each != "bad" else fault() for each in mailbox_ids}

    async def get_owners(self, owner_ids: Sequence[str]) -> Mapping[str, Owner]:
        self.calls[f"owners {','.join(owner_ids)}"] += 1
        await self.reading.wait()
        if self.error:
            raise self.error
        return {each: Owner(each, f"name of {each}") for each in owner_ids if each != "unknown"}


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(200):
        await asyncio.sleep(0)


def ids(view: View | Page) -> list[str]:
    return [row.vendor_id for row in view.rows]


async def loaded(account: AccountInventory) -> View:
    """A first view with all that the vendor has."""
    view = await account.view(wait_seconds=5)
    assert view.source.status is SourceStatus.FRESH
    return view


class Rest(TypedDict, total=False):
    """What a view may say besides its rows."""

    status: SourceStatus
    stale_before: datetime | None


def view_of(account: str, rows: Sequence[Mailbox], **rest: Unpack[Rest]) -> View:
    facts = Facts(as_of=NOON, loaded_at=NOON, is_complete=True, is_whole=True, page_count=1, unconfirmed=frozenset())
    snapshot = Snapshot(rows, version=1, **facts)
    report = SourceReport(Account(account, VENDOR), rest.get("status", SourceStatus.FRESH))
    return View(report, snapshot, rest.get("stale_before"))
