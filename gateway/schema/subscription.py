"""What can be watched."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from gateway.domain import operation as operation_model
from gateway.domain.errors import NotFoundError
from gateway.inventory import changes as changes_model
from gateway.inventory.changes import ChangeKind
from gateway.schema.context import Info
from gateway.schema.filter import MailboxFilter
from gateway.schema.mailbox import Mailbox
from gateway.schema.model import reads
from gateway.schema.operation import Id, Operation, visible_operation

Filter = Annotated[MailboxFilter | None, strawberry.argument(description="Only mailboxes that pass this, or have passed it until now.")]


@strawberry.type(description="A mailbox came, changed or went.")
class MailboxChange:
    """Reads `inventory.changes.MailboxChange`."""

    kind: ChangeKind = strawberry.field(description="What happened to it.")
    mailbox: Mailbox | None = strawberry.field(description="The mailbox as it is now; null when it is gone.")
    mailbox_id: strawberry.ID = strawberry.field(description="Its id, also when it is gone.")
    changed_fields: list[str] = strawberry.field(description="The fields of `Mailbox` that are different now; empty unless it changed.")
    is_type_of = reads(changes_model.MailboxChange)


async def _operation(info: Info, id: Id) -> AsyncGenerator[operation_model.Operation, None]:  # noqa: A002 - the contract's word
    found = await visible_operation(info, id)
    if found is None:
        raise NotFoundError("There is no operation by this id.")
    async with aclosing(info.context.desk.journal.watch(found.key)) as states:
        async for each in states:
            yield each


async def _mailbox_changed(info: Info, filter: Filter = strawberry.UNSET) -> AsyncGenerator[changes_model.MailboxChange, None]:  # noqa: A002 - the contract's word
    wanted = filter.build() if filter else None
    async with aclosing(info.context.inventory.changes.watch(list(info.context.accounts), wanted)) as changes:
        async for each in changes:
            yield each


@strawberry.type(description="Everything that can be watched, over WebSocket, as server-sent events or in parts.")
class Subscription:
    """See the resolvers above."""

    operation = strawberry.subscription(
        resolver=_operation,
        graphql_type=Operation,
        description="An operation as it is now, and each time that it has changed, until it is over.",
    )
    mailbox_changed = strawberry.subscription(
        resolver=_mailbox_changed,
        graphql_type=MailboxChange,
        description="Mailboxes that come, change and go from now on. The vendors are asked once for all who listen.",
    )
