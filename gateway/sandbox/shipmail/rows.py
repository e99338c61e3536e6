"""The account's mailboxes and domains as ShipMail's rows, and the room that keeps them."""
# Dice, sizes and places of the play data: naming each number would hide it.
# ruff: noqa: PLR2004

import random
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from uuid import UUID

from gateway.sandbox.shipmail.answer import Refusal, Row, stamp
from gateway.sandbox.shipmail.box import CURSOR_INBOX, Box, folders_of, identities_of, system_folders
from gateway.sandbox.shipmail.messages import messages_of
from gateway.sandbox.shipmail.rules import rules_of
from gateway.sandbox.world import Person, World

APP_PASSWORD = "CANARY-app-password-90412"  # noqa: S105 - made up, planted to be looked for

AUTO_REPLY_OFF: Row = {"enabled": False, "subject": None, "body": None, "from_date": None, "to_date": None}
FIRST_MADE = 100
"""New mailboxes are counted from here on, so that none is one of those that speak another version."""
_MAILBOX_MESS: dict[int, Row] = {
    1: {
        "display_name": "Zoë O’Neill ☕ — Café",
        "spam_filter_threshold": 3,
        "auto_reply": {
            "enabled": True,
            "subject": None,
            "body": "Away until Monday.\n\nUrgent? Call +44 20 7946 0991.\n— Zoë",
            "from_date": "2026-08-28T00:00:00.000Z",
            "to_date": "2027-09-07T00:00:00.000Z",
        },
    },
    2: {"display_name": None, "spam_filter_threshold": 14},
    3: {
        "display_name": "",
        "spam_filter_threshold": 1,
        "suspended_at": "2026-06-14T05:30:00.000Z",
        "auto_reply": {
            **AUTO_REPLY_OFF,
            "subject": "Out of office",
            "body": "(draft text kept while disabled)",
            "to_date": "2026-01-02T00:00:00.000Z",
        },
    },
    4: {
        "suspended_at": "2026-10-03T00:00:00.000Z",
        "suspension_reasons": ["billing", "abuse"],
        "agent_security_hold": False,
        "retention_class": "standard",
    },
    7: {"spam_filter_threshold": "8", "auto_reply": {**AUTO_REPLY_OFF, "enabled": "true", "body": ""}},
    8: {"auto_reply": None, "updated_at": None},
    9: {"created_at": "2026-03-02T09:15:44+01:00", "updated_at": 1772439344},
    10: {"spam_filter_threshold": 6.5, "auto_reply": {**AUTO_REPLY_OFF, "enabled": None}},
    11: {"suspended_at": "2026-11-01T00:00:00Z", "suspension_reasons": ["solar_flare"], "agent_security_hold": True},
    12: {
        "app_password": APP_PASSWORD,
        "clients": [{"kind": "imap", "login": urlsafe_b64encode(f"\0sales\0{APP_PASSWORD}".encode()).decode()}],
    },
    13: {
        "display_name": '<script>alert("from")</script> Sales',
        "auto_reply": {**AUTO_REPLY_OFF, "enabled": True, "subject": "<b>Away</b>", "body": "<p>Back soon</p><script>alert(1)</script>"},
    },
    14: {"display_name": "📮" * 200},
    15: {"spam_filter_threshold": 99},
    16: {"suspended_at": ""},
    17: {"domain_id": None},
    18: {"object": "mailbox_v2", "labels": {"tier": [1, 2]}},
    19: {"updated_at": "yesterday", "suspension_reasons": None},
    20: {"spam_filter_threshold": None},
}
_MISSING: dict[int, tuple[str, ...]] = {4: ("spam_filter_threshold",), 5: ("auto_reply",), 6: ("suspended_at",)}
_PARKED_MESS: tuple[Row, ...] = ({"status": "paused_by_owner"}, {"name": "bücher-demo.example"}, {"status": None}, {"status": "Verified"})
_STATUSES = ("verified", "verified", "degraded", "pending", "verified", "failed", "verifying")


class Mailroom:
    """Everything of the account. Mailboxes and domains stand oldest first; the contents of a mailbox are made when first asked for."""

    def __init__(self, world: World, *, max_mailboxes: int | None = None) -> None:
        people = list(world.people("shipmail"))
        self.world = world
        self.domains = _domains(world, people)
        ids = {row["name"]: domain_id for domain_id, row in self.domains.items()}
        rows = [_mailbox(world, person, domain_id=ids[person.domain]) for person in reversed(people)]
        self.mailboxes: dict[str, Row] = {row["id"]: row for row in rows}
        self._people = {row["id"]: person for row, person in zip(rows, reversed(people), strict=True)}
        self._boxes: dict[str, Box] = {}
        self._max_mailboxes = max_mailboxes
        self._made = 0
        self.ever: list[Row] = rows.copy()
        """The mailboxes that are there or were, oldest first."""
        self.passwords: dict[str, str] = {}
        """By mailbox id; no answer ever shows one."""

    @property
    def is_full(self) -> bool:
        """Whether the plan has no room for another mailbox."""
        return self._max_mailboxes is not None and len(self.mailboxes) >= self._max_mailboxes

    def mailbox(self, mailbox_id: str) -> Row:
        if mailbox_id not in self.mailboxes:
            raise Refusal(404, "not_found", "No mailbox with that id.")
        return self.mailboxes[mailbox_id]

    def add(self, address: str, *, domain_id: str, name: str | None) -> Row:
        """A new mailbox, which is empty."""
        self._made += 1
        index = max(self.world.mailboxes, FIRST_MADE) + self._made
        now = stamp(datetime.now(UTC))
        row: Row = {
            "object": "mailbox",
            "id": f"mbx_new{index:x}",
            "domain_id": domain_id,
            "address": address,
            "display_name": name,
            "suspended_at": None,
            "spam_filter_threshold": 6,
            "auto_reply": dict(AUTO_REPLY_OFF),
            "created_at": now,
            "updated_at": now,
        }
        identities = identities_of(Person(index | 1, name or "", address), row)
        self.mailboxes[row["id"]] = row
        self.ever.append(row)
        self._boxes[row["id"]] = Box(row, index, system_folders(index), identities, [], [], {})
        return row

    def remove(self, mailbox_id: str) -> None:
        """Deletes a mailbox with all that is in it."""
        del self.mailboxes[self.mailbox(mailbox_id)["id"]]
        self._boxes.pop(mailbox_id, None)
        self.passwords.pop(mailbox_id, None)

    def box(self, mailbox_id: str) -> Box:
        row = self.mailbox(mailbox_id)
        if mailbox_id not in self._boxes:
            self._boxes[mailbox_id] = _box(self.world, self._people[mailbox_id], row)
        return self._boxes[mailbox_id]


def _mailbox_id(index: int, chance: random.Random) -> str:
    """Opaque: with a prefix, a UUID in the later API, and once with characters that a path must encode."""
    if index == CURSOR_INBOX:
        return str(UUID(int=chance.getrandbits(128), version=4))
    return "mbx_9~Q+w=é %2F?#" if index == 9 else f"mbx_{chance.getrandbits(20):05x}{index}"


def _mailbox(world: World, person: Person, *, domain_id: str) -> Row:
    chance = world.chance("shipmail", person.index)
    created = world.ago(hours=person.index + 1, milliseconds=chance.randrange(1000))
    row: Row = {
        "object": "mailbox",
        "id": _mailbox_id(person.index, chance),
        "domain_id": domain_id,
        "address": person.address,
        "display_name": person.name,
        "suspended_at": None,
        "spam_filter_threshold": chance.choice((6, 6, 6, 4, 8)),
        "auto_reply": dict(AUTO_REPLY_OFF),
        "created_at": stamp(created),
        "updated_at": stamp(created + timedelta(minutes=chance.randrange(50))),
    }
    kind = person.index if person.index < 24 else chance.randrange(200)
    if kind in _MAILBOX_MESS:
        row |= deepcopy(_MAILBOX_MESS[kind])
    for key in _MISSING.get(kind, ()):
        del row[key]
    return row


def _domains(world: World, people: Sequence[Person]) -> dict[str, Row]:
    """The domains of the mailboxes, and parked ones without."""
    named = [*dict.fromkeys(person.domain for person in people)]
    rows = [
        _domain(world, number, name) for number, name in enumerate([*named, *(f"parked-{i}.example" for i in range(world.mailboxes // 8))])
    ]
    for row, mess in zip(rows[len(named) :], _PARKED_MESS, strict=False):
        row.update(mess)
    if len(rows) > len(named) + len(_PARKED_MESS):
        del rows[-1]["status"]
    return {row["id"]: row for row in rows}


def _domain(world: World, number: int, name: str) -> Row:
    status = _STATUSES[number % len(_STATUSES)]
    good = status == "verified"
    made = stamp(world.ago(days=400 + number))
    return {
        "object": "domain",
        "id": f"dom_{number:03x}xw",
        "name": name,
        "status": status,
        "managed_by": "external",
        "dns_provider": "cloudflare" if number % 2 else None,
        "mx_verified": good,
        "spf_verified": good,
        "dkim_verified": good or status == "degraded",
        "dmarc_verified": good,
        "dmarc_managed_externally": False,
        "outbound_verified": good,
        "catch_all_mailbox_id": None,
        "verified_at": made if good else None,
        "created_at": made,
        "updated_at": made,
    }


def _box(world: World, person: Person, row: Row) -> Box:
    chance = world.chance("shipmail/box", person.index)
    box = Box(row, person.index, folders_of(person.index, chance), identities_of(person, row), [], [], {})
    box.rules = rules_of(person.index, box.folders)
    box.messages = messages_of(world, person, box, chance)
    box.ever = tuple(box.messages)
    return box
