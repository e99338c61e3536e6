"""How many subscriptions a caller may have open, over whatever it listens."""

import asyncio
import gc
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import httpx
import pytest
from strawberry.types import ExecutionResult
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gateway.domain.limit_errors import TooManySubscriptionsError
from gateway.domain.request_limits import RequestLimits
from gateway.web.seats import Seats
from tests.web.conftest import caller, served
from tests.web.ticking import TICKING, ticking_gateway

TICK = "subscription ($count: Int!, $every: Float! = 0) { tick(count: $count, everySeconds: $every) { number } }"
LONG = {"query": TICK, "variables": {"count": 1000, "every": 0.05}}


async def two(fail: bool = False) -> AsyncGenerator[ExecutionResult, None]:  # noqa: FBT001, FBT002 - a test
    yield ExecutionResult({}, None)
    if fail:
        raise LookupError
    yield ExecutionResult({}, None)


async def test_a_seat_is_free_however_it_ends() -> None:
    seats = Seats(1)
    async for _ in seats.seated("a", two()):
        assert len(seats) == 1
    assert len(seats) == 0
    with pytest.raises(LookupError):
        async for _ in seats.seated("a", two(fail=True)):
            pass
    assert len(seats) == 0
    begun = seats.seated("a", two())
    await anext(begun)
    await begun.aclose()
    assert len(seats) == 0
    await seats.seated("a", two()).aclose()  # before the first
    assert len(seats) == 0
    forgotten = seats.seated("a", two())
    assert len(seats) == 1
    del forgotten
    gc.collect()
    assert len(seats) == 0
    thrown = seats.seated("a", two())
    await anext(thrown)
    with pytest.raises(KeyError):
        await thrown.athrow(KeyError())
    assert len(seats) == 0


async def test_each_has_seats_of_its_own() -> None:
    seats = Seats(2)
    kept = [seats.seated("a", two()), seats.seated("a", two()), seats.seated("b", two())]
    refused = two()
    with pytest.raises(TooManySubscriptionsError) as caught:
        seats.seated("a", refused)
    assert caught.value.extensions == {"code": "TOO_MANY_SUBSCRIPTIONS", "max": 2, "actual": 3}
    await refused.aclose()
    await kept[0].aclose()
    await kept[0].aclose()  # twice is once
    assert len(seats) == 2
    for each in kept:
        await each.aclose()


async def begin(socket: ClientConnection, number: str) -> dict[str, object]:
    """The first message of a subscription."""
    await socket.send(json.dumps({"type": "subscribe", "id": number, "payload": LONG}))
    while True:
        message: dict[str, object] = json.loads(await socket.recv())
        if message.get("id") == number:
            return message


async def test_websocket_and_event_stream_are_counted_together() -> None:
    gateway = ticking_gateway((caller("a", "read"), caller("b", "read")), limits=RequestLimits(max_subscriptions=2))
    headers = {"authorization": "Bearer a", "accept": "text/event-stream"}
    with served(gateway) as running:
        async with httpx.AsyncClient(base_url=running.url, headers=headers) as client, asyncio.timeout(20):
            async with connect(running.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
                await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": "Bearer a"}}))
                await socket.recv()
                assert (await begin(socket, "1"))["type"] == "next"
                async with client.stream("POST", "/graphql", json=LONG) as stream:
                    assert stream.status_code == 200
                    refused = await begin(socket, "2")
                    assert refused["type"] == "error"
                    assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"  # type: ignore[index]
                    third = await client.post("/graphql", json=LONG)
                    assert third.status_code == 429
                    assert third.json()["errors"][0]["extensions"] == {"code": "TOO_MANY_SUBSCRIPTIONS", "max": 2, "actual": 3}
                    other = client.stream("POST", "/graphql", json={"query": TICKING}, headers={"authorization": "Bearer b"})
                    async with other as allowed:
                        assert allowed.status_code == 200
                await until_free(client, 1)
                await socket.send(json.dumps({"type": "complete", "id": "1"}))
                await until_free(client, 2)
                while (await begin(socket, "3"))["type"] != "next":  # noqa: ASYNC110 - the seat is free a moment later
                    await asyncio.sleep(0.02)
            await until_free(client, 2)


async def until_free(client: httpx.AsyncClient, seats: int) -> None:
    """Waits until so many subscriptions can be begun at the same time, and ends them."""
    async with AsyncExitStack() as stack:
        for _ in range(seats):
            while (await stack.enter_async_context(client.stream("POST", "/graphql", json=LONG))).status_code != 200:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
