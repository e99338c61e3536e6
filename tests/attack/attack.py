"""One thing that an attacker sends, and how it looks in HTTP/1.1."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

JSON = "application/json"
HUGE_DIGITS = b"9" * 5_000
"""More than Python turns into a number."""
DEEP = 20_000


class Attack(NamedTuple):
    """`kind` says what is tried. `is_framed` is False where a server cannot know where the request ends: it is told by the end of it."""

    kind: str
    request: bytes
    is_framed: bool = True

    @property
    def has_body(self) -> bool:
        """Whether its answer may have one."""
        return not self.request.startswith(b"HEAD ")


@dataclass(frozen=True)
class Raw:
    """What stands in JSON as it is, though no Python object is written so."""

    json: bytes

    def __str__(self) -> str:
        return f"<{id(self)}>"


NOT_PYTHON = (
    Raw(HUGE_DIGITS),
    Raw(b"-" + HUGE_DIGITS),
    Raw(b"1e999"),
    Raw(b"-1e999"),
    Raw(b"0." + HUGE_DIGITS),
    Raw(b"1e-" + HUGE_DIGITS),
    Raw(b"NaN"),
    Raw(b"Infinity"),
    Raw(b'"\\ud800"'),
    Raw(b'"\\udc00\\ud800"'),
    Raw(b'"\\u0000"'),
    Raw(b'"\xed\xa0\x80"'),
    Raw(b'"\xff\xfe"'),
    Raw(b'"\xc0\xaf"'),
    Raw(b"[" * DEEP + b"]" * DEEP),
    Raw(b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    Raw(b'{"not":' * 500 + b"{}" + b"}" * 500),
    Raw(b'{"id":"a","id":"b"}'),
)


def json_of(value: object) -> bytes:
    """A value as JSON, `Raw`s as they are. What JSON has no word for (NaN, lone surrogates) is written as Python does."""
    raws = {str(each): each.json for each in _raws(value)}
    text = json.dumps(value, default=str).encode()
    for placeholder, raw in raws.items():
        text = text.replace(b'"%s"' % placeholder.encode(), raw)
    return text


def post(
    body: bytes, content_type: str | None = JSON, *, key: str = "", headers: Mapping[str, str] | None = None, path: str = "/graphql"
) -> bytes:
    """A POST with a body of that length; without a content type if it is None."""
    given = {"content-length": str(len(body)), **({"content-type": content_type} if content_type is not None else {}), **(headers or {})}
    return head("POST", path, key=key, headers=given) + body


def get(query: str, *, key: str = "", headers: Mapping[str, str] | None = None, members: Mapping[str, str] | None = None) -> bytes:
    """The same by GET: operation and whatever else a URL can hold."""
    named = {"query": query, **(members or {})}
    path = "/graphql?" + "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}" for name, value in named.items())
    return head("GET", path, key=key, headers=headers)


def head(method: str, path: str, *, key: str = "", headers: Mapping[str, str] | None = None) -> bytes:
    """A request without a body, or the part of it before the body."""
    given = {"host": "localhost", **({"authorization": f"Bearer {key}"} if key else {}), **(headers or {})}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def _raws(value: object) -> list[Raw]:
    if isinstance(value, Raw):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [raw for each in inner for raw in _raws(each)]
