"""A schema that does not describe itself suggests no names either, whatever was misspelled, and wherever."""

from typing import Any

import pytest

from tests.schema.conftest import open_fleet

MISSPELLED: list[tuple[str, dict[str, Any] | None]] = [
    ("{ mailboxs { totalCount } }", None),
    ("{ mailboxes { nodes { adress } } }", None),
    ('{ mailbox(idd: "x") { id } }', None),
    ("{ mailboxes { nodes { ... on Mailbx { id } } } }", None),
    ("query ($v: Strng) { mailboxes(after: $v) { totalCount } }", None),
    ("{ vendors @skipp(if: true) { vendor } }", None),
    ("{ mailboxes(filter: {status: [ACTIV]}) { totalCount } }", None),
    ("{ mailboxes(filter: {vendr: SENDKIT}) { totalCount } }", None),
    ("query ($v: [MailboxStatus!]) { mailboxes(filter: {status: $v}) { totalCount } }", {"v": ["ACTIV"]}),
    ("query ($v: MailboxFilter) { mailboxes(filter: $v) { totalCount } }", {"v": {"adress": "x"}}),
    ("query ($v: MailboxFilter = {adress: 1}) { mailboxes(filter: $v) { totalCount } }", None),
    ("mutation { mailboxCreat { operation { id } } }", None),
]


@pytest.mark.parametrize(("query", "variables"), MISSPELLED)
async def test_no_suggestion_without_introspection(query: str, variables: dict[str, Any] | None) -> None:
    async with open_fleet(introspection=False) as fleet:
        answer = await fleet.ask(query, variables)
        assert answer["errors"]
        for error in answer["errors"]:
            assert "Did you mean" not in error["message"]
            assert "?" not in error["message"]
            assert error["extensions"]["code"] in {"GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}


async def test_with_introspection_there_are_some() -> None:
    async with open_fleet(introspection=True) as fleet:
        told = [each["message"] for query, variables in MISSPELLED for each in (await fleet.ask(query, variables))["errors"]]
        assert sum("Did you mean" in message for message in told) >= 8


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", '{ __type(name: "Mailbox") { name } }'])
async def test_no_introspection(query: str) -> None:
    async with open_fleet(introspection=False) as fleet:
        answer = await fleet.ask(query)
        assert {each["extensions"]["code"] for each in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
        assert "data" not in answer
        assert await fleet.data("{ __typename }") == {"__typename": "Query"}


@pytest.mark.parametrize("order", [{"field": "ADDRESS", "direction": "İ"}, {"field": "ADDRESS", "İİİİİİİİ": "ASC"}])
async def test_names_with_letters_that_grow(order: dict[str, str]) -> None:
    """In small letters "İ" is two, which the search for similar names does not expect."""
    async with open_fleet(introspection=True) as fleet:
        error = await fleet.error("query ($v: MailboxOrder) { mailboxes(orderBy: $v) { totalCount } }", {"v": order})
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
