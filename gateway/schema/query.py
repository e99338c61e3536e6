"""The root of what can be asked."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import strawberry

from gateway.domain import account as account_model
from gateway.domain import mailbox as mailbox_model
from gateway.domain import operation as operation_model
from gateway.domain.capability import Capability
from gateway.domain.errors import InvalidInputError, NotFoundError
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.domain.vendor import VendorProfile
from gateway.inventory.connection import Connection
from gateway.inventory.summary import Summary
from gateway.loaders.bundle import MailboxKey, ThreadKey
from gateway.schema.account import Account
from gateway.schema.connection import FleetSummary, MailboxConnection
from gateway.schema.context import Info
from gateway.schema.mailbox import Mailbox
from gateway.schema.node import Node
from gateway.schema.operation import Id, Operation, OperationConnection, list_operations, visible_operation
from gateway.schema.paging import After, Arguments, Before, Filter, First, Last, OrderBy
from gateway.schema.vendor import VendorInfo

MAX_NODES = 100

AnyId = Annotated[strawberry.ID, strawberry.argument(description="The `id` of anything that has one.")]
AnyIds = Annotated[list[strawberry.ID], strawberry.argument(description="Up to 100 ids, of anything that has one.")]
MailboxId = Annotated[strawberry.ID, strawberry.argument(description="`Mailbox.id`.")]
AccountName = Annotated[str, strawberry.argument(description="`Account.name`.")]


async def _load_domain(info: Info, identifier: Identifier) -> object | None:
    if not info.context.can(identifier.account, Capability.DOMAINS):
        return None
    return _with_id(await info.context.loaders.domains_by_account.load(identifier.account), identifier)


async def _load_folder(info: Info, identifier: Identifier) -> object | None:
    if not info.context.can(identifier.account, Capability.FOLDERS):
        return None
    return _with_id(await info.context.loaders.folders_by_mailbox.load(_mailbox_key(identifier)), identifier)


async def _load_rule(info: Info, identifier: Identifier) -> object | None:
    if not info.context.can(identifier.account, Capability.RULES):
        return None
    return _with_id(await info.context.loaders.rules_by_mailbox.load(_mailbox_key(identifier)), identifier)


async def _load_identity(info: Info, identifier: Identifier) -> object | None:
    if not info.context.can(identifier.account, Capability.IDENTITIES):
        return None
    return _with_id(await info.context.loaders.identities_by_mailbox.load(_mailbox_key(identifier)), identifier)


async def _load_thread(info: Info, identifier: Identifier) -> object | None:
    if not info.context.can(identifier.account, Capability.MESSAGES):
        return None
    return await info.context.loaders.thread_by_id.load(ThreadKey(identifier.account, identifier.parts[0], identifier.parts[1]))


async def _load_message(info: Info, identifier: Identifier) -> object | None:
    if not info.context.can(identifier.account, Capability.MESSAGES):
        return None
    thread = await info.context.loaders.thread_by_id.load(ThreadKey(identifier.account, identifier.parts[0], identifier.parts[1]))
    return _with_id(thread.messages, identifier)


async def _load_account(info: Info, identifier: Identifier) -> object | None:
    return info.context.accounts.get(identifier.account)


async def _load_mailbox(info: Info, identifier: Identifier) -> object | None:
    return await info.context.loaders.mailbox_by_id.load(identifier)


_BY_KIND: dict[Kind, Callable[[Info, Identifier], Awaitable[object | None]]] = {
    Kind.ACCOUNT: _load_account,
    Kind.MAILBOX: _load_mailbox,
    Kind.DOMAIN: _load_domain,
    Kind.FOLDER: _load_folder,
    Kind.RULE: _load_rule,
    Kind.IDENTITY: _load_identity,
    Kind.THREAD: _load_thread,
    Kind.MESSAGE: _load_message,
}
NODES = frozenset({*_BY_KIND, Kind.OPERATION})
"""The kinds of what is a `Node`."""


def _mailbox_key(identifier: Identifier) -> MailboxKey:
    return MailboxKey(identifier.account, identifier.parts[0])


def _with_id(things: Sequence[object], identifier: Identifier) -> object | None:
    text = str(identifier)
    return next((thing for thing in things if getattr(thing, "id", None) == text), None)


async def _load(info: Info, identifier: Identifier) -> object | None:
    load = _BY_KIND.get(identifier.kind)
    if load is None or not info.context.sees(identifier):
        return None
    try:
        return await load(info, identifier)
    except NotFoundError:
        return None


async def load_node(info: Info, text: str, *, expected: Kind | None = None) -> object | None:
    """What an id names, for this caller. Raises `InvalidInputError` for text that is no id, or one of another kind than `expected`."""
    identifier = decode(text, expected=expected)
    return await visible_operation(info, text) if identifier.kind is Kind.OPERATION else await _load(info, identifier)


async def _node(info: Info, id: AnyId) -> object | None:  # noqa: A002 - the contract's word
    return await load_node(info, id)


async def _nodes(info: Info, ids: AnyIds) -> list[object | None]:
    if len(ids) > MAX_NODES:
        raise InvalidInputError(f"`ids` has {len(ids)} entries, but at most {MAX_NODES} can be asked for at once.", field=("ids",))
    found = await asyncio.gather(*(_node(info, each) for each in ids), return_exceptions=True)
    return list(found)


async def _mailbox(info: Info, id: MailboxId) -> mailbox_model.Mailbox | None:  # noqa: A002 - the contract's word
    identifier = decode(id, expected=Kind.MAILBOX)
    return await info.context.loaders.mailbox_by_id.load(identifier) if info.context.sees(identifier) else None


async def _mailboxes(  # noqa: PLR0913 - the arguments of the contract
    info: Info,
    *,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
    filter: Filter = strawberry.UNSET,  # noqa: A002 - the contract's word
    order_by: OrderBy = strawberry.UNSET,
) -> Connection:
    arguments = Arguments(info, first=first, after=after, last=last, before=before, wanted=filter, order_by=order_by)
    return await arguments.page(list(info.context.accounts))


async def _fleet(info: Info, *, filter: Filter = strawberry.UNSET) -> Summary:  # noqa: A002 - the contract's word
    wanted = filter.build() if filter else None
    views = await info.context.loaders.views(list(info.context.accounts), wanted)
    summary = Summary(views, wanted)
    await summary.prepare()
    return summary


def _accounts(info: Info) -> Sequence[account_model.Account]:
    return list(info.context.accounts.values())


def _account(info: Info, name: AccountName) -> account_model.Account | None:
    return info.context.accounts.get(name)


async def _operation(info: Info, id: Id) -> operation_model.Operation | None:  # noqa: A002 - the contract's word
    return await visible_operation(info, id)


def _vendors(info: Info) -> Sequence[VendorProfile]:
    return list(info.context.profiles.values())


@strawberry.type(description="Everything that can be asked.")
class Query:
    """See the resolvers above; each returns domain structs, which the GraphQL types read."""

    node = strawberry.field(resolver=_node, graphql_type=Node | None, description="Anything by its id; null when there is none by this id.")
    nodes = strawberry.field(
        resolver=_nodes, graphql_type=list[Node | None], description="Up to 100 things by their ids, each as by `node`."
    )
    mailbox = strawberry.field(
        resolver=_mailbox, graphql_type=Mailbox | None, description="One mailbox by its id; null when there is none by this id."
    )
    mailboxes = strawberry.field(
        resolver=_mailboxes,
        graphql_type=MailboxConnection,
        description="The fleet: the mailboxes of every account that the caller may see.",
    )
    fleet = strawberry.field(resolver=_fleet, graphql_type=FleetSummary, description="Counts and sums over the fleet, for a dashboard.")
    accounts = strawberry.field(
        resolver=_accounts, graphql_type=list[Account], description="Every account that the caller may see, in the order of their names."
    )
    account = strawberry.field(
        resolver=_account, graphql_type=Account | None, description="An account by its name; null when there is none by this name."
    )
    operation = strawberry.field(
        resolver=_operation, graphql_type=Operation | None, description="An operation by its id; null when there is none by this id."
    )
    operations = strawberry.field(
        resolver=list_operations,
        graphql_type=OperationConnection,
        description="Operations, the newest first, in accounts that the caller may see.",
    )
    vendors = strawberry.field(
        resolver=_vendors,
        graphql_type=list[VendorInfo],
        description="What each vendor can and cannot do: what mutations are checked against before anything is sent.",
    )
