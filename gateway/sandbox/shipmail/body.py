"""The bodies of requests, read strictly: what no page documents is refused."""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec
from starlette.requests import Request

from gateway.sandbox.shipmail.answer import Refusal, Row, invalid, stamp


async def object_body(request: Request, *, known: Collection[str], needed: Collection[str] = ()) -> Row:
    """The JSON object that was sent. An unreadable one is a 400 (no page says what it is)."""
    try:
        body = msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(400, "validation_error", "The request body could not be read as JSON.") from None
    if not isinstance(body, dict):
        raise Refusal(422, "validation_error", "The request body must be a JSON object.")
    check_keys(body, known=known, needed=needed)
    return body


def check_keys(body: Row, *, known: Collection[str], needed: Collection[str] = (), at: str = "") -> None:
    """Refuses keys that are not known, and the lack of those that are needed. `at` is what stands before a field's name."""
    for name in body:
        if name not in known:
            raise invalid(f"{at}{name}", "Unknown field.")
    for name in needed:
        if name not in body:
            raise invalid(f"{at}{name}", "Required.")


def text_in(body: Row, name: str, *, most: int, least: int = 0, at: str = "") -> str:
    """A text of that many characters."""
    value = body.get(name)
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise invalid(f"{at}{name}", f"A text of {least} to {most} characters.")
    return value


def text_or_null_in(body: Row, name: str, *, most: int) -> str | None:
    """As above, or null."""
    return None if body.get(name) is None else text_in(body, name, most=most)


def flag_in(body: Row, name: str, *, at: str = "") -> bool:
    """True or false, and nothing that resembles them."""
    value = body.get(name)
    if not isinstance(value, bool):
        raise invalid(f"{at}{name}", "True or false.")
    return value


def whole_in(body: Row, name: str, *, least: int, most: int, at: str = "") -> int:
    """A whole number within bounds."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise invalid(f"{at}{name}", f"A whole number from {least} to {most}.")
    return value


def word_in(body: Row, name: str, words: Collection[str], *, at: str = "") -> str:
    """One of some words."""
    value = body.get(name)
    if not isinstance(value, str) or value not in words:
        raise invalid(f"{at}{name}", f"One of {', '.join(words)}.")
    return value


def instant_in(body: Row, name: str) -> str | None:
    """A moment in UTC as ShipMail writes it, or null."""
    value = body.get(name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.utcoffset() != timedelta(0):
        raise invalid(name, "A date and time in UTC, ISO 8601.")
    return stamp(at)
