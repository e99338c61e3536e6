"""An account's mailboxes in three layers: what the vendor listed, what reads of single ones taught, what was written through us."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.mailbox import Mailbox
from gateway.inventory.difference import is_newer
from gateway.inventory.learned import Learned
from gateway.inventory.overlay import overlaid
from gateway.inventory.snapshot import Asked, Facts, Snapshot
from gateway.inventory.store import SnapshotStore
from gateway.inventory.written import LISTS_LAG, Written


class Rows:
    """The layers are put together when somebody looks: a thousand writes in a row cost one new snapshot."""

    def __init__(self, adapter: MailboxAdapter, store: SnapshotStore, clock: Callable[[], datetime], lasts: timedelta) -> None:
        self._adapter = adapter
        self._name = adapter.account.name
        self._store = store
        self._clock = clock
        self._version = 0
        self._taught: dict[str, Mailbox | None] = {}
        self._learned_since: set[str] = set()
        self._written = Written()
        self._laid: tuple[Snapshot, int, Snapshot] | None = None
        self.learned = Learned(clock, lasts)

    # ------------------------------------------------------------------ looking
    @property
    def listed(self) -> Snapshot | None:
        """What the vendor's lists said; rows that were taught something since may still lack it."""
        return self._store.get(self._name)

    @property
    def shown(self) -> Snapshot | None:
        """All layers together."""
        listed = self._taught_list()
        if listed is None or not self._written:
            self._laid = None
            return listed
        if self._laid is None or self._laid[:2] != (listed, self._written.version):
            self._laid = (listed, self._written.version, overlaid(listed, self._written.states(), version=self._next_version()))
        return self._laid[2]

    def are(self, snapshot: Snapshot | None) -> bool:
        """Whether this is what is shown; cheaper than `shown`."""
        if self._taught:
            return False
        if not self._written:
            return self.listed is snapshot
        return self._laid is not None and self._laid[2] is snapshot and self._laid[:2] == (self.listed, self._written.version)

    def find(self, mailbox_id: str) -> Mailbox | None:
        """One row as it is shown, without putting all together."""
        write = self._written.find(mailbox_id)
        if write is None or (self.listed is None and self._clock() >= write.at + LISTS_LAG):
            return self._listed_row(mailbox_id)
        return write.mailbox

    def has_written(self, address: str) -> bool:
        """Whether a mailbox with this address was written lately, shown or not."""
        written = (mailbox for mailbox in self._written.states().values() if mailbox is not None)
        return any((mailbox.address or "").casefold() == address.casefold() for mailbox in written)

    def is_deleted(self, mailbox_id: str) -> bool:
        """Whether it was deleted so lately that the vendor may not know it everywhere."""
        write = self._written.find(mailbox_id)
        return write is not None and write.mailbox is None and self._clock() < write.at + LISTS_LAG

    def _taught_list(self) -> Snapshot | None:
        listed = self.listed
        if listed is not None and self._taught:
            listed = overlaid(listed, self._taught, version=self._next_version())
            self._store.put(self._name, listed)
        self._taught = {}
        return listed

    def _listed_row(self, mailbox_id: str) -> Mailbox | None:
        listed = self.listed
        return self._taught.get(mailbox_id) or (listed.by_id.get(mailbox_id) if listed else None)

    def _next_version(self) -> int:
        self._version += 1
        return self._version

    # ------------------------------------------------------------------ the vendor's lists
    def begin_list(self) -> Snapshot | None:
        """What was listed before; from now on `completed` may be asked for a new list's rows."""
        self._learned_since.clear()
        return self._taught_list()

    def completed(self, row: Mailbox) -> Mailbox:
        """A list's row with what only a detail read could say."""
        known = self.learned.mailboxes.get(row.vendor_id)
        return row if known is None else self._adapter.merge(row, known)

    def beginning(self, rows: Mapping[str, Mailbox], *, as_of: datetime, page_count: int) -> Snapshot:
        """What has come of the first list there ever was."""
        return self._new(rows, as_of=as_of, page_count=page_count, is_complete=False)

    def partial(self, rows: Mapping[str, Mailbox], before: Snapshot, *, unconfirmed: frozenset[str]) -> Snapshot:
        """Rows of the list before and of a newer one that did not make it."""
        facts: Facts = {**before.facts, "is_complete": False, "unconfirmed": unconfirmed}
        return Snapshot(tuple(rows.values()), version=self._next_version(), **facts)

    def whole(self, rows: Mapping[str, Mailbox], *, as_of: datetime, page_count: int) -> Snapshot:
        """A whole list: these rows, which nobody may change from now on."""
        return self._new(rows, as_of=as_of, page_count=page_count, is_complete=True)

    def _new(self, rows: Mapping[str, Mailbox], *, as_of: datetime, page_count: int, is_complete: bool) -> Snapshot:
        return Snapshot(
            tuple(rows.values()),
            version=self._next_version(),
            by_id=rows if is_complete else None,
            as_of=as_of,
            loaded_at=self._clock(),
            is_complete=is_complete,
            is_whole=is_complete,
            page_count=page_count,
            unconfirmed=frozenset(),
        )

    @property
    def asked(self) -> Asked:
        """What requests have asked of the snapshots since the last list."""
        shown = self.shown
        return shown.asked if shown is not None else Asked()

    def put(self, snapshot: Snapshot) -> None:
        """Takes the place of what was listed; what was learned since its list began lies over it."""
        completed = {each: self.completed(row) for each in self._learned_since if (row := snapshot.by_id.get(each)) is not None}
        self._taught = {each: row for each, row in completed.items() if row is not snapshot.by_id[each]}
        self._store.put(self._name, snapshot)

    async def settle(self, rows: Mapping[str, Mailbox], *, began_at: datetime, is_complete: bool) -> None:
        """A list was published: what was written and is in it now needs no layer of its own."""
        if self._written:
            await self._written.settle(rows, self.completed, began_at=began_at, is_complete=is_complete)

    def forget_gone(self) -> None:
        """What was read of mailboxes that are gone needs no memory."""
        shown = self.shown
        if shown is not None and not self.learned.is_empty:
            self.learned.forget_all_but(shown.by_id.keys())

    def expire(self) -> None:
        """What the vendor listed is too old to be shown."""
        self._store.drop(self._name)

    # ------------------------------------------------------------------ reads of single mailboxes
    def learn(self, mailbox: Mailbox) -> Mailbox:
        """A mailbox was read just now, as complete as the vendor tells it: its latest known state, which may be a written one."""
        mailbox_id = mailbox.vendor_id
        write = self._written.find(mailbox_id)
        if write is not None and write.mailbox is not None:
            if is_newer(write.mailbox, mailbox):
                return write.mailbox  # the answer shows what was before the write
            newer, older = (mailbox, write.mailbox) if is_newer(mailbox, write.mailbox) else (write.mailbox, mailbox)
            mailbox = self._adapter.merge(newer, older)
            self._written.revise(mailbox)
        elif write is not None:
            self._written.drop(mailbox_id)  # it is there, long after it was deleted
        self.learned.keep(mailbox)
        self._learned_since.add(mailbox_id)
        self._teach(mailbox_id)
        return mailbox

    def _teach(self, mailbox_id: str) -> None:
        row = self._listed_row(mailbox_id)
        if row is not None and (completed := self.completed(row)) is not row:
            self._taught[mailbox_id] = completed

    # ------------------------------------------------------------------ writes
    def wrote(self, mailbox: Mailbox, *, is_loading: bool) -> Mailbox:
        """The state that is shown from now on: what was written, completed."""
        completed = self.completed(mailbox)
        self._learned_since.add(mailbox.vendor_id)
        self.learned.renew(mailbox.vendor_id, completed)
        self._write(mailbox.vendor_id, completed, is_loading=is_loading)
        return completed

    def deleted(self, mailbox_id: str, *, is_loading: bool) -> None:
        self.learned.renew(mailbox_id, None)
        self._write(mailbox_id, None, is_loading=is_loading)

    def forget(self, mailbox_id: str) -> None:
        """What was written does not hold: back to what the vendor listed."""
        self.learned.renew(mailbox_id, None)
        self._written.drop(mailbox_id)

    def _write(self, mailbox_id: str, mailbox: Mailbox | None, *, is_loading: bool) -> None:
        now = self._clock()
        self._written.put(mailbox_id, mailbox, now)
        if not is_loading:
            self._written.sweep(now, self._matters)

    def _matters(self, mailbox_id: str) -> bool:
        """Whether a layer over a mailbox changes what is shown; where nothing is listed, nothing is shown."""
        write = self._written.find(mailbox_id)
        return self.listed is not None and write is not None and (write.mailbox is not None or self._listed_row(mailbox_id) is not None)
