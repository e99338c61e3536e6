"""What was spared by keeping and by sharing, in figures."""

from typing import NamedTuple


class KeptFigures(NamedTuple):
    """`hits` and `misses` since the gateway began: how often what was wanted was kept, and was not. Now there are `held` of them."""

    hits: int
    misses: int
    held: int
    size_bytes: int


class Figures(NamedTuple):
    """`joined` is how many queries were answered by one that somebody else had begun."""

    documents: KeptFigures
    answers: KeptFigures
    joined: int
