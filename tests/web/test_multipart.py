"""Subscriptions as Apollo's `multipart/mixed`, over a real socket. The deferred kind is in `test_deferring`."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from starlette.types import Message
from strawberry.types import ExecutionResult

from gateway.web.multipart import PARTS, PAYLOADS
from gateway.web.runner import Results
from gateway.web.stream import Framing, Stream
from tests.web.conftest import FREE, Served, eventually, served
from tests.web.test_accept import APOLLO_SUBSCRIPTION
from tests.web.test_event_stream import FOREVER, TICK
from tests.web.ticking import CANARY, seen, ticking_gateway

HEAD = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
ONLY = "multipart/mixed;subscriptionSpec=1.0"


@pytest.fixture
async def client(ticking: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=ticking.url) as client:
        yield client


async def ask(client: httpx.AsyncClient, query: str, accept: str = APOLLO_SUBSCRIPTION, **variables: object) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, "variables": variables}, headers={"accept": accept})


def payloads(response: httpx.Response) -> Sequence[Any]:
    assert response.headers["content-type"] == 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0'
    beginning, *parts, end = response.content.split(b"\r\n--graphql")
    assert (beginning, end) == (b"", b"--\r\n")
    return [json.loads(each.removeprefix(HEAD))["payload"] for each in parts]


async def test_the_bytes_of_a_subscription(client: httpx.AsyncClient) -> None:
    response = await ask(client, TICK, count=2)
    assert response.content == (
        b"\r\n--graphql" + HEAD + b'{"payload":{"data":{"tick":{"number":1}}}}'
        b"\r\n--graphql" + HEAD + b'{"payload":{"data":{"tick":{"number":2}}}}'
        b"\r\n--graphql--\r\n"
    )
    assert "no-store" in response.headers["cache-control"]


async def test_by_get(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": TICK, "variables": '{"count": 1}'}, headers={"accept": APOLLO_SUBSCRIPTION})
    assert payloads(response) == [{"data": {"tick": {"number": 1}}}]


async def test_a_query_comes_as_json_unless_that_is_not_taken(client: httpx.AsyncClient) -> None:
    assert (await ask(client, "{ __typename }")).json()["data"] == {"__typename": "Query"}
    assert payloads(await ask(client, "{ __typename }", ONLY)) == [{"data": {"__typename": "Query"}, "extensions": FREE}]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription ($n: Int!) { tick(count: $n) { number } }", "BAD_USER_INPUT"),
        ("subscription { lose(after: 0) }", "NOT_FOUND"),
    ],
)
async def test_what_cannot_begin_is_a_payload_with_errors(client: httpx.AsyncClient, query: str, code: str) -> None:
    (payload,) = payloads(await ask(client, query))
    assert [error["extensions"]["code"] for error in payload["errors"]] == [code]
    assert "data" not in payload or payload["data"] is None


async def test_a_fault_of_ours_is_masked(client: httpx.AsyncClient) -> None:
    response = await ask(client, "subscription { stumble(after: 2) }")
    *before, last = payloads(response)
    assert len(before) == 2
    assert last["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert CANARY not in response.text


@pytest.mark.parametrize("accept", ["multipart/mixed", "multipart/mixed;subscriptionSpec=2.0, */*", "multipart/mixed;incrementalSpec=v0.2"])
async def test_who_takes_another_kind_of_parts_is_told_which_there_is(client: httpx.AsyncClient, accept: str) -> None:
    response = await ask(client, TICK, accept, count=1)
    assert response.status_code == 406
    assert "multipart/mixed;subscriptionSpec=1.0" in response.json()["errors"][0]["message"]


async def test_a_client_that_goes_ends_the_work(client: httpx.AsyncClient) -> None:
    open_before = seen.open
    async with client.stream("POST", "/graphql", json=FOREVER, headers={"accept": ONLY}) as response:
        async for line in response.aiter_lines():
            if line.startswith("{"):
                break
        assert seen.open == open_before + 1
    await eventually(lambda: seen.open == open_before)


async def test_a_server_that_stops_ends_it_without_the_last_boundary() -> None:
    """Apollo Client takes that for a connection that broke, and may come again."""
    with served(ticking_gateway()) as running:
        async with (
            httpx.AsyncClient(base_url=running.url) as client,
            client.stream("POST", "/graphql", json=FOREVER, headers={"accept": ONLY}) as response,
        ):
            text = ""
            async for part in response.aiter_text():
                text += part
                running.server.should_exit = True
    assert "payload" in text
    assert "--graphql--" not in text


@pytest.mark.parametrize(("framing", "heartbeats"), [(PAYLOADS, 3), (PARTS, 0)])
async def test_an_empty_part_is_sent_while_nothing_happens(framing: Framing, heartbeats: int) -> None:
    sent: list[Message] = []

    async def nothing() -> Results:
        await asyncio.sleep(0.35)
        yield ExecutionResult({"at": "last"}, None)

    async def receive() -> Message:
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    await Stream(nothing(), framing, heartbeat_seconds=0.1)({"type": "http", "method": "GET"}, receive, send)
    bodies = [message["body"] for message in sent[1:]]
    assert [HEAD + b"{}\r\n--graphql"] * heartbeats == bodies[1:-3]
    assert b'"last"' in bodies[-3]
