"""One line for each request and operation: what the log needs, and nothing that the client wrote."""

import json
import logging
import re
from hashlib import sha256
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from gateway.config import ServerSettings
from gateway.domain.errors import ErrorCode
from gateway.web.noted import LONGEST_NAME
from tests.web.conftest import House, Served, caller, eventually, open_house
from tests.web.ticking import CANARY

ID = re.compile(r"[0-9a-f]{16}(\.[0-9]+)?")


class Lines:
    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    @property
    def records(self) -> list[logging.LogRecord]:
        return [each for each in self._caplog.records if each.name == "gateway.request"]

    def taken(self) -> list[dict[str, Any]]:
        """Since the last time, each with its request's id."""
        found = [{**vars(each)["event"], "id": vars(each)["request"]} for each in self.records]
        self._caplog.clear()
        return found


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    caplog.set_level(logging.INFO, "gateway.request")
    return Lines(caplog)


async def test_a_query(house: House, lines: Lines) -> None:
    query = "query Fleet { mailboxes { totalCount } }"
    answers = [await house.ask(query) for _ in range(2)]
    first, again = lines.taken()
    assert [each["id"] for each in (first, again)] == [answer.headers["x-request-id"] for answer in answers]
    assert first["ms"] > 0
    assert first["calls"] > 0
    del first["ms"], first["id"], first["calls"]
    assert first == {
        "kind": "query",
        "name": "Fleet",
        "document": sha256(query.encode()).hexdigest(),
        "caller": "anonymous",
        "status": 200,
        "outcome": "ok",
    }
    assert (again["calls"], again["document"]) == (0, first["document"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"query": "{ nope }"}, {"kind": "query", "outcome": "refused", "codes": ["GRAPHQL_VALIDATION_FAILED"]}),
        ({"query": '{ a: node(id: "x") { id } b: node(id: "y") { id } __typename }'}, {"outcome": "partial", "codes": ["BAD_USER_INPUT"]}),
        ({"query": "query A { __typename }", "operationName": "B"}, {"kind": "other", "outcome": "refused", "codes": ["BAD_USER_INPUT"]}),
        ({"query": "query A { __typename } query B { a: __typename }", "operationName": "B"}, {"name": "B", "outcome": "ok"}),
        ({"query": "{"}, {"kind": "other", "outcome": "refused", "codes": ["GRAPHQL_PARSE_FAILED"]}),
        ({"nope": 1}, {"kind": "other", "status": 400, "outcome": "refused", "codes": ["BAD_REQUEST"]}),
        ({"query": f"query {'a' * 500} {{ __typename }}"}, {"name": "a" * LONGEST_NAME}),
    ],
)
async def test_what_goes_wrong(house: House, lines: Lines, body: dict[str, str], expected: dict[str, object]) -> None:
    await house.client.post("/graphql", json=body)
    [line] = lines.taken()
    assert expected.items() <= line.items()


async def test_a_document_that_may_hold_a_password_is_not_hashed(house: House, lines: Lines) -> None:
    """Whoever guesses the password could find out by the hash that it is right."""
    await house.ask('mutation Set { mailboxPasswordSet(id: "x", password: "hunter2") { userErrors { code } } }')
    await house.ask("mutation Delete($id: ID!) { mailboxDelete(id: $id) { userErrors { code } } }", id="x")
    holding, plain = lines.taken()
    assert (holding["name"], "document" in holding) == ("Set", False)
    assert (plain["name"], "document" in plain) == ("Delete", True)


async def test_callers_are_named_and_strangers_are_not(lines: Lines) -> None:
    async with open_house(callers=(caller("reader", "read"),)) as house:
        await house.ask("{ __typename }", key="reader")
        await house.ask("{ __typename }", key="nobody")
        await house.ask('mutation { mailboxDelete(id: "x") { deletedId } }', key="reader")
    known, unknown, forbidden = lines.taken()
    assert known["caller"] == "reader"
    assert ("caller" in unknown, unknown["codes"], unknown["status"]) == (False, ["UNAUTHENTICATED"], 401)
    assert (forbidden["kind"], forbidden["codes"], forbidden["status"]) == ("mutation", ["FORBIDDEN"], 403)


async def test_probes_have_no_lines_and_no_path_is_in_one(house: House, lines: Lines) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        await house.client.get(path)
    assert lines.taken() == []
    await house.client.get("/CANARY")
    await house.client.get("/attachments/CANARY")
    stranger, attachment = lines.taken()
    assert (stranger["kind"], stranger["status"], attachment["kind"], attachment["codes"]) == (
        "other",
        404,
        "attachment",
        ["BAD_USER_INPUT"],
    )
    assert "CANARY" not in json.dumps([stranger, attachment])


async def test_they_can_be_switched_off(lines: Lines) -> None:
    async with open_house(server=ServerSettings(log_requests=False)) as house:
        await house.ask("{ __typename }")
    assert lines.taken() == []


async def test_a_stumble_has_one_id_everywhere(house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.INFO)

    def stumble(*_: object, **__: object) -> None:
        raise RuntimeError("CANARY")

    monkeypatch.setattr(house.gateway.schema.documents, "get", stumble)
    answer = await house.ask("{ __typename }")
    [error] = answer.json()["errors"]
    own = answer.headers["x-request-id"]
    assert (answer.status_code, error["extensions"]) == (500, {"code": ErrorCode.INTERNAL, "requestId": own})
    assert own in error["message"]
    assert any(own in each.getMessage() and each.levelno == logging.ERROR for each in caplog.records)
    [line] = Lines(caplog).taken()
    assert (line["id"], line["outcome"], line["codes"]) == (own, "failed", ["INTERNAL"])
    assert "CANARY" not in caplog.text


async def test_each_operation_on_a_websocket_has_its_line(ticking: Served, lines: Lines) -> None:
    async with connect(ticking.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
        await socket.send(json.dumps({"type": "connection_init"}))
        await socket.recv()
        for n, query in enumerate(("query Q { __typename }", "subscription S { tick(count: 2, everySeconds: 0) { number } }", "{ nope }")):
            await socket.send(json.dumps({"type": "subscribe", "id": f"CANARY-{n}", "payload": {"query": query}}))
            while json.loads(await socket.recv())["type"] == "next":
                pass
    await eventually(lambda: len(lines.records) == 4)
    told = lines.taken()
    assert [(each["kind"], each.get("name"), each["outcome"]) for each in told] == [
        ("query", "Q", "ok"),
        ("subscription", "S", "ok"),
        ("query", None, "refused"),
        ("websocket", None, "ok"),
    ]
    assert [each["id"].partition(".")[2] for each in told] == ["1", "2", "3", ""]
    assert len({each["id"].partition(".")[0] for each in told}) == 1
    assert all(ID.fullmatch(each["id"]) for each in told)
    assert "CANARY" not in repr(told)
    assert CANARY not in repr(told)
