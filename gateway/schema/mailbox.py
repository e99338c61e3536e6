"""The mailbox in GraphQL: one shape for all vendors.

Everything that lists carry is read from the domain struct by attribute. Resolvers stand only where an argument or a loader is needed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from gateway.domain import account as account_model
from gateway.domain import folder as folder_model
from gateway.domain import mailbox as model
from gateway.domain import message as message_model
from gateway.domain import rule as rule_model
from gateway.domain.capability import Capability
from gateway.domain.errors import InvalidInputError, NotFoundError
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.domain.mailbox import ChannelState, MailboxStatus, MailProvider, TransportSecurity
from gateway.domain.vendor import Vendor
from gateway.execution.marks import READ
from gateway.inventory.page import window
from gateway.loaders.bundle import MailboxKey, MessagesKey, ThreadKey
from gateway.loaders.owner import OwnerKey
from gateway.schema.account import Account, Domain
from gateway.schema.context import Context, Info
from gateway.schema.folder import Folder
from gateway.schema.message import MessageConnection, MessageFilter, Thread, connection, place
from gateway.schema.model import given, in_context, reads
from gateway.schema.node import Node
from gateway.schema.rule import Rule
from gateway.schema.safe_html import safe_html
from gateway.schema.scalars import EmailAddress
from gateway.schema.warmup import WarmupStatus

Root = strawberry.Parent[model.Mailbox]
Sanitize = Annotated[bool, strawberry.argument(description="Whether to clean it of all that can do harm in a browser.")]
First = Annotated[int | None, strawberry.argument(description="So many behind `after`, 0 to 500; 50 if nothing is said.")]
After = Annotated[str | None, strawberry.argument(description="Only what follows behind this cursor.")]
Filter = Annotated[MessageFilter | None, strawberry.argument(description="Only messages that pass this.")]
ThreadId = Annotated[strawberry.ID, strawberry.argument(description="`Thread.id`, or `Message.threadId`.")]


@strawberry.type(description="One direction of mail and the evidence for its state.")
class ChannelHealth:
    """Reads `domain.mailbox.ChannelHealth`."""

    state: ChannelState = strawberry.field(description="Whether it works, by the vendor's own evidence.")
    message: str | None = strawberry.field(description="The vendor's words, without what might be a secret.")
    last_success_at: datetime | None = strawberry.field(description="When it last worked.")
    last_error_at: datetime | None = strawberry.field(description="When it last failed.")


@strawberry.type(description="Both directions of mail.")
class MailboxHealth:
    """Reads `domain.mailbox.MailboxHealth`."""

    sending: ChannelHealth = strawberry.field(description="Mail going out.")
    receiving: ChannelHealth = strawberry.field(description="Mail coming in.")


@strawberry.type(description="Where SMTP or IMAP of a mailbox lives. There is no password here, ever.")
class ServerSettings:
    """Reads `domain.mailbox.ServerSettings`."""

    host: str | None = strawberry.field(description="Host name.")
    port: int | None = strawberry.field(description="TCP port.")
    security: TransportSecurity = strawberry.field(description="How the connection is protected.")
    security_raw: str | None = strawberry.field(description="The same in the vendor's word.")
    username: str | None = strawberry.field(description="The login name.")


@strawberry.type(description="At most `messages` in any `windowSeconds`.")
class SendBurst:
    """Reads `domain.mailbox.SendBurst`."""

    messages: int = strawberry.field(description="Number of messages.")
    window_seconds: int = strawberry.field(description="Length of the window in seconds.")


@strawberry.type(description="A planned time without sending.")
class Pause:
    """Reads `domain.mailbox.Pause`."""

    from_: datetime | None = strawberry.field(name="from", description="Its beginning.")
    to: datetime | None = strawberry.field(description="Its end.")


@strawberry.type(description="How much a mailbox may send, and has sent today in the vendor's meaning of today.")
class SendingPolicy:
    """Reads `domain.mailbox.SendingPolicy`."""

    daily_limit: int | None = strawberry.field(description="Messages a day.")
    weekly_limit: int | None = strawberry.field(description="Messages a week.")
    sent_today: int | None = strawberry.field(description="Messages sent today; a rolling 24 hours at some vendors.")
    remaining_today: int | None = strawberry.field(description="What is left of the daily limit, never below 0.")
    min_interval_seconds: float | None = strawberry.field(description="Shortest time between two messages.")
    max_interval_seconds: float | None = strawberry.field(description="Longest time between two messages.")
    burst: SendBurst | None = strawberry.field(description="How many messages may go out close together.")
    pauses: list[Pause] | None = strawberry.field(description="Planned times without sending.")


@strawberry.type(description="Domains in tracking links.")
class TrackingDomains:
    """Reads `domain.mailbox.TrackingDomains`."""

    domain: str | None = strawberry.field(description="One for all, where the vendor has one for all.")
    opens: str | None = strawberry.field(description="For opened messages.")
    clicks: str | None = strawberry.field(description="For clicked links.")
    unsubscribes: str | None = strawberry.field(description="For unsubscribe links.")


async def _owner(root: account_model.Owner, info: Info) -> account_model.Owner:
    """The owner with what only the vendor's own list of users tells."""
    if root.name is not None or root.email is not None:
        return root
    return await info.context.loaders.owner_by_id.load(OwnerKey(root.account_name, root.vendor_id))


async def _owner_name(root: strawberry.Parent[account_model.Owner], info: Info) -> str | None:
    return (await _owner(root, info)).name


async def _owner_email(root: strawberry.Parent[account_model.Owner], info: Info) -> str | None:
    return (await _owner(root, info)).email


@strawberry.type(description="The vendor's user who owns a mailbox.")
class MailboxOwner:
    """Reads `domain.account.Owner`."""

    vendor_id: str = strawberry.field(description="The vendor's id of the user.")
    name = strawberry.field(resolver=_owner_name, graphql_type=str | None, description="(detail) The user's name.")
    email = strawberry.field(resolver=_owner_email, graphql_type=EmailAddress | None, description="(detail) The user's address.")


@strawberry.type(description="A campaign that sends from a mailbox.")
class Campaign:
    """Reads `domain.account.Campaign`."""

    vendor_id: str = strawberry.field(description="The vendor's id.")
    name: str | None = strawberry.field(description="Its name, where the vendor tells.")
    active: bool | None = strawberry.field(description="Whether it runs, where the vendor tells.")


@strawberry.type(description="A sender that a mailbox may use.")
class Identity(Node):
    """Reads `domain.account.Identity`."""

    vendor_id: str = strawberry.field(description="The vendor's own id.")
    name: str | None = strawberry.field(description="The display name.")
    email: EmailAddress | None = strawberry.field(description="The address.")
    is_type_of = reads(account_model.Identity)


@strawberry.type(description="The automatic answer to incoming mail.")
class AutoReply:
    """Reads `domain.mailbox.AutoReply`."""

    enabled: bool = strawberry.field(description="Whether it is on.")
    subject: str | None = strawberry.field(description="Its subject.")
    body: str | None = strawberry.field(description="Its text.")
    from_: datetime | None = strawberry.field(name="from", description="Since when; null: open.")
    to: datetime | None = strawberry.field(description="Until when; null: open.")


@strawberry.type(description="When incoming mail counts as spam.")
class SpamFilter:
    """Reads `domain.mailbox.SpamFilter`."""

    threshold: int = strawberry.field(description="From 1 (strict) to 14 (lax).")


def _key(root: model.Mailbox) -> MailboxKey:
    return MailboxKey(root.account_name, root.vendor_id)


def _account(root: model.Mailbox, context: Context) -> account_model.Account:
    return context.accounts[root.account_name]


def _capabilities(root: model.Mailbox, context: Context) -> Sequence[Capability]:
    return context.profiles[root.vendor].capabilities


def _stale(root: model.Mailbox, context: Context) -> bool:
    view = context.loaders.view_by_account.taken.get(root.account_name)  # so that all of an answer speaks of one moment
    return view.is_stale(root) if view is not None else context.inventory.accounts[root.account_name].is_stale(root)


def _signature(root: Root, *, sanitize: Sanitize = False) -> str | None:
    return safe_html(root.signature) if sanitize and root.signature else root.signature


async def _domain(root: Root, info: Info) -> account_model.Domain | None:
    if root.domain_vendor_id is None or not info.context.can(root.account_name, Capability.DOMAINS):
        return None
    domains = await info.context.loaders.domains_by_account.load(root.account_name)
    return next((domain for domain in domains if domain.vendor_id == root.domain_vendor_id), None)


async def _campaigns(root: Root, info: Info) -> Sequence[account_model.Campaign] | None:
    if not info.context.can(root.account_name, Capability.CAMPAIGNS):
        return None
    return await info.context.loaders.campaigns_by_mailbox.load(_key(root))


async def _folders(root: Root, info: Info) -> Sequence[folder_model.Folder] | None:
    if not info.context.can(root.account_name, Capability.FOLDERS):
        return None
    return await info.context.loaders.folders_by_mailbox.load(_key(root))


async def _rules(root: Root, info: Info) -> Sequence[rule_model.Rule] | None:
    if not info.context.can(root.account_name, Capability.RULES):
        return None
    return await info.context.loaders.rules_by_mailbox.load(_key(root))


async def _identities(root: Root, info: Info) -> Sequence[account_model.Identity] | None:
    if not info.context.can(root.account_name, Capability.IDENTITIES):
        return None
    return await info.context.loaders.identities_by_mailbox.load(_key(root))


async def _messages(
    root: Root,
    info: Info,
    *,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    filter: Filter = strawberry.UNSET,  # noqa: A002 - the contract's word
) -> MessageConnection | None:
    after = given(after)
    part = window(first=given(first), last=None, after=after, before=None, max_size=info.context.max_page_size)
    mailbox = Identifier(Kind.MAILBOX, root.account_name, (root.vendor_id,))
    query = filter.query(mailbox) if filter else message_model.MessageQuery()
    if not info.context.can(root.account_name, Capability.MESSAGES):
        return None
    key = MessagesKey(root.account_name, root.vendor_id, query, part.size, place(after))
    page = await info.context.loaders.message_page_by_query.load(key)
    return connection(page, after=after)


async def _thread(root: Root, info: Info, id: ThreadId) -> message_model.Thread | None:  # noqa: A002 - the contract's word
    thread = decode(id, expected=Kind.THREAD)
    if (thread.account, thread.parts[0]) != (root.account_name, root.vendor_id):
        raise InvalidInputError("This thread belongs to another mailbox.", field=("id",))
    if not info.context.can(root.account_name, Capability.MESSAGES):
        return None
    try:
        return await info.context.loaders.thread_by_id.load(ThreadKey(root.account_name, root.vendor_id, thread.parts[1]))
    except NotFoundError:
        return None


async def _siblings(root: Root, info: Info) -> Sequence[model.Mailbox]:
    if root.address is None:
        return []
    others = [name for name in info.context.accounts if name != root.account_name]
    views = await info.context.loaders.view_by_account.load_many(others)
    return [mailbox for view in views for mailbox in view.at_address(root.address)]


@strawberry.type(
    description="A mailbox at some vendor. What the vendor does not say is null. Fields marked (detail) may cost vendor calls."
)
class Mailbox(Node):
    """Reads `domain.mailbox.Mailbox`."""

    vendor: Vendor = strawberry.field(description="The vendor that keeps it.")
    vendor_id: str = strawberry.field(description="The vendor's own id.")
    account = in_context(_account, graphql_type=Account, description="The account that it is in.")
    address: EmailAddress | None = strawberry.field(description="Its e-mail address.")
    display_name: str | None = strawberry.field(description="The sender's name that it shows.")
    login: str | None = strawberry.field(description="The name with which it logs in.")
    provider: MailProvider = strawberry.field(description="Who hosts it.")
    provider_raw: str | None = strawberry.field(description="The same in the vendor's word.")
    status: MailboxStatus = strawberry.field(description="Its state in our words; UNKNOWN where the vendor's list does not say.")
    status_raw: str | None = strawberry.field(description="Its state in the vendor's word.")
    health: MailboxHealth = strawberry.field(description="Whether sending and receiving work.")
    smtp: ServerSettings | None = strawberry.field(description="Where it sends through.")
    imap: ServerSettings | None = strawberry.field(description="Where it is read from.")
    sending: SendingPolicy = strawberry.field(description="How much it may send, and has sent.")
    signature = strawberry.field(
        resolver=_signature,
        metadata={READ: lambda root, _: root.signature},
        graphql_type=str | None,
        description="HTML as its owner wrote it, untrusted; `sanitize: true` cleans it so that it can be rendered.",
    )
    reply_to: EmailAddress | None = strawberry.field(description="Where answers go, if not to its address.")
    bcc: EmailAddress | None = strawberry.field(description="Who gets a blind copy of everything.")
    tracking: TrackingDomains | None = strawberry.field(description="Domains in tracking links.")
    tags: list[str] | None = strawberry.field(description="Its tags; null where the vendor has none or does not say.")
    campaign_count: int | None = strawberry.field(description="How many campaigns send from it.")
    campaigns = strawberry.field(
        resolver=_campaigns, graphql_type=list[Campaign] | None, description="(detail) The campaigns that send from it."
    )
    owner: MailboxOwner | None = strawberry.field(description="The vendor's user who owns it.")
    domain = strawberry.field(
        resolver=_domain, graphql_type=Domain | None, description="(one call per account) Its sending domain, where the vendor has them."
    )
    warmup: WarmupStatus | None = strawberry.field(description="Its warm-up; null where the vendor has none or says nothing.")
    folders = strawberry.field(
        resolver=_folders, graphql_type=list[Folder] | None, description="(detail) Its folders; null where the vendor has none."
    )
    rules = strawberry.field(
        resolver=_rules, graphql_type=list[Rule] | None, description="(detail) Its inbox rules; null where the vendor has none."
    )
    identities = strawberry.field(
        resolver=_identities, graphql_type=list[Identity] | None, description="(detail) The senders that it may use."
    )
    messages = strawberry.field(
        resolver=_messages, graphql_type=MessageConnection | None, description="(detail) Its messages; null where the vendor shows none."
    )
    thread = strawberry.field(
        resolver=_thread, graphql_type=Thread | None, description="(detail) One of its conversations; null when there is none by this id."
    )
    auto_reply: AutoReply | None = strawberry.field(description="Its automatic answer.")
    spam_filter: SpamFilter | None = strawberry.field(description="Its spam filter.")
    siblings = strawberry.field(
        resolver=_siblings,
        graphql_type=list[Annotated["Mailbox", strawberry.lazy("gateway.schema.mailbox")]],
        description="Mailboxes with the same address at other accounts, among those that the caller may see.",
    )
    capabilities = in_context(_capabilities, graphql_type=list[Capability], description="What can be done with it: what its vendor can do.")
    details: Annotated["VendorDetails", strawberry.lazy("gateway.schema.details")] = strawberry.field(  # type: ignore[name-defined] # noqa: F821 - made at run time
        description="Every documented field of the vendor's own object, typed."
    )
    created_at: datetime | None = strawberry.field(description="When it was made at the vendor.")
    updated_at: datetime | None = strawberry.field(description="When it last changed at the vendor.")
    observed_at: datetime = strawberry.field(description="When the vendor last told us of it.")
    stale = in_context(_stale, graphql_type=bool, description="Whether newer news was due and could not be had.")
    is_type_of = reads(model.Mailbox)
