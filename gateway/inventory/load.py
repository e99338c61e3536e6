"""One reading of an account's whole list: from the vendor's first page to the snapshot that takes the old one's place."""

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import aclosing
from datetime import datetime

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import NotFoundError, VendorProtocolError
from gateway.domain.mailbox import Mailbox
from gateway.domain.turn import in_turn, map_in_turns
from gateway.inventory.rows import Rows
from gateway.inventory.sharing import MANY, Sharing

MOST_MAILBOXES = 100_000
"""A list that goes on beyond this is one without end, or more than one process should hold (2 KB each)."""
FEW = 10
"""So many missing mailboxes are asked for one by one, even where another list would take fewer calls: that settles it at once."""
QUICK = 256
"""So many rows are filtered and ordered in less than a millisecond: soon enough when somebody asks."""
GROWTH = 9 / 8
"""While a first list comes, what has come is shown anew whenever it has grown so much: cheap, however many pages there are."""


class Load:
    """Used once: `read`, then `settle`.

    A mailbox that comes twice in a list is one, as it was told last. What goes wrong on the way raises, and what had come by then lies
    over what was known. A mailbox vanishes only when a whole list does not have it, and that list is believed:

    Where a list is paged by offset, or its rows moved while it was read (one came twice), a mailbox can slip over the border between two
    pages and be missed by a list that came to its end; and a list that is empty all of a sudden may be a slip, too. So mailboxes that the
    snapshot before had, and such a list (the former kind where it has several pages) has not, are asked for one by one; what the vendor
    does not know is gone, what it shows was missed. Where that would take more calls than the list itself, or where the vendor does not
    answer, they stay, stale, in a PARTIAL snapshot until the next list; what that has not either is gone.
    """

    def __init__(self, adapter: MailboxAdapter, rows: Rows, clock: Callable[[], datetime]) -> None:
        self.started_at = clock()
        self._adapter = adapter
        self._rows = rows
        self._before = rows.begin_list()
        self._found: dict[str, Mailbox] = {}
        self._page_count = 0
        self._has_repeats = False
        self._show_at = 1
        self._is_believed = False
        self._sharing = Sharing()
        self._is_sharing = False

    async def read(self) -> None:
        """Publishes the list. Raises the vendor's error, or what the adapter stumbles over."""
        try:
            async with aclosing(self._pages()) as pages:
                async for page in pages:
                    await self._take(page)
            await self._publish(await self._unconfirmed())
        except Exception:
            self._keep()
            raise

    async def settle(self) -> None:
        """What the list, or what came of it, has caught up with needs no memory any more."""
        await self._rows.settle(self._found, began_at=self.started_at, is_complete=self._is_believed)
        if self._is_believed:
            await in_turn(self._rows.forget_gone)

    async def _pages(self) -> AsyncGenerator[Sequence[Mailbox], None]:
        """The adapter's pages; whoever stops listening ends the adapter's work, too, at once."""
        before = self._before
        pages = self._adapter.list_mailboxes(expected_count=len(before.rows) if before and before.is_complete else 0)
        try:
            async for page in pages:
                yield page
        finally:
            if isinstance(pages, AsyncGenerator):
                await pages.aclose()

    async def _take(self, page: Sequence[Mailbox]) -> None:
        self._page_count += 1
        expected = len(self._found) + len(page)
        if self._rows.learned.mailboxes:
            page = await map_in_turns(self._rows.completed, page)
        if expected > MANY:
            early = () if self._is_sharing else [*self._found.values()]
            self._is_sharing = True
            await map_in_turns(self._share, (*early, *page))
        self._found.update((row.vendor_id, row) for row in page)
        self._has_repeats = self._has_repeats or len(self._found) < expected
        if len(self._found) > MOST_MAILBOXES:
            self._found = {}  # nobody knows which of them are true
            raise self._without_end()
        is_first = self._before is None or not self._before.is_complete
        if is_first and len(self._found) >= self._show_at:
            self._show()
            self._show_at = int(len(self._found) * GROWTH)

    def _without_end(self) -> VendorProtocolError:
        account = self._adapter.account
        message = f"{account.vendor.own_name} lists more than {MOST_MAILBOXES:,} mailboxes: the list is not taken."
        return VendorProtocolError(message, vendor=account.vendor, account=account.name)

    def _share(self, row: Mailbox) -> None:
        self._sharing.share(row, self._before.by_id.get(row.vendor_id) if self._before else None)

    # ------------------------------------------------------------------ mailboxes that the list does not have
    async def _unconfirmed(self) -> Collection[str]:
        """The ids of those of which nobody knows whether they are gone."""
        missing = self._missing()
        if not missing or len(missing) > max(self._page_count, FEW):
            return missing
        unconfirmed: set[str] = set()
        for mailbox_id, answer in (await self._adapter.get_mailboxes(sorted(missing))).items():
            if isinstance(answer, Mailbox):
                self._found[mailbox_id] = self._merged(answer)
            elif not isinstance(answer, NotFoundError):
                unconfirmed.add(mailbox_id)
        return unconfirmed

    def _missing(self) -> Collection[str]:
        """The ids of those that may have been passed over, if any."""
        before = self._before
        has_shifted = self._page_count > 1 and (self._adapter.lists_by_offset or self._has_repeats)
        if before is None or (self._found and not has_shifted):
            return ()
        gone = before.by_id.keys() - self._found.keys() - before.unconfirmed
        return {mailbox_id for mailbox_id in gone if self._rows.find(mailbox_id) is not None}

    def _merged(self, mailbox: Mailbox) -> Mailbox:
        """A read of one mailbox, completed with what only lists say."""
        known = self._before.by_id.get(mailbox.vendor_id) if self._before else None
        return mailbox if known is None else self._adapter.merge(mailbox, known)

    # ------------------------------------------------------------------ snapshots
    async def _publish(self, unconfirmed: Collection[str]) -> None:
        self._is_believed = not unconfirmed
        if self._before is not None and unconfirmed:
            kept = {mailbox_id: self._before.by_id[mailbox_id] for mailbox_id in unconfirmed}
            snapshot = self._rows.partial({**kept, **self._found}, self._before, unconfirmed=frozenset(unconfirmed))
        else:
            snapshot = self._rows.whole(self._found, as_of=self.started_at, page_count=self._page_count)
        if len(snapshot.rows) > QUICK:
            await snapshot.prepare(self._rows.asked)
        self._rows.put(snapshot)

    def _show(self) -> None:
        """What has come of a first list."""
        before = self._before
        if before is None:
            self._rows.put(self._rows.beginning(self._found, as_of=self.started_at, page_count=self._page_count))
        else:
            self._keep()

    def _keep(self) -> None:
        """What had come lies over what was known."""
        before = self._before
        if not self._found:
            return
        if before is None:
            self._show()
        else:
            unconfirmed = before.unconfirmed - self._found.keys()
            self._rows.put(self._rows.partial({**before.by_id, **self._found}, before, unconfirmed=unconfirmed))
