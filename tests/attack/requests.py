"""HTTP that is odd, or broken: methods, addresses, headers, lengths."""

from collections.abc import Callable, Sequence
from random import Random
from urllib.parse import quote

from tests.attack import mangled
from tests.attack.attack import JSON, Attack, get, head, post
from tests.attack.bodies import TYPENAME
from tests.attack.operations import Pool, tampered

_METHODS = (
    "HEAD",
    "PUT",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "QUERY",
    "BREW",
    "get",
    "POST ",
    "CONNECT",
    "M-SEARCH",
    "X" * 300,
)
_ODD_VALUES = (
    "",
    " ",
    ",",
    ";",
    ";;;q=",
    "*/*;q=nan",
    "\xff\xfe",
    "a\tb",
    "x" * 7_000,
    "," * 7_000,
    "a/b;q=1," * 800,
    "\x01",
    '"',
    "=",
    "null",
)
_ACCEPTS = (
    *(
        "text/event-stream",
        "text/event-stream;q=1e999",
        "multipart/mixed",
        "multipart/mixed;subscriptionSpec=1.0",
        "multipart/mixed;deferSpec=20220824",
    ),
    *(
        "application/graphql-response+json",
        "application/graphql-response+json;q=-1",
        "text/html",
        "*",
        "*/*;q=0",
        "image/png",
        "APPLICATION/JSON;Q=1",
    ),
)
_HEADERS = (
    *("accept", "accept-encoding", "cache-control", "cookie", "origin", "referer", "range", "if-none-match", "if-modified-since", "expect"),
    *(
        "x-request-timeout-ms",
        "x-request-id",
        "traceparent",
        "tracestate",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "forwarded",
    ),
    *(
        "x-http-method-override",
        "content-language",
        "te",
        "trailer",
        "upgrade",
        "via",
        "sec-fetch-site",
        "apollo-require-preflight",
        "idempotency-key",
    ),
    *(
        "apollographql-client-name",
        "x-apollo-operation-name",
        "content-length",
        "transfer-encoding",
        "host",
        "authorization",
        "proxy-authorization",
    ),
)
_PATHS = (
    *(
        "/",
        "//",
        "/graphql/",
        "//graphql",
        "/graphql//",
        "/graphql/..",
        "/GraphQL",
        "/graphql;x",
        "/graphql%00",
        "/graphql%2f",
        "/./graphql",
        "/%67raphql",
    ),
    *(
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/graphiql/../../app.py",
        "/graphiql/..%2f..%2fapp.py",
        "/\\..\\..\\",
    ),
    *(
        "/.env",
        "/.git/config",
        "/gateway.toml",
        "/debug",
        "/docs",
        "/openapi.json",
        "/favicon.ico",
        "/playground",
        "/console",
        "/graphiql",
        "/altair",
    ),
    *(
        "/healthz",
        "/healthz?x",
        "/readyz?x",
        "/readyz/",
        "/metrics",
        "/metrics?name[]=x",
        "/attachments",
        "/attachments/",
        "/sandbox",
        "/sandbox/outreach",
    ),
    *(
        "/%",
        "/%zz",
        "/%ff%fe",
        "/%ed%a0%80",
        "/%c0%ae%c0%ae/",
        "/?%",
        "/graphql?",
        "/graphql?query",
        "/graphql?query=",
        "/graphql?query=%",
        "/a" * 3_000,
    ),
    *(
        "http://evil.test/graphql?query={__typename}",
        "http://[::1/graphql",
        "evil.test:443",
        "*",
        "/graphql#x",
        "/graphql?query=%7B__typename%7D#x",
    ),
)


def methods(random: Random, key: str, pool: Pool) -> Attack:
    """A word where GET and POST are known."""
    method = random.choice(_METHODS)
    path = random.choice(
        ("/graphql", "/graphql?query=%7B__typename%7D", "/", "/healthz", f"/attachments/{random.choice(pool.ids)}", "*", "evil.test:443")
    )
    is_framed = method != "CONNECT"
    if random.random() < 0.5:
        headers = {"content-type": JSON, "content-length": str(len(TYPENAME))}
        return Attack("methods", head(method, path, key=key, headers=headers) + TYPENAME, is_framed)
    return Attack("methods", head(method, path, key=key), is_framed)


def paths(random: Random, key: str, pool: Pool) -> Attack:
    """Addresses that lead nowhere, or out of the house."""
    del pool
    path = random.choice(_PATHS)
    if random.random() < 0.3:
        path = "/" + quote(mangled.octets(random, path.encode()).decode("latin-1"), safe="/?%&=.;:")
    if random.random() < 0.2:
        return Attack("paths", post(TYPENAME, key=key, path=path))
    return Attack("paths", head("GET", path, key=key, headers={"accept": random.choice(("*/*", "text/html", "application/json"))}))


def attachments(random: Random, key: str, pool: Pool) -> Attack:
    """Ids of attachments that are not there, or are no ids."""
    junk = random.choice(
        (random.choice(pool.ids), tampered(random, random.choice(pool.ids)), "../../etc/passwd", "\0", "x" * 5_000, "é\ud800")
    )
    return Attack(
        "attachments", head("GET", "/attachments/" + quote(junk.encode("utf-8", "surrogatepass"), safe=random.choice(("", "/."))), key=key)
    )


def headers(random: Random, key: str, pool: Pool) -> Attack:
    """Odd values of headers that somebody reads."""
    del pool
    names = random.sample(_HEADERS, random.choice((1, 1, 2, 5)))
    given = {name: random.choice((*_ODD_VALUES, *_ACCEPTS, "0", "-1", "9" * 400, "1")) for name in names}
    if random.random() < 0.4:
        given["accept"] = random.choice((*_ACCEPTS, *_ODD_VALUES)) + random.choice(("", ", application/json", ", */*;q=0.1"))
    if random.random() < 0.05:
        given |= {f"x-{index}": "y" * random.choice((1, 100)) for index in range(random.choice((200, 5_000)))}
    is_framed = not {"content-length", "transfer-encoding", "upgrade", "expect"} & set(names)
    if random.random() < 0.5:
        return Attack("headers", get("{ __typename }", key=key, headers=given), is_framed)
    return Attack("headers", post(TYPENAME, key=key, headers=given), is_framed)


def credentials(random: Random, key: str, pool: Pool) -> Attack:
    """Keys that are none."""
    del pool
    value = random.choice(
        (
            *(
                "Bearer",
                "Bearer ",
                "Bearer  ",
                "bearer x",
                "Basic eDp4",
                "Bearer \xff\xfe",
                "Bearer null",
                "Bearer " + "x" * 7_000,
                "Token x",
                " ",
                key,
            ),
            *(f"Basic {key}", f"Bearer{key}", f"Bearer {key[:-1]}", f"Bearer {key}x", f"Bearer {key.upper()}", f"Bearer, Bearer {key}"),
            *(
                "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
                "Bearer a.b.c",
                "Bearer ..",
                "Bearer " + "a." * 3_000,
                "Bearer eyJhbGciOiJub25lIn0...",
            ),
        )
    )
    return Attack("credentials", post(b'{"query": "{ mailboxes { totalCount nodes { address } } }"}', headers={"authorization": value}))


def addresses(random: Random, key: str, pool: Pool) -> Attack:
    """The same junk by GET: percent signs, members that come twice, variables that are no JSON."""
    query = random.choice(
        (
            "{ __typename }",
            'mutation { operationCancel(id: "x") { __typename } }',
            "subscription { mailboxChanged { __typename } }",
            "\ud800",
            "\0",
        )
    )
    variables = random.choice(
        ("", "null", "[]", "{", '{"a": 1e999}', '{"a": "\\ud800"}', "[" * 3_000, '{"a":' * 1_000, "9" * 5_000, "\xff", "{}")
    )
    members = {
        "variables": variables,
        "operationName": random.choice(("", "Q", "\0", "x" * 3_000)),
        "extensions": random.choice(("", "{", "{}", variables)),
    }
    chosen = {name: members[name] for name in random.sample(sorted(members), random.randint(0, 3))}
    raw = get(query, key=key, members=chosen)
    if random.random() < 0.4:
        start, _, rest = raw.partition(b" HTTP/1.1")
        tail = random.choice(
            (b"&query=%7Bx%7D", b"&query", b"&&&=", b"%", b"%f", b"%u0041", b"&variables=%ff", b"+" * 100, b"&" * 3_000, b"&a[]=1" * 500)
        )
        raw = start + tail + b" HTTP/1.1" + rest
    del pool
    return Attack("addresses", raw)


def framing(random: Random, key: str, pool: Pool) -> Attack:
    """Lengths that are wrong, chunks that are odd, requests within requests."""
    del pool
    sound = post(TYPENAME, key=key)
    start = head("POST", "/graphql", key=key, headers={"content-type": JSON})[:-2]
    smuggled = b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n"
    return Attack(
        "framing",
        random.choice(
            (
                sound[: random.randrange(len(sound))],
                sound.replace(b"content-length: ", b"content-length: 9"),
                sound.replace(b"content-length: ", b"content-length: -"),
                sound.replace(b"content-length: ", b"content-length: 0x"),
                sound.replace(b"content-length: ", b"content-length: 5\r\ncontent-length: "),
                start + b"transfer-encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n0\r\n\r\n" % (len(TYPENAME), TYPENAME),
                start + b"transfer-encoding: chunked\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % each for each in TYPENAME) + b"0\r\n\r\n",
                start + b"transfer-encoding: chunked\r\n\r\n" + b"1;x=%s\r\n{\r\n" % (b"y" * 3_000) + b"0\r\nx: y\r\n\r\n",
                start + b"transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{",
                start + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
                start + b"transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n" + smuggled,
                start + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled,
                start + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n" + smuggled,
                start + b"content-length: 0\r\n\r\n" + smuggled,
                start + b"x: y\r\n z\r\n\r\n",
                start + b"x : y\r\n\r\n",
                start + b"\0: y\r\n\r\n",
                start.replace(b"\r\n", b"\n") + b"\n",
                sound.replace(b"HTTP/1.1", random.choice((b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"HTTP/0.9", b"ICY/1.1", b""))),
                head("GET", "/" + "x" * random.choice((70_000, 1_000_000))),
                head("GET", "/graphql?query=%7B__typename%7D&x=" + "%00" * random.choice((30_000, 400_000))),
                head("GET", "/", key=key, headers={"x": "y" * random.choice((70_000, 1_000_000))}),
                head("GET", "/", key=key, headers={f"x{index}": "y" for index in range(random.choice((2_000, 30_000)))}),
                start + b"x: y" * 20_000,
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(100),
                random.randbytes(random.choice((1, 50, 5_000))),
                b"\r\n" * 500,
                mangled.octets(random, sound),
                mangled.octets(random, get("{ __typename }", key=key)),
            )
        ),
        is_framed=False,
    )


MAKERS: Sequence[Callable[[Random, str, Pool], Attack]] = (methods, paths, attachments, headers, credentials, addresses, framing)
