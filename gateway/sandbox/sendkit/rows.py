"""The seeded rows: a mailbox for each of the world's people, in a store that can be changed."""

import time
from bisect import insort
from collections.abc import Callable
from itertools import count
from random import Random

from gateway.sandbox.sendkit.mailbox import PROVIDERS, KitMailbox, Row, moment, object_id, servers
from gateway.sandbox.sendkit.oddity import ABSENT, PASSWORD, VARIETIES, oddities
from gateway.sandbox.sendkit.warmup import warmup_row
from gateway.sandbox.world import Person, World

GONE_AFTER, GONE = 1000, 100
"""Behind so many mailboxes lie so many deleted ones, which a page counts and does not show: hence a page of none with more to come."""


class Mailboxes:
    """The store: the mailboxes by id, and the order in which lists go through them, the ids of some long deleted ones included.

    `failed_tests` are the verifications of mailboxes that were deleted for them: they stay readable.
    """

    def __init__(self, world: World) -> None:
        seeded = (_mailbox(person, world) for person in world.people("sendkit"))
        self.by_id = {mailbox.id: mailbox for mailbox in seeded}
        gone = [f"{object_id(GONE_AFTER - 1)[:16]}ff{each:06x}" for each in range(GONE if len(self.by_id) > GONE_AFTER else 0)]
        self.order = sorted((*self.by_id, *gone))
        self.failed_tests: dict[str, Row] = {}
        self._new_indexes = count(world.mailboxes)
        self._later: list[tuple[float, Callable[[], None]]] = []

    def new_id(self) -> str:
        """Ids rise with time."""
        return object_id(next(self._new_indexes))

    def add(self, mailbox: KitMailbox) -> None:
        """Show a mailbox from now on."""
        self.by_id[mailbox.id] = mailbox
        insort(self.order, mailbox.id)

    def remove(self, mailbox_id: str) -> None:
        """Forget a mailbox."""
        if self.by_id.pop(mailbox_id, None) is not None:
            self.order.remove(mailbox_id)

    def has_address(self, address: str) -> bool:
        """Whether a mailbox has this address, which is in lower case."""
        return any(mailbox.detail.get("email") == address for mailbox in self.by_id.values())

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Have the vendor's workers do something in a while."""
        self._later.append((time.monotonic() + seconds, act))

    def catch_up(self) -> None:
        """Do what the workers would have done by now; called before anybody looks."""
        now = time.monotonic()
        due = [act for at, act in self._later if at <= now]
        self._later = [(at, act) for at, act in self._later if at > now]
        for act in due:
            act()


def _mailbox(person: Person, world: World) -> KitMailbox:
    chance = world.chance("sendkit", person.index)
    row = _plain_row(person, chance, world)
    if person.index < VARIETIES or chance.random() < 0.25:  # noqa: PLR2004 - a quarter of a big fleet is odd
        row |= oddities(person, chance, world)
        row = {name: value for name, value in row.items() if value is not ABSENT}
    campaigns = tuple(f"67aa00000000000000000{each:03d}" for each in chance.sample(range(5), chance.randint(0, 2)))
    return KitMailbox(
        detail=row,
        campaign_ids=campaigns,
        in_active_campaign=bool(campaigns) and chance.random() < 0.7,  # noqa: PLR2004
        connection_test=_connection_test(row, person),
    )


def _plain_row(person: Person, chance: Random, world: World) -> Row:
    """A mailbox with nothing odd about it."""
    provider = chance.choice(PROVIDERS)
    limit = chance.choice((15, 25, 40, 50))
    created = world.ago(days=chance.randint(30, 700), minutes=chance.randint(0, 1400))
    row: Row = {
        "_id": object_id(person.index),
        "email": person.address,
        "displayName": person.name,
        "provider": provider,
        "status": "active",
        "connectionType": "smtp" if provider == "custom" else "oauth",
        "dailySendLimit": limit,
        "sentToday": chance.randint(0, limit),
        "sendingEnabled": True,
        "signature": f"<p>{person.name}</p>",
        "warmup": warmup_row(chance.choice(("in_progress", "in_progress", "completed", "not_started")), chance, world),
        "tags": chance.sample(("emea", "latam", "tier-1", "Zürich", "Q3 launch"), chance.randint(0, 2)),
        "bounceRate": round(chance.random() / 20, 3),
        "totalSent": chance.randint(100, 9000),
        "totalReceived": chance.randint(0, 700),
        "setupStatus": _setup(chance),
        "lastError": None,
        "createdAt": moment(created),
        "updatedAt": moment(world.ago(hours=chance.randint(1, 300))),
    }
    if provider == "custom":
        row |= servers(person.domain)
    return row


def _setup(chance: Random) -> Row:
    records = {name: "pass" if chance.random() < 0.85 else "fail" for name in ("mx", "spf", "dkim", "dmarc")}  # noqa: PLR2004
    score = 25 * sum(status == "pass" for status in records.values())
    return {"healthScore": score, **{name: {"status": status} for name, status in records.items()}}


def _connection_test(row: Row, person: Person) -> Row:
    """The verification after creation. The name of the text is an assumption."""
    match row["status"]:
        case "inactive":  # the mailbox's word instead of the call's: the vendor's own page mixes them up
            return {"status": "inactive"}
        case "pending":
            return {"status": "pending"}
        case "failed":
            return {"status": "failed", "error": f"SMTP login was rejected for user {person.address}, password {PASSWORD}"}
        case "error":
            return {"status": "failed"}
        case _:
            return {"status": "passed"}
