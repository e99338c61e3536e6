"""A mailbox as the vendor keeps it, and the marks that its row is made of: ids, moments, servers."""

from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

Row: TypeAlias = dict[str, object]

PROVIDERS = ("gmail", "outlook", "azure", "custom")
_DETAIL_ONLY = frozenset(
    {
        *("smtpHost", "smtpPort", "smtpSecure", "imapHost", "imapPort", "imapSecure"),
        *("totalReceived", "updatedAt", "smtpCredentials", "oauthCredentials"),
    }
)


class KitMailbox(msgspec.Struct):
    """A mailbox in the store: `detail` is what the detail call shows, the rest is what other calls show."""

    detail: Row
    campaign_ids: tuple[str, ...]
    in_active_campaign: bool
    connection_test: Row

    @property
    def id(self) -> str:
        return str(self.detail.get("_id") or self.detail["id"])

    @property
    def warmup(self) -> Row:
        warmup = self.detail.get("warmup")
        return warmup if isinstance(warmup, dict) else {}

    @property
    def metrics(self) -> Row:
        metrics = self.warmup.get("metrics")
        return metrics if isinstance(metrics, dict) else {}

    @property
    def setup(self) -> Row:
        setup = self.detail.get("setupStatus")
        return setup if isinstance(setup, dict) else {}

    @property
    def row(self) -> Row:
        """What a list shows: thinner than the detail (get-v1-mailboxes)."""
        row = {name: value for name, value in self.detail.items() if name not in _DETAIL_ONLY}
        if self.warmup:
            row["warmup"] = {name: value for name, value in self.warmup.items() if name != "config"}
        if self.setup:
            row["setupStatus"] = {"healthScore": self.setup.get("healthScore")}
        return row


def not_started() -> Row:
    """The warm-up of a mailbox that has had none."""
    return {"enabled": False, "status": "not_started"}


def object_id(index: int) -> str:
    """The id of the mailbox with this index; ids rise with it."""
    return f"{0x6701A0B1 + index:08x}c2d3e4f5a6{index:06x}"


def moment(at: datetime) -> str:
    """A moment as the vendor writes it: UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def servers(domain: str) -> Row:
    """The members of a row that name the mail servers."""
    return {
        "smtpHost": f"smtp.{domain}",
        "smtpPort": 587,
        "smtpSecure": True,
        "imapHost": f"imap.{domain}",
        "imapPort": 993,
        "imapSecure": True,
    }
