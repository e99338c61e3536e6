"""What is no usable GraphQL request is refused in words and with a code, never with a 500."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.domain.request_limits import RequestLimits
from gateway.web.accept import GRAPHQL_JSON, JSON
from gateway.web.runner import Runner
from tests.web.conftest import House

VENDORS_QUERY = "{ vendors { vendor } }"
COUNT = "query ($first: Int) { mailboxes(first: $first) { totalCount } }"
NODE = "query ($id: ID!) { node(id: $id) { id } }"
TWO = "query A { vendors { vendor } } query B { vendors { title } }"

MAX_BODY_BYTES = RequestLimits().max_body_kib * 1024


async def post(house: House, content: bytes | str, content_type: str = JSON, accept: str = JSON) -> httpx.Response:
    return await house.client.post("/graphql", content=content, headers={"content-type": content_type, "accept": accept})


def codes(response: httpx.Response) -> list[str]:
    assert response.headers["cache-control"] == "no-store"
    errors = response.json()["errors"]
    assert all(error["message"] for error in errors)
    return [error["extensions"]["code"] for error in errors]


# ---------------------------------------------------------------------- bodies
NO_REQUEST = {
    "nothing": b"",
    "no JSON": b"query { vendors }",
    "null": b"null",
    "a number": b"7",
    "a string": b'"{ vendors { vendor } }"',
    "true": b"true",
    "no query": b"{}",
    "only variables": b'{"variables": {}}',
    "query null": b'{"query": null}',
    "query empty": b'{"query": ""}',
    "query a number": b'{"query": 7}',
    "query an object": b'{"query": {}}',
    "operation name a number": b'{"query": "{ vendors { vendor } }", "operationName": 7}',
    "variables an array": b'{"query": "{ vendors { vendor } }", "variables": []}',
    "variables a string": b'{"query": "{ vendors { vendor } }", "variables": "{}"}',
    "extensions an array": b'{"query": "{ vendors { vendor } }", "extensions": []}',
    "not UTF-8": b'{"query": "{ vendors \xff }"}',
    "latin-1": '{"query": "{ vendors { vendor } } # é"}'.encode("latin-1"),
    "UTF-16": '{"query": "{ vendors { vendor } }"}'.encode("utf-16"),
    "a lone surrogate in the query": b'{"query": "\\ud800"}',
    "a lone surrogate in a variable": b'{"query": "{ vendors { vendor } }", "variables": {"a": "\\udfff"}}',
    "an integer of 5,000 digits": b'{"query": "{ vendors { vendor } }", "variables": {"a": ' + b"9" * 5000 + b"}}",
    "a number beyond all floats": b'{"query": "{ vendors { vendor } }", "variables": {"a": 1e999}}',
    "NaN": b'{"query": "{ vendors { vendor } }", "variables": {"a": NaN}}',
    "JSON 100,000 deep": b'{"query": "{ vendors { vendor } }", "variables": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "JSON 100,000 deep and unused": b'{"query": "{ vendors { vendor } }", "extra": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "an open string": b'{"query": "',
    "two documents": b'{"query": "{ vendors { vendor } }"} {}',
}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_JSON])
@pytest.mark.parametrize("body", NO_REQUEST.values(), ids=NO_REQUEST)
async def test_a_body_that_is_no_request(house: House, body: bytes, accept: str) -> None:
    response = await post(house, body, accept=accept)
    assert response.status_code == 400
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert codes(response) == ["BAD_REQUEST"]
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/graphql", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense"],
)
async def test_other_content_types_are_415(house: House, content_type: str) -> None:
    response = await post(house, json.dumps({"query": VENDORS_QUERY}), content_type)
    assert response.status_code == 415
    assert codes(response) == ["BAD_REQUEST"]
    assert response.headers["accept-post"] == JSON


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8", "application/json ;charset=UTF-8"])
async def test_json_in_all_its_spellings_is_taken(house: House, content_type: str) -> None:
    assert "data" in (await post(house, json.dumps({"query": VENDORS_QUERY}), content_type)).json()


def _of_size(size: int) -> bytes:
    body = json.dumps({"query": VENDORS_QUERY}).encode()
    return body + b" " * (size - len(body))


async def test_a_body_of_the_largest_size_is_taken_and_one_byte_more_is_413(house: House) -> None:
    assert (await post(house, _of_size(MAX_BODY_BYTES))).status_code == 200
    response = await post(house, _of_size(MAX_BODY_BYTES + 1))
    assert response.status_code == 413
    assert codes(response) == ["REQUEST_TOO_LARGE"]
    assert response.json()["errors"][0]["extensions"]["max"] == MAX_BODY_BYTES


async def test_an_endless_body_is_not_read_to_its_end(house: House) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MAX_BODY_BYTES:
            sent += 65536
            yield b" " * 65536

    response = await house.client.post("/graphql", content=endless(), headers={"content-type": JSON})
    assert response.status_code == 413
    assert sent <= MAX_BODY_BYTES + 2 * 65536


# ---------------------------------------------------------------------- documents, operations, variables
async def _refused(house: House, request: dict[str, object]) -> list[str]:
    """The codes of a refusal, the same for both media types; the status differs as GraphQL over HTTP wants it."""
    plain = await post(house, json.dumps(request))
    typed = await post(house, json.dumps(request), accept=GRAPHQL_JSON)
    assert (typed.status_code, typed.headers["content-type"]) == (400, f"{GRAPHQL_JSON}; charset=utf-8")
    assert plain.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert plain.status_code in (200, 400)
    assert "data" not in plain.json()
    assert plain.json() == typed.json()
    return codes(plain)


@pytest.mark.parametrize("query", ["{", "nonsense", "   ", "# a comment", "{ vendors { vendor }", "{" + "a{" * 5000 + "}" * 5001, "\0"])
async def test_what_does_not_parse(house: House, query: str) -> None:
    assert await _refused(house, {"query": query}) == ["GRAPHQL_PARSE_FAILED"]


@pytest.mark.parametrize(
    "query",
    [
        "{ nope }",
        "{ vendors }",
        "{ vendors { vendor { x } } }",
        '{ mailboxes(first: "two") { totalCount } }',
        "{ mailboxes(nope: 1) { totalCount } }",
        "{ mailbox { id } }",
        "{ ...F }",
        "{ ...F } fragment F on Query { ...F }",
        "query ($a: Nope) { vendors { vendor } }",
        "query ($a: Int) { vendors { vendor } }",
        "{ vendors { vendor } } { vendors { title } }",
        "mutation { nope }",
        "{ mailboxes(first: " + "9" * 5000 + ") { totalCount } }",
        "{...f0}" + "".join(f"fragment f{i} on Query{{...f{i + 1}}}" for i in range(400)) + "fragment f400 on Query{vendors{title}}",
    ],
)
async def test_what_does_not_fit_the_schema(house: House, query: str) -> None:
    assert set(await _refused(house, {"query": query})) == {"GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({"query": VENDORS_QUERY, "operationName": "Nope"}, id="unknown operation"),
        pytest.param({"query": TWO, "operationName": "C"}, id="unknown operation of two"),
        pytest.param({"query": TWO}, id="two operations, none named"),
        pytest.param({"query": TWO, "operationName": None}, id="two operations, null named"),
        pytest.param({"query": TWO, "operationName": ""}, id="two operations, nothing named"),
        pytest.param({"query": "fragment F on Query { vendors { vendor } }"}, id="no operation"),
        pytest.param({"query": COUNT, "variables": {"first": "two"}}, id="text for Int"),
        pytest.param({"query": COUNT, "variables": {"first": 2**31}}, id="33 bits for Int"),
        pytest.param({"query": COUNT, "variables": {"first": int("9" * 4000)}}, id="4,000 digits for Int"),
        pytest.param({"query": COUNT, "variables": {"first": 1.5}}, id="fraction for Int"),
        pytest.param({"query": COUNT, "variables": {"first": True}}, id="boolean for Int"),
        pytest.param({"query": COUNT, "variables": {"first": [1]}}, id="list for Int"),
        pytest.param({"query": NODE}, id="required variable missing"),
        pytest.param({"query": NODE, "variables": {"id": None}}, id="null for a required variable"),
        pytest.param({"query": NODE, "variables": {"id": {}}}, id="object for ID"),
        pytest.param(
            {"query": "query ($f: MailboxFilter) { mailboxes(filter: $f) { totalCount } }", "variables": {"f": {"nope": 1}}},
            id="unknown key",
        ),
        pytest.param(
            {"query": "query ($f: MailboxFilter) { mailboxes(filter: $f) { totalCount } }", "variables": {"f": {"vendor": ["NOPE"]}}},
            id="unknown enum value",
        ),
        pytest.param(
            {
                "query": "query ($f: MailboxFilter) { mailboxes(filter: $f) { totalCount } }",
                "variables": {"f": {"createdAt": {"gte": "yesterday"}}},
            },
            id="text for DateTime",
        ),
        pytest.param(
            {
                "query": "query ($f: MailboxFilter) { mailboxes(filter: $f) { totalCount } }",
                "variables": {"f": json.loads('{"not":' * 400 + "{}" + "}" * 400)},
            },
            id="a filter 400 deep",
        ),
    ],
)
async def test_an_operation_or_variables_that_do_not_fit(house: House, request_: dict[str, object]) -> None:
    assert await _refused(house, request_) == ["BAD_USER_INPUT"]
    assert not any(sandbox.requests for sandbox in house.sandboxes.values())


async def test_the_named_operation_of_two_runs(house: House) -> None:
    answers = [(await post(house, json.dumps({"query": TWO, "operationName": name}))).json()["data"]["vendors"][0] for name in "AB"]
    assert answers == [{"vendor": "OUTREACH"}, {"title": "Outreach"}]


async def test_an_empty_operation_name_is_none(house: House) -> None:
    assert "data" in (await post(house, json.dumps({"query": VENDORS_QUERY, "operationName": ""}))).json()


async def test_unknown_keys_of_the_request_are_passed_over(house: House) -> None:
    assert "data" in (await post(house, json.dumps({"query": VENDORS_QUERY, "id": 1, "extensions": {"x": 1}}))).json()


BAD_ARGUMENTS: list[tuple[str, list[str]]] = [
    ("{ mailboxes(first: -1) { totalCount } }", ["first"]),
    ("{ mailboxes(first: 1, last: 1) { totalCount } }", ["last"]),
    ('{ mailboxes(after: "é") { totalCount } }', ["after"]),
    ('{ mailboxes(before: "bm9wZQ") { totalCount } }', ["before"]),
    ('{ node(id: "nope") { id } }', ["id"]),
    ('{ mailbox(id: "") { id } }', ["id"]),
    ('{ nodes(ids: ["' + '", "'.join("a" * 101) + '"]) { id } }', ["ids"]),
]


@pytest.mark.parametrize(("query", "field"), BAD_ARGUMENTS)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL_JSON])
async def test_arguments_that_make_no_sense_name_their_field(house: House, query: str, field: list[str], accept: str) -> None:
    """These ran, so the answer has data (null, or with null in it), and the status is 200 in both media types."""
    response = await post(house, json.dumps({"query": query}), accept=accept)
    (error,) = response.json()["errors"]
    assert response.status_code == 200
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": field}
    assert error["path"]
    assert "data" in response.json()


# ---------------------------------------------------------------------- GET
async def test_get_answers_like_post(house: House) -> None:
    params = {"query": TWO, "operationName": "B", "variables": "{}"}
    got = await house.client.get("/graphql", params=params)
    posted = await post(house, json.dumps({"query": TWO, "operationName": "B"}))
    assert got.status_code == posted.status_code == 200
    assert got.json() == posted.json()


async def test_get_reads_variables(house: House) -> None:
    response = await house.client.get("/graphql", params={"query": COUNT, "variables": '{"first": -1}'})
    assert response.json()["errors"][0]["extensions"]["field"] == ["first"]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"query": ""},
        {"variables": "{}"},
        {"query": VENDORS_QUERY, "variables": "{"},
        {"query": VENDORS_QUERY, "variables": "[]"},
        {"query": VENDORS_QUERY, "variables": "7"},
        {"query": VENDORS_QUERY, "variables": '{"a": ' + "9" * 5000 + "}"},
        {"query": VENDORS_QUERY, "variables": '{"a": "\\ud800"}'},
        {"query": VENDORS_QUERY, "variables": "[" * 5000},
    ],
)
async def test_get_without_a_usable_request(house: House, params: dict[str, str]) -> None:
    response = await house.client.get("/graphql", params=params, headers={"accept": JSON})
    assert response.status_code == 400
    assert codes(response) == ["BAD_REQUEST"]


async def test_a_get_with_bytes_that_are_no_text(house: House) -> None:
    response = await house.client.get("/graphql?query=%FF%ED%A0%80", headers={"accept": JSON})
    assert codes(response) == ["GRAPHQL_PARSE_FAILED"]


async def test_head_is_get_without_a_body(house: House) -> None:
    response = await house.client.head("/graphql", params={"query": VENDORS_QUERY})
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_are_405(house: House, method: str) -> None:
    response = await house.client.request(method, "/graphql", json={"query": VENDORS_QUERY})
    assert response.status_code == 405
    assert {"GET", "POST"} <= {each.strip() for each in response.headers["allow"].split(",")}


# ---------------------------------------------------------------------- media types
@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", JSON),
        ("application/json", JSON),
        ("text/html, */*", JSON),
        ("nonsense", JSON),
        ("application/graphql-response+json", GRAPHQL_JSON),
        ("Application/GraphQL-Response+JSON; charset=utf-8, application/json; q=0.9", GRAPHQL_JSON),
        ("application/json, text/event-stream, multipart/mixed", JSON),
    ],
)
async def test_the_media_type_of_the_answer(house: House, accept: str, expected: str) -> None:
    response = await post(house, json.dumps({"query": VENDORS_QUERY}), accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"
    assert "accept" in response.headers["vary"].lower()
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("accept", ["text/html", "image/png, application/xml", "*/*;q=0", "multipart/mixed;deferSpec=20220824"])
async def test_who_takes_nothing_that_can_be_sent_is_told_so_before_anything_runs(house: House, accept: str) -> None:
    response = await post(house, '{"query": 1}', accept=accept)
    assert (response.status_code, response.headers["content-type"]) == (406, f"{JSON}; charset=utf-8")
    (error,) = response.json()["errors"]
    assert "nothing was run" in error["message"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}


async def test_wishes_may_come_in_several_headers(house: House) -> None:
    headers = [("accept", "text/html"), ("accept", GRAPHQL_JSON), ("content-type", JSON)]
    response = await house.client.post("/graphql", content=json.dumps({"query": VENDORS_QUERY}), headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{GRAPHQL_JSON}; charset=utf-8")


async def test_a_client_that_names_no_media_type_gets_json(house: House) -> None:
    request = house.client.build_request("POST", "/graphql", json={"query": VENDORS_QUERY})
    del request.headers["accept"]
    assert (await house.client.send(request)).headers["content-type"] == f"{JSON}; charset=utf-8"


async def test_partial_data_is_200_in_both_media_types(house: House) -> None:
    query = '{ vendors { vendor } node(id: "nope") { id } }'
    for accept in (JSON, GRAPHQL_JSON):
        response = await post(house, json.dumps({"query": query}), accept=accept)
        body: dict[str, Any] = response.json()
        assert response.status_code == 200
        assert body["data"]["node"] is None
        assert len(body["data"]["vendors"]) == 5
        assert len(body["errors"]) == 1


# ---------------------------------------------------------------------- how long the client will wait
@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """The seconds that each operation was given."""
    found: list[float | None] = []
    run = Runner.run

    async def record(*arguments: Any, **named: Any) -> object:  # noqa: ANN401 - passed on
        found.append(named.get("timeout_seconds"))
        return await run(*arguments, **named)

    monkeypatch.setattr(Runner, "run", record)
    return found


@pytest.mark.parametrize(("text", "seconds"), [("1", 0.001), ("2500", 2.5), ("007", 0.007), ("9" * 15, 999999999999.999)])
@pytest.mark.parametrize("accept", [JSON, "text/event-stream"])
async def test_a_client_says_how_long_it_waits(house: House, given: list[float | None], text: str, seconds: float, accept: str) -> None:
    headers = {"x-request-timeout-ms": text, "accept": accept}
    response = await house.client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert (response.status_code, given) == (200, [seconds])


async def test_a_client_need_not_say_how_long_it_waits(house: House, given: list[float | None]) -> None:
    assert (await house.client.get("/graphql", params={"query": "{ __typename }"})).status_code == 200
    assert given == [None]


@pytest.mark.parametrize("text", ["", "0", "000", "-1", "+1", "1.5", "1e3", "2s", "soon", "1 000", "٣", "9" * 16, "9" * 5000])
async def test_a_time_that_is_none_is_400(house: House, given: list[float | None], text: str) -> None:
    headers = {b"x-request-timeout-ms": text.encode()}
    response = await house.client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert (response.status_code, codes(response), given) == (400, ["BAD_REQUEST"], [])
    assert "X-Request-Timeout-Ms must be a whole number of milliseconds" in response.json()["errors"][0]["message"]
