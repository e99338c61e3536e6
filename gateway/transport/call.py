"""One HTTP call to a vendor and its answer, as plain values."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote, urlencode

import httpx
import msgspec

from gateway.domain.errors import InvalidInputError
from gateway.domain.secret import Secret


class Call(msgspec.Struct, frozen=True):
    """A request before the account's base URL and credentials are added.

    `path` starts with "/" and is already encoded (see `path`). `is_read` calls may be shared and repeated; any other is sent once.
    `secrets` are those inside of `content`: no text that comes back may show them.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | None = None
    is_read: bool = True
    secrets: tuple[Secret, ...] = ()

    def __repr__(self) -> str:
        return f"Call({self.method} {self.path})"


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


def write(
    method: str,
    call_path: str,
    body: object = msgspec.UNSET,
    *,
    params: Sequence[tuple[str, str]] = (),
    headers: Sequence[tuple[str, str]] = (),
    content_type: str = "application/json",
) -> Call:
    """A write with this body as JSON, or without any. `Secret`s may stand anywhere in the body: they are revealed to the vendor alone."""
    secrets: list[Secret] = []

    def reveal(value: object) -> str:
        if not isinstance(value, Secret):
            message = f"{type(value).__name__} is nothing that JSON can say"
            raise TypeError(message)
        secrets.append(value)
        return value.reveal()

    content = None if body is msgspec.UNSET else msgspec.json.encode(body, enc_hook=reveal)
    typed = () if content is None else (("content-type", content_type),)
    return Call(method, call_path, tuple(params), (*typed, *headers), content, is_read=False, secrets=tuple(secrets))


def query_string(params: tuple[tuple[str, str], ...], credentials: str = "") -> str:
    """`?a=1&b=2`, or nothing; `credentials` are encoded already, and come last."""
    told = _encoded(params) if params else ""
    query = f"{told}&{credentials}" if told and credentials else told or credentials
    return f"?{query}" if query else ""


@lru_cache(maxsize=256)
def _encoded(params: tuple[tuple[str, str], ...]) -> str:
    """The same lists are asked for again and again."""
    return encoded(params)


def encoded(params: tuple[tuple[str, str], ...]) -> str:
    """`a=1&b=2`."""
    return urlencode(params, quote_via=quote)
