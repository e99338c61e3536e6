"""One account as one request sees it: rows and report belong together and do not change while it is answered."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

from gateway.domain.mailbox import Mailbox
from gateway.inventory.addresses import Addresses
from gateway.inventory.filter import MailboxFilter
from gateway.inventory.narrowed import EVERYTHING, NOTHING, asks_for_stale, narrowed
from gateway.inventory.order import Order
from gateway.inventory.snapshot import BY_ID, Question, Snapshot
from gateway.inventory.source import SourceReport
from gateway.inventory.tally import Tally, tally

ViewState: TypeAlias = tuple[int | None, SourceReport, datetime | None]
ALWAYS = datetime.max.replace(tzinfo=UTC)
"""As `stale_before`: every row is stale."""


class View(msgspec.Struct, frozen=True):
    """`snapshot` is None while nothing is known. Rows observed before `stale_before` are stale; None: no row is."""

    source: SourceReport
    snapshot: Snapshot | None
    stale_before: datetime | None

    @property
    def state(self) -> "ViewState":
        """Equal for two views of an account of which whatever can be asked is the same. It holds no rows."""
        return (self.snapshot.version if self.snapshot else None, self.source, self.stale_before)

    @property
    def rows(self) -> Sequence[Mailbox]:
        return self.snapshot.rows if self.snapshot else ()

    def list(self, wanted: MailboxFilter | None = None, order: Order = BY_ID) -> Sequence[Mailbox]:
        """The rows that pass a filter, in an order; kept with the snapshot."""
        question = self._question(wanted, order)
        return self.snapshot.list(question) if self.snapshot and question else ()

    def lists_at_once(self, wanted: MailboxFilter | None, order: Order) -> bool:
        """Whether `list` costs nothing now."""
        question = self._question(wanted, order)
        return self.snapshot is None or question is None or self.snapshot.knows(question)

    def tally(self, wanted: MailboxFilter | None) -> Tally:
        """The rows that pass a filter, counted; kept with the snapshot."""
        question = self._question(wanted, BY_ID)
        return self.snapshot.tally(question) if self.snapshot and question else tally(())

    def addresses(self, wanted: MailboxFilter | None) -> Addresses:
        """The rows that pass a filter, by address."""
        question = self._question(wanted, BY_ID)
        if self.snapshot is None or question is None:
            return Addresses(())
        return self.snapshot.addresses if question.wanted is None else Addresses(self.snapshot.list(question))

    def find(self, mailbox_id: str) -> Mailbox | None:
        """A mailbox by its vendor id."""
        return self.snapshot.by_id.get(mailbox_id) if self.snapshot else None

    def at_address(self, address: str) -> Sequence[Mailbox]:
        """The mailboxes with this address, compared without case."""
        return self.snapshot.at_address(address) if self.snapshot else ()

    def is_stale(self, mailbox: Mailbox) -> bool:
        return self.stale_before is not None and mailbox.observed_at < self.stale_before

    def _question(self, wanted: MailboxFilter | None, order: Order) -> Question | None:
        """None where no row can pass."""
        left = EVERYTHING if wanted is None else narrowed(wanted, self.source.account, stale=self._stale)
        if left == NOTHING:
            return None
        if left == EVERYTHING:
            return Question(order=order)
        return Question(left, order, self.stale_before if asks_for_stale(left) else None)

    @property
    def _stale(self) -> bool | None:
        """Whether all rows are stale, or none is; None: some are."""
        return {None: False, ALWAYS: True}.get(self.stale_before)
