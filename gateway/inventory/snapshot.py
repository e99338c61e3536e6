"""An account's mailboxes as they were seen, frozen; whatever is computed from them is computed once per snapshot."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

from gateway.domain.mailbox import Mailbox
from gateway.inventory.order import Order


class Snapshot:
    """The rows of one account.

    `as_of` is when their reading began, `loaded_at` when it ended; `is_complete` says whether one whole list is in it,
    `is_whole` whether no mailbox of the last whole list is missing (a part of a newer list may lie over it).
    Nothing changes after construction, so indexes are kept with it and die with it.
    """

    def __init__(  # noqa: PLR0913 - plain values, all by keyword
        self,
        rows: Sequence[Mailbox],
        *,
        version: int,
        as_of: datetime,
        loaded_at: datetime,
        is_complete: bool,
        is_whole: bool,
        page_count: int,
    ) -> None:
        self.rows = rows
        self.version = version
        self.as_of = as_of
        self.loaded_at = loaded_at
        self.is_complete = is_complete
        self.is_whole = is_whole
        self.page_count = page_count
        self._ordered: dict[Order, tuple[Mailbox, ...]] = {}

    @cached_property
    def by_id(self) -> Mapping[str, Mailbox]:
        """By vendor id."""
        return {row.vendor_id: row for row in self.rows}

    @cached_property
    def by_address(self) -> Mapping[str, tuple[Mailbox, ...]]:
        """By address, case folded."""
        index: dict[str, tuple[Mailbox, ...]] = {}
        for row in self.rows:
            if row.address:
                key = row.address.casefold()
                index[key] = (*index.get(key, ()), row)
        return index

    def ordered(self, order: Order) -> tuple[Mailbox, ...]:
        """The rows in an order, sorted once per snapshot."""
        rows = self._ordered.get(order)
        if rows is None:
            rows = self._ordered[order] = order.sort(self.rows)
        return rows

    def overlaid(self, states: Mapping[str, Mailbox | None], *, version: int) -> "Snapshot":
        """The same snapshot with some rows in another state, by vendor id: rows that it does not have are added, None takes one away."""
        rows = {**self.by_id, **states}
        return Snapshot(
            tuple(row for row in rows.values() if row is not None),
            version=version,
            as_of=self.as_of,
            loaded_at=self.loaded_at,
            is_complete=self.is_complete,
            is_whole=self.is_whole,
            page_count=self.page_count,
        )
