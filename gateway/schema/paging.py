"""The arguments that every list of mailboxes takes, and the page that they ask for."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import strawberry

from gateway.inventory.connection import Connection
from gateway.inventory.order import Order
from gateway.inventory.page import page, prepare, window
from gateway.schema.context import Info
from gateway.schema.filter import MailboxFilter, MailboxOrder
from gateway.schema.model import given

First: TypeAlias = Annotated[
    int | None, strawberry.argument(description="The first so many behind `after`, 0 to 500; 50 if nothing is said.")
]
After: TypeAlias = Annotated[str | None, strawberry.argument(description="Only what follows behind this cursor.")]
Last: TypeAlias = Annotated[int | None, strawberry.argument(description="The last so many before `before`, 0 to 500.")]
Before: TypeAlias = Annotated[str | None, strawberry.argument(description="Only what stands before this cursor.")]
Filter: TypeAlias = Annotated[MailboxFilter | None, strawberry.argument(description="Only mailboxes that pass this.")]
OrderBy: TypeAlias = Annotated[
    MailboxOrder | None, strawberry.argument(description="The order; by account name, then vendor id, if nothing is said.")
]


class Arguments:
    """Checked before anything is fetched, so that bad input costs nobody a call."""

    def __init__(  # noqa: PLR0913 - the arguments of the contract
        self,
        info: Info,
        *,
        first: int | None,
        after: str | None,
        last: int | None,
        before: str | None,
        wanted: MailboxFilter | None,
        order_by: MailboxOrder | None,
    ) -> None:
        self._info = info
        most = info.context.max_page_size
        self.window = window(first=given(first), last=given(last), after=given(after), before=given(before), max_size=most)
        self.wanted = wanted.build() if wanted else None
        self.order = order_by.build() if order_by else Order()
        self.window.check(self.order)

    async def page(self, accounts: Sequence[str]) -> Connection:
        """The page over these accounts."""
        views = await self._info.context.loaders.views(accounts, self.wanted)
        await prepare(views, order=self.order, wanted=self.wanted)
        return Connection(views, page(views, order=self.order, wanted=self.wanted, part=self.window), self.wanted, self.order)
