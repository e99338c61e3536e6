import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.load import PLACEHOLDER, Plan, carry_out

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
BAD = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"


@asynccontextmanager
async def _saying(answers: list[bytes], got: list[bytes]) -> AsyncIterator[int]:
    """A server that gives these answers in turn, each in two pieces, and notes the requests."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                got.append(await reader.readuntil(b"\r\n\r\n"))
                answer = answers[len(got) % len(answers)]
                writer.write(answer[:-3])
                await asyncio.sleep(0.001)
                writer.write(answer[-3:])
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_counts_every_answer_and_those_that_are_not_good() -> None:
    got: list[bytes] = []
    async with _saying([GOOD, BAD], got) as port:
        measured = await carry_out(Plan(port, [b"GET / HTTP/1.1\r\n\r\n"], 2, 0.1, warm_up_seconds=0.0))
    assert measured.all_requests == len(got)
    assert measured.failures == len([None for number in range(1, len(got) + 1) if number % 2])
    assert 2 <= measured.bytes_each <= 3
    assert 0 < measured.p50_ms <= measured.p99_ms


async def test_no_request_is_sent_twice_where_each_has_a_number() -> None:
    got: list[bytes] = []
    async with _saying([GOOD], got) as port:
        await carry_out(Plan(port, [b"GET /" + PLACEHOLDER + b" HTTP/1.1\r\n\r\n"], 2, 0.05, warm_up_seconds=0.0, first_number=7))
    assert len(set(got)) == len(got) > 1
    assert b"GET /000000000007 HTTP/1.1\r\n\r\n" in got


async def test_an_answer_that_takes_longer_than_all_the_time_still_tells_how_long_it_takes() -> None:
    got: list[bytes] = []
    async with _saying([GOOD], got) as port:
        measured = await carry_out(Plan(port, [b"GET / HTTP/1.1\r\n\r\n"], 1, 0.0001, warm_up_seconds=0.0))
    assert measured.requests == 0
    assert measured.p50_ms > 0
