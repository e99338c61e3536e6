"""Broken frames, junk messages and floods on `/graphql` over WebSocket: the gateway hangs up, or goes on, and stays well."""

import asyncio
import json
import struct
from collections.abc import Callable, Sequence
from random import Random
from secrets import randbelow

import pytest

from tests.attack.attack import json_of
from tests.attack.conftest import Target
from tests.attack.hostile_documents import MAKERS
from tests.attack.operations import Operations
from tests.attack.verdict import INSIDES
from tests.attack.websocket_wire import BINARY, CLOSE, PING, TEXT, Ending, converse, frame, message
from tests.leaks import leaks

SEED = 6
ROUNDS, AT_ONCE = 30, 10
"""Conversations with each seed; most are of several messages."""
_JUNK: Sequence[object] = (
    *(None, True, 0, "", "subscribe", [], {}, [{}], {"type": None}, {"type": "nonsense"}, {"type": ["subscribe"]}, {"type": "subscribe"}),
    *({"type": "subscribe", "id": 1, "payload": {}}, {"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}),
    *({"type": "subscribe", "id": "a", "payload": None}, {"type": "subscribe", "id": "a", "payload": {"query": 1}}),
    *({"type": "complete"}, {"type": "complete", "id": "x"}, {"type": "ping", "payload": "x"}, {"type": "pong", "payload": {"a": 1}}),
    *(
        {"type": "connection_init", "payload": []},
        {"type": "connection_ack"},
        {"type": "next", "id": "a", "payload": {}},
        {"type": "start"},
    ),
    *({"type": "ping", "payload": {"x" * 1000: "y" * 100_000}}, {"id": "\ud800", "type": "complete"}, {"type": "connection_terminate"}),
)


_FAILED = b"\x03\xf3request "
"""The reason with which a connection is closed at which something unexpected happened: 1011, and the request's id."""


class Talk:
    """Makes conversations at random."""

    def __init__(self, target: Target, random: Random) -> None:
        self._random = random
        self._operations = Operations(target.schema, target.pool, random)
        self._key = target.key

    def make(self) -> tuple[bytes, dict[str, str]]:
        """What is said, and headers of the handshake."""
        parts: list[Callable[[], bytes]] = [self._subscribe, self._subscribe, self._junk, self._broken, self._flood, self._ping]
        begin = self._random.choice((b"", self._init(), self._init(), self._init(), self._init() * 2))
        said = begin + b"".join(self._random.choice(parts)() for _ in range(self._random.choice((1, 3, 10))))
        return said, {} if self._random.random() < 0.9 else self._odd_handshake()

    def _init(self) -> bytes:
        authorization = self._random.choice((f"Bearer {self._key}",) * 8 + ("Bearer x", None, 1, ["a"], "\0"))
        return frame(json_of({"type": "connection_init", "payload": {"Authorization": authorization}}))

    def _subscribe(self) -> bytes:
        made = self._operations.make(self._random.choice(("query", "mutation", "subscription")))
        query, variables = made.query, made.variables
        if self._random.random() < 0.3:
            query, variables = self._random.choice(list(MAKERS.values()))(self._random), {}
        body = {"id": self._random.choice("abc"), "type": "subscribe", "payload": {"query": query, "variables": variables}}
        return frame(json_of(body))

    def _junk(self) -> bytes:
        return message(self._random.choice(_JUNK))

    def _broken(self) -> bytes:
        random = self._random
        return random.choice(
            (
                lambda: frame(b"\xff\xfe"),
                lambda: frame(b"\xed\xa0\x80"),
                lambda: frame(b"x" * 2_000_000),
                lambda: frame(b"{", BINARY),
                lambda: frame(b"x", is_masked=False),
                lambda: frame(b"x", opcode=random.choice((3, 7, 11, 15))),
                lambda: frame(b"x", first=random.choice((0xC0, 0xA0, 0x90, 0xF0))),
                lambda: frame(b"\0\0\0\xff\xff" * 1000, first=0xC0),
                lambda: frame(b"x" * 200, PING),
                lambda: frame(b"", opcode=0),
                lambda: frame(b"{", first=0) + frame(b"{", first=0, opcode=0) * random.choice((1, 3_000)),
                lambda: frame(b"", first=0) + frame(b"", first=0, opcode=0) * 10_000,
                lambda: frame(b"{", first=0) + frame(b"x", TEXT),
                lambda: frame(b"x", length=2**62),
                lambda: frame(b"x", length=2**63),
                lambda: frame(struct.pack("!H", random.choice((0, 999, 1005, 1006, 2000, 4999, 65535))) + b"\xff", CLOSE),
                lambda: frame(b"x", CLOSE),
                lambda: frame(b"[" * 100_000),
                lambda: frame(b'{"type":"ping","payload":' + b'{"a":' * 100_000),
                lambda: random.randbytes(random.choice((1, 100, 5_000))),
            )
        )()

    def _flood(self) -> bytes:
        random = self._random
        subscription = "subscription { mailboxChanged { __typename } }"
        times = random.choice((10, 150, 500))
        return random.choice(
            (
                lambda: b"".join(message({"id": str(at), "type": "subscribe", "payload": {"query": subscription}}) for at in range(times)),
                lambda: (
                    (
                        message({"id": "a", "type": "subscribe", "payload": {"query": subscription}})
                        + message({"id": "a", "type": "complete"})
                    )
                    * times
                ),
                lambda: message({"id": "a", "type": "complete"}) * times,
                lambda: message({"type": "ping"}) * times,
                lambda: frame(b"", PING) * times,
                lambda: message({"id": "x" * 10_000, "type": "subscribe", "payload": {"query": "{ __typename }"}}) * times,
            )
        )()

    def _ping(self) -> bytes:
        return message({"type": "ping"}) + frame(b"x", PING)

    def _odd_handshake(self) -> dict[str, str]:
        return self._random.choice(
            (
                {"sec-websocket-version": "12"},
                {"sec-websocket-version": "x"},
                {"sec-websocket-key": "x"},
                {"sec-websocket-key": ""},
                {"sec-websocket-protocol": "graphql-ws"},
                {"sec-websocket-protocol": "," * 5_000},
                {"sec-websocket-extensions": "permessage-deflate; server_max_window_bits=1"},
                {"sec-websocket-extensions": "permessage-deflate; client_max_window_bits"},
                {"origin": "https://evil.test"},
                {"origin": "null"},
                {"origin": "\xff"},
                {"upgrade": "websocket, h2c"},
                {"host": ""},
            )
        )


@pytest.mark.parametrize("seed", [SEED, pytest.param(None, id="by chance")])
async def test_nothing_that_is_said_breaks_it(target: Target, seed: int | None) -> None:
    seed = randbelow(2**32) if seed is None else seed
    talk = Talk(target, Random(seed))  # noqa: S311 - chance, no secret
    for number in range(ROUNDS):
        spoken = [talk.make() for _ in range(AT_ONCE)]
        endings = await asyncio.gather(*(converse(target.url, said, headers=headers) for said, headers in spoken))
        for (said, headers), ending in zip(spoken, endings, strict=True):
            assert not complaint(ending, target), f"seed {seed}, round {number}: {headers} {said[:1000]!r}"
    target.assert_sound()


def complaint(ending: Ending, target: Target) -> str | None:
    """What is wrong with what was heard, if anything is."""
    if ending.head.startswith(b"HTTP/1.1 5"):
        return f"it answered {ending.head!r}"
    if _FAILED in ending.heard:
        return "it closed with 1011: it failed"
    if told := [each for each in INSIDES if each in ending.heard]:
        return f"it told {told}: {ending.heard[:500]!r}"
    return str(found) if (found := leaks(ending.head + ending.heard, target.secrets)) else None


async def test_a_refused_handshake_is_no_fault_of_ours(target: Target) -> None:
    """uvicorn's log says that it is."""
    ending = await converse(target.url, b"", headers={"origin": "https://evil.test"})
    assert ending.head.startswith(b"HTTP/1.1 403")
    target.assert_sound()


async def test_a_conversation_is_heard(target: Target) -> None:
    """Else the test above would prove nothing."""
    said = message({"type": "connection_init", "payload": {"Authorization": f"Bearer {target.key}"}})
    said += message({"id": "a", "type": "subscribe", "payload": {"query": "{ __typename }"}})
    ending = await converse(target.url, said)
    assert ending.head.startswith(b"HTTP/1.1 101")
    assert json.dumps({"type": "connection_ack"}, separators=(",", ":")).encode() in ending.heard
    assert ending.is_over


async def test_text_after_text_that_is_none_is_no_fault_of_ours(target: Target) -> None:
    """uvicorn trips over the second one."""
    ending = await converse(target.url, frame(b"\xff") * 3)
    assert b"\x03\xef" in ending.heard  # 1007, RFC 6455, section 7.4.1
    target.assert_sound()
