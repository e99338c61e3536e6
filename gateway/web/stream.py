"""An answer that goes out piece by piece, in whichever framing."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from gateway.schema.frame import Result
from gateway.web.runner import Results

HEARTBEAT_SECONDS = 12.0
"""How often something is sent, so that no proxy takes the connection for dead; most wait for 30 seconds or longer."""
_HEADERS = {
    "cache-control": "no-store, no-transform",
    "vary": "Accept",
    "x-accel-buffering": "no",  # nginx would hold pieces back
    "x-content-type-options": "nosniff",
}


class Framing(msgspec.Struct, frozen=True):
    """How results are told apart on the wire: what stands before all, around each, after the last, and while nothing happens."""

    content_type: str
    frame: Callable[[Result], bytes]
    opening: bytes = b""
    closing: bytes = b""
    heartbeat: bytes | None = None


class Stream:
    """An ASGI app that sends every result.

    It stops, and closes `results`, when they end, when the client goes, and when `stopping`, where there is one, is set. Then `closing`
    is not sent, and clients connect again. Each piece is handed to the server before the next result is asked for: what a slow client
    does not take is not made.
    """

    def __init__(
        self, results: Results, framing: Framing, stopping: asyncio.Event | None = None, *, heartbeat_seconds: float = HEARTBEAT_SECONDS
    ) -> None:
        self._results = results
        self._framing = framing
        self._stopping = stopping or asyncio.Event()
        self._heartbeat_seconds = heartbeat_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._results):
            headers = {"content-type": self._framing.content_type, **_HEADERS}
            encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": 200, "headers": encoded})
            if scope["method"] != "HEAD":
                await _until_one_ends(self._send_results(send), self._keep_alive(send), _gone(receive), self._stopping.wait())
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_results(self, send: Send) -> None:
        await _write(send, self._framing.opening)
        async for result in self._results:
            await _write(send, self._framing.frame(result))
        await _write(send, self._framing.closing)

    async def _keep_alive(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_seconds)
            await _write(send, self._framing.heartbeat or b"")


async def _write(send: Send, piece: bytes) -> None:
    if piece:
        await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_one_ends(*works: Coroutine[Any, Any, object]) -> None:
    """Runs all until one ends; the others are cancelled and waited for. Raises what the one raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
