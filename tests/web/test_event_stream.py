"""Subscriptions as server-sent events, over a real socket."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import Message
from strawberry.types import ExecutionResult

from gateway.web.accept import EVENT_STREAM, GRAPHQL_JSON, JSON
from gateway.web.event_stream import EVENTS
from gateway.web.runner import Results
from gateway.web.stream import Stream
from tests.web.conftest import FREE, Served, eventually, served, stands_still
from tests.web.test_accept import URQL
from tests.web.ticking import CANARY, seen, ticking_gateway

TICK = "subscription ($count: Int!, $every: Float! = 0) { tick(count: $count, everySeconds: $every) { number } }"
FOREVER: dict[str, object] = {"query": TICK, "variables": {"count": 1_000_000, "every": 0.01}}


@pytest.fixture
async def client(ticking: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=ticking.url) as client:
        yield client


async def ask(client: httpx.AsyncClient, query: str, accept: str = EVENT_STREAM, **variables: object) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, "variables": variables}, headers={"accept": accept})


def events(response: httpx.Response) -> list[tuple[str, Any]]:
    """The name and the data of each event."""
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(EVENT_STREAM)
    assert "\r" not in response.text
    found = []
    for block in response.text.removesuffix("\n\n").split("\n\n"):
        fields = dict(line.split(":", 1) for line in block.split("\n"))
        found.append((fields["event"].strip(), json.loads(fields["data"]) if fields["data"].strip() else None))
    return found


# ---------------------------------------------------------------------- what is sent
async def test_the_bytes_of_a_stream(client: httpx.AsyncClient) -> None:
    response = await ask(client, TICK, count=2)
    assert response.content == (
        b'event: next\ndata: {"data":{"tick":{"number":1}}}\n\n'
        b'event: next\ndata: {"data":{"tick":{"number":2}}}\n\n'
        b"event: complete\ndata:\n\n"
    )
    assert "no-store" in response.headers["cache-control"]
    assert response.headers["vary"] == "Accept"


async def test_a_subscription_by_get(client: httpx.AsyncClient) -> None:
    params = {"query": TICK, "variables": '{"count": 1}'}
    response = await client.get("/graphql", params=params, headers={"accept": EVENT_STREAM})
    assert events(response) == [("next", {"data": {"tick": {"number": 1}}}), ("complete", None)]


async def test_a_query_and_a_mutation_are_one_event(client: httpx.AsyncClient) -> None:
    assert events(await ask(client, "{ __typename }")) == [
        ("next", {"data": {"__typename": "Query"}, "extensions": FREE}),
        ("complete", None),
    ]
    written = seen.written
    assert events(await ask(client, "mutation { write(seconds: 0) }")) == [
        ("next", {"data": {"write": True}, "extensions": FREE}),
        ("complete", None),
    ]
    assert seen.written == written + 1


async def test_clients_that_take_both_get_json_but_for_subscriptions(client: httpx.AsyncClient) -> None:
    query = await ask(client, "{ __typename }", URQL)
    assert query.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"
    assert query.json() == {"data": {"__typename": "Query"}, "extensions": FREE}
    assert events(await ask(client, TICK, URQL, count=1))[0] == ("next", {"data": {"tick": {"number": 1}}})


@pytest.mark.parametrize("accept", ["*/*", JSON, GRAPHQL_JSON, "text/*", "multipart/mixed"])
async def test_a_subscription_for_who_takes_no_stream_is_406(client: httpx.AsyncClient, accept: str) -> None:
    for response in (
        await ask(client, TICK, accept, count=1),
        await client.get("/graphql", params={"query": "subscription { tick { number } }"}, headers={"accept": accept}),
    ):
        assert response.status_code == 406
        (error,) = response.json()["errors"]
        assert "text/event-stream" in error["message"]
        assert error["extensions"] == {"code": "BAD_REQUEST"}


async def test_head_begins_no_subscription(client: httpx.AsyncClient) -> None:
    response = await client.head("/graphql", params={"query": "subscription { tick { number } }"}, headers={"accept": EVENT_STREAM})
    assert (response.status_code, response.content) == (406, b"")
    query = await client.head("/graphql", params={"query": "{ __typename }"}, headers={"accept": EVENT_STREAM})
    assert (query.status_code, query.content, query.headers["content-type"]) == (200, b"", f"{EVENT_STREAM}; charset=utf-8")


@pytest.mark.parametrize("accept", [EVENT_STREAM, JSON, URQL])
async def test_get_never_writes(client: httpx.AsyncClient, accept: str) -> None:
    written = seen.written
    response = await client.get("/graphql", params={"query": "mutation { write(seconds: 0) }"}, headers={"accept": accept})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert seen.written == written


# ---------------------------------------------------------------------- what goes wrong
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { tick(count: "two") { number } }', "GRAPHQL_VALIDATION_FAILED"),
        ("subscription ($n: Int!) { tick(count: $n) { number } }", "BAD_USER_INPUT"),
        ("subscription A { tick { number } } subscription B { tick { number } }", "BAD_USER_INPUT"),
        ("subscription { lose }", "NOT_FOUND"),
    ],
)
async def test_what_cannot_begin_is_an_event_with_errors(client: httpx.AsyncClient, query: str, code: str) -> None:
    (name, data), last = events(await ask(client, query))
    assert (name, last) == ("next", ("complete", None))
    assert [error["extensions"]["code"] for error in data["errors"]] == [code]
    assert "data" not in data or data["data"] is None


async def test_a_request_that_is_none_is_an_http_error(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", content=b"nonsense", headers={"accept": EVENT_STREAM, "content-type": JSON})
    assert (response.status_code, response.headers["content-type"]) == (400, f"{JSON}; charset=utf-8")


async def test_a_fault_of_ours_ends_the_stream_and_is_masked(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    response = await ask(client, "subscription { stumble(after: 2) }")
    *before, (name, data), last = events(response)
    assert (len(before), name, last) == (2, "next", ("complete", None))
    (error,) = data["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["requestId"] in caplog.text
    assert CANARY not in response.text + caplog.text


async def test_an_error_of_the_callers_ends_the_stream_in_its_own_words(client: httpx.AsyncClient) -> None:
    *before, (_, data), _ = events(await ask(client, "subscription { lose(after: 1) }"))
    assert len(before) == 1
    assert [(error["message"], error["extensions"]["code"]) for error in data["errors"]] == [("There is no such thing.", "NOT_FOUND")]


# ---------------------------------------------------------------------- events and what they load
async def test_each_event_has_loaders_of_its_own(client: httpx.AsyncClient) -> None:
    found = events(await ask(client, "subscription { tick(count: 3) { a: remembered b: remembered loaders } }"))
    ticks = [data["data"]["tick"] for name, data in found if name == "next"]
    assert [tick["a"] for tick in ticks] == [False] * 3, "nothing of the event before"
    assert len({tick["loaders"] for tick in ticks}) >= 2


# ---------------------------------------------------------------------- ends
async def test_a_client_that_goes_ends_the_work(client: httpx.AsyncClient) -> None:
    open_before = seen.open
    async with client.stream("POST", "/graphql", json=FOREVER, headers={"accept": EVENT_STREAM}) as response:
        async for line in response.aiter_lines():
            if line.startswith("data"):
                break
        assert seen.open == open_before + 1
    await eventually(lambda: seen.open == open_before)


async def test_a_client_that_does_not_read_gets_no_more_made(ticking: Served) -> None:
    query = "subscription { tick(count: 1000000, size: 10000) { text } }"
    body = json.dumps({"query": query}).encode()
    host, port = ticking.url.removeprefix("http://").split(":")
    head = f"POST /graphql HTTP/1.1\r\nhost: x\r\naccept: {EVENT_STREAM}\r\ncontent-type: {JSON}\r\ncontent-length: {len(body)}\r\n\r\n"
    before, open_before = seen.ticks, seen.open
    with socket.create_connection((host, int(port))) as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle.sendall(head.encode() + body)
        await eventually(lambda: seen.ticks > before)
        made = await stands_still(lambda: seen.ticks) - before
        assert made < 2000, "what the kernel's buffers hold, and no more"
    await eventually(lambda: seen.open == open_before)


async def test_a_server_that_stops_ends_its_streams_without_complete() -> None:
    with served(ticking_gateway()) as running:
        async with (
            httpx.AsyncClient(base_url=running.url) as client,
            client.stream("POST", "/graphql", json=FOREVER, headers={"accept": EVENT_STREAM}) as response,
        ):
            text = ""
            async for part in response.aiter_text():
                text += part
                running.server.should_exit = True
    assert "event: next" in text
    assert "complete" not in text


# ---------------------------------------------------------------------- heartbeats
async def test_something_is_sent_while_nothing_happens() -> None:
    sent: list[Message] = []

    async def nothing() -> Results:
        await asyncio.sleep(0.35)
        yield ExecutionResult({"at": "last"}, None)

    async def receive() -> Message:
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    await Stream(nothing(), EVENTS, heartbeat_seconds=0.1)({"type": "http", "method": "GET"}, receive, send)
    bodies = [message["body"] for message in sent[1:]]
    assert bodies == [b":\n\n"] * 3 + [b'event: next\ndata: {"data":{"at":"last"}}\n\n', b"event: complete\ndata:\n\n", b""]
    assert [message["more_body"] for message in sent[1:]] == [True] * 5 + [False]
