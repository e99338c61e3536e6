"""A mailbox as the vendor keeps it and as its two reads show it, with the tags that it may carry."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

Row: TypeAlias = dict[str, object]

TAGS: tuple[Row, ...] = (
    {"id": 31, "name": "Nordics", "color": "#4CAF50"},
    {"id": 32, "name": "Backup", "color": "#F5B1FC"},
    {"id": 33, "name": "Été 🌞", "color": "#FFC107"},
)


class EmailAccount(msgspec.Struct):
    """A mailbox as the vendor keeps it: what both reads show, and what only one of them does."""

    id: int
    index: int
    both: Row
    only_list: Row
    only_detail: Row
    campaign_ids: list[int]
    warmup: Row | None
    password: str | None
    imap_password: str | None

    def touch(self) -> None:
        """Every write moves this time."""
        self.both["updated_at"] = iso(datetime.now(UTC))

    def list_row(self, *, with_campaigns: bool) -> Row:
        """As `GET /email-accounts/` shows it."""
        campaigns: Row = {"campaign_ids": self.campaign_ids} if with_campaigns else {}
        passwords = {"password": _base64(self.password), "imap_password": _base64(self.imap_password)}
        return {**self.both, **passwords, **self.only_list, "warmup_details": self.warmup, **campaigns}

    def detail(self, *, with_campaigns: bool) -> Row:
        """As `GET /email-accounts/{id}/` shows it."""
        campaigns: Row = {"campaign_ids": self.campaign_ids} if with_campaigns else {}
        passwords = {"password": self.password, "imap_password": self.imap_password}
        return {**self.both, **passwords, **self.only_detail, "warmup_details": self._warmup_detail(), **campaigns}

    def _warmup_detail(self) -> Row | None:
        """The read of one mailbox spells some of it differently, and knows more."""
        if self.warmup is None:
            return None
        shown = {key: value for key, value in self.warmup.items() if key != "warmup_created_at"}
        reputation = str(shown["warmup_reputation"] or "").removesuffix("%")
        return {
            "warmup_min_count": 10,
            "warmup_max_count": 30,
            "max_email_per_day": 30,
            **shown,
            "id": 66_000 + self.index,
            "created_at": self.warmup["warmup_created_at"],
            "is_warmup_blocked": self.warmup["status"] == "BLOCKED",
            "warmup_reputation": int(reputation) if reputation else None,
        }


def _base64(secret: str | None) -> str | None:
    return b64encode(secret.encode()).decode() if secret else secret


def iso(at: datetime) -> str:
    """A moment as the vendor writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def tag_in_row(place: int) -> Row:
    """A tag of `TAGS` as a mailbox's row spells it."""
    tag = TAGS[place]
    return {"tag_id": tag["id"], "tag_name": tag["name"], "tag_color": tag["color"]}
