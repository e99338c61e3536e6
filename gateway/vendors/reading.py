"""Reads single wire values that vendors spell in many ways: dates, numbers, percents, empty text.

All functions are total: nonsense is None, never an exception.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from math import isfinite
from typing import TypeVar

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")
MOST_SPELLINGS = 1000
LONGEST_SPELLING = 100


def text(value: str | None) -> str | None:
    """None for None and for blank text: vendors mean the same by both."""
    return value if value and not value.isspace() else None


def instant(value: object) -> datetime | None:
    """A UTC time out of ISO 8601 text with `Z`, `+01:00`, `+0100`, or no offset, which counts as UTC. A bare number is no time."""
    if not isinstance(value, str) or value.isdecimal():
        return None
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is UTC:
            return at
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def number(value: float | str | None) -> float | None:
    """95, "95", "95%" and " 95 % " are all 95.0."""
    if value is None or isinstance(value, bool):
        return None
    try:
        read = float(value.strip().rstrip("%").strip() if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return read if isfinite(read) else None


def whole(value: float | str | None) -> int | None:
    """A whole number out of 587, "587" or 587.0."""
    if type(value) is int:
        return value if abs(value) < 2**53 else None
    read = number(value)
    return int(read) if read is not None and read.is_integer() and abs(read) < 2**53 else None


def count(value: float | str | None) -> int | None:
    """As `whole`, within the 32 bits of GraphQL's `Int`."""
    if value is None:
        return None
    if type(value) is int:
        return value if -(2**31) <= value < 2**31 else None
    if type(value) is float:
        return int(value) if value.is_integer() and -(2**31) <= value < 2**31 else None
    return within_int32(whole(value))


def fraction(percent: float | str | None) -> float | None:
    """30, "30" or "30%" as 0.3."""
    if percent is None:
        return None
    read = number(percent)
    return None if read is None else round(read / 100, 6)


def within_int32(value: int | None) -> int | None:
    """GraphQL's `Int` has 32 bits; what does not fit cannot be told."""
    return value if value is not None and -(2**31) <= value < 2**31 else None


class Words(dict[str | None, E]):
    """A vendor's words in our vocabulary, compared without case; `missing` for silence, `other` for a word that we do not know.

    Spellings that have come are remembered: `words[said]` is asked of every row.
    """

    def __init__(self, known: Mapping[str, E], *, missing: E, other: E) -> None:
        super().__init__()
        self._known = known
        self._missing = missing
        self._other = other

    def __missing__(self, said: str | None) -> E:
        read = self._known.get(said.strip().casefold(), self._other) if said and not said.isspace() else self._missing
        if len(self) < MOST_SPELLINGS and len(said or "") <= LONGEST_SPELLING:
            self[said] = read
        return read


def first(*readings: T | None) -> T | None:
    """The first value that is not None."""
    return next((reading for reading in readings if reading is not None), None)


def parsed(value: str | None, parse: Callable[[str], T]) -> T | None:
    """`parse(value)`, or None where it raises `ValueError`."""
    try:
        return parse(value) if value else None
    except ValueError:
        return None
