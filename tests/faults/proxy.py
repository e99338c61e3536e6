"""A vendor's address on a real socket: passes requests on to a sandbox, or misbehaves."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.sandbox.server import Sandbox
from tests.faults.dialect import Dialect
from tests.faults.exchange import Answer, Behaviour, Exchange, Request, behave


class Proxy:
    """Stands before one sandbox. `behaviour` is how it answers from now on; `connections` are those that are open."""

    def __init__(self, sandbox: Sandbox, dialect: Dialect, *, elsewhere: str = "") -> None:
        self.behaviour: Behaviour = behave
        self.requests: list[Request] = []
        self.connections: set[asyncio.StreamWriter] = set()
        self.url = ""
        self.tls_url = ""
        self.deaf_url = ""
        self._sandbox = sandbox
        self._dialect = dialect
        self._elsewhere = elsewhere
        self._memory: dict[str, Answer] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until somebody ends it."""
        self.connections.add(writer)
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                await self.behaviour(self._exchange(request, reader, writer))
                if writer.is_closing():
                    return
            writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the other side went away, in whichever way
        finally:
            self.connections.discard(writer)
            writer.close()

    def _exchange(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange:
        return Exchange(
            request,
            reader=reader,
            writer=writer,
            sandbox=self._sandbox,
            dialect=self._dialect,
            elsewhere=self._elsewhere,
            memory=self._memory,
            number=len(self.requests),
        )


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request; None for what is no HTTP. Raises `IncompleteReadError` at the end of the connection."""
    try:
        first = await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError:
        return None
    words = first.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/"):
        return None
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines if line))
    body = await reader.readexactly(int(dict(headers).get("content-length", 0)))
    return Request(words[0], words[1], headers, body)


@asynccontextmanager
async def open_proxy(sandbox: Sandbox, dialect: Dialect, *, tls: ssl.SSLContext, elsewhere: str = "") -> AsyncIterator[Proxy]:
    """A proxy that listens on two ports of this machine, without and with TLS, until the block ends. A third one is taken, and deaf."""
    proxy = Proxy(sandbox, dialect, elsewhere=elsewhere)
    plain = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    secure = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=tls)
    proxy.url = f"http://127.0.0.1:{plain.sockets[0].getsockname()[1]}"
    proxy.tls_url = f"https://127.0.0.1:{secure.sockets[0].getsockname()[1]}"
    deaf = socket.socket()
    deaf.bind(("127.0.0.1", 0))
    proxy.deaf_url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
    try:
        yield proxy
    finally:
        deaf.close()
        for server in (plain, secure):
            server.close()
        for writer in [*proxy.connections]:
            writer.transport.abort()
        for server in (plain, secure):
            await server.wait_closed()
