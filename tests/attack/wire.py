"""A client that sends whatever bytes it is told to, and reads what comes back: no library that would tidy either of them up."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENCE_SECONDS = 30.0
"""Longer than anything may take; whoever has no answer by then hangs."""
UNFRAMED_SECONDS = 0.1
"""How long an answer is waited for where it is not certain that there will be one."""
_NO_BODY = frozenset({204, 304})


class Answer(NamedTuple):
    """`status` is 0 where the server closed the connection without a word; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""
    head: bytes = b""

    @property
    def closes(self) -> bool:
        return self.status == 0 or self.headers.get("connection", "").lower() == "close"


class Wire:
    """One connection at a time to a server, opened anew when the server closed the last one."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def exchange(self, request: bytes, *, has_body: bool = True, is_framed: bool = True) -> Answer:
        """What is said to this. `has_body` is False for a HEAD. Without `is_framed` the request ends where the client says no more.

        Raises `TimeoutError` when nothing is.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                reader, writer = await self._open()
                writer.write(request)
                answer = (
                    await self._listen(reader, has_body=has_body) if is_framed else await self._wait_a_little(reader, has_body=has_body)
                )
            except BaseException:
                self.close()
                raise
        if answer.closes or not is_framed:
            self.close()
        return answer

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection(self._host, self._port, limit=2**22)
        return self._streams

    async def _wait_a_little(self, reader: asyncio.StreamReader, *, has_body: bool) -> Answer:
        """A server may rightly wait for more."""
        try:
            async with asyncio.timeout(UNFRAMED_SECONDS):
                return await self._listen(reader, has_body=has_body)
        except TimeoutError:
            return Answer(0)

    async def _listen(self, reader: asyncio.StreamReader, *, has_body: bool) -> Answer:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Answer(0)
        first, *lines = head.decode("latin-1").split("\r\n")
        status = int(first.split(" ")[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        if status < 200:  # 100-continue, for one
            return await self._listen(reader, has_body=has_body)
        body = await _body(reader, headers) if has_body and status not in _NO_BODY else b""
        return Answer(status, headers, body, head)

    def close(self) -> None:
        """The next exchange opens another connection."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    if headers.get("transfer-encoding") != "chunked":
        return await reader.read()
    body = bytearray()
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return bytes(body)
