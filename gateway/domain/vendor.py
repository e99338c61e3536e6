"""The vendors that the gateway speaks to, by the name that clients and the configuration use."""

from enum import StrEnum


class Vendor(StrEnum):
    """One member per vendor folder; `tests/test_architecture.py` holds it against the registry."""

    OUTREACH = "OUTREACH"
    SENDKIT = "SENDKIT"
    SHIPMAIL = "SHIPMAIL"
    SMARTLEAD = "SMARTLEAD"
    WOODPECKER = "WOODPECKER"
