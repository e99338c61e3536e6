"""Nothing that a client sends is our fault: no 500, no INTERNAL, no error without a code."""

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.conftest import House, open_house


def _encoded(value: object) -> bytes:
    return json.dumps(value).encode()


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_queries = st.sampled_from(
    [
        "query Q($a: ID!) { node(id: $a) { id } }",
        "query Q($a: [ID!]!) { nodes(ids: $a) { id } }",
        "query Q($a: Int, $b: String) { mailboxes(first: $a, after: $b) { totalCount } }",
        "query Q($a: MailboxFilter, $b: MailboxOrder) { mailboxes(filter: $a, orderBy: $b) { totalCount } }",
        "query Q($a: String!) { account(name: $a) { id } } query R { vendors { vendor } }",
    ]
)
_variables = st.dictionaries(
    st.sampled_from("abc"),
    _json
    | st.dictionaries(
        st.sampled_from(["and", "or", "not", "vendor", "address", "domainId", "createdAt", "dailyLimit", "field", "direction"]), _json
    ),
)
_requests = st.fixed_dictionaries(
    {"query": _queries | st.text()},
    optional={"variables": _variables | _json, "operationName": st.sampled_from("QR") | _json, "extensions": _json},
)


async def send(house: House, content: bytes) -> None:
    response = await house.client.post("/graphql", content=content, headers={"content-type": "application/json"})
    answer: dict[str, Any] = response.json()
    assert response.status_code in (200, 400), content
    assert "data" in answer or answer["errors"], content
    for error in answer.get("errors", ()):
        assert error["extensions"]["code"] != "INTERNAL", (content, error)


def test_whatever_is_sent_is_answered_with_data_or_coded_errors() -> None:
    with asyncio.Runner() as runner:
        opened = open_house()
        house = runner.run(opened.__aenter__())

        @settings(max_examples=150)
        @given(body=st.binary(max_size=64) | _json.map(_encoded))
        def anything(body: bytes) -> None:
            runner.run(send(house, body))

        @settings(max_examples=300)
        @given(body=_requests.map(_encoded))
        def nearly_right(body: bytes) -> None:
            runner.run(send(house, body))

        anything()
        nearly_right()
        runner.run(opened.__aexit__(None, None, None))
