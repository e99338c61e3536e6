"""Reads an answer's body, and no more of it than can be borne."""

import zlib
from collections.abc import AsyncIterator

from gateway.transport.wire import Response

PIECE_BYTES = 256 * 1024
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_PLAIN = ("", "identity")
_DEFLATED = ("gzip", "x-gzip", "deflate")


class BodyError(Exception):
    """The body is not taken; the text says why, as the end of a sentence about the vendor, and quotes nothing."""


async def read_body(response: Response, *, max_bytes: int) -> bytes:
    """The whole body, decompressed. Raises `BodyError` as soon as it is larger than `max_bytes`, and what the wire raises."""
    pieces: list[bytes] = []
    size = 0
    async for piece in pieces_of(response):
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise BodyError(f"answered with more than {max_bytes / 2**20:g} MiB")
    return b"".join(pieces)


async def pieces_of(response: Response) -> AsyncIterator[bytes]:
    """The body piece by piece, decompressed, each at most `PIECE_BYTES` long where it came compressed: a bomb goes off in slices.

    Raises `BodyError` for a compression that was not asked for, for one inside another, and for a broken one.
    """
    if response.is_stream_consumed:  # a canned answer: httpx has read and decompressed it already
        yield response.content
        return
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in _PLAIN:
        async for chunk in response.aiter_raw():
            yield chunk
    elif coding in _DEFLATED:
        async for piece in _inflated(response.aiter_raw()):
            yield piece
    else:
        raise BodyError("answered in a compression that was not asked for")


async def _inflated(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    inflater = None
    try:
        async for chunk in chunks:
            while chunk:
                if inflater is None or inflater.eof:  # the first, or the next of several that follow one another (RFC 1952, 2.2)
                    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
                yield inflater.decompress(chunk, PIECE_BYTES)
                chunk = inflater.unused_data if inflater.eof else inflater.unconsumed_tail  # noqa: PLW2901 - what is left of it
        if inflater is not None:
            yield inflater.flush()
    except zlib.error:
        raise BodyError("answered with a broken compression") from None
    if inflater is not None and not inflater.eof:
        raise BodyError("broke off its answer")
