"""A page of the fleet together with where it came from: what a Relay connection shows."""

from collections.abc import Sequence

import msgspec

from gateway.domain.mailbox import Mailbox
from gateway.inventory.filter import MailboxFilter
from gateway.inventory.page import Page, matcher
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
    """What is costly to know (`total_count`) is computed when it is asked for."""

    views: Sequence[View]
    page: Page
    wanted: MailboxFilter | None

    @property
    def nodes(self) -> Sequence[Mailbox]:
        return self.page.rows

    @property
    def edges(self) -> list[Edge]:
        return [Edge(cursor, row) for cursor, row in zip(self.page.cursors, self.page.rows, strict=True)]

    @property
    def page_info(self) -> PageInfo:
        cursors = self.page.cursors
        return PageInfo(self.page.has_next, self.page.has_previous, cursors[0] if cursors else None, cursors[-1] if cursors else None)

    @property
    def complete(self) -> bool:
        return all(view.source.is_complete for view in self.views)

    @property
    def sources(self) -> list[SourceReport]:
        return [view.source for view in self.views]

    @property
    def total_count(self) -> int | None:
        """How many mailboxes match; None unless every source is complete."""
        if not self.complete:
            return None
        if self.wanted is None:
            return sum(len(view.rows) for view in self.views)
        test = matcher(self.views, self.wanted)
        return sum(1 for view in self.views for row in view.rows if test(row))
