"""The companies with their records, seeded from the world and changeable."""

import time
from collections.abc import Iterator

import msgspec

from gateway.sandbox.woodpecker.batch import Batch, Verdict
from gateway.sandbox.woodpecker.mess import MESSES
from gateway.sandbox.woodpecker.pair import FIRST_ID, Record, clean_pair, details
from gateway.sandbox.woodpecker.queue import Queue
from gateway.sandbox.world import Person, World

CLIENT_COMPANY = "42"
EMPTY_COMPANY = "43"


class Company(msgspec.Struct):
    """HQ or one client company: its records by id, in the order of the list, its batches and its own queue.

    What a batch connected is in the list `list_lag_seconds` later.
    """

    records: dict[int, Record]
    list_lag_seconds: float = 0.0
    batches: dict[str, Batch] = msgspec.field(default_factory=dict)
    queue: Queue = msgspec.field(default_factory=Queue)

    def listed(self) -> list[Record]:
        """Every record that the list shows by now."""
        self._settle()
        return [*self.records.values()]

    def record(self, record_id: str) -> Record | None:
        self._settle()
        return self.records.get(int(record_id)) if record_id.isdecimal() else None

    def addresses(self) -> set[str]:
        """Those that are connected or are being connected, in small letters."""
        there = {str(details(record).get("email")).casefold() for record in self.records.values() if record["type"] != "IMAP"}
        additions = (addition for batch in self.batches.values() for addition in batch.additions)
        return there | {addition.address.casefold() for addition in additions if addition.verdict is not Verdict.FAILED}

    def _settle(self) -> None:
        """Take over what was connected long enough ago."""
        until = time.monotonic() - self.list_lag_seconds
        for batch in self.batches.values():
            for addition in batch.additions:
                if addition.records and addition.is_done_at <= until:
                    self.records.update((msgspec.convert(record["id"], int), record) for record in addition.records)
                    addition.records = ()


def seeded_companies(world: World, *, list_lag_seconds: float = 0.0) -> dict[str, Company]:
    """HQ, whose id is empty, and its client companies, by id."""
    client_world = msgspec.structs.replace(world, seed=world.seed + 1, mailboxes=3)
    records = {"": _records(world, first_id=FIRST_ID), CLIENT_COMPANY: _records(client_world, first_id=800_200), EMPTY_COMPANY: {}}
    return {company_id: Company(rows, list_lag_seconds) for company_id, rows in records.items()}


def _records(world: World, *, first_id: int) -> dict[int, Record]:
    records: dict[int, Record] = {}
    for person in world.people("woodpecker"):
        for record in _person(person, world, first_id):
            records[msgspec.convert(record["id"], int)] = record
    return records


def _person(person: Person, world: World, first_id: int) -> Iterator[Record]:
    """The first people have one mess each, in order; of the others, three of four are clean."""
    chance = world.chance("woodpecker/row", person.index)
    pair = clean_pair(person, chance, first_id + 10 * person.index)
    if person.index < len(MESSES):
        MESSES[person.index](pair, world.now)
    elif chance.random() < 0.25:  # noqa: PLR2004 - said above
        chance.choice(MESSES)(pair, world.now)
    halves = [half for half in (pair.smtp, pair.imap) if half is not None]
    yield from halves if chance.random() < 0.7 else reversed(halves)  # noqa: PLR2004 - the pages show both orders
