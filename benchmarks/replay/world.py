"""A world without oddities: every row as the vendors' pages show it."""

import random
from collections.abc import Iterator

from gateway.sandbox.world import Person, World

_PAST_THE_SHOWN = 1_000
_ODD_SHARE = 1 / 3


class Tame(random.Random):
    """Never gives the low numbers by which a sandbox makes one row in three odd, or fewer; choices stay even."""

    def random(self) -> float:
        return _ODD_SHARE + (1 - _ODD_SHARE) * super().random()

    def getrandbits(self, k: int, /) -> int:
        """With this here, choices are made from bits, and not from `random`."""
        return super().getrandbits(k)


class TidyWorld(World, frozen=True):
    """The people of each vendor behind the first ones, who are there to show one oddity each."""

    def people(self, vendor: str) -> Iterator[Person]:
        wider = World(seed=self.seed, mailboxes=self.mailboxes + _PAST_THE_SHOWN, now=self.now)
        return (person for person in wider.people(vendor) if person.index >= _PAST_THE_SHOWN)

    def chance(self, vendor: str, index: int) -> random.Random:
        return Tame(f"{self.seed}/{vendor}/{index}")


def world(name: str) -> World:
    """`100`: so many mailboxes at each vendor, all tidy; `odd-100`: a part of them odd, as the sandboxes have them."""
    kind, _, size = name.rpartition("-")
    return (World if kind == "odd" else TidyWorld)(mailboxes=int(size))
