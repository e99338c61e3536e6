"""A process with open subscriptions stops at once when it is told to."""

import asyncio
import json
import signal
import time

import httpx
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from gateway.config import ServerSettings
from tests.e2e.conftest import started
from tests.e2e.test_serving import is_clean

QUERY = "subscription { tick(count: 1000000, everySeconds: 0.05) { number } }"


async def test_open_subscriptions_do_not_hold_a_server_up() -> None:
    with started(module="tests.web.ticking") as running:
        accept = {"accept": "text/event-stream"}
        async with (
            httpx.AsyncClient(base_url=running.url) as client,
            client.stream("POST", "/graphql", json={"query": QUERY}, headers=accept) as stream,
            connect(
                f"ws{running.url.removeprefix('http')}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None
            ) as socket,
        ):
            await socket.send('{"type": "connection_init"}')
            await socket.recv()
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": QUERY}}))
            assert "tick" in str(await socket.recv())
            lines = stream.aiter_lines()
            assert await anext(lines) == "event: next"

            began = time.monotonic()
            done = await asyncio.to_thread(running.stop)
            seconds = time.monotonic() - began

            assert "event: complete" not in [line async for line in lines], "ended, not broken off, and not for good"
            await socket.wait_closed()
    assert socket.close_code == 1012, "the service restarts: come again"
    assert seconds < ServerSettings().drain_within_seconds / 2
    assert done.exit_code == -signal.SIGTERM
    assert is_clean(done), done.stderr
