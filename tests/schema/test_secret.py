"""The scalar `Secret`: it goes in, and nothing of it comes out, whatever else is wrong with the input."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.app import writable_fields
from gateway.domain.secret import Secret
from gateway.schema.input_error import without_input
from gateway.schema.scalars import MAX_SECRET_BYTES, SCALARS
from gateway.schema.schema import build_schema
from gateway.vendors.registry import SPECS
from tests.web.ticking import Mutation

CANARY = "CANARY-hunter2"
KNOCK = "mutation ($input: KnockInput!) { knock(input: $input) }"
SCHEMA = build_schema([spec.details for spec in SPECS.values()], writable_fields(), mutation=Mutation)


async def errors_of(query: str, variables: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    result = await SCHEMA.execute(query, dict(variables or {}))
    return [dict(error.formatted) for error in result.errors or ()]


async def message_of(query: str, variables: Mapping[str, Any] | None = None) -> str:
    (error,) = await errors_of(query, variables)
    assert error["extensions"]["code"] in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED")
    return str(error["message"])


# ---------------------------------------------------------------------- what is taken
@pytest.mark.parametrize("text", ["x", " ", "é" * 100, '"quoted"', "a\nb", "x" * MAX_SECRET_BYTES])
async def test_text_is_taken_from_variables_and_literals(text: str) -> None:
    for query, variables in (
        (KNOCK, {"input": {"password": text}}),
        (f"mutation {{ knock(input: {{password: {json.dumps(text)}}}) }}", {}),
        ("mutation ($p: Secret!) { knock(input: {password: $p}) }", {"p": text}),
    ):
        result = await SCHEMA.execute(query, variables)
        assert (result.errors, result.data) == (None, {"knock": len(text)})


@pytest.mark.parametrize("value", ["", "é" * (MAX_SECRET_BYTES // 2 + 1), 12345, 1.5, True, ["x"], {"x": "y"}])
async def test_nothing_else_is(value: object) -> None:
    message = await message_of(KNOCK, {"input": {"password": value}})
    assert message == "Variable '$input' has invalid value at .password: A Secret is text, of 1 byte to 64 KiB."


@pytest.mark.parametrize("literal", ['""', "12345", "1.5", "true", "hunter2", '["x"]', '{x: "y"}'])
async def test_literals_are_refused_like_variables(literal: str) -> None:
    message = await message_of(f"mutation {{ knock(input: {{password: {literal}}}) }}")
    assert message == "A Secret is text, of 1 byte to 64 KiB."


def test_it_is_never_sent() -> None:
    with pytest.raises(TypeError) as caught:
        SCALARS[Secret].serialize(Secret(CANARY))
    assert CANARY not in str(caught.value)


def test_it_is_described() -> None:
    definition = SCHEMA.get_type_by_name("Secret")
    assert definition is not None
    assert "Input only" in (definition.description or "")


# ---------------------------------------------------------------------- what errors say
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, ": Expected value of type 'KnockInput' to include required field 'password'."),
        (CANARY, ": Expected value of type 'KnockInput' to be an object."),
        ({"password": None}, " at .password: Expected value of non-null type 'Secret!' not to be None."),
        (
            {"password": CANARY, "smpt": {"password": CANARY}},
            ": Expected value of type 'KnockInput' not to include unknown field 'smpt'. Did you mean 'smtp'?",
        ),
        (
            {"password": CANARY, "nonsense": CANARY},
            ": Expected value of type 'KnockInput' not to include unknown field 'nonsense'.",
        ),
        (
            {"password": CANARY, f"', found: {CANARY}" * 3: 1},
            ": Expected value of type 'KnockInput' not to include unknown field.",
        ),
        ({"password": CANARY, "limit": CANARY}, " at .limit: Int cannot represent non-integer value."),
        ({"password": CANARY, "limit": 2**40}, " at .limit: Int cannot represent non 32-bit signed integer value."),
        ({"password": CANARY, "smtp": CANARY}, " at .smtp: Expected value of type 'ServerInput' to be an object."),
        (
            {"password": CANARY, "smtp": {"password": CANARY}},
            " at .smtp: Expected value of type 'ServerInput' to include required field 'host'.",
        ),
        (
            {"password": CANARY, "more": [{"host": "a"}, {"host": {"x": CANARY}}]},
            " at .more[1].host: String cannot represent a non string value.",
        ),
    ],
)
async def test_place_type_and_reason_are_told(value: object, message: str) -> None:
    assert await message_of(KNOCK, {"input": value}) == f"Variable '$input' has invalid value{message}"


FLEET = "query ($filter: MailboxFilter, $id: ID!) { mailboxes(filter: $filter) { totalCount } node(id: $id) { id } }"


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"id": 1.5}, "Variable '$id' has invalid value: ID cannot represent value."),
        (
            {"id": "x", "filter": {"vendor": ["SHIPMALE"]}},
            (
                "Variable '$filter' has invalid value at .vendor[0]: The value does not exist in 'Vendor' enum. "
                "Did you mean the enum value 'SHIPMAIL'?"
            ),
        ),
        (
            {"id": "x", "filter": {"vendor": [{"x": CANARY}]}},
            "Variable '$filter' has invalid value at .vendor[0]: Enum 'Vendor' cannot represent non-string value.",
        ),
        (
            {"id": "x", "filter": {"vendor": [f"{CANARY}' does not exist in 'Vendor' enum. {CANARY}"]}},
            "Variable '$filter' has invalid value at .vendor[0]: The value does not exist in 'Vendor' enum.",
        ),
        (
            {"id": "x", "filter": {"stale": CANARY}},
            "Variable '$filter' has invalid value at .stale: Boolean cannot represent a non boolean value.",
        ),
        (
            {"id": "x", "filter": {"warmupHealth": {"gte": CANARY}}},
            "Variable '$filter' has invalid value at .warmupHealth.gte: Float cannot represent non numeric value.",
        ),
        (
            {"id": "x", "filter": {"createdAt": {"gte": CANARY}}},
            (
                "Variable '$filter' has invalid value at .createdAt.gte: "
                "A DateTime is RFC 3339 text with an offset, such as 2026-11-20T09:30:00Z."
            ),
        ),
    ],
)
async def test_the_other_types_say_theirs(variables: dict[str, object], message: str) -> None:
    assert await message_of(FLEET, variables) == message


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (f'mutation {{ knock(input: "{CANARY}") }}', "Expected value of type 'KnockInput' to be an object."),
        (f'mutation {{ knock(input: {{password: "{CANARY}", limit: "{CANARY}"}}) }}', "Int cannot represent non-integer value."),
        (
            f'mutation {{ knock(input: {{password: "{CANARY}", smtp: {{password: "{CANARY}"}}}}) }}',
            "Expected value of type 'ServerInput' to include required field 'host'.",
        ),
        (
            f'mutation {{ knock(input: {{password: "{CANARY}", lmit: "{CANARY}"}}) }}',
            "Expected value of type 'KnockInput' not to include unknown field 'lmit'. Did you mean 'limit'?",
        ),
        (f'mutation ($p: Secret! = ["{CANARY}"]) {{ knock(input: {{password: $p}}) }}', "A Secret is text, of 1 byte to 64 KiB."),
        (f'mutation {{ knock(input: {{password: "a" "{CANARY}"}}) }}', "Syntax Error: Expected Name, found String."),
        (f'mutation {{ knock(input: {{password: "a" """{CANARY}"""}}) }}', "Syntax Error: Expected Name, found BlockString."),
        ("mutation { knock(input: {password 987654}) }", "Syntax Error: Expected ':', found Int."),
        (f'mutation {{ knock(input: {{password: "{CANARY}\n"}}) }}', "Syntax Error: Unterminated string."),
    ],
)
async def test_literals_are_not_repeated_either(query: str, message: str) -> None:
    assert await message_of(query) == message


def test_a_wording_that_is_not_known_is_left_out() -> None:
    """A newer graphql-core may say it in other words."""
    error = GraphQLError(f"Variable '$input' has invalid value at .smtp: It was rather unexpected to see {CANARY!r} here.")
    assert without_input(error) == "Variable '$input' has invalid value at .smtp: The value does not fit its type."


_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.just(CANARY) | st.text().map(lambda text: text + CANARY)
)
_keys = st.sampled_from(["password", "limit", "smtp", "more", "host", "port", "pasword", "x", "', found: x", "[0]"])
_values = st.recursive(_leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4), max_leaves=12)


@settings(max_examples=150)
@given(value=_values)
async def test_whatever_is_sent_around_a_secret_it_is_not_repeated(value: object) -> None:
    for query, variables in (
        (KNOCK, {"input": value}),
        ("mutation ($p: Secret!) { knock(input: {password: $p}) }", {"p": value}),
        ("mutation ($p: Secret!, $s: [ServerInput!]) { knock(input: {password: $p, more: $s}) }", {"p": CANARY, "s": value}),
    ):
        for error in await errors_of(query, variables):
            assert CANARY not in json.dumps(error)
            assert error["extensions"]["code"] == "BAD_USER_INPUT"


def _literal(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_literal(each)}" for key, each in value.items() if key.isidentifier()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return json.dumps(value)


@settings(max_examples=150)
@given(value=_values)
async def test_nor_in_a_literal(value: object) -> None:
    for error in await errors_of(f"mutation {{ knock(input: {_literal(value)}) }}"):
        assert CANARY not in json.dumps(error)
