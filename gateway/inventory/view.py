"""One account as one request sees it: rows and report belong together and do not change while it is answered."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gateway.domain.mailbox import Mailbox
from gateway.inventory.order import Order
from gateway.inventory.snapshot import Snapshot
from gateway.inventory.source import SourceReport


class View(msgspec.Struct, frozen=True):
    """`snapshot` is None while nothing is known. Rows observed before `stale_before` are stale; None: no row is."""

    source: SourceReport
    snapshot: Snapshot | None
    stale_before: datetime | None

    @property
    def rows(self) -> Sequence[Mailbox]:
        return self.snapshot.rows if self.snapshot else ()

    def ordered(self, order: Order) -> Sequence[Mailbox]:
        return self.snapshot.ordered(order) if self.snapshot else ()

    def find(self, mailbox_id: str) -> Mailbox | None:
        """A mailbox by its vendor id."""
        return self.snapshot.by_id.get(mailbox_id) if self.snapshot else None

    def at_address(self, address: str) -> Sequence[Mailbox]:
        """The mailboxes with this address, compared without case."""
        return self.snapshot.by_address.get(address.casefold(), ()) if self.snapshot else ()

    def is_stale(self, mailbox: Mailbox) -> bool:
        return self.stale_before is not None and mailbox.observed_at < self.stale_before
