"""Bodies that are no GraphQL request, or hardly one."""

import gzip
import zlib
from collections.abc import Callable, Mapping, Sequence
from random import Random

from tests.attack.attack import DEEP, JSON, NOT_PYTHON, Attack, json_of, post

TYPENAME = b'{"query": "{ __typename }"}'
_MEMBERS = ("query", "variables", "operationName", "extensions", "id", "documentId", "queryId", "", "__proto__", "constructor")
_VALUES: Sequence[object] = (None, True, 0, 1.5, "", "{ __typename }", "x", [], ["{ __typename }"], {}, {"a": {"b": []}}, *NOT_PYTHON)
_PERSISTED: Sequence[Mapping[str, object]] = (
    {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}},
    {"persistedQuery": {"version": 1, "sha256Hash": "x"}},
    {"persistedQuery": {"version": "1", "sha256Hash": None}},
    {"persistedQuery": {"version": 10**20, "sha256Hash": "../" * 1000}},
    {"persistedQuery": []},
    {"persistedQuery": None},
    {"code": "INTERNAL"},
)


def members(random: Random, key: str) -> Attack:
    """A JSON object with some members, of any type."""
    chosen = random.sample(_MEMBERS, random.randint(0, 4))
    body: dict[str, object] = {"query": "query Q { __typename }"} if random.random() < 0.5 else {}
    body |= {name: random.choice(_VALUES) for name in chosen}
    if random.random() < 0.3:
        body["extensions"] = random.choice(_PERSISTED)
    return Attack("members", post(json_of(body), key=key))


def scalars(random: Random, key: str) -> Attack:
    """JSON that is no object, or no JSON."""
    value: object = random.choice((*_VALUES, [{"query": "{ __typename }"}] * random.choice((1, 10, 5_000))))
    return Attack("scalars", post(json_of(value), key=key))


def broken(random: Random, key: str) -> Attack:
    """JSON cut short, or full of itself."""
    body = random.choice(
        (
            TYPENAME[: random.randrange(len(TYPENAME))],
            b"",
            b"\0" * random.choice((1, 1000)),
            random.randbytes(random.choice((1, 10, 5_000))),
            b"[" * DEEP * 5,
            b'{"query":' * DEEP,
            b'{"variables":' + b"[" * DEEP * 5 + b"]" * DEEP * 5 + b"}",
            b'{"variables":{"a":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"},%s" % TYPENAME[1:],
            TYPENAME + TYPENAME,
            TYPENAME + b"\0",
            b" " * 900_000 + TYPENAME,
            b" " * 2_000_000,
            TYPENAME.replace(b"}", b",}"),
            TYPENAME.replace(b'"', b"'"),
            b'{"query": "{ __typename }", "query": "{ vendors { vendor } }"}',
            b'{"query": "{ __typename }", "variables": {"a": 1, "a": 2}}',
            b'{"\\u0071uery": "{ __typename }"}',
            b'{"query": "{ __typename }", ' + b'"x": 1, ' * 20_000 + b'"y": 1}',
            b"query=%7B__typename%7D",
        )
    )
    return Attack("broken", post(body, key=key))


def encoded(random: Random, key: str) -> Attack:
    """In another character set or compressed, and perhaps said to be."""
    text = TYPENAME.decode()
    body = random.choice(
        (
            text.encode("utf-16"),
            text.encode("utf-16-le"),
            text.encode("utf-32"),
            text.encode("utf-7"),
            b"\xef\xbb\xbf" + TYPENAME,
            b"\xff\xfe" + TYPENAME,
            TYPENAME.replace(b"_", b"\xed\xa0\x80"),
            TYPENAME.replace(b"_", b"\xff"),
            TYPENAME.replace(b"_", b"\xe9"),
            gzip.compress(TYPENAME),
            gzip.compress(b" " * 50_000_000, 1) if random.random() < 0.02 else gzip.compress(b" " * 100_000),
            zlib.compress(TYPENAME),
            b"\x28\xb5\x2f\xfd\x04\x00" + TYPENAME,
            TYPENAME,
        )
    )
    coding = random.choice((None, "gzip", "br", "zstd", "deflate", "gzip, gzip", "identity", "x" * 1000))
    charset = random.choice(
        ("", "; charset=utf-16", "; charset=utf-7", "; charset=nonsense", ";", "; charset=", "; boundary=x", "; charset=utf-8")
    )
    return Attack("encoded", post(body, JSON + charset, key=key, headers={"content-encoding": coding} if coding else None))


def typed(random: Random, key: str) -> Attack:
    """As a form sends it, or with another content type, or none."""
    parts = '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{ __typename }","variables":{"f":null}}\r\n--x\r\n'
    parts += 'content-disposition: form-data; name="map"\r\n\r\n{"0":["variables.f"]}\r\n--x\r\ncontent-disposition: form-data; name="0"; '
    parts += 'filename="a"\r\n\r\n' + "x" * random.choice((0, 10, 100_000)) + random.choice(("", "\r\n--x--\r\n"))
    body = random.choice((TYPENAME, b"query=%7B__typename%7D", parts.encode(), b"{ __typename }", b""))
    content_type = random.choice(
        (
            *(
                None,
                "",
                "text/plain",
                "text/plain; charset=utf-8",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
                "multipart/form-data; boundary=x",
            ),
            *(
                "application/graphql",
                "application/xml",
                "text/html",
                "application/jsonx",
                "application/json, text/plain",
                "APPLICATION/JSON",
                "application/json;" * 500,
            ),
            *(" application/json", "application/json\t", "application/graphql+json", "application/vnd.api+json", "\xff", "*/*", "a" * 5000),
        )
    )
    return Attack("typed", post(body, content_type, key=key))


MAKERS: Sequence[Callable[[Random, str], Attack]] = (members, scalars, broken, encoded, typed)
