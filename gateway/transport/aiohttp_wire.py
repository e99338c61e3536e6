"""Connection pools of aiohttp's."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from functools import cache, partial

import aiohttp
import httpx
import yarl
from aiohttp.client_proto import ResponseHandler

from gateway.transport.wire import CONNECT_TIMEOUT_SECONDS, Headers, Response

KEEP_ALIVE_SECONDS = 30.0
BUFFER_BYTES = 256 * 1024
"""So much of a body may wait to be read: a list of 100 mailboxes arrives without a pause."""
CHUNK_BYTES = 32 * 1024
"""Whoever passes a body on is not to be handed more of it at once."""


class AiohttpWire:
    """A pool of so many connections.

    Environment proxies are not used, redirects not followed, and cookies not kept: a call carries what it was given and nothing else.
    A write gets a connection of its own: on a kept one that the vendor has just closed, nobody could tell whether it arrived.
    What is sent again is the retry layer's business, so aiohttp does not.
    """

    def __init__(self, *, concurrency: int, is_for_writes: bool = False) -> None:
        self._concurrency = concurrency
        self._is_for_writes = is_for_writes
        self._ssl = _ssl_context()
        self._session: aiohttp.ClientSession | None = None

    async def send(self, method: str, url: str, headers: Headers, content: bytes | None, *, seconds: float) -> Response:
        session = self._session or self._open()
        try:
            address = yarl.URL(url)
        except ValueError:
            message = "the base URL is none"  # yarl's own words quote it, key included
            raise httpx.InvalidURL(message) from None
        response = await session.request(
            method, address, headers=headers, data=content, allow_redirects=False, auto_decompress=False, timeout=_timeout(seconds)
        )
        return AiohttpResponse(response, seconds=seconds)

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._is_for_writes:
            connector = aiohttp.TCPConnector(limit=self._concurrency, force_close=True, ssl=self._ssl)
        else:
            connector = aiohttp.TCPConnector(limit=self._concurrency, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=self._ssl)
        connector._factory = partial(_Conversation, loop=asyncio.get_running_loop())  # type: ignore[assignment] # noqa: SLF001 - as below; a partial of a subclass is no subtype
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=BUFFER_BYTES,
            skip_auto_headers=("content-type",),  # a POST without a body would say that it is `application/octet-stream`
        )
        session._retry_connection = False  # noqa: SLF001 - aiohttp 3.14 has no public switch; tests count what arrives
        self._session = session
        return session


class _Conversation(ResponseHandler):
    """aiohttp's own, that is not used again once something came that nobody had asked for: it would be the next request's answer."""

    def is_connected(self) -> bool:
        return super().is_connected() and not self._buffer and not self._tail


class AiohttpResponse:
    """aiohttp's answer as a `Response`."""

    is_stream_consumed = False
    content = b""

    def __init__(self, response: aiohttp.ClientResponse, *, seconds: float) -> None:
        self._response = response
        self._seconds = seconds
        self.status_code = response.status
        self.headers = httpx.Headers(response.raw_headers)

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        """Raises `TimeoutError` where nothing comes: aiohttp's own timer ends with the connection when a chunk is garbled, silently."""
        content = self._response.content
        while not content.is_eof():  # then all is there
            async with asyncio.timeout(self._seconds):
                piece = await content.read(CHUNK_BYTES)
            if piece:
                yield piece
        while piece := await content.read(CHUNK_BYTES):
            yield piece

    async def aclose(self) -> None:
        self._response.release()
        await self._response.wait_for_close()


@cache
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(connect=seconds, sock_connect=min(CONNECT_TIMEOUT_SECONDS, seconds), sock_read=seconds)


@cache
def _ssl_context() -> ssl.SSLContext:
    """One for all accounts: each holds all root certificates, and takes some 20 ms to make."""
    return httpx.create_ssl_context(trust_env=False)
