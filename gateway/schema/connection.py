"""Pages of mailboxes, and the fleet's summary."""

import strawberry

from gateway.domain.mailbox import MailboxStatus
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState
from gateway.schema.account import SourceReport
from gateway.schema.mailbox import Mailbox
from gateway.schema.node import PageInfo
from gateway.schema.scalars import EmailAddress


@strawberry.type(description="A mailbox and its place in the list.")
class MailboxEdge:
    """Reads `inventory.connection.Edge`."""

    cursor: str = strawberry.field(description="Its place in this order; it stays good while mailboxes come and go.")
    node: Mailbox = strawberry.field(description="The mailbox.")


@strawberry.type(description="A page of mailboxes, and where it came from.")
class MailboxConnection:
    """Reads `inventory.connection.Connection`."""

    edges: list[MailboxEdge] = strawberry.field(description="The mailboxes with their cursors.")
    nodes: list[Mailbox] = strawberry.field(description="The mailboxes alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    total_count: int | None = strawberry.field(description="How many mailboxes match; null unless every source is complete.")
    complete: bool = strawberry.field(description="Whether all mailboxes that can pass the filter are known, fresh or stale.")
    sources: list[SourceReport] = strawberry.field(description="One report per account: missing is not empty.")


@strawberry.type(description="A sum, and how many mailboxes told their part of it.")
class Sum:
    """Reads `inventory.summary.Sum`."""

    value: int = strawberry.field(description="The sum of what is known.")
    known: int = strawberry.field(description="Mailboxes that told.")
    unknown: int = strawberry.field(description="Mailboxes that did not tell.")


@strawberry.type(description="Mailboxes at a vendor.")
class VendorCount:
    """Reads `inventory.summary.VendorCount`."""

    vendor: Vendor = strawberry.field(description="The vendor.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="Mailboxes with a status.")
class StatusCount:
    """Reads `inventory.summary.StatusCount`."""

    status: MailboxStatus = strawberry.field(description="The status.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="Mailboxes with a warm-up state.")
class WarmupCount:
    """Reads `inventory.summary.WarmupCount`."""

    state: WarmupState = strawberry.field(description="The state.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="One address at two or more accounts: mails from both look alike.")
class AddressConflict:
    """Reads `inventory.summary.AddressConflict`."""

    address: EmailAddress = strawberry.field(description="The address, in lower case.")
    mailboxes: list[Mailbox] = strawberry.field(description="The mailboxes that have it.")


@strawberry.type(description="Counts and sums for a dashboard, over everything that is known.")
class FleetSummary:
    """Reads `inventory.summary.Summary`."""

    total: int = strawberry.field(description="Mailboxes that are known and match.")
    complete: bool = strawberry.field(description="Whether all mailboxes that can pass the filter are known, fresh or stale.")
    sources: list[SourceReport] = strawberry.field(description="One report per account: missing is not empty.")
    by_vendor: list[VendorCount] = strawberry.field(description="By vendor; vendors without mailboxes are left out.")
    by_status: list[StatusCount] = strawberry.field(description="By status; statuses without mailboxes are left out.")
    by_warmup_state: list[WarmupCount] = strawberry.field(description="By warm-up state; mailboxes without warm-up are left out.")
    daily_capacity: Sum = strawberry.field(description="Sum of the daily limits.")
    sent_today: Sum = strawberry.field(description="Sum of what was sent today.")
    average_warmup_health: float | None = strawberry.field(description="Mean of the known warm-up healths, 0 to 100.")
    conflicts: list[AddressConflict] = strawberry.field(description="Addresses that two or more accounts have.")
