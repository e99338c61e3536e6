"""One HTTP call to a vendor and its answer, as plain values."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

import httpx
import msgspec

from gateway.domain.errors import InvalidInputError


class Call(msgspec.Struct, frozen=True):
    """A request before the account's base URL and credentials are added.

    `path` starts with "/" and is already encoded (see `path`). `is_read` calls may be shared and repeated.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | None = None
    is_read: bool = True


class Answer(msgspec.Struct, frozen=True):
    """A whole answer: status, headers (case-insensitive) and the decoded body."""

    status: int
    headers: httpx.Headers
    body: bytes


def path(*segments: str | int) -> str:
    """An encoded path of single segments: `path("mailboxes", "a/b")` is "/mailboxes/a%2Fb".

    Raises `InvalidInputError` for "." and "..", which no encoding keeps from being understood as a way up.
    """
    if any(segment in ("", ".", "..") for segment in segments):
        raise InvalidInputError("This id cannot be one of the vendor's.", field=("id",))
    return "".join(f"/{quote(str(segment), safe='')}" for segment in segments)


def get(call_path: str, params: Mapping[str, str | int] | Sequence[tuple[str, str | int]] = ()) -> Call:
    """A read."""
    pairs = params.items() if isinstance(params, Mapping) else params
    return Call("GET", call_path, tuple((name, str(value)) for name, value in pairs))


def query_string(params: Sequence[tuple[str, str]]) -> str:
    """`?a=1&b=2`, or nothing."""
    return f"?{urlencode(params, quote_via=quote)}" if params else ""
