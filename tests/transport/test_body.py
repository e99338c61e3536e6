"""Bodies are read within limits, whatever they turn into."""

import gzip
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.transport.body import PIECE_BYTES, BodyError, pieces_of, read_body

MIB = 2**20


class Chunks(httpx.AsyncByteStream):
    """A stream that counts what was taken of it."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            self.taken += 1
            yield chunk


def response(stream: Chunks, coding: str | None = None) -> httpx.Response:
    return httpx.Response(200, headers={"content-encoding": coding} if coding else {}, stream=stream)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (None, b"plain"),
        ("identity", b"plain"),
        ("gzip", gzip.compress(b"plain")),
        ("X-GZIP", gzip.compress(b"plain")),
        ("deflate", zlib.compress(b"plain")),
        ("gzip", gzip.compress(b"pl") + gzip.compress(b"ain")),
        ("gzip", b""),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
async def test_what_is_understood(coding: str | None, body: bytes, size: int) -> None:
    stream = Chunks(*(body[at : at + size] for at in range(0, len(body), size)))
    assert await read_body(response(stream, coding), max_bytes=100) == (b"plain" if body else b"")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip,identity", "rot13"])
async def test_what_was_not_asked_for_is_not_even_read(coding: str) -> None:
    stream = Chunks(b"x")
    with pytest.raises(BodyError, match="not asked for"):
        await read_body(response(stream, coding), max_bytes=100)
    assert stream.taken == 0


@pytest.mark.parametrize("body", [b"no gzip at all", gzip.compress(b"plain") + b"and more", gzip.compress(b"x" * 1000)[:-9]])
async def test_a_broken_compression(body: bytes) -> None:
    with pytest.raises(BodyError):
        await read_body(response(Chunks(body), "gzip"), max_bytes=MIB)


async def test_a_bomb_goes_off_in_slices_and_only_until_the_limit() -> None:
    bomb = gzip.compress(bytes(256 * MIB))
    assert max([len(piece) async for piece in pieces_of(response(Chunks(bomb), "gzip"))]) <= PIECE_BYTES
    with pytest.raises(BodyError, match="more than 1 MiB"):
        await read_body(response(Chunks(bomb), "gzip"), max_bytes=MIB)


async def test_an_endless_body_is_not_read_to_its_end() -> None:
    stream = Chunks(*[bytes(1000)] * 1000)
    with pytest.raises(BodyError):
        await read_body(response(stream), max_bytes=5000)
    assert stream.taken <= 6


async def test_an_answer_that_was_read_before() -> None:
    canned = httpx.Response(200, headers={"content-encoding": "gzip"}, content=gzip.compress(b"plain"))
    assert await read_body(canned, max_bytes=100) == b"plain"
