"""One seeded world for all sandboxes: the people whose mailboxes the five vendors keep."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

_FIRST = (
    "Ana", "Bram", "Chloé", "Dmitri", "Elif", "Farid", "Grace", "Håkon", "Inés", "Jonas", "Keiko", "Lena", "Mira", "Nora", "Omar", "Priya",
    "Quentin", "Rosa", "Søren", "Tomás", "Uma", "Viktor", "Wanjiru", "Xenia", "Yusuf", "Zoë",
)  # fmt: skip
_LAST = (
    "Silva", "de Vries", "Martin", "Volkov", "Yılmaz", "Haddad", "O’Neill", "Lindqvist", "García", "Brandt", "Tanaka", "Holt", "Quill",
    "Okafor",
    "Anand", "Renn", "Moreau", "Díaz", "Nielsen", "Reyes", "Kaur", "Novák", "Mwangi", "Petrov", "Demir", "Café",
)  # fmt: skip
_DOMAINS = (
    "meridian.example",
    "northwind-demo.example",
    "lakeside-demo.example",
    "larkfield.example",
    "ostwind-leads.example",
    "quill.example",
)
_ASCII = str.maketrans("åçéèëíïñóöøšüúáıİ’ğşæ", "aceeeiinooosuuaii_gsa")
SHARED = 4
"""The first people of the world have a mailbox at every vendor: the address conflicts that a fleet summary shows."""


class Person(msgspec.Struct, frozen=True):
    """Somebody with a mailbox; `index` is their place at one vendor, from 0."""

    index: int
    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.partition("@")[2]


class World(msgspec.Struct, frozen=True):
    """`mailboxes` is the number of mailboxes at each vendor; `now` is the world's present (UTC)."""

    seed: int = 7
    mailboxes: int = 24
    now: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def people(self, vendor: str) -> Iterator[Person]:
        """The people of one vendor: the same first `SHARED` everywhere, then the vendor's own."""
        for index in range(self.mailboxes):
            chance = self.chance("" if index < SHARED else vendor, index)
            first, last, domain = chance.choice(_FIRST), chance.choice(_LAST), chance.choice(_DOMAINS)
            number = "" if index < SHARED else str(index)
            local = f"{first}.{last}{number}".casefold().replace(" ", "").translate(_ASCII)
            yield Person(index, f"{first} {last}", f"{local}@{domain}")

    def chance(self, vendor: str, index: int) -> random.Random:
        """A source of chance that gives the same numbers for the same mailbox in every run."""
        return random.Random(f"{self.seed}/{vendor}/{index}")  # noqa: S311 - play data, no secrets

    def ago(self, **units: float) -> datetime:
        """A moment before now, e.g. `ago(hours=3)`."""
        return self.now - timedelta(**units)
