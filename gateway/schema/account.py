"""Accounts, their domains, and what an answer says about its sources."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from gateway.domain import account as model
from gateway.domain.capability import Capability
from gateway.domain.errors import ErrorCode
from gateway.domain.vendor import VendorProfile
from gateway.inventory import source
from gateway.inventory.connection import Connection
from gateway.inventory.source import SourceStatus
from gateway.schema.context import Context, Info
from gateway.schema.model import in_context, reads
from gateway.schema.node import Node
from gateway.schema.paging import After, Arguments, Before, Filter, First, Last, OrderBy
from gateway.schema.vendor import VendorInfo


@strawberry.type(description="A sending domain, at a vendor that has them.")
class Domain(Node):
    """Reads `domain.account.Domain`."""

    vendor_id: str = strawberry.field(description="The vendor's own id.")
    name: str = strawberry.field(description="The domain's name.")
    verified: bool | None = strawberry.field(description="Whether the vendor has verified it; null when it does not say.")
    status_raw: str | None = strawberry.field(description="Its status in the vendor's word.")
    managed_by_raw: str | None = strawberry.field(description="Who manages its DNS, in the vendor's word.")
    dns_provider: str | None = strawberry.field(description="Where its DNS is hosted, as far as the vendor knows.")
    mx_verified: bool | None = strawberry.field(description="Whether its MX record is as it must be.")
    spf_verified: bool | None = strawberry.field(description="Whether its SPF record is as it must be.")
    dkim_verified: bool | None = strawberry.field(description="Whether its DKIM record is as it must be.")
    dmarc_verified: bool | None = strawberry.field(description="Whether its DMARC record is as it must be.")
    dmarc_managed_externally: bool | None = strawberry.field(description="Whether its DMARC record is managed elsewhere.")
    outbound_verified: bool | None = strawberry.field(description="Whether mail may go out from it.")
    catch_all_mailbox_id: strawberry.ID | None = strawberry.field(description="The mailbox that gets mail to unknown addresses.")
    verified_at: datetime | None = strawberry.field(description="When the vendor verified it.")
    created_at: datetime | None = strawberry.field(description="When it was added at the vendor.")
    updated_at: datetime | None = strawberry.field(description="When it last changed at the vendor.")
    is_type_of = reads(model.Domain)


def _vendor(root: model.Account, context: Context) -> VendorProfile:
    return context.profiles[root.vendor]


async def _source(root: strawberry.Parent[model.Account], info: Info) -> source.SourceReport:
    return (await info.context.loaders.view_by_account.load(root.name)).source


async def _domains(root: strawberry.Parent[model.Account], info: Info) -> Sequence[model.Domain] | None:
    if not info.context.can(root.name, Capability.DOMAINS):
        return None
    return await info.context.loaders.domains_by_account.load(root.name)


async def _tags(root: strawberry.Parent[model.Account], info: Info) -> Sequence[str] | None:
    if not info.context.inventory.accounts[root.name].adapter.lists_tags():
        return None
    return await info.context.loaders.tags_by_account.load(root.name)


async def _mailboxes(  # noqa: PLR0913 - the arguments of the contract
    root: strawberry.Parent[model.Account],
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
    return await arguments.page([root.name])


@strawberry.type(description="One set of credentials at one vendor.")
class Account(Node):
    """Reads `domain.account.Account`."""

    name: str = strawberry.field(description="Its name in the gateway's configuration.")
    vendor = in_context(_vendor, graphql_type=VendorInfo, description="The vendor, and what it can do.")
    source = strawberry.field(
        resolver=_source,
        graphql_type=Annotated["SourceReport", strawberry.lazy("gateway.schema.account")],
        description="How much of the account is known, and how fresh it is.",
    )
    domains = strawberry.field(
        resolver=_domains, graphql_type=list[Domain] | None, description="Its sending domains; null where the vendor has none."
    )
    tags = strawberry.field(
        resolver=_tags, graphql_type=list[str] | None, description="The names of its tags; null where the vendor does not list them."
    )
    mailboxes = strawberry.field(
        resolver=_mailboxes,
        graphql_type=Annotated["MailboxConnection", strawberry.lazy("gateway.schema.connection")],  # noqa: F821 - lies above
        description="Its mailboxes.",
    )
    is_type_of = reads(model.Account)


@strawberry.type(description="Missing is not empty: one report per account in every fleet answer.")
class SourceReport:
    """Reads `inventory.source.SourceReport`."""

    account: Account = strawberry.field(description="The account.")
    status: SourceStatus = strawberry.field(description="How much of it is in this answer.")
    problem: ErrorCode | None = strawberry.field(description="Why the last attempt to read it failed; null when it did not.")
    message: str | None = strawberry.field(description="The same in words; safe to show.")
    mailbox_count: int | None = strawberry.field(description="How many mailboxes it has; null when that is not known.")
    as_of: datetime | None = strawberry.field(description="When its mailboxes were last read from the vendor.")
    retry_at: datetime | None = strawberry.field(description="When the vendor will take calls again, where it told.")
