"""What an operation costs by estimate: told in the schema, refused beyond the limit, and beside the vendor calls in every answer."""

from typing import Any

import pytest
from graphql import build_schema as from_sdl
from graphql import get_introspection_query

from gateway.app import writable_fields
from gateway.domain.request_limits import RequestLimits
from gateway.schema.cost.directives import OTHERS, SIZES, size_of
from gateway.schema.document import Documents, Ruling
from gateway.schema.schema import build_schema
from gateway.vendors.registry import SPECS
from tests.schema.conftest import Fleet, open_fleet

COSTS: list[tuple[str, dict[str, Any], int]] = [
    ("{ __typename }", {}, 0),
    ("{ __schema { types { name fields { name } } queryType { name } } }", {}, 1 + 200 * (1 + 5) + 1),
    ("{ account(name: 1) { id name } }".replace("1", '"kit"'), {}, 1),
    ('{ account(name: "kit") { vendor { title } source { account { id } } } }', {}, 4 + 10),
    ("{ accounts { id } }", {}, 10),
    ("{ accounts { vendor { title } } }", {}, 20),
    # one connection, so many nodes, and the objects in each
    ("{ mailboxes { totalCount } }", {}, 1),
    ("{ mailboxes { nodes { id } } }", {}, 51),
    ("{ mailboxes(first: 5) { nodes { id } } }", {}, 6),
    ("{ mailboxes(last: 5) { edges { node { id } } } }", {}, 11),
    ("{ mailboxes(first: 5) { nodes { health { sending { state } receiving { state } } } } }", {}, 1 + 5 * 4),
    ("{ mailboxes(first: 5) { nodes { id } pageInfo { endCursor } sources { status } } }", {}, 1 + 5 + 1 + 10),
    ("query ($n: Int) { mailboxes(first: $n) { nodes { id } } }", {"n": 7}, 8),
    ("query ($n: Int) { mailboxes(first: $n) { nodes { id } } }", {}, 51),
    ("query ($n: Int) { mailboxes(first: $n) { nodes { id } } }", {"n": None}, 51),
    ("query ($n: Int = 3) { mailboxes(first: $n) { nodes { id } } }", {}, 4),
    ("query ($n: Int = 3) { mailboxes(first: $n) { nodes { id } } }", {"n": 9}, 10),
    ("query ($n: Int) { mailboxes(first: $n) { nodes { id } } }", {"n": "nonsense"}, 51),
    ("query ($n: Int) { mailboxes(first: $n) { nodes { id } } }", {"n": -4}, 1),
    ("query ($n: Int, $m: Int) { mailboxes(first: $n, last: $m) { nodes { id } } }", {"n": 2, "m": 9}, 10),
    (
        "query ($n: Int) { accounts { mailboxes(first: $n) { nodes { account { mailboxes(first: $n) { nodes { id } } } } } } }",
        {"n": 4},
        10 * (1 + (10 + 1) + 4 * (1 + 1 + (10 + 1) + 4)),
    ),
    # what has to be waited for counts ten more, each time that it is asked for
    ('{ account(name: "kit") { tags } }', {}, 1 + 10),
    ("{ mailboxes(first: 5) { nodes { siblings { id } } } }", {}, 1 + 5 * (1 + 10 + 2)),
    ("query ($v: Boolean!) { mailboxes(first: 5) { nodes { id siblings @include(if: $v) { id } } } }", {"v": False}, 1 + 5),
    # what is merged when it runs counts once
    ("{ accounts { id } accounts { vendor { title } } ...F ...F } fragment F on Query { accounts { vendor { vendor } } }", {}, 20),
    ("{ a: accounts { id } b: accounts { id } }", {}, 20),
    # of several types the dearest
    ('{ node(id: "x") { ... on Account { vendor { title } } ... on Mailbox { health { sending { state } } } } }', {}, 3),
    ('{ node(id: "x") { id ... { __typename } ... on Node { ... on Mailbox { account { id } } } } }', {}, 2),
    # what is not selected counts nothing
    ("{ accounts @skip(if: true) { id } vendors @include(if: false) { title } }", {}, 0),
    ("query ($v: Boolean!) { accounts @include(if: $v) { id } vendors @skip(if: $v) { title } }", {"v": True}, 10),
    ("query ($v: Boolean = true) { ... @include(if: $v) { accounts { id } } ... @skip(if: $v) { accounts { vendor { title } } } }", {}, 10),
    # an object in the input counts ten, as often as a field takes it
    ("{ mailboxes(first: 1, filter: {address: {eq: $q}, or: [{}, {stale: true}]}) { nodes { id } } }".replace("$q", '"x"'), {}, 2 + 40),
    ("query ($f: MailboxFilter) { a: fleet(filter: $f) { total } b: fleet(filter: $f) { total } }", {"f": {"or": [{}, {}]}}, 2 + 60),
    ("query ($f: MailboxFilter!) { fleet(filter: {or: [{}, $f]}) { total } }", {"f": {"not": {}}}, 1 + 40),
    ("query ($f: MailboxFilter = {not: {}}) { fleet(filter: $f) { total } }", {}, 1 + 20),
    ("query ($f: MailboxFilter = {not: {}}) { fleet(filter: $f) { total } }", {"f": None}, 1),
    (
        "query ($f: MailboxFilter) { mailboxes(first: 5) { nodes { account { mailboxes(first: 2, filter: $f) { nodes { id } } } } } }",
        {"f": {"stale": True}},
        1 + 5 * (1 + 1 + (10 + 1) + 2 + 10),
    ),
    ("query ($v: Boolean!) { fleet(filter: {stale: true}) @include(if: $v) { total } }", {"v": False}, 0),
    # a mutation counts ten
    ('mutation { operationCancel(id: "x") { operation { id } } }', {}, 11),
]


@pytest.fixture
def documents(fleet: Fleet) -> Documents:
    return Documents(Ruling(fleet.gateway.schema._schema))


@pytest.mark.parametrize(("text", "variables", "expected"), COSTS)
def test_costs(documents: Documents, text: str, variables: dict[str, Any], expected: int) -> None:
    document = documents.get(text)
    assert not documents.validate(document)
    for _ in range(2):
        assert document.cost(None, variables) == expected


def test_each_operation_has_its_own(documents: Documents) -> None:
    document = documents.get("query A { accounts { id } } query B { vendors { title vendor } accounts { vendor { title } } }")
    assert [document.cost(name, None) for name in ("A", "B", None, "C")] == [10, 30, 10, 0]


@pytest.mark.parametrize("variables", [{"n": 10**30}, {"n": 2**31 - 1}])
def test_there_is_no_end_to_it_and_yet_a_number(documents: Documents, variables: dict[str, Any]) -> None:
    text = "query ($n: Int) { accounts { mailboxes(first: $n) { nodes { account { mailboxes(first: $n) { nodes { id } } } } } } }"
    assert documents.get(text).cost(None, variables) == 1_000_000_000


async def test_what_is_too_expensive_is_refused_before_anything_runs() -> None:
    async with open_fleet(limits=RequestLimits(max_cost=100)) as fleet:
        query = "query ($n: Int) { mailboxes(first: $n) { nodes { account { name } } } }"
        answer = await fleet.ask(query, {"n": 50})
        assert "data" not in answer
        [error] = answer["errors"]
        assert error["extensions"] == {"code": "QUERY_TOO_EXPENSIVE", "max": 100, "actual": 101}
        assert "101, but at most 100" in error["message"]
        assert "first" in error["message"]
        assert not any(fleet.calls().values())
        for _ in range(2):  # the second time it is known
            assert (await fleet.ask(query, {"n": 49}))["extensions"]["cost"]["estimated"] == 99


async def test_a_subscription_too() -> None:
    async with open_fleet(limits=RequestLimits(max_cost=2)) as fleet:
        results = [each async for each in fleet.results("subscription { mailboxChanged { mailbox { account { vendor { title } } } } }")]
        assert [error.extensions for each in results for error in each.errors or ()] == [
            {"code": "QUERY_TOO_EXPENSIVE", "max": 2, "actual": 4}
        ]


async def test_the_usual_introspection_is_not(fleet: Fleet) -> None:
    answer = await fleet.ask(get_introspection_query(True, True, True, True, True))
    assert answer["extensions"]["cost"]["estimated"] < 50_000


async def test_depth_through_lists_is_expensive(fleet: Fleet) -> None:
    query = "{ accounts " + "{ mailboxes { nodes { account " * 6 + "{ id }" + "}}}" * 6 + "}"
    assert (await fleet.error(query))["extensions"]["code"] == "QUERY_TOO_EXPENSIVE"
    assert not any(fleet.calls().values())


def test_the_schema_tells_it(fleet: Fleet) -> None:
    sdl = fleet.gateway.schema.as_str()
    assert from_sdl(sdl).get_directive("cost") is not None
    assert '@listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"]' in sdl
    assert "accounts: [Account!]! @listSize(assumedSize: 10)" in sdl
    mutations = sdl[sdl.index("type Mutation {") :].split("\n}", 1)[0]
    assert mutations.count('@cost(weight: "10")') == len(fleet.gateway.schema._schema.mutation_type.fields)  # type: ignore[union-attr]


def test_every_slicing_argument_and_sized_field_is_there() -> None:
    schema = build_schema([spec.details for spec in SPECS.values()], writable_fields(), federation=True)._schema
    for place, size in SIZES.items():
        assert size_of(schema, place) is size is not OTHERS
        field = schema.type_map[place[0]].fields[place[1]]  # type: ignore[attr-defined]
        assert set(size.slicing_arguments or ()) <= field.args.keys()
        named = str(field.type).strip("[]!")
        assert set(size.sized_fields or ()) <= getattr(schema.type_map[named], "fields", {}).keys()
