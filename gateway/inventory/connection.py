"""A page of the fleet together with where it came from: what a Relay connection shows."""

from collections.abc import Sequence

import msgspec

from gateway.domain.mailbox import Mailbox
from gateway.inventory.filter import MailboxFilter
from gateway.inventory.narrowed import may_pass
from gateway.inventory.order import Order
from gateway.inventory.page import Page, cursor
from gateway.inventory.source import SourceReport
from gateway.inventory.view import View


class Edge(msgspec.Struct, frozen=True, gc=False):
    """A mailbox and its place in the order."""

    cursor: str
    node: Mailbox


class PageInfo(msgspec.Struct, frozen=True):
    """Where a page stands in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Connection(msgspec.Struct, frozen=True):
    """A page over these views, and what it was asked with."""

    views: Sequence[View]
    page: Page
    wanted: MailboxFilter | None
    order: Order

    @property
    def nodes(self) -> Sequence[Mailbox]:
        return self.page.rows

    @property
    def edges(self) -> list[Edge]:
        return [Edge(cursor, row) for cursor, row in zip(self.page.cursors, self.page.rows, strict=True)]

    @property
    def page_info(self) -> PageInfo:
        rows, order = self.page.rows, self.page.order
        start, end = (cursor(order, rows[0]), cursor(order, rows[-1])) if rows else (None, None)
        return PageInfo(self.page.has_next, self.page.has_previous, start, end)

    @property
    def complete(self) -> bool:
        """Whether all is known that can pass."""
        return all(view.source.is_complete for view in self.views if may_pass(self.wanted, view.source.account))

    @property
    def sources(self) -> list[SourceReport]:
        return [view.source for view in self.views]

    @property
    def total_count(self) -> int | None:
        """How many mailboxes match; None unless every source is complete."""
        if not self.complete:
            return None
        return sum(len(view.list(self.wanted, self.order)) for view in self.views)
