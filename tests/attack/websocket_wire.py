"""A WebSocket client that may break every rule: it writes whatever frames it is told to."""

import asyncio
import json
import struct
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.attack.attack import head
from tests.attack.wire import PATIENCE_SECONDS

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
_MASK = bytes(4)
"""One that changes nothing: it spares us the masking."""
HANDSHAKE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": "graphql-transport-ws",
}
QUIET_SECONDS = 0.1
"""So long a server is silent before the client says goodbye."""
GOODBYE_SECONDS = 1.0
"""How long it is listened to after that, where it does not hang up."""


class Ending(NamedTuple):
    """How a conversation went: the answer's head, and everything that came behind it. `is_over`: the server hung up in the end."""

    head: bytes
    heard: bytes
    is_over: bool


def frame(payload: bytes, opcode: int = TEXT, *, first: int = 0x80, is_masked: bool = True, length: int | None = None) -> bytes:
    """`first` holds the bits beside the opcode (by default: the last frame of a message), `length` is what it says to be as long as."""
    size = len(payload) if length is None else length
    bit = 0x80 if is_masked else 0
    told = (
        bytes([bit | size]) if size < 126 else struct.pack("!BH", bit | 126, size) if size < 2**16 else struct.pack("!BQ", bit | 127, size)
    )
    return bytes([first | opcode]) + told + (_MASK if is_masked else b"") + payload


def message(value: object) -> bytes:
    """A JSON message in a frame of its own."""
    return frame(json.dumps(value).encode())


async def converse(url: str, frames: bytes, *, headers: dict[str, str] | None = None) -> Ending:
    """Says all of it and listens, says goodbye and listens until the server hangs up. Raises `TimeoutError` when nothing ends."""
    parts = urlsplit(url)
    answered, heard = b"", bytearray()
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**22)
        try:
            writer.write(head("GET", "/graphql", headers={**HANDSHAKE, **(headers or {})}))
            answered = await reader.readuntil(b"\r\n\r\n")
            writer.write(frames)
            await _listen(reader, heard, QUIET_SECONDS)
            writer.write(frame(struct.pack("!H", 1000), CLOSE))
            await _listen(reader, heard, GOODBYE_SECONDS)
            return Ending(answered, bytes(heard), is_over=reader.at_eof())
        except (asyncio.IncompleteReadError, ConnectionError):
            return Ending(answered, bytes(heard), is_over=True)
        finally:
            writer.transport.abort()


async def _listen(reader: asyncio.StreamReader, heard: bytearray, quiet_seconds: float) -> None:
    """Until it is silent for so long, or over."""
    with suppress(TimeoutError):
        while piece := await asyncio.wait_for(reader.read(2**16), quiet_seconds):
            heard += piece
