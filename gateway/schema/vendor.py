"""What each vendor can and cannot do."""

import strawberry

from gateway.domain.capability import Capability, MailboxField
from gateway.domain.vendor import Vendor


@strawberry.type(description="A vendor, and what it can do through this gateway.")
class VendorInfo:
    """Reads `domain.vendor.VendorProfile`."""

    vendor: Vendor = strawberry.field(description="The vendor.")
    title: str = strawberry.field(description="Its name as it spells it.")
    capabilities: list[Capability] = strawberry.field(description="What the vendor, through this gateway, can do.")
    updatable_fields: list[MailboxField] = strawberry.field(description="The parts of a mailbox that it lets one change.")
    documentation_url: str | None = strawberry.field(description="Its own documentation.")
