"""Whatever a client sends as an id: requests go to the configured host, below the configured path, and say what they would say anyhow."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.app import build_gateway
from gateway.config import AccountSettings, ServerSettings, Settings
from gateway.domain.errors import InvalidInputError
from gateway.domain.identifier import Kind, encode
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.world import World
from gateway.transport.call import path
from tests.schema.mutations.document import VERBS, document
from tests.schema.mutations.test_any_verb import ABLE, KINDS, ON_MAILBOXES, arguments, id_argument

HOSTILE = [
    "..",
    ".",
    "../../admin",
    "a/../../b",
    "..%2f..%2fadmin",
    "%2e%2e/%2e%2e/",
    "x?admin=true",
    "x#y",
    "x&admin=true",
    "@evil.example/",
    "//evil.example/x",
    "http://evil.example/",
    "..\\..\\admin",
    ";/../x",
    "x\r\nHost: evil.example\r\nX-A: b",
    "x HTTP/1.1\r\n\r\nGET /admin HTTP/1.1",
    "x\0y",
    "\u2025\uff0e\uff0e\uff0f",
    "1,2,3",
    "filter[id]=1",
]
PARTS = {Kind.MAILBOX: 1, Kind.DOMAIN: 1, Kind.FOLDER: 2, Kind.RULE: 2, Kind.IDENTITY: 2, Kind.MESSAGE: 3, Kind.THREAD: 2}
DEEP = """query ($id: ID!) { mailbox(id: $id) { id
  folders { id } rules { id } identities { id } messages(first: 5) { nodes { id } } warmup { state history(days: 3) { date } }
  details { __typename } siblings { id } domain { id } } }"""
NODE = "query ($id: ID!) { node(id: $id) { id ... on Thread { messages { id } } } }"


class Listener:
    """Takes down the heads of all requests, and knows of nothing."""

    def __init__(self) -> None:
        self.heads: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                text = head.decode("latin-1")
                self.heads.append(text)
                length = next((int(line[15:]) for line in text.lower().split("\r\n") if line.startswith("content-length:")), 0)
                await reader.readexactly(length)
                writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[Listener, httpx.AsyncClient, str]]:
    """A gateway over the network, whose vendors are all the one listener."""
    listener = Listener()
    server = await asyncio.start_server(listener.answer, "127.0.0.1", 0)
    host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    accounts = []
    for vendor, build in SANDBOXES.items():
        sandbox, name = build(World(mailboxes=1)), vendor.lower()
        base_url = f"http://{host}/below/{name}{sandbox.base_path}"
        accounts.append(
            AccountSettings(name=name, vendor=vendor, base_url=base_url, values=sandbox.account, quotas=(), retries=False, breaker=False)
        )
    gateway = build_gateway(Settings(server=ServerSettings(max_lag_seconds=60), accounts=tuple(accounts)))
    transport = httpx.ASGITransport(app=gateway.site)
    async with (
        server,
        gateway.site.router.lifespan_context(gateway.site),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield listener, client, host


def escapes(heads: Sequence[str], host: str, hostile: str) -> Iterator[str]:
    """The heads that would lead elsewhere, or say more than they should."""
    for head in heads:
        first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        words = first.split(" ")
        target, _, query = words[1].partition("?")
        segments = target.split("/")
        names = [line.partition(":")[0].lower() for line in lines]
        is_fine = (
            len(words) == 3
            and segments[:2] == ["", "below"]
            and not {unquote(segment) for segment in segments} & {".", ".."}
            and all(unquote(segment) == hostile for segment in segments if set(unquote(segment)) & set("/?#\\\r\n\0@&"))
            and "#" not in words[1]
            and not {"admin"} & {part.partition("=")[0] for part in query.split("&")}
            and names.count("host") == 1
            and "x-a" not in names
            and f"Host: {host}".lower() in [line.lower() for line in lines]
        )
        if not is_fine:
            yield head


async def test_no_id_leads_elsewhere() -> None:
    async with listening() as (listener, client, host):
        for hostile in HOSTILE:
            listener.heads.clear()
            asking = []
            for account in ABLE["mailboxCreate"]:
                asking.append(client.post("/graphql", json={"query": DEEP, "variables": {"id": encode(Kind.MAILBOX, account, hostile)}}))
                asking += [
                    client.post("/graphql", json={"query": NODE, "variables": {"id": encode(kind, account, *[hostile] * count)}})
                    for kind, count in PARTS.items()
                ]
                asking += [
                    client.post("/graphql", json={"query": document(verb, *sent), "variables": sent})
                    for verb in ON_MAILBOXES
                    if account in ABLE[verb]
                    for sent in _sent(verb, account, hostile)
                ]
                asking.append(client.get(f"/attachments/{encode(Kind.ATTACHMENT, account, hostile, hostile, hostile, hostile)}"))
                asking.append(client.get(f"/attachments/{encode(Kind.ATTACHMENT, account, 'mbx_1', hostile, hostile, hostile)}"))
            for answer in await asyncio.gather(*asking):
                assert answer.status_code != 500, answer.text
                assert "INTERNAL" not in answer.text, answer.text
            assert list(escapes(listener.heads, host, hostile)) == []
            assert hostile in {".", ".."} or listener.heads, "some of it is asked for"


def _sent(verb: str, account: str, hostile: str) -> Iterator[dict[str, object]]:
    """With the hostile text as the mailbox, and as what lies in it."""
    yield arguments(verb, account, hostile)
    if verb in KINDS:
        kind, inner = KINDS[verb]
        yield {**arguments(verb, account), id_argument(verb): encode(kind, account, "mbx_1", *[hostile] * len(inner))}


def test_an_escape_would_be_seen() -> None:
    head = "GET /below/x/{} HTTP/1.1\r\nHost: h:1\r\n\r\n"
    assert not list(escapes([head.format("a%2F..%2Fb")], "h:1", "a/../b"))
    for target in ("..", "%2e%2e/x", "a?admin=true", "a#b", "a%2Fb", "a\r\nHost: evil"):
        assert list(escapes([head.format(target)], "h:1", "a/../b")), target
    assert list(escapes([head.format("a").replace("/below", "//evil/below")], "h:1", "a/../b"))
    assert set(ON_MAILBOXES) <= set(VERBS)


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=4))
def test_a_path_has_the_segments_that_it_was_made_of(segments: list[str]) -> None:
    try:
        made = path(*segments)
    except InvalidInputError:
        assert set(segments) & {"", ".", ".."}
        return
    assert [unquote(each) for each in made.split("/")[1:]] == segments
    assert made.isascii()
    assert not set(made) & set("?#@\\ \r\n\0:")


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_what_leads_up_is_none(segment: str) -> None:
    with pytest.raises(InvalidInputError):
        path("mailboxes", segment)
