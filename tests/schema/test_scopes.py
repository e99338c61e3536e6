"""What each scope opens, over the whole schema: none opens more than it says."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, parse

from gateway.schema.scope import reads
from tests.schema.conftest import Fleet, open_fleet
from tests.schema.mutations.document import SCHEMA, VERBS, document
from tests.schema.mutations.test_any_verb import arguments
from tests.web.conftest import caller

WRITER = caller("writer", "write", "secrets:write", "operate")
READER = caller("reader", "read", "operate", "secrets:write")
NOBODY = caller("nobody", "operate", "secrets:write")


async def refusal(fleet: Fleet, key: str, query: str, variables: dict[str, Any] | None = None) -> str | None:
    """The words of the refusal, or None where the operation ran."""
    answer = await fleet.client.post("/graphql", json={"query": query, "variables": variables}, headers={"authorization": f"Bearer {key}"})
    body = answer.json()
    codes = {error["extensions"]["code"] for error in body.get("errors", ())}
    if codes != {"FORBIDDEN"}:
        return None
    assert "data" not in body
    return str(body["errors"][0]["message"])


async def test_every_field_of_the_root_needs_read() -> None:
    async with open_fleet(callers=[WRITER, NOBODY]) as fleet:
        assert SCHEMA.query_type is not None
        for name in SCHEMA.query_type.fields:
            for key in ("writer", "nobody"):
                assert await refusal(fleet, key, f"{{ {name} {{ __typename }} }}") == "This key lacks the scope `read`."
        assert await refusal(fleet, "writer", "{ __typename }") == "This key lacks the scope `read`."
        assert await refusal(fleet, "writer", "{ __schema { types { name } } }") == "This key lacks the scope `read`."
        assert not any(fleet.calls().values())


async def test_no_other_scope_writes() -> None:
    async with open_fleet(callers=[READER, NOBODY]) as fleet:
        for verb in VERBS:
            for key in ("reader", "nobody"):
                given = arguments(verb, "shipmail")
                assert await refusal(fleet, key, document(verb, *given), given) == "This key lacks the scope `write`."
        assert not any(fleet.calls().values())


def shown() -> list[tuple[str, str]]:
    """Of each mutation every field of its payload that has fields of its own."""
    found = []
    for verb, field in VERBS.items():
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        found += [(verb, name) for name, each in payload.fields.items() if isinstance(get_named_type(each.type), GraphQLObjectType)]
    return found


NEED_NO_READ = {"userErrors", "warnings", "operation", "results"}
"""What a mutation itself has to say."""


async def test_what_a_mutation_shows_needs_read_as_well() -> None:
    """A mailbox, a folder, a rule, a message: and everything that can be reached through them."""
    async with open_fleet(callers=[WRITER]) as fleet:
        places = shown()
        assert {name for _, name in places} == NEED_NO_READ | {"mailbox", "folder", "rule", "rules", "message"}
        for verb, name in places:
            given = arguments(verb, "nowhere")
            declared = ", ".join(f"${each}: {VERBS[verb].args[each].type}" for each in given)
            passed = ", ".join(f"{each}: ${each}" for each in given)
            query = f"mutation ({declared}) {{ {verb}({passed}) {{ userErrors {{ code }} {name} {{ __typename }} }} }}"
            expected = None if name in NEED_NO_READ else "This key lacks the scope `read`."
            assert await refusal(fleet, "writer", query, given) == expected, (verb, name)


@pytest.mark.parametrize(
    ("selection", "is_reading"),
    [
        ("operation { id kind state message progress { done } results { index mailboxId checks { passed } userErrors { code } } }", False),
        ("operation { results { mailbox { id } } }", True),
        ("operation { mailbox { account { mailboxes { totalCount } } } }", True),
        ("operation { ... on Node { id } }", True),
        ("operation { ...F } } } fragment F on Operation { mailbox { id } } query Q { a: __typename ... { b: __typename", True),
        ("applied", False),
    ],
)
def test_wherever_it_stands(selection: str, is_reading: bool) -> None:  # noqa: FBT001 - a table
    document_ = parse(f'mutation {{ mailboxUpdate(id: "x", input: {{}}) {{ {selection} }} }}')
    assert reads(SCHEMA, document_) is is_reading


def test_all_that_a_mutation_says_without_read() -> None:
    """A type that is new here must be looked at: whether it tells of what is there, or of what the mutation did."""
    seen: set[str] = set()
    waiting: list[Any] = [SCHEMA.mutation_type]
    while waiting:
        each = waiting.pop()
        is_node = isinstance(each, GraphQLObjectType) and any(interface.name == "Node" for interface in each.interfaces)
        if not isinstance(each, GraphQLObjectType) or each.name in seen or (is_node and each.name != "Operation"):
            continue
        seen.add(each.name)
        waiting += [get_named_type(field.type) for field in each.fields.values()]
    assert {name for name in seen if not name.endswith("Payload")} == {
        "CheckResult",
        "LimitUsage",
        "Mutation",
        "Operation",
        "OperationResult",
        "Progress",
        "UserError",
        "Warning",
    }
