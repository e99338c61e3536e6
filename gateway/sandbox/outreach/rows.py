"""The rows of every collection and their store, which writes change."""

import time
from collections.abc import Iterable
from datetime import timedelta

from gateway.sandbox.outreach.mailbox import FIRST_MAILBOX_ID, mailbox
from gateway.sandbox.outreach.query import Query
from gateway.sandbox.outreach.resource import MAILBOXES, MAILINGS, USERS, Kind, Resource, timestamp
from gateway.sandbox.outreach.user import users
from gateway.sandbox.world import World

MAILINGS_SHED_INDEX = 5
MAILINGS_UNCOUNTED_INDEX = 6


class Rows:
    """What there is at the vendor. Aliases, mailings and states are made anew from the mailbox they hang on."""

    def __init__(self, world: World) -> None:
        self.world = world
        people = list(world.people("outreach"))
        self.users = users(people, world)
        self.mailboxes = {FIRST_MAILBOX_ID + person.index: mailbox(person, world) for person in people}
        self.secrets = {number: {"password": f"CANARY-outreach-mailbox-password-{number}"} for number in self.mailboxes}
        """What was written and is never shown, by mailbox and attribute."""
        self.linked: set[int] = set()
        """The mailboxes that the Exchange master account reaches."""
        self.deletion_seconds = 5.0
        self._doomed: dict[int, float] = {}
        self._last_id = max(self.mailboxes, default=FIRST_MAILBOX_ID - 1)
        self.sequences = _sequences()

    def new_id(self) -> int:
        """An id that no mailbox has had."""
        self._last_id += 1
        return self._last_id

    def has_address(self, address: str, *, but: Resource | None) -> bool:
        """Whether a mailbox other than `but` has this address, in whatever capitals."""
        return any(row is not but and str(row.value("email")).casefold() == address.casefold() for row in self.mailboxes.values())

    def delete(self, mailbox_id: int) -> None:
        for table in (self.mailboxes, self.secrets):
            table.pop(mailbox_id, None)
        self.linked.discard(mailbox_id)

    def queue_deletion(self, mailbox_id: int) -> None:
        self._doomed.setdefault(mailbox_id, time.monotonic() + self.deletion_seconds)

    def finish_deletions(self) -> None:
        """What was queued for long enough is gone."""
        for mailbox_id in [each for each, at in self._doomed.items() if at <= time.monotonic()]:
            del self._doomed[mailbox_id]
            self.delete(mailbox_id)

    def of(self, kind: Kind, query: Query) -> Iterable[Resource]:
        """The rows of a collection in the order of their ids, before filters, narrowed where that is cheap."""
        if kind is MAILBOXES or kind is USERS:
            table = self.mailboxes if kind is MAILBOXES else self.users
            wanted = query.only_ids
            return table.values() if wanted is None else [table[each] for each in sorted(wanted) if each in table]
        wanted = query.only_mailbox_ids
        owners = self.mailboxes if wanted is None else [each for each in sorted(wanted) if each in self.mailboxes]
        make = {"mailAliases": self._aliases, "mailings": self._mailings, "sequenceStates": self._states}[kind.collection]
        return [row for mailbox_id in owners for row in make(mailbox_id)]

    def _aliases(self, mailbox_id: int) -> list[Resource]:
        index = mailbox_id - FIRST_MAILBOX_ID
        email = str(self.mailboxes[mailbox_id].value("email"))
        names = (f"hello{index}", f"team{index}", f"büro{index}")[: self.world.chance("outreach-aliases", index).randint(0, 3)]
        made_at = timestamp(self.world.ago(days=300))
        return [
            Resource(
                type="mailAlias",
                id=index * 3 + place + 5,
                attributes={
                    "canSend": (True, False, None)[place],
                    "createdAt": made_at,
                    "email": f"{name}@{email.partition('@')[2]}",
                    "emailHash": None if place == 1 else f"{index * 3 + place:032x}",
                    "updatedAt": made_at,
                },
                relationships={"mailbox": {"data": {"type": "mailbox", "id": mailbox_id}}},
            )
            for place, name in enumerate(names)
        ]

    def _mailings(self, mailbox_id: int) -> list[Resource]:
        chance = self.world.chance("outreach-mailings", mailbox_id)
        return [
            Resource(
                type="mailing",
                id=mailbox_id * 100 + place,
                attributes={
                    "state": state,
                    "mailingType": "sequence",
                    "deliveredAt": None
                    if state == "failed"
                    else timestamp(self.world.now - timedelta(minutes=chance.randint(1, 14 * 1440))),
                },
                relationships={"mailbox": {"data": {"type": "mailbox", "id": mailbox_id}}},
            )
            for place, state in enumerate(chance.choices(("delivered", "opened", "replied", "failed"), k=chance.randint(0, 60)))
        ]

    def _states(self, mailbox_id: int) -> list[Resource]:
        chance = self.world.chance("outreach-states", mailbox_id)
        return [
            Resource(
                type="sequenceState",
                id=mailbox_id * 100 + place,
                attributes={"state": chance.choice(("active", "paused", "finished"))},
                relationships={
                    "sequence": {"data": {"type": "sequence", "id": sequence_id}},
                    "mailbox": {"data": {"type": "mailbox", "id": mailbox_id}},
                },
            )
            for place, sequence_id in enumerate(chance.choices(range(12, 19), k=chance.randint(0, 12)))
        ]

    def include(self, kind: Kind, names: Iterable[str], rows: Iterable[Resource]) -> list[Resource]:
        """The related resources of a page, each once; the invisible are missing."""
        found: dict[tuple[str, int], Resource] = {}
        for row in rows:
            for name in names:
                table = self.users if kind.includes[name] == "user" else self.sequences
                other = row.related(name)
                if other is not None and other in table:
                    found[kind.includes[name], other] = table[other]
        return list(found.values())

    def count_meta(self, kind: Kind, query: Query, count: int) -> dict[str, object] | None:
        """`meta.count` when asked for; under load the vendor gives up counting, and so do two mailboxes' mailings here."""
        if query.counted is None:
            return {"count": None}
        if not query.counted:
            return None
        indexes = {each - FIRST_MAILBOX_ID for each in query.only_mailbox_ids or ()} if kind is MAILINGS else set()
        if MAILINGS_SHED_INDEX in indexes:
            return {"count": 0, "count_truncated": True}
        if MAILINGS_UNCOUNTED_INDEX in indexes:
            return {"count": None, "count_truncated": False}
        return {"count": count, "count_truncated": False}


def _sequences() -> dict[int, Resource]:
    """Sequence 18 is used but not visible; 14 is switched off; 15 has no name."""
    names = ("Spring trial follow-up", "Café – première étape", "Old cold outreach", None, "Renewals", "Referral ask")
    return {
        number: Resource(type="sequence", id=number, attributes={"name": name, "enabled": number != 14})  # noqa: PLR2004 - see above
        for number, name in enumerate(names, 12)
    }
