"""Tests every mailbox of some accounts: the same operation as `mailboxBulkTest`, over whole lists."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self

import msgspec

from gateway.commands.fleet_test.tally import Tally
from gateway.commands.fleet_test.verdict import Outcome, verdict_of
from gateway.commands.trouble import trouble_of
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.mailbox import Mailbox
from gateway.domain.operation import OperationResult
from gateway.domain.outcome import MailboxCheck
from gateway.inventory.account import AccountInventory
from gateway.inventory.inventory import Inventory
from gateway.inventory.store import MemoryStore
from gateway.operations.bulk import Terms
from gateway.operations.desk import Desk
from gateway.operations.many import MOST_PARTS
from gateway.operations.part import not_begun
from gateway.operations.selection import Selection
from gateway.operations.timing import Timing
from gateway.state.sqlite import SqliteState
from gateway.state.store import StateStore

CALLER = "gateway test"
STOPPED = "the test was stopped."
LOOK_EVERY_SECONDS = 0.1
TIMING = Timing(looks=(2, 8), give_up=20)
"""Somebody waits: a lost answer is looked after for some seconds only. A test that is run again tells as much."""
_METHODS = {MailboxCheck.SENDING: "test_sending", MailboxCheck.RECEIVING: "test_receiving"}


class Audience(msgspec.Struct, frozen=True):
    """Who is told as it goes on: of every step of an account, and of every mailbox that is done."""

    changed: Callable[[Tally], None]
    told: Callable[[Outcome], None]


class FleetTest:
    """One test of a fleet. `tallies` are in the order of the adapters; `keys` are the settings of each account, for the cures."""

    def __init__(
        self, adapters: Sequence[MailboxAdapter], state: StateStore, *, keys: Mapping[str, Sequence[str]], audience: Audience
    ) -> None:
        self._adapters = adapters
        self._desk = Desk(Inventory(AccountInventory(each, MemoryStore()) for each in adapters), state, timing=TIMING)
        self._keys = keys
        self._audience = audience
        self._readings: set[asyncio.Future[None]] = set()
        self._operations: set[str] = set()
        self.is_stopped = False
        self.tallies = tuple(Tally(each.account) for each in adapters)

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, adapters: Sequence[MailboxAdapter], *, keys: Mapping[str, Sequence[str]], audience: Audience
    ) -> AsyncIterator[Self]:
        """Its operations live in memory: nobody asks for them later."""
        state = SqliteState.in_memory()
        try:
            yield cls(adapters, state, keys=keys, audience=audience)
        finally:
            await state.close()

    async def run(self) -> None:
        """All accounts side by side. No account's failure, whatever it is, hides the others."""
        try:
            await asyncio.gather(*(self._test_account(adapter, tally) for adapter, tally in zip(self._adapters, self.tallies, strict=True)))
        finally:
            await self._desk.close(within_seconds=0)

    def stop(self) -> None:
        """Begin no further test; what is under way ends, and `run` returns then."""
        self.is_stopped = True
        for reading in self._readings:
            reading.cancel()
        for key in self._operations:
            self._desk.journal.cancel(key)

    # ------------------------------------------------------------------ one account
    async def _test_account(self, adapter: MailboxAdapter, tally: Tally) -> None:
        mailboxes = await self._read(adapter, tally)
        for lot in _lots(mailboxes):
            if self.is_stopped:
                for index, mailbox in enumerate(lot):
                    self._tell(tally, mailbox, not_begun(index, mailbox.id, STOPPED))
            else:
                await self._test(adapter, tally, lot)

    async def _read(self, adapter: MailboxAdapter, tally: Tally) -> Sequence[Mailbox]:
        """The account's mailboxes, each once, or as many as arrived."""
        rows: dict[str, Mailbox] = {}
        reading = asyncio.ensure_future(self._read_pages(adapter, tally, rows))
        self._readings.add(reading)
        try:
            await asyncio.wait({reading})
        finally:
            reading.cancel()
            self._readings.discard(reading)
        return list(rows.values())

    async def _read_pages(self, adapter: MailboxAdapter, tally: Tally, rows: dict[str, Mailbox]) -> None:
        try:
            async for page in adapter.list_mailboxes():
                rows.update((row.vendor_id, row) for row in page)
                tally.found = len(rows)
                self._audience.changed(tally)
        except Exception as error:  # noqa: BLE001 - a fault of one adapter is that account's row, not the end of the others
            tally.trouble = trouble_of(error, self._keys.get(adapter.account.name, ()))
        else:
            tally.is_read = True
        self._audience.changed(tally)

    async def _test(self, adapter: MailboxAdapter, tally: Tally, lot: Sequence[Mailbox]) -> None:
        selection = Selection(ids=tuple(mailbox.id for mailbox in lot), wanted=None)
        terms = Terms(caller=CALLER, accounts=(adapter.account.name,))
        payload = await self._desk.bulk.test(selection, _checks_of(adapter), terms)
        if payload.operation is None:
            return
        key = payload.operation.key
        self._operations.add(key)
        if self.is_stopped:  # while it was being begun
            self._desk.journal.cancel(key)
        async for result in self._results(key):
            self._tell(tally, lot[result.index], result)
        self._operations.discard(key)

    async def _results(self, key: str) -> AsyncIterator[OperationResult]:
        """Each as soon as it is there."""
        told: set[int] = set()
        async for operation in self._desk.journal.watch(key):
            for result in await self._desk.journal.results(key):
                if result.index not in told and result.is_done:
                    told.add(result.index)
                    yield result
            if not operation.state.is_over:
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    def _tell(self, tally: Tally, mailbox: Mailbox, result: OperationResult) -> None:
        outcome = Outcome(mailbox, result, verdict_of(result))
        tally.add(outcome)
        self._audience.told(outcome)
        self._audience.changed(tally)


def _checks_of(adapter: MailboxAdapter) -> tuple[MailboxCheck, ...]:
    """What the vendor can test; both where it can test neither, so that it says so itself."""
    return tuple(check for check, method in _METHODS.items() if adapter.overrides(method)) or tuple(MailboxCheck)


def _lots(mailboxes: Sequence[Mailbox]) -> Iterator[Sequence[Mailbox]]:
    """As many at a time as one operation takes."""
    for start in range(0, len(mailboxes), MOST_PARTS):
        yield mailboxes[start : start + MOST_PARTS]
