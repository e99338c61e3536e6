"""The companies with their records, seeded from the world and changeable."""

from collections.abc import Iterator

import msgspec

from gateway.sandbox.woodpecker.mess import MESSES
from gateway.sandbox.woodpecker.pair import FIRST_ID, Record, clean_pair
from gateway.sandbox.woodpecker.queue import Queue
from gateway.sandbox.world import Person, World

CLIENT_COMPANY = "42"
EMPTY_COMPANY = "43"


class Company(msgspec.Struct):
    """HQ or one client company: its records by id, in the order of the list, and its own queue."""

    records: dict[int, Record]
    queue: Queue = msgspec.field(default_factory=Queue)


def seeded_companies(world: World) -> dict[str, Company]:
    """HQ, whose id is empty, and its client companies, by id."""
    client_world = msgspec.structs.replace(world, seed=world.seed + 1, mailboxes=3)
    return {
        "": Company(_records(world, first_id=FIRST_ID)),
        CLIENT_COMPANY: Company(_records(client_world, first_id=800_200)),
        EMPTY_COMPANY: Company({}),
    }


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
