"""A request's JSON body, each member checked for what it may be."""

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

import msgspec
from starlette.requests import Request

from gateway.sandbox.sendkit.answer import Refusal, invalid
from gateway.sandbox.sendkit.mailbox import PROVIDERS, Row

Check: TypeAlias = Callable[[object], bool]


async def json_body(request: Request) -> Row:
    """The body, which must be a JSON object. What the vendor says to another is assumed."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Refusal(400, "BAD_REQUEST", "Content-Type must be application/json")
    try:
        return msgspec.json.decode(await request.body(), type=dict[str, object])
    except msgspec.DecodeError:
        raise Refusal(400, "BAD_REQUEST", "Body is not a JSON object") from None


async def no_body(request: Request) -> None:
    """Refuse a body where the page shows none."""
    if await request.body():
        raise Refusal(400, "BAD_REQUEST", "No body is expected")


def checked(members: Row, checks: Mapping[str, Check], *, required: Collection[str] = (), within: str = "") -> Row:
    """The same members, all of them known and right."""
    for name in required:
        if name not in members:
            raise invalid(f"{within}{name}", "Required")
    for name, value in members.items():
        if name not in checks:
            raise invalid(f"{within}{name}", "Unknown member")
        if not checks[name](value):
            raise invalid(f"{within}{name}", "Is not valid")
    return members


def inner(members: Row, name: str, checks: Mapping[str, Check], *, required: Collection[str] = ()) -> Row | None:
    """The object inside of a body, checked likewise; None where it is absent."""
    value = members.get(name)
    return checked(value, checks, required=required, within=f"{name}.") if isinstance(value, dict) else None


def is_text(value: object) -> bool:
    """Any text."""
    return isinstance(value, str)


def is_word(value: object) -> bool:
    """A text that says something."""
    return isinstance(value, str) and bool(value.strip())


def is_address(value: object) -> bool:
    """One mail address, roughly."""
    return isinstance(value, str) and len(value.split()) == 1 and value.count("@") == 1 and not value.startswith("@")


def is_truth(value: object) -> bool:
    """True or false."""
    return isinstance(value, bool)


def is_whole(value: object) -> bool:
    """A whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_port(value: object) -> bool:
    """A TCP port."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**16


def is_count(value: object) -> bool:
    """A whole number above 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def is_object(value: object) -> bool:
    """An object."""
    return isinstance(value, dict)


def is_tags(value: object) -> bool:
    """A list of texts."""
    return isinstance(value, list) and all(isinstance(tag, str) for tag in value)


def is_provider(value: object) -> bool:
    """One of the vendor's words."""
    return value in PROVIDERS


def is_of_no_known_type(value: object) -> bool:
    """The page names the member and not its type: nobody can write it rightly."""
    del value
    return False
