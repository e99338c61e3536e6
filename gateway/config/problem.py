"""What is wrong with a configuration file, told to the person who wrote it."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import msgspec

LONGEST_SHOWN = 60


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong: where (`accounts[1].api_key`, or the file itself), what, and what to do about it. Holds no secret."""

    path: str
    message: str
    cure: str


class ConfigurationError(Exception):
    """The file cannot be used. `problems` holds everything that is wrong with it; the text is made for a terminal."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__(_text(source, self.problems))


def _text(source: str, problems: Sequence[Problem]) -> str:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    counting = " (counted from 0: accounts[0] is the first account)" if any("[" in problem.path for problem in problems) else ""
    return "\n\n".join(
        (
            f"{printable(source)} has {count}{counting}.",
            *(f"{problem.path}\n    {problem.message}\n    Cure: {problem.cure}" for problem in problems),
        )
    )


def printable(text: str) -> str:
    """`text` without anything that could steer a terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def quoted(text: str) -> str:
    """A value or key as people may see it: in quotes, on one line, not too long."""
    return f'"{printable(text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…")}"'


def listed(words: Iterable[str], *, last: str = "and") -> str:
    """`a, b and c`."""
    *front, end = words
    return f"{', '.join(front)} {last} {end}" if front else end


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant, whatever its case; None when nothing comes close."""
    by_lower_case = {each.lower(): each for each in known}
    return next((by_lower_case[match] for match in get_close_matches(word.lower(), by_lower_case, n=1)), None)
