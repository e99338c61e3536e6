"""The JSON:API resource in which the vendor keeps everything, and the collections of them with what each allows."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

HOST = "https://api.outreach.io/api/v2"
"""Links in answers are absolute and name the vendor's own host, whichever address was asked."""


class Resource(msgspec.Struct, omit_defaults=True):
    """A JSON:API resource; what is unset is left out."""

    type: str | msgspec.UnsetType = msgspec.UNSET
    id: int | str | msgspec.UnsetType = msgspec.UNSET
    attributes: dict[str, object] | msgspec.UnsetType = msgspec.UNSET
    relationships: dict[str, dict[str, object]] | msgspec.UnsetType = msgspec.UNSET
    links: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    meta: dict[str, bool] | msgspec.UnsetType | None = msgspec.UNSET

    @property
    def number(self) -> int:
        return int(self.id) if isinstance(self.id, int | str) else 0

    def value(self, attribute: str) -> object:
        if attribute == "id":
            return self.number
        return self.attributes.get(attribute) if isinstance(self.attributes, dict) else None

    def related(self, name: str) -> int | None:
        """The id in a to-one relationship, where there is one."""
        if not isinstance(self.relationships, dict):
            return None
        data = self.relationships.get(name, {}).get("data")
        return data["id"] if isinstance(data, dict) else None


class Kind(msgspec.Struct, frozen=True):
    """What one collection allows: filters and orders as the reference's badges say."""

    collection: str
    type: str
    scope: str
    attributes: frozenset[str] = frozenset()
    relations: Mapping[str, str] = {}
    """Filterable relations and what holds the other side's id: an attribute, or "" for the relationship itself."""
    includes: Mapping[str, str] = {}


MAILBOXES = Kind(
    "mailboxes",
    "mailbox",
    "mailboxes.read",
    attributes=frozenset({"id", "createdAt", "email", "updatedAt", "userId"}),
    relations={"user": "userId"},
    includes={"user": "user", "creator": "user", "updater": "user"},
)
ALIASES = Kind("mailAliases", "mailAlias", "mailAliases.read", attributes=frozenset({"id", "updatedAt"}), relations={"mailbox": ""})
USERS = Kind("users", "user", "users.read", attributes=frozenset({"id", "email", "name", "createdAt", "updatedAt"}))
MAILINGS = Kind(
    "mailings",
    "mailing",
    "mailings.read",
    attributes=frozenset({"id", "deliveredAt", "bouncedAt", "state", "mailingType", "scheduledAt", "updatedAt"}),
    relations={"mailbox": ""},
)
STATES = Kind(
    "sequenceStates",
    "sequenceState",
    "sequenceStates.read",
    attributes=frozenset({"id", "state", "createdAt", "updatedAt"}),
    relations={"mailbox": ""},
    includes={"sequence": "sequence"},
)


def timestamp(at: datetime) -> str:
    """A moment as the vendor writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
