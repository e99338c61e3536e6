"""Answers as server-sent events: GraphQL over SSE in its "distinct connections mode", one operation a request.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from gateway.web.accept import EVENT_STREAM
from gateway.web.answer import answer
from gateway.web.runner import Results

HEARTBEAT_SECONDS = 12.0
"""How often something is sent, so that no proxy takes the connection for dead; most wait for 30 seconds or longer."""
_HEARTBEAT = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"
_HEADERS = {
    "content-type": f"{EVENT_STREAM}; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "vary": "Accept",
    "x-accel-buffering": "no",  # nginx would hold events back
    "x-content-type-options": "nosniff",
}


class EventStream:
    """An ASGI app that sends every result as `next` and ends with `complete`.

    It stops, and closes `results`, when they end, when the client goes, and when `closing` is set. Then there is no `complete`, and
    clients connect again. Each event is handed to the server before the next result is asked for: what a slow client does
    not take is not made.
    """

    def __init__(self, results: Results, closing: asyncio.Event, *, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._results = results
        self._closing = closing
        self._heartbeat_seconds = heartbeat_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._results):
            headers = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            if scope["method"] != "HEAD":
                await _until_one_ends(self._send_results(send), self._keep_alive(send), _gone(receive), self._closing.wait())
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_results(self, send: Send) -> None:
        async for result in self._results:
            await _write(send, b"event: next\ndata: " + msgspec.json.encode(answer(result)) + b"\n\n")
        await _write(send, _COMPLETE)

    async def _keep_alive(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_seconds)
            await _write(send, _HEARTBEAT)


async def _write(send: Send, event: bytes) -> None:
    await send({"type": "http.response.body", "body": event, "more_body": True})


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
