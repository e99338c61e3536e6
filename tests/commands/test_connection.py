"""Raw sockets: what is slow, endless or ambiguous has an end, and is never taken for two requests."""

import socket
import time
from collections.abc import Iterator

import pytest

from gateway.commands import connection
from gateway.commands.connection import MOST_HEAD_BYTES
from tests.web.conftest import Served, served
from tests.web.ticking import ticking_gateway

PATIENCE_SECONDS = 15
BODY = b'{"query": "{ __typename }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
WHOLE = HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY
ANSWER = b'{"data":{"__typename":"Query"}'


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    with served(ticking_gateway()) as it:
        yield it


@pytest.fixture
def impatient(running: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setattr(connection, "ARRIVE_SECONDS", 0.5)
    monkeypatch.setattr(connection, "TAKE_SECONDS", 0.5)
    return running


def dial(running: Served) -> socket.socket:
    host, _, port = running.url.removeprefix("http://").rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)


def read_all(line: socket.socket) -> bytes:
    """Until the other side closes; a reset counts as that."""
    text = b""
    try:
        while piece := line.recv(65536):
            text += piece
    except ConnectionResetError:
        pass
    return text


def exchange(running: Served, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Everything that is answered to these pieces, until it closes."""
    with dial(running) as line:
        for piece in pieces:
            try:
                line.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):
                break
            time.sleep(pause)
        return read_all(line)


def answers(text: bytes) -> int:
    return text.count(b"HTTP/1.1 ")


CLOSING = WHOLE.replace(b"host:", b"connection: close\r\nhost:")


def test_an_ordinary_request(running: Served) -> None:
    assert ANSWER in exchange(running, CLOSING)
    assert ANSWER in exchange(running, *(CLOSING[n : n + 7] for n in range(0, len(CLOSING), 7)), pause=0.001)


# ---------------------------------------------------------------------- slow
def trickle(running: Served, beginning: bytes, drop: bytes) -> tuple[bytes, float]:
    """Begin a request, then send a drop now and then. What was answered, and how long it was held."""
    began = time.monotonic()
    with dial(running) as line:
        line.sendall(beginning)
        line.settimeout(0.1)
        while time.monotonic() - began < PATIENCE_SECONDS:
            try:
                text = line.recv(65536)
            except TimeoutError:
                try:
                    line.sendall(drop)
                except (BrokenPipeError, ConnectionResetError):
                    return b"", time.monotonic() - began
                continue
            except ConnectionResetError:
                text = b""
            return text, time.monotonic() - began
    pytest.fail("it is held for ever")


@pytest.mark.parametrize(
    ("beginning", "drop", "says"),
    [
        pytest.param(b"", b"", b"", id="silence"),
        pytest.param(b"\r\n", b"\r\n", b"", id="empty lines"),
        pytest.param(b"PO", b"", b" 408 ", id="half a method"),
        pytest.param(HEAD, b"x-a: b\r\n", b" 408 ", id="a header now and then"),
        pytest.param(HEAD + b"x-a: ", b"b", b" 408 ", id="a header that never ends"),
        pytest.param(HEAD + b"content-length: 1000\r\n\r\n", b" ", b" 408 ", id="a byte of a body now and then"),
        pytest.param(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n", b" 408 ", id="a chunk now and then"),
        pytest.param(HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"x-a: b\r\n", b" 408 ", id="a trailer now and then"),
    ],
)
def test_who_is_slow_is_not_waited_for(impatient: Served, beginning: bytes, drop: bytes, says: bytes) -> None:
    text, seconds = trickle(impatient, beginning, drop)
    assert says in text
    assert answers(text) <= 1
    assert seconds < PATIENCE_SECONDS / 2


def test_a_connection_that_was_used_is_no_better(impatient: Served) -> None:
    for drop in (b"\r\n", b"x"):
        with dial(impatient) as line:
            line.sendall(WHOLE)
            assert ANSWER in line.recv(65536)
            line.sendall(drop)
            assert answers(read_all(line)) <= 1


def test_who_takes_nothing_of_an_answer_loses_it(impatient: Served) -> None:
    """A subscription that never ends, to a client that never reads."""
    query = b'{"query": "subscription { tick(count: 100000000, everySeconds: 0) { number text: __typename } }"}'
    head = HEAD + b"accept: text/event-stream\r\ncontent-length: %d\r\n\r\n" % len(query)
    before = len(impatient.server.server_state.connections)
    with dial(impatient) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(head + query)
        end = time.monotonic() + PATIENCE_SECONDS
        time.sleep(0.3)
        while len(impatient.server.server_state.connections) > before:
            assert time.monotonic() < end, "it is held for ever"
            time.sleep(0.05)


def test_the_next_answer_is_waited_for_as_long_as_it_takes(impatient: Served) -> None:
    """Only arriving has a limit."""
    body = b'{"query": "mutation { write(seconds: 1.2) }"}'
    text = exchange(impatient, CLOSING.replace(BODY, body).replace(b"%d" % len(BODY), b"%d" % len(body)))
    assert b'{"data":{"write":true}' in text


def test_a_websocket_is_not_a_request_that_does_not_arrive(impatient: Served) -> None:
    head = (
        b"GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
        b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
    )
    with dial(impatient) as line:
        line.sendall(head)
        assert b" 101 " in line.recv(65536)
        line.settimeout(1.5)
        with pytest.raises(TimeoutError):
            line.recv(1)


# ---------------------------------------------------------------------- large
@pytest.mark.parametrize(
    "beginning", [HEAD + b"x-a: ", b"GET /" + b"", HEAD, b"POST /graphql HTTP/1.1\r\n"], ids=["a value", "a path", "headers", "names"]
)
def test_a_head_without_end_is_not_kept(running: Served, beginning: bytes) -> None:
    more = b"x-a: " + b"b" * 1000 + b"\r\n" if beginning == HEAD else b"a" * 1000
    text = exchange(running, beginning, *[more] * (8 * MOST_HEAD_BYTES // len(more)), pause=0.0005)
    assert text == b"" or any(status in text for status in (b" 431 ", b" 400 "))


def test_trailers_are_not_kept(running: Served) -> None:
    chunk = b"%x\r\n%s\r\n" % (len(BODY), BODY)
    with dial(running) as line:
        line.sendall(CLOSING.partition(b"content-length")[0] + b"transfer-encoding: chunked\r\n\r\n" + chunk + b"0\r\n")
        line.sendall(b"x-a: b\r\n" * 100 + b"\r\n")
        assert ANSWER in read_all(line)


# ---------------------------------------------------------------------- ambiguous
SMUGGLED = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n"
AMBIGUOUS = {
    "both lengths": HEAD + b"content-length: %d\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
    "the other way round": HEAD + b"transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": HEAD + b"content-length: 0\r\ncontent-length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
    "a list of lengths": HEAD + b"content-length: 0, 5\r\n\r\n" + SMUGGLED,
    "a length with a sign": HEAD + b"content-length: +5\r\n\r\n" + SMUGGLED,
    "a negative length": HEAD + b"content-length: -1\r\n\r\n" + SMUGGLED,
    "a length of hex": HEAD + b"content-length: 0x5\r\n\r\n" + SMUGGLED,
    "a huge length": HEAD + b"content-length: 99999999999999999999999\r\n\r\n" + SMUGGLED,
    "a coding that is none": HEAD + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked twice": HEAD + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a space before the colon": HEAD + b"content-length : 5\r\n\r\n" + SMUGGLED,
    "a folded header": HEAD + b"x-a: b\r\n content-length: 5\r\n\r\n" + SMUGGLED,
    "a bare line feed": HEAD + b"transfer-encoding: chunked\n\r\n0\r\n\r\n" + SMUGGLED,
    "a chunk of no size": HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n" + SMUGGLED,
    "a chunk that is too long": HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n" + SMUGGLED,
    "a chunk of the largest size": HEAD + b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + SMUGGLED,
    "a NUL in a header": HEAD + b"x-a: \0\r\n\r\n" + SMUGGLED,
    "another protocol": b"SSH-2.0-x\r\n\r\n" + SMUGGLED,
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SMUGGLED,
    "a version that is none": b"GET / HTTP/9.9\r\n\r\n" + SMUGGLED,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + SMUGGLED,
    "random bytes": bytes(range(256)) + SMUGGLED,
}


@pytest.mark.parametrize("text", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_read_in_none(impatient: Served, text: bytes) -> None:
    """At most one refusal, and the connection is over: nothing behind it is taken for a request."""
    told = exchange(impatient, text)
    assert b"gateway_documents" not in told, "what was smuggled was answered"
    assert answers(told) <= 1
    assert not answers(told) or any(status in told for status in (b" 400 ", b" 408 ", b" 413 ", b" 415 ", b" 505 "))


def test_a_refusal_is_shut_to_browsers_too(running: Served) -> None:
    told = exchange(running, b"nonsense\r\n\r\n")
    assert b"HTTP/1.1 400 Bad Request" in told
    assert b"x-content-type-options: nosniff" in told
    assert b"connection: close" in told
    assert b"server:" not in told.lower()
    assert b"nonsense" not in told


def test_pipelined_requests_are_answered_in_order(running: Served) -> None:
    first = WHOLE.replace(b"{ __typename }", b"{ a: __typename }").replace(b"%d" % len(BODY), b"%d" % (len(BODY) + 3))
    told = exchange(running, first * 50 + CLOSING)
    assert answers(told) == 51
    assert told.index(b'"a"') < told.index(b'{"__typename"')


def test_junk_behind_a_request_gets_no_answer_of_another_one(running: Served) -> None:
    told = exchange(running, WHOLE + b"\x00\x01nonsense\r\n\r\n")
    assert answers(told) <= 1


def test_a_half_of_a_pipelined_request_waits_while_the_first_is_answered(impatient: Served) -> None:
    """It is not mixed into the answer of the first."""
    body = b'{"query": "mutation { write(seconds: 1.2) }"}'
    slow = WHOLE.replace(BODY, body).replace(b"%d" % len(BODY), b"%d" % len(body))
    with dial(impatient) as line:
        line.sendall(slow + HEAD + b"content-length: 100\r\n\r\n{")
        told = read_all(line)
    assert told.startswith(b"HTTP/1.1 200 OK")
    assert b'{"data":{"write":true}' in told
    assert answers(told) <= 2
