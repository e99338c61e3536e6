"""What a document may hold: each limit, what it says, and that nothing anybody writes meets one by default."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query, parse

from gateway.domain.request_limits import RequestLimits
from gateway.schema.document import Documents, Ruling
from gateway.schema.limits.document import beyond
from gateway.web.graphiql_examples import EXAMPLES
from tests.schema.conftest import Fleet, open_fleet

README = Path(__file__).parents[3] / "README.md"
FEW = RequestLimits(
    max_tokens=60,
    max_depth=3,
    max_selections=12,
    max_aliases=2,
    max_root_fields=3,
    max_mutations=2,
    max_directives=4,
    max_directives_per_field=2,
    max_list_items=3,
)
DELETE = 'operationCancel(id: "x") { operation { id } }'


@pytest.mark.parametrize(
    ("query", "code", "most", "actual", "words"),
    [
        (f"{{ vendors {{ {'vendor ' * 80} }} }}", "TOO_MANY_TOKENS", 60, None, "at most 60"),
        ("{ mailboxes { nodes { account { name } } } }", "QUERY_TOO_DEEP", 3, 4, "levels: 4, but at most 3 are allowed"),
        ("{ mailboxes { ...P } } fragment P on MailboxConnection { nodes { owner { name } } }", "QUERY_TOO_DEEP", 3, 4, "by its id"),
        (
            "{ ...A ...A ...A } fragment A on Query { ...B } fragment B on Query { vendors { vendor title } }",
            "TOO_MANY_SELECTIONS",
            12,
            15,
            "fragments filled in: 15",
        ),
        ("{ a: vendors { a: vendor b: title } }", "TOO_MANY_ALIASES", 2, 3, "aliases"),
        ("{ vendors { vendor } ...R ...R ...R } fragment R on Query { accounts { id } }", "TOO_MANY_ROOT_FIELDS", 3, 4, "at its root: 4"),
        (f"mutation {{ {DELETE} ...M ...M }} fragment M on Mutation {{ {DELETE} }}", "TOO_MANY_MUTATIONS", 2, 3, "mutations: 3"),
        ("{ vendors { vendor @skip(if: true) @skip(if: true) @a } }", "TOO_MANY_DIRECTIVES", 2, 3, "one place"),
        ("query @a { vendors @a @a { vendor @a @a } }", "TOO_MANY_DIRECTIVES", 4, 5, "document"),
        ('{ nodes(ids: ["a", "b", "c", "d"]) { id } }', "LIST_TOO_LONG", 3, 4, "items: 4"),
        (
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
            "INTROSPECTION_TOO_DEEP",
            2,
            3,
            "introspection",
        ),
    ],
)
async def test_what_is_beyond_a_limit(query: str, code: str, most: int, actual: int | None, words: str) -> None:
    async with open_fleet(limits=FEW) as fleet:
        for _ in range(2):  # the second time it is known
            answer = await fleet.ask(query)
            assert "data" not in answer
            [error] = answer["errors"]
            expected: dict[str, Any] = {"code": code, "max": most} | ({} if actual is None else {"actual": actual})
            assert error["extensions"] == expected
            assert words in error["message"]
        assert not any(fleet.calls().values())


async def test_what_is_within_the_limits() -> None:
    async with open_fleet(limits=FEW) as fleet:
        assert await fleet.data("{ a: vendors { b: vendor @skip(if: true) @include(if: false) } }")


def test_nothing_that_people_write_meets_one(fleet: Fleet) -> None:
    blocks = re.findall(r"```graphql\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    introspection = [get_introspection_query(), get_introspection_query(True, True, True, True, True)]
    for text in (*blocks, *(each.query for each in EXAMPLES), *introspection):
        half = RequestLimits(max_tokens=2500, max_depth=10, max_selections=1500, max_aliases=30, max_root_fields=10, max_mutations=5)
        assert beyond(parse(text), half) is None
        assert not Ruling(fleet.gateway.schema._schema, half).errors(parse(text))


WORST = {
    "doubled aliases": "{ ...F0 } "
    + " ".join(f"fragment F{each} on Query {{ a: node {{ ...F{each + 1} }} b: node {{ ...F{each + 1} }} }}" for each in range(30)),
    "deep": "{ accounts " + "{ mailboxes { nodes { account " * 60 + "{ id }" + "}}}" * 60 + "}",
    "deeper than python": "{ a " * 100_000 + "}" * 100_000,
    "deep inline": "{" + "...{" * 10_000 + "a" + "}" * 10_000 + "}",
    "deep list": "{ nodes(ids: " + "[" * 50_000 + "]" * 50_000 + ") { id } }",
    "deep object": "{ mailboxes(filter: " + "{not: " * 50_000 + "{}" + "}" * 50_000 + ") { totalCount } }",
    "same field": "{ mailboxes { " + "nodes { id } " * 1_180 + "} }",
    "same field, other arguments": "{ mailboxes { nodes { "
    + " ".join(f"messages(first: {n}) {{ nodes {{ id }} }}" for n in range(400))
    + "}}}",
    "errors that print": "{ mailboxes(filter: {" + " ".join(f"a{n}: 1" for n in range(1_600)) + "}) { totalCount } }",
    "long names": "{ mailboxes { nodes { " + " ".join(f"{'a' * 9_000}{n}" for n in range(100)) + " } } }",
    "all to all": "{ mailboxes { nodes { ...F0 } } } "
    + " ".join(f"fragment F{n} on Mailbox {{ id {' '.join(f'...F{m}' for m in range(40) if m != n)} }}" for n in range(40)),
    "all onwards": "{ mailboxes { nodes { ...F0 } } } "
    + " ".join(f"fragment F{n} on Mailbox {{ id {' '.join(f'...F{m}' for m in range(n + 1, 60))} }}" for n in range(60)),
    "comments": "#\n" * 400_000,
    "directives": "{ vendors { vendor " + "@a" * 2_400 + " } }",
    "variables": "query (" + " ".join(f"$v{n}: Int" for n in range(1_200)) + ") { vendors { vendor } }",
}


@pytest.mark.parametrize("name", WORST)
def test_the_worst_documents_are_soon_refused(fleet: Fleet, name: str) -> None:
    """The bound is what makes a test fail that would hang."""
    documents = Documents(Ruling(fleet.gateway.schema._schema))
    begun_at = time.process_time()
    document = documents.get(WORST[name])
    assert document.node is None or documents.validate(document)
    assert time.process_time() - begun_at < 5


@pytest.mark.parametrize(
    "circle",
    [
        "{ ...F } fragment F on Query { ...F }",
        "{ ...F nothing { " + "a " * 2000 + "} } fragment F on Query { ...F }",
        "{ ...F } fragment F on Query { vendors { vendor } ...G } fragment G on Query { ...F }",
    ],
)
async def test_fragments_in_circles(fleet: Fleet, circle: str) -> None:
    [error] = (await fleet.ask(circle))["errors"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "within itself" in error["message"]
