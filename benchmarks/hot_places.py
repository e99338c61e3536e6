"""Where the gateway computes, out of the samples that `sampled.py` wrote."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

_LOUD_STDLIB = {"asyncio", "logging"}
"""Parts of the standard library that are named; the rest counts for whoever calls it."""
_MADE_AT_RUN_TIME = "namedtuple_"
"""How named tuples call the module in which they were made."""
_MOST_PLACES = 15


class Profile(msgspec.Struct, frozen=True):
    """Shares of the samples, 0 to 1, largest first: of parts (packages), and of single functions, without what they call."""

    samples: int
    parts: list[tuple[str, float]]
    places: list[tuple[str, float]]


def read(file: Path) -> Profile:
    """A profile out of a file of samples."""
    parts: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for stack, times in json.loads(file.read_text("utf-8")):
        parts[_part(stack)] += times
        places[stack[0].replace(":", " ", 1)] += times
    samples = parts.total()
    return Profile(samples, _shares(parts, samples), _shares(places, samples)[:_MOST_PLACES])


def _shares(counted: Counter[str], samples: int) -> list[tuple[str, float]]:
    return [(name, times / samples) for name, times in counted.most_common()]


def _part(stack: Sequence[str]) -> str:
    """The package that the innermost frame belongs to: `gateway.transport`, `graphql`, `aiohttp`."""
    for place in stack:
        module = place.partition(":")[0]
        top, _, rest = module.partition(".")
        if top == "gateway":
            return f"gateway.{rest.partition('.')[0]}"
        if top.startswith(_MADE_AT_RUN_TIME):
            continue
        if top not in sys.stdlib_module_names or top in _LOUD_STDLIB:
            return top
    return "Python"
