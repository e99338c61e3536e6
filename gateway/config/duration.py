"""Durations as people write them: "500ms", "30s", "5m", "24h", "7d", or a plain number of seconds."""

import re

LONGEST_SECONDS = 366 * 86400.0
SHORTEST_SECONDS = 0.001
FORMS = 'Write "500ms", "30s", "5m", "24h", "7d" or a plain number of seconds.'
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, None: 1.0}
_WRITTEN = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?) ?(ms|s|m|h|d)?")


def seconds_from_text(text: str) -> float:
    """The seconds that `text` means. Raises `ValueError`, with words that do not quote it, when it is no usable duration."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError("Is not a duration.")
    return seconds_from_number(float(found[1]) * _UNIT_SECONDS[found[2]])


def seconds_from_number(seconds: float) -> float:
    """`seconds` as a float. Raises `ValueError` for zero, less than zero, less than a millisecond, more than a year, and NaN."""
    if seconds <= 0:
        raise ValueError("Must be longer than zero.")
    if seconds < SHORTEST_SECONDS:
        raise ValueError("Is shorter than a millisecond.")
    if not seconds <= LONGEST_SECONDS:
        raise ValueError("Is longer than a year.")
    return float(seconds)
