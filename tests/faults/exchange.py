"""One request at a misbehaving vendor, and the ways to answer it, down to the byte."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import TypeAlias

import httpx
import msgspec

from gateway.sandbox.server import Sandbox
from tests.faults.dialect import Dialect

JSON_HEADERS: Mapping[str, str] = MappingProxyType({"content-type": "application/json"})


class Request(msgspec.Struct, frozen=True):
    """A request as it came in; `target` is its path with the query."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Answer(msgspec.Struct, frozen=True):
    """A whole answer."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = JSON_HEADERS

    def head(self, length: int | None = None) -> bytes:
        """Everything before the body; `length` is what `Content-Length` claims."""
        claimed = {"content-length": str(len(self.body) if length is None else length)}
        lines = [
            f"HTTP/1.1 {self.status} {_reason(self.status)}",
            *(f"{name}: {value}" for name, value in {**self.headers, **claimed}.items()),
        ]
        return "\r\n".join((*lines, "", "")).encode("latin-1")


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase


class Exchange:
    """A request and the connection on which it waits. `memory` lasts from one request to the next; `elsewhere` is another host's URL.
    `number` counts the requests from 1.
    """

    def __init__(  # noqa: PLR0913 - all by keyword
        self,
        request: Request,
        *,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        sandbox: Sandbox,
        dialect: Dialect,
        elsewhere: str,
        memory: dict[str, Answer],
        number: int,
    ) -> None:
        self.request = request
        self.number = number
        self.sandbox = sandbox
        self.dialect = dialect
        self.elsewhere = elsewhere
        self.memory = memory
        self._reader = reader
        self._writer = writer

    async def usual(self) -> Answer:
        """What the vendor would say if it were well."""
        request = httpx.Request(
            self.request.method, f"http://sandbox.example{self.request.target}", headers=self.request.headers, content=self.request.body
        )
        response = await httpx.ASGITransport(app=self.sandbox).handle_async_request(request)
        return Answer(await response.aread(), response.status_code, {"content-type": response.headers.get("content-type", "")})

    async def answer(self, answer: Answer) -> None:
        """All of it."""
        await self.write(answer.head() + answer.body)

    async def write(self, content: bytes) -> None:
        """Raises `ConnectionError` once the other side has gone."""
        if self._writer.is_closing():
            raise ConnectionResetError
        self._writer.write(content)
        await self._writer.drain()

    async def hang(self) -> None:
        """Nothing more, until the other side goes away."""
        await self._reader.read()
        raise ConnectionResetError

    def close(self) -> None:
        """The end of the connection, politely."""
        self._writer.close()

    def reset(self) -> None:
        """The end of the connection at once, with a TCP reset."""
        connection: socket.socket = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Behaviour: TypeAlias = Callable[[Exchange], Awaitable[None]]
"""Answers one request, well or badly."""


async def behave(exchange: Exchange) -> None:
    """As the vendor's pages say."""
    await exchange.answer(await exchange.usual())
