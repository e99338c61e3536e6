"""A query's parameters, each checked for what it may say."""

from collections.abc import Iterable, Mapping
from datetime import date

from gateway.sandbox.sendkit.answer import invalid


def whole(params: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    """A whole number from 1 to `most`."""
    text = params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise invalid(name, f"Must be a whole number from 1 to {most}")
    return int(text)


def choice(name: str, text: str, choices: Iterable[str]) -> str:
    """One of the words that the vendor knows."""
    if text not in choices:
        raise invalid(name, f"Must be one of {', '.join(choices)}")
    return text


def truth(name: str, text: str) -> bool:
    """`true` or `false`."""
    return choice(name, text, ("true", "false")) == "true"


def figure(name: str, text: str) -> float:
    """A number of any kind."""
    try:
        return float(text)
    except ValueError:
        raise invalid(name, "Must be a number") from None


def check_day(name: str, text: str) -> None:
    """Refuse what is no date."""
    try:
        date.fromisoformat(text)
    except ValueError:
        raise invalid(name, "Must be a date, YYYY-MM-DD") from None


def words(text: str) -> frozenset[str]:
    """What stands between commas."""
    return frozenset(word.strip() for word in text.split(",") if word.strip())
