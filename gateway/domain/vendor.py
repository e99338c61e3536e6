"""The vendors that the gateway speaks to, by the name that clients and the configuration use."""

from enum import StrEnum

import msgspec

from gateway.domain.capability import Capability, MailboxField


class Vendor(StrEnum):
    """One member per vendor folder; `tests/test_architecture.py` holds it against the registry."""

    OUTREACH = "OUTREACH"
    SENDKIT = "SENDKIT"
    SHIPMAIL = "SHIPMAIL"
    SMARTLEAD = "SMARTLEAD"
    WOODPECKER = "WOODPECKER"

    @property
    def own_name(self) -> str:
        """The vendor's name as it spells it itself."""
        return _NAMES[self]


_NAMES = {
    Vendor.OUTREACH: "Outreach",
    Vendor.SENDKIT: "SendKit",
    Vendor.SHIPMAIL: "ShipMail",
    Vendor.SMARTLEAD: "Smartlead",
    Vendor.WOODPECKER: "Woodpecker",
}


class VendorProfile(msgspec.Struct, frozen=True):
    """What a vendor can and cannot do, as its adapter shows it."""

    vendor: Vendor
    title: str
    capabilities: tuple[Capability, ...]
    updatable_fields: tuple[MailboxField, ...]
    documentation_url: str | None = None
