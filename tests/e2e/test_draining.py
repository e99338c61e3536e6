"""A process that is told to stop: what is under way may end, nothing new begins, and the end comes in the time that was given."""

import asyncio
import json
import signal
import time
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from gateway.config import ServerSettings
from tests.e2e.conftest import Finished, Running, started
from tests.e2e.test_serving import is_clean
from tests.web.conftest import FREE

QUERY = "subscription { tick(count: 1000000, everySeconds: 0.05) { number } }"
ACCEPT = {"accept": "text/event-stream"}
TICKING = "tests.web.ticking"
OVER_SECONDS = 5
"""How much later than it was told to a process may be gone on a busy machine."""


async def stopped(running: Running) -> tuple[float, Finished]:
    """SIGTERM; how long it took, in seconds, and how it ended."""
    began = time.monotonic()
    done = await asyncio.to_thread(running.stop)
    return time.monotonic() - began, done


async def write(client: httpx.AsyncClient, seconds: float, accept: str = "*/*") -> httpx.Response:
    return await client.post("/graphql", json={"query": f"mutation {{ write(seconds: {seconds}) }}"}, headers={"accept": accept})


async def begun(client: httpx.AsyncClient, seconds: float, accept: str = "*/*") -> asyncio.Task[httpx.Response]:
    """A write that is under way."""
    await write(client, 0)  # the first request of a process takes longer
    task = asyncio.create_task(write(client, seconds, accept))
    await asyncio.sleep(0.5)
    return task


def assert_stopped(response: httpx.Response) -> None:
    """Its time was up, and the client is told what that means for a write."""
    [error] = response.json()["errors"]
    assert (response.status_code, response.headers["retry-after"], error["extensions"]["code"]) == (503, "1", "OUTCOME_UNKNOWN")
    assert "idempotencyKey" in error["message"]


async def test_open_subscriptions_do_not_hold_a_server_up() -> None:
    with started(module=TICKING) as running:
        async with (
            httpx.AsyncClient(base_url=running.url) as client,
            client.stream("POST", "/graphql", json={"query": QUERY}, headers=ACCEPT) as stream,
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

            seconds, done = await stopped(running)

            assert "event: complete" not in [line async for line in lines], "ended, not broken off, and not for good"
            await socket.wait_closed()
    assert socket.close_code == 1012, "the service restarts: come again"
    assert seconds < ServerSettings().drain_within_seconds / 2
    assert done.exit_code == -signal.SIGTERM
    assert is_clean(done), done.stderr


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
async def test_what_is_under_way_is_answered_and_who_comes_is_sent_away(accept: str) -> None:
    with started(module=TICKING) as running:
        async with httpx.AsyncClient(base_url=running.url) as client:
            writing = await begun(client, 2, accept)
            ending = asyncio.create_task(stopped(running))
            await asyncio.sleep(0.4)
            refused, ready, alive = await write(client, 0), await client.get("/readyz"), await client.get("/healthz")
            answer = await writing
            seconds, done = await ending
    assert '{"data":{"write":true},' in answer.text
    assert (refused.status_code, refused.headers["retry-after"], refused.headers["connection"]) == (503, "1", "close")
    assert refused.json()["errors"][0]["extensions"]["code"] == "OVERLOADED"
    assert (ready.status_code, ready.json(), alive.status_code) == (503, {"status": "draining"}, 200)
    assert seconds < OVER_SECONDS
    assert is_clean(done), done.stderr


async def test_a_mutation_over_websocket_is_answered_too() -> None:
    with started(module=TICKING) as running:
        url = f"ws{running.url.removeprefix('http')}/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            await socket.send('{"type": "connection_init"}')
            await socket.recv()
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": "mutation { write(seconds: 2) }"}}))
            await asyncio.sleep(1)
            ending = asyncio.create_task(stopped(running))
            heard = [json.loads(await socket.recv()) for _ in range(2)]
            await socket.wait_closed()
            await ending
    assert heard == [{"id": "1", "type": "next", "payload": {"data": {"write": True}, "extensions": FREE}}, {"id": "1", "type": "complete"}]
    assert socket.close_code == 1012


async def test_what_takes_longer_than_it_may_does_not_hold_the_end_up() -> None:
    with started("--drain-within", "1", module=TICKING) as running:
        async with httpx.AsyncClient(base_url=running.url, timeout=30) as client:
            writing = await begun(client, 60)
            seconds, done = await stopped(running)
            assert_stopped(await writing)
    assert 1 <= seconds < 1 + OVER_SECONDS
    assert is_clean(done), done.stderr
    assert done.exit_code == -signal.SIGTERM


async def test_a_query_that_waits_for_a_silent_vendor_does_not_hold_the_end_up(silent_vendor: str, tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    account = f'[[accounts]]\nname = "silent"\nvendor = "smartlead"\napi_key = "k"\nbase_url = "{silent_vendor}"\n'
    path.write_text(f'[server]\nstate_dir = "${{STATE}}"\nanswer_within = "60s"\nrequest_timeout = "60s"\ndrain_within = "1s"\n{account}')
    with started("serve", "--config", str(path), "--port", "0") as running:
        async with httpx.AsyncClient(base_url=running.url, timeout=30) as client:
            asking = asyncio.create_task(client.post("/graphql", json={"query": "{ mailboxes { totalCount } }"}))
            await asyncio.sleep(0.5)
            assert not asking.done()
            seconds, done = await stopped(running)
            assert_stopped(await asking)
    assert 1 <= seconds < 1 + OVER_SECONDS
    assert is_clean(done), done.stderr
    assert done.exit_code == -signal.SIGTERM
