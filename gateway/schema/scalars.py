"""Custom scalars."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NewType, NoReturn

import strawberry
from graphql import StringValueNode, ValueNode
from strawberry.scalars import JSON

from gateway.domain.errors import InvalidInputError
from gateway.domain.secret import Secret

EmailAddress = NewType("EmailAddress", str)

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_MAX_ADDRESS = 320
MAX_SECRET_BYTES = 64 * 1024


@lru_cache(4096)
def serialize_time(value: datetime) -> str:
    """RFC 3339 in UTC, with milliseconds (microseconds where there are any)."""
    text = value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond % 1000 == 0 else "microseconds")
    return text.removesuffix("+00:00") + "Z"


def _parse_time(value: object) -> datetime:
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            at = None
        if at is not None and at.tzinfo is not None:
            return at.astimezone(UTC)
    raise InvalidInputError("A DateTime is RFC 3339 text with an offset, such as 2026-11-20T09:30:00Z.")


def _parse_address(value: object) -> EmailAddress:
    if isinstance(value, str) and len(value) <= _MAX_ADDRESS and _ADDRESS.fullmatch(value):
        return EmailAddress(value)
    raise InvalidInputError("This is not an e-mail address.")


def _parse_secret(value: object) -> Secret:
    if isinstance(value, str) and value and len(value.encode("utf-8", "surrogatepass")) <= MAX_SECRET_BYTES:
        return Secret(value)
    raise InvalidInputError("A Secret is text, of 1 byte to 64 KiB.")


def _parse_secret_literal(node: ValueNode, variables: object = None) -> Secret:
    del variables
    return _parse_secret(node.value if isinstance(node, StringValueNode) else None)


def _serialize_secret(value: object) -> NoReturn:
    del value
    message = "A secret is not to be sent."
    raise TypeError(message)


SCALARS: dict[object, Any] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment as RFC 3339 text, always in UTC, e.g. `2026-11-20T09:30:00.000Z`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=serialize_time,
        parse_value=_parse_time,
    ),
    EmailAddress: strawberry.scalar(
        name="EmailAddress",
        description="An e-mail address. Checked on input only: a vendor's odd address passes through.",
        serialize=str,
        parse_value=_parse_address,
    ),
    Secret: strawberry.scalar(
        name="Secret",
        description=(
            "A password or token, as text of 1 byte to 64 KiB. Input only: it goes to the vendor it is meant for and is never printed, "
            "logged, traced, cached or returned. Send it in a variable: documents are easily kept, by histories and by traces."
        ),
        serialize=_serialize_secret,
        parse_value=_parse_secret,
        parse_literal=_parse_secret_literal,
    ),
}

__all__ = ["JSON", "SCALARS", "EmailAddress", "serialize_time"]
