"""A vendor's server on a real socket, whose behaviour each test writes down byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from gateway.domain.account import Account
from gateway.domain.vendor import Vendor
from gateway.transport.client import Credentials, VendorHttp
from gateway.transport.limits import Limits
from tests.limits import one_attempt

KEY = "CANARY-4f1d9b7e"
ACCOUNT = Account("sales", next(iter(Vendor)))

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


def http_bytes(body: bytes = b"{}", *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class SocketServer:
    """`behave` writes the answer of every request; `requests` keeps the heads that came."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.behave: Behaviour = self.say(http_bytes())
        self.port = 0
        self.asked = asyncio.Event()
        self.closed_connections = asyncio.Semaphore(0)
        self._connections: set[asyncio.Task[None]] = set()

    @staticmethod
    def say(*pieces: bytes) -> Behaviour:
        async def behave(writer: asyncio.StreamWriter) -> None:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()

        return behave

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                while True:
                    self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
                    self.asked.set()
                    await self.behave(writer)
                    if writer.is_closing():
                        return
        finally:
            writer.close()
            self.closed_connections.release()
            self._connections.discard(task)

    async def stop(self) -> None:
        tasks = set(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def server() -> AsyncIterator[SocketServer]:
    it = SocketServer()
    listening = await asyncio.start_server(it.connected, "127.0.0.1", 0)
    it.port = listening.sockets[0].getsockname()[1]
    yield it
    listening.close()
    await it.stop()
    await listening.wait_closed()


@pytest.fixture
async def connect(server: SocketServer) -> AsyncIterator[Callable[..., VendorHttp]]:
    """Makes clients of the server; the key travels in a header and in the query, as vendors want it."""
    opened: list[VendorHttp] = []

    def make(*, limits: Limits | None = None, port: int | None = None, host: str = "127.0.0.1") -> VendorHttp:
        credentials = Credentials(headers=(("x-api-key", KEY),), params=(("api_key", KEY),), secrets=(KEY,))
        http = VendorHttp(ACCOUNT, f"http://{host}:{port or server.port}/v1/", credentials, limits or one_attempt())
        opened.append(http)
        return http

    yield make
    for http in opened:
        await http.close()
