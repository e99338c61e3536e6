"""graphql-transport-ws over real sockets: with a real client, and message by message."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from gateway.domain.request_limits import RequestLimits
from gateway.web.runner import Runner
from gateway.web.websocket_connection import MAX_OPERATIONS
from tests.web.conftest import FREE, Served, caller, eventually, served, stands_still
from tests.web.ticking import CANARY, seen, ticking_gateway

TICK = "subscription ($count: Int!, $every: Float! = 0) { tick(count: $count, everySeconds: $every) { number } }"
PROTOCOL = "graphql-transport-ws"

MAX_BODY_BYTES = RequestLimits().max_body_kib * 1024


class Speaker:
    """Speaks the protocol message by message."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def hear(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(await asyncio.wait_for(self.connection.recv(), 5))

    async def begin(self, **payload: object) -> None:
        await self.say(type="connection_init", **({"payload": payload} if payload else {}))
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, id: str, query: str, **variables: object) -> None:  # noqa: A002 - the protocol's word
        await self.say(type="subscribe", id=id, payload={"query": query, "variables": variables})

    async def closed(self) -> tuple[int, str]:
        """With what it was closed, once everything else has been heard."""
        try:
            while True:
                await asyncio.wait_for(self.connection.recv(), 5)
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


@asynccontextmanager
async def speaking(server: Served, **options: Any) -> AsyncIterator[Speaker]:  # noqa: ANN401 - passed on
    async with connect(server.socket_url, subprotocols=[Subprotocol(PROTOCOL)], proxy=None, **options) as connection:
        yield Speaker(connection)


@pytest.fixture
async def speaker(ticking: Served) -> AsyncIterator[Speaker]:
    async with speaking(ticking) as speaker:
        await speaker.begin()
        yield speaker


# ---------------------------------------------------------------------- a real client
async def test_a_real_client(ticking: Served) -> None:
    """gql: a query, a mutation and two subscriptions at once on one connection."""
    transport = WebsocketsTransport(url=ticking.socket_url, subprotocols=[Subprotocol(PROTOCOL)])
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        assert await session.execute(gql("{ __typename }")) == {"__typename": "Query"}
        assert await session.execute(gql('mutation { knock(input: {password: "hunter2"}) }')) == {"knock": 7}

        async def numbers(count: int) -> list[int]:
            query = gql(TICK)
            query.variable_values = {"count": count}
            return [each["tick"]["number"] async for each in session.subscribe(query)]

        few, many = await asyncio.gather(numbers(3), numbers(30))
        assert (few, many) == ([1, 2, 3], [*range(1, 31)])
        with pytest.raises(TransportQueryError) as caught:
            [each async for each in session.subscribe(gql("subscription { lose }"))]
        assert caught.value.errors is not None
        assert caught.value.errors[0]["extensions"]["code"] == "NOT_FOUND"


# ---------------------------------------------------------------------- the handshake
@pytest.mark.parametrize("subprotocols", [None, [Subprotocol("graphql-ws")], [Subprotocol("nonsense")]])
async def test_another_subprotocol_is_refused(ticking: Served, subprotocols: list[Subprotocol] | None) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with connect(ticking.socket_url, subprotocols=subprotocols, proxy=None):
            pytest.fail("it opened")
    assert caught.value.response.status_code == 400
    assert PROTOCOL.encode() in caught.value.response.body


async def test_ours_is_chosen_among_several(ticking: Served) -> None:
    async with connect(ticking.socket_url, subprotocols=[Subprotocol("graphql-ws"), Subprotocol(PROTOCOL)], proxy=None) as connection:
        assert connection.subprotocol == PROTOCOL


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:1", "http://localhost", "http://127.0.0.1.evil.example"],
)
async def test_a_page_of_another_origin_is_refused(ticking: Served, origin: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with connect(ticking.socket_url, subprotocols=[Subprotocol(PROTOCOL)], proxy=None, additional_headers={"origin": origin}):
            pytest.fail("it opened")
    assert caught.value.response.status_code == 403


async def test_our_own_page_may_connect(ticking: Served) -> None:
    async with speaking(ticking, additional_headers={"origin": ticking.url}) as speaker:
        await speaker.begin()


# ---------------------------------------------------------------------- saying hello
async def test_who_does_not_say_hello_is_sent_away() -> None:
    with served(ticking_gateway(init_seconds=0.2)) as server:
        async with speaking(server) as speaker:
            await speaker.say(type="ping")
            assert await speaker.hear() == {"type": "pong"}
            assert await speaker.closed() == (4408, "Connection initialisation timeout")
        async with speaking(server) as speaker:
            await speaker.begin()
            await asyncio.sleep(0.4)
            await speaker.say(type="ping")
            assert await speaker.hear() == {"type": "pong"}, "after hello there is no hurry"


async def test_hello_twice(speaker: Speaker) -> None:
    await speaker.say(type="connection_init")
    assert await speaker.closed() == (4429, "Too many initialisation requests")


async def test_an_operation_before_hello(ticking: Served) -> None:
    async with speaking(ticking) as speaker:
        await speaker.subscribe("1", "{ __typename }")
        assert await speaker.closed() == (4401, "Unauthorized")


@pytest.mark.parametrize(
    ("header", "params", "is_let_in"),
    [
        (None, {"authorization": "Bearer mgw_key"}, True),
        (None, {"Authorization": "bearer mgw_key"}, True),
        ("Bearer mgw_key", {}, True),
        ("Bearer mgw_wrong", {"authorization": "Bearer mgw_key"}, True),
        (None, {}, False),
        (None, {"authorization": "mgw_key"}, False),
        (None, {"authorization": "Bearer mgw_wrong"}, False),
        (None, {"authorization": ["Bearer mgw_key"]}, False),
        (None, {"key": "mgw_key"}, False),
        ("Bearer mgw_key", {"authorization": "Bearer mgw_wrong"}, False),
    ],
)
async def test_a_key_by_header_or_connection_parameter(
    guarded: Served, header: str | None, params: dict[str, object], *, is_let_in: bool
) -> None:
    async with speaking(guarded, additional_headers={"authorization": header} if header else {}) as speaker:
        await speaker.say(type="connection_init", payload=params)
        if is_let_in:
            assert await speaker.hear() == {"type": "connection_ack"}
        else:
            code, reason = await speaker.closed()
            assert code == 4403
            assert "Bearer <key>" in reason


@pytest.fixture(scope="module")
def guarded() -> Any:  # noqa: ANN401 - a fixture
    with served(ticking_gateway((caller("reader", "read", key="mgw_key"),))) as server:
        yield server


# ---------------------------------------------------------------------- messages
@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        "null",
        "[]",
        "7",
        "{}",
        '{"type": null}',
        '{"type": "nonsense"}',
        '{"type": ["ping"]}',
        '{"type": "ping", "payload": 7}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": ["1"], "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "1", "payload": "{ __typename }"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": null}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": []}}',
        '{"type": "complete"}',
        '{"type": "connection_ack"}',
        '{"type": "next", "id": "1", "payload": {}}',
        '{"type": "ping", "payload": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"type": "subscribe", "id": "\\ud800", "payload": {"query": "{ __typename }"}}',
        b'{"type": "ping"}',
    ],
)
async def test_what_is_no_message_closes_the_connection(speaker: Speaker, message: str | bytes) -> None:
    await speaker.connection.send(message)
    code, reason = await speaker.closed()
    assert code == 4400
    assert reason.startswith("Invalid message")


async def test_a_message_that_is_too_large(speaker: Speaker) -> None:
    await speaker.connection.send(" " * (MAX_BODY_BYTES + 1))
    assert (await speaker.closed())[0] == 1009


async def test_pings_and_pongs(speaker: Speaker) -> None:
    await speaker.say(type="pong")
    await speaker.say(type="pong", payload={"a": 1})
    await speaker.say(type="ping", payload={"a": 1})
    assert await speaker.hear() == {"type": "pong"}


async def test_operations_of_all_kinds(speaker: Speaker) -> None:
    for query, data in (("{ __typename }", {"__typename": "Query"}), ("mutation { write(seconds: 0) }", {"write": True})):
        await speaker.subscribe("1", query)
        assert await speaker.hear() == {"type": "next", "id": "1", "payload": {"data": data, "extensions": FREE}}
        assert await speaker.hear() == {"type": "complete", "id": "1"}
    await speaker.subscribe("1", TICK, count=2)
    heard = [await speaker.hear() for _ in range(3)]
    assert [each["type"] for each in heard] == ["next", "next", "complete"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int!) { mailboxes(first: $n) { totalCount } }", "BAD_USER_INPUT"),
        ("subscription ($n: Int!) { tick(count: $n) { number } }", "BAD_USER_INPUT"),
        ("fragment F on Query { __typename }", "BAD_USER_INPUT"),
        ("query A { __typename } query B { __typename }", "BAD_USER_INPUT"),
        ("", "BAD_REQUEST"),
        ("subscription { lose }", "NOT_FOUND"),
    ],
)
async def test_what_cannot_begin_is_an_error_and_the_connection_goes_on(speaker: Speaker, query: str, code: str) -> None:
    await speaker.subscribe("1", query)
    answer = await speaker.hear()
    assert (answer["type"], answer["id"]) == ("error", "1")
    assert [error["extensions"]["code"] for error in answer["payload"]] == [code]
    await speaker.subscribe("1", "{ __typename }")
    assert (await speaker.hear())["type"] == "next"


async def test_a_field_that_fails_is_a_next_with_errors(speaker: Speaker) -> None:
    await speaker.subscribe("1", '{ __typename node(id: "nope") { id } }')
    answer = await speaker.hear()
    assert answer["type"] == "next"
    assert answer["payload"]["data"] == {"__typename": "Query", "node": None}
    assert answer["payload"]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_fault_of_ours_is_masked(speaker: Speaker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await speaker.subscribe("1", "subscription { stumble(after: 1) }")
    assert (await speaker.hear())["type"] == "next"
    answer = await speaker.hear()
    assert answer["type"] == "error"
    (error,) = answer["payload"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["requestId"] in caplog.text
    assert CANARY not in json.dumps(answer) + caplog.text


async def test_a_result_that_cannot_be_written_is_masked(
    speaker: Speaker, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("gateway.web.websocket_connection.answer", stumble)
    await speaker.subscribe("1", "{ __typename }")
    answer = await speaker.hear()
    assert (answer["type"], answer["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")
    assert "RuntimeError" in caplog.text
    assert CANARY not in json.dumps(answer) + caplog.text


async def test_an_id_in_use(speaker: Speaker) -> None:
    await speaker.subscribe("1", TICK, count=1000, every=0.05)
    await speaker.subscribe("1", TICK, count=1)
    assert await speaker.closed() == (4409, "Subscriber for 1 already exists")


async def test_a_long_id_in_use(speaker: Speaker) -> None:
    await speaker.subscribe("é" * 5000, TICK, count=1000, every=0.05)
    await speaker.subscribe("é" * 5000, TICK, count=1)
    code, reason = await speaker.closed()
    assert (code, reason[:20]) == (4409, "Subscriber for ééééé")


# ---------------------------------------------------------------------- ends
async def test_complete_ends_the_work_and_frees_the_id(speaker: Speaker) -> None:
    before = seen.open
    await speaker.subscribe("1", TICK, count=1000, every=0.05)
    assert (await speaker.hear())["payload"]["data"]["tick"] == {"number": 1}
    await speaker.say(type="complete", id="1")
    await speaker.say(type="complete", id="1")
    await speaker.say(type="complete", id="never begun")
    await eventually(lambda: seen.open == before)
    await speaker.subscribe("1", "{ __typename }")
    heard = await speaker.hear()
    while heard["type"] == "next" and "tick" in heard["payload"]["data"]:  # under way already
        heard = await speaker.hear()
    assert heard == {"type": "next", "id": "1", "payload": {"data": {"__typename": "Query"}, "extensions": FREE}}


async def test_an_operation_that_is_completed_at_once(speaker: Speaker) -> None:
    before = seen.open
    for _ in range(20):
        await speaker.subscribe("1", TICK, count=1000, every=0.05)
        await speaker.say(type="complete", id="1")
    await speaker.subscribe("2", "{ __typename }")
    assert (await speaker.hear())["id"] == "2"
    await eventually(lambda: seen.open == before)


@pytest.mark.parametrize("is_polite", [True, False])
async def test_the_end_of_a_connection_ends_all_its_subscriptions(ticking: Served, *, is_polite: bool) -> None:
    before = seen.open
    async with speaking(ticking) as speaker:
        await speaker.begin()
        for number in range(10):
            await speaker.subscribe(str(number), TICK, count=1000, every=0.05)
        await eventually(lambda: seen.open == before + 10)
        if not is_polite:
            speaker.connection.transport.abort()
    await eventually(lambda: seen.open == before)


@pytest.mark.parametrize("goodbye", ["complete", "close"])
async def test_a_mutation_that_has_begun_is_not_broken_off(ticking: Served, goodbye: str) -> None:
    before = seen.written
    async with speaking(ticking) as speaker:
        await speaker.begin()
        await speaker.subscribe("1", "mutation { write(seconds: 0.3) }")
        await asyncio.sleep(0.1)
        if goodbye == "complete":
            await speaker.say(type="complete", id="1")
            await speaker.subscribe("1", "{ __typename }")
            assert (await speaker.hear())["payload"]["data"] == {"__typename": "Query"}
            await speaker.hear()
            await asyncio.sleep(0.5)
            await speaker.say(type="ping")
            assert await speaker.hear() == {"type": "pong"}, "of what was completed nothing more is heard"
    await eventually(lambda: seen.written == before + 1)


async def test_too_many_operations_at_once(speaker: Speaker) -> None:
    for number in range(MAX_OPERATIONS):
        await speaker.subscribe(str(number), "mutation { write(seconds: 1) }")
    await speaker.subscribe("one more", "{ __typename }")
    answer = await speaker.hear()
    assert (answer["type"], answer["id"]) == ("error", "one more")
    assert answer["payload"][0]["extensions"]["code"] == "OVERLOADED"
    for number in range(MAX_OPERATIONS):
        await speaker.say(type="complete", id=str(number))
    await speaker.subscribe("still one more", "{ __typename }")
    assert (await speaker.hear())["type"] == "error", "those that nobody listens to count until they end"


async def test_a_client_that_does_not_read_gets_no_more_made(ticking: Served) -> None:
    before, open_before = seen.ticks, seen.open
    async with speaking(ticking, max_queue=1, compression=None) as speaker:
        await speaker.begin()
        await speaker.subscribe("1", "subscription { tick(count: 1000000, size: 10000) { text } }")
        await eventually(lambda: seen.ticks > before)
        made = await stands_still(lambda: seen.ticks) - before
        assert made < 2000, "what the kernel's buffers hold, and no more"
        speaker.connection.transport.abort()
    await eventually(lambda: seen.open == open_before)


async def test_a_server_that_stops_closes_its_connections() -> None:
    with served(ticking_gateway()) as server:
        async with speaking(server) as speaker:
            await speaker.begin()
            await speaker.subscribe("1", TICK, count=1000, every=0.05)
            await speaker.hear()
            server.server.should_exit = True
            assert (await speaker.closed())[0] == 1012
    assert seen.open == 0


# ---------------------------------------------------------------------- what is not kept
async def test_no_frame_is_logged(speaker: Speaker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await speaker.subscribe("1", 'mutation { knock(input: {password: "CANARY-literal"}) }')
    assert (await speaker.hear())["payload"]["data"] == {"knock": 14}
    own = [record for record in caplog.records if not record.name.startswith("websockets")]  # the test's own client
    assert not any("CANARY" in record.getMessage() for record in own)


# ---------------------------------------------------------------------- how long the client will wait
@pytest.mark.parametrize(
    ("header", "payload", "seconds"),
    [
        (None, {}, None),
        ("2500", {}, 2.5),
        (None, {"X-Request-Timeout-Ms": "1500"}, 1.5),
        (None, {"x-request-timeout-ms": 1500}, 1.5),
        ("2500", {"X-Request-Timeout-Ms": 10}, 0.01),
    ],
)
async def test_how_long_a_client_waits_is_said_once_for_the_connection(
    ticking: Served, monkeypatch: pytest.MonkeyPatch, header: str | None, payload: dict[str, object], seconds: float | None
) -> None:
    given: list[object] = []
    run = Runner.run

    async def record(*arguments: Any, **named: Any) -> object:  # noqa: ANN401 - passed on
        given.append(named["timeout_seconds"])
        return await run(*arguments, **named)

    monkeypatch.setattr(Runner, "run", record)
    async with speaking(ticking, additional_headers={"x-request-timeout-ms": header} if header else {}) as speaker:
        await speaker.begin(**payload)
        for identifier in ("1", "2"):
            await speaker.subscribe(identifier, "{ __typename }")
            assert [(await speaker.hear())["type"] for _ in range(2)] == ["next", "complete"]
    assert given == [seconds] * 2


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "soon", [1], ""])
async def test_a_time_that_is_none_closes_the_connection(ticking: Served, value: object) -> None:
    async with speaking(ticking) as speaker:
        await speaker.say(type="connection_init", payload={"X-Request-Timeout-Ms": value})
        code, reason = await speaker.closed()
    assert code == 4400
    assert reason.startswith("X-Request-Timeout-Ms must be a whole number")
