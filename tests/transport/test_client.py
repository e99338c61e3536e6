"""The HTTP client against real sockets: everything that a wire can do wrong, and that no key gets out with it."""

import asyncio
import gzip
import logging
import socket
import traceback
from collections.abc import Callable

import pytest

from gateway.domain.errors import (
    OutcomeUnknownError,
    RateLimitedError,
    VendorAuthError,
    VendorError,
    VendorProtocolError,
    VendorTimeoutError,
    VendorUnavailableError,
)
from gateway.transport.call import Answer, Call, get, write
from gateway.transport.client import Credentials, VendorHttp
from gateway.transport.failure import Fault
from gateway.transport.limits import Limits
from tests.limits import one_attempt
from tests.transport.conftest import KEY, Behaviour, SocketServer, http_bytes

Connect = Callable[..., VendorHttp]
QUICK = one_attempt(read_seconds=0.05, write_seconds=0.05)
READ = get("/mailboxes")


def words(answer: Answer) -> Fault:
    return Fault(answer.body.decode())


async def never(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def abort(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def then_close(*pieces: bytes) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
        writer.close()

    return behave


def then_abort(*pieces: bytes) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.transport.abort()

    return behave


def drip(head: bytes) -> Behaviour:
    """Never ends, and never leaves the reader without a byte for long."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.005)

    return behave


ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
GZIP = ("Content-Encoding: gzip",)

FAILURES: dict[str, tuple[Behaviour, type[VendorError]]] = {
    "no answer": (never, VendorTimeoutError),
    "no body": (SocketServer.say(ENDLESS), VendorTimeoutError),
    "a body that drips": (drip(ENDLESS), VendorTimeoutError),
    "closed without an answer": (then_close(), VendorUnavailableError),
    "reset without an answer": (abort, VendorUnavailableError),
    "truncated": (then_close(http_bytes(b'{"a": 1}')[:-3]), VendorProtocolError),
    "truncated chunks": (then_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), VendorProtocolError),
    "garbled chunks": (then_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab"), VendorProtocolError),
    "no HTTP": (then_close(b"220 smtp.example ESMTP\r\n\r\n"), VendorProtocolError),
    "gzip that is none": (SocketServer.say(http_bytes(b"not gzip", headers=GZIP)), VendorProtocolError),
}


@pytest.mark.parametrize(("behave", "kind"), FAILURES.values(), ids=FAILURES)
async def test_each_failure_of_the_wire(
    server: SocketServer, connect: Connect, behave: Behaviour, kind: type[VendorError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.behave = behave
    with pytest.raises(VendorError) as caught:
        await connect(limits=QUICK).expect(READ, fault=words)
    assert caught.value.code is kind.code
    assert (caught.value.account, caught.value.status) == ("sales", None)
    assert KEY in server.requests[0]
    assert_hidden(caught.value, caplog)


async def test_a_connection_broken_within_the_body(server: SocketServer, connect: Connect) -> None:
    server.behave = then_abort(ENDLESS, b"[")
    with pytest.raises((VendorUnavailableError, VendorProtocolError)):
        await connect().expect(READ, fault=words)


async def test_nobody_listens(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(VendorUnavailableError, match="cannot be reached") as caught:
        await connect(port=port).expect(READ, fault=words)
    assert_hidden(caught.value, caplog)


async def test_an_impossible_address(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for host in ("no host", "127.0.0.1:99999"):
        with pytest.raises(VendorUnavailableError) as caught:
            await connect(host=host).expect(READ, fault=words)
        assert_hidden(caught.value, caplog)
        with pytest.raises(VendorUnavailableError):
            await connect(host=host).stream(READ, fault=words)


def assert_hidden(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    shown = ["".join(traceback.format_exception(error)), str(error), repr(error), caplog.text]
    shown += [f"{record.__dict__}" for record in caplog.records]
    assert not [text for text in shown if KEY in text or "CANARY" in text]


async def test_the_log_tells_account_path_and_outcome_alone(
    server: SocketServer, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.behave = server.say(http_bytes(f'{{"echo": "{KEY}"}}'.encode()))
    await connect().expect(get("/mailboxes", {"search": "CANARY-person"}), fault=words)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "gateway.transport"]
    assert line.startswith("sales GET /mailboxes 200 ")
    assert "CANARY" not in caplog.text


async def test_no_key_in_what_prints_a_client() -> None:
    credentials = Credentials(headers=(("authorization", f"Bearer {KEY}"),), secrets=(KEY,))
    assert KEY not in f"{credentials!r} {credentials!s} {[credentials]}"


async def test_the_words_of_a_refusal_are_redacted(server: SocketServer, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.behave = server.say(http_bytes(f"no such key: {KEY}".encode(), status="401 Unauthorized"))
    with pytest.raises(VendorAuthError, match=r"\(HTTP 401\): no such key: \[redacted\]") as caught:
        await connect().expect(READ, fault=words)
    assert_hidden(caught.value, caplog)


async def test_what_is_sent_is_what_was_asked(server: SocketServer, connect: Connect) -> None:
    await connect().expect(get(f"/mailboxes/{'a%2Fb'}", (("q", "a+b&c=d/é %"), ("tag", "1"), ("tag", "2"))), fault=words)
    head = server.requests[0].lower()
    assert head.startswith(f"get /v1/mailboxes/a%2fb?q=a%2bb%26c%3dd/%c3%a9%20%25&tag=1&tag=2&api_key={KEY.lower()} http/1.1")
    assert f"\r\nx-api-key: {KEY.lower()}\r\n" in head
    assert "\r\naccept-encoding: gzip\r\n" in head


async def test_a_write_without_a_body_does_not_say_what_it_contains(server: SocketServer, connect: Connect) -> None:
    await connect().expect(write("POST", "/mailboxes/1/verify"), fault=words)
    head = server.requests[0].lower()
    assert "content-type" not in head
    assert "\r\ncontent-length: 0\r\n" in head


async def test_an_answer_comes_whole(server: SocketServer, connect: Connect) -> None:
    server.behave = server.say(http_bytes(gzip.compress(b'{"ok": true}'), status="207 Multi-Status", headers=(*GZIP, "X-Quota: 3")))
    answer = await connect().expect(READ, fault=words, success=(207,))
    assert (answer.status, answer.body, answer.headers["x-quota"]) == (207, b'{"ok": true}', "3")


async def test_a_redirect_is_not_followed(server: SocketServer, connect: Connect) -> None:
    server.behave = server.say(http_bytes(status="302 Found", headers=(f"Location: http://127.0.0.1:{server.port}/elsewhere",)))
    with pytest.raises(VendorProtocolError, match="HTTP 302"):
        await connect().expect(READ, fault=lambda _: Fault())
    assert len(server.requests) == 1


async def test_cookies_are_not_kept(server: SocketServer, connect: Connect) -> None:
    server.behave = server.say(http_bytes(headers=("Set-Cookie: session=1; Path=/",)))
    http = connect(host="localhost")
    await http.expect(READ, fault=words)
    await http.expect(READ, fault=words)
    assert len(server.requests) == 2
    assert "cookie" not in "".join(server.requests).lower()


async def test_a_body_may_be_as_large_as_the_cap_and_no_larger(server: SocketServer, connect: Connect) -> None:
    http = connect(limits=Limits(max_answer_bytes=1024))
    server.behave = server.say(http_bytes(b" " * 1024))
    assert len((await http.expect(READ, fault=words)).body) == 1024
    server.behave = server.say(http_bytes(b" " * 1025))
    with pytest.raises(VendorProtocolError, match="more than"):
        await http.expect(READ, fault=words)


async def test_the_cap_counts_what_comes_out_of_gzip(server: SocketServer, connect: Connect) -> None:
    bomb = gzip.compress(bytes(32 * 1024 * 1024))
    assert len(bomb) < 64 * 1024
    server.behave = server.say(http_bytes(bomb, headers=GZIP))
    with pytest.raises(VendorProtocolError, match="answered with more than 1 MiB"):
        await connect(limits=Limits(max_answer_bytes=2**20, retries=None)).expect(READ, fault=words)


async def test_a_connection_is_used_again_and_a_failed_one_is_not(server: SocketServer, connect: Connect) -> None:
    http = connect(limits=one_attempt(concurrency=1, read_seconds=0.05))
    server.behave = server.say(ENDLESS)
    with pytest.raises(VendorTimeoutError):
        await http.expect(READ, fault=words)
    server.behave = server.say(http_bytes(b"[1]"))
    assert (await http.expect(READ, fault=words)).body == b"[1]"
    assert (await http.expect(READ, fault=words)).body == b"[1]"
    assert server.closed_connections._value == 1


async def test_what_nobody_asked_for_is_nobodys_answer(server: SocketServer, connect: Connect) -> None:
    """Servers say 408 on a connection that has been idle for too long, before they close it."""
    late = asyncio.Event()

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(http_bytes(b"[1]"))
        await writer.drain()
        await asyncio.sleep(0.02)  # the answer has been read
        writer.write(http_bytes(b"[2]"))
        await writer.drain()
        late.set()

    http = connect(limits=one_attempt(concurrency=1))
    server.behave = behave
    assert (await http.expect(READ, fault=words)).body == b"[1]"
    await late.wait()
    await asyncio.sleep(0.02)
    server.behave = server.say(http_bytes(b"[3]"))
    assert (await http.expect(READ, fault=words)).body == b"[3]"


async def test_a_write_has_its_own_deadline(server: SocketServer, connect: Connect) -> None:
    server.behave = never
    with pytest.raises(OutcomeUnknownError):
        await connect(limits=one_attempt(write_seconds=0.05)).expect(Call("POST", "/mailboxes", content=b"{}", is_read=False), fault=words)


async def test_credentials_can_be_replaced(server: SocketServer, connect: Connect) -> None:
    http = connect()
    http.replace_credentials(Credentials(headers=(("x-api-key", "CANARY-new"),), secrets=("CANARY-new",)))
    await http.expect(READ, fault=words)
    assert "CANARY-new" in server.requests[0]
    assert KEY not in server.requests[0]
    assert http.redact("it was CANARY-new") == "it was [redacted]"


# ---------------------------------------------------------------------- streams
async def test_a_stream_comes_in_pieces_and_may_be_larger_than_the_cap(server: SocketServer, connect: Connect) -> None:
    server.behave = server.say(http_bytes(b"x" * 50_000, headers=("X-Name: a",)))
    headers, chunks, stack = await connect(limits=Limits(max_answer_bytes=1000)).stream(READ, fault=words)
    async with stack:
        pieces = [chunk async for chunk in chunks]
    assert headers["x-name"] == "a"
    assert b"".join(pieces) == b"x" * 50_000
    assert len(pieces) > 1


async def test_a_stream_is_logged_like_any_call(server: SocketServer, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    server.behave = server.say(http_bytes(b"abc"))
    with caplog.at_level(logging.INFO, "gateway.transport"):
        _, _, stack = await connect().stream(READ, fault=words)
    await stack.aclose()
    assert [READ.path in line and "200" in line for line in caplog.messages] == [True]


async def test_a_stream_that_the_vendor_refuses(server: SocketServer, connect: Connect) -> None:
    server.behave = server.say(http_bytes(b"slow down", status="429 Too Many Requests", headers=("Retry-After: 7",)))
    with pytest.raises(RateLimitedError, match="slow down") as caught:
        await connect().stream(READ, fault=words)
    assert caught.value.retry_at is not None


async def test_a_stream_without_an_answer(server: SocketServer, connect: Connect) -> None:
    server.behave = never
    with pytest.raises(VendorTimeoutError):
        await connect(limits=QUICK).stream(READ, fault=words)


async def test_a_refused_stream_whose_words_drip(server: SocketServer, connect: Connect) -> None:
    server.behave = drip(ENDLESS.replace(b"200 OK", b"500 Oops"))
    with pytest.raises(VendorTimeoutError):
        await connect(limits=QUICK).stream(READ, fault=words)
    await asyncio.wait_for(server.closed_connections.acquire(), 5)


async def test_a_stream_that_breaks(server: SocketServer, connect: Connect) -> None:
    server.behave = then_close(ENDLESS, b"abc")
    _, chunks, stack = await connect().stream(READ, fault=words)
    async with stack:
        with pytest.raises(VendorProtocolError) as caught:
            async for _ in chunks:
                pass
    assert KEY not in "".join(traceback.format_exception(caught.value))


async def test_a_stream_that_is_garbled_in_the_middle(server: SocketServer, connect: Connect) -> None:
    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)  # the head has been read
        writer.write(b"zz\r\n")

    server.behave = behave
    _, chunks, stack = await connect(limits=QUICK).stream(READ, fault=words)
    async with stack, asyncio.timeout(5):
        with pytest.raises(VendorError):
            async for _ in chunks:
                pass


async def test_who_leaves_a_stream_before_it_begins_leaves_no_connection(server: SocketServer, connect: Connect) -> None:
    server.behave = drip(ENDLESS.replace(b"200 OK", b"500 Oops"))
    task = asyncio.create_task(connect().stream(READ, fault=words))
    await server.asked.wait()
    await asyncio.sleep(0.02)  # into the body
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(server.closed_connections.acquire(), 5)
