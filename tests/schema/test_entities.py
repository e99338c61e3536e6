"""As a subgraph of Apollo Federation: what a router asks, and what that costs the vendors."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLUnionType, ObjectTypeDefinitionNode, parse

from gateway.app import writable_fields
from gateway.domain.identifier import Kind, encode
from gateway.schema.entity import MAX_REPRESENTATIONS
from gateway.schema.executor import FreshExecutor
from gateway.schema.schema import build_schema
from gateway.vendors.registry import SPECS
from tests.schema.conftest import Execution, Fleet, open_fleet
from tests.web.conftest import caller

ENTITIES = "query ($them: [_Any!]!) { _entities(representations: $them) { __typename ... on Node { id } %s } }"
SERVICE = "{ _service { sdl } }"
ELSEWHERE = encode(Kind.MAILBOX, "not-configured", "1")
SCHEMA = build_schema([spec.details for spec in SPECS.values()], writable_fields(), federation=True)
CANARY = "CANARY-hunter2"


@pytest.fixture
async def subgraph() -> AsyncIterator[Fleet]:
    async with open_fleet(federation=True) as fleet:
        yield fleet


def mailboxes(ids: Sequence[str]) -> dict[str, Any]:
    """The variables that name these."""
    return {"them": [{"__typename": "Mailbox", "id": each} for each in ids]}


async def all_ids(fleet: Fleet) -> list[str]:
    return [each for account in fleet.sandboxes for each in await fleet.ids(account)]


# ---------------------------------------------------------------------- what is found
async def test_every_kind_of_node_is_found_by_its_id(subgraph: Fleet) -> None:
    data = await subgraph.data(
        """{ account(name: "shipmail") { __typename id domains { __typename id } mailboxes(first: 3) { nodes {
          __typename id folders { __typename id } rules { __typename id } identities { __typename id }
          messages(first: 1) { nodes { __typename id threadId } }
        } } } }"""
    )
    [wide, *_] = [each for each in data["account"]["mailboxes"]["nodes"] if each["messages"]["nodes"] and each["rules"]]
    things = [data["account"], data["account"]["domains"][0], wide, wide["folders"][0], wide["rules"][0], wide["identities"][0]]
    [message] = wide["messages"]["nodes"]
    things += [message, {"__typename": "Thread", "id": message["threadId"]}]
    named = [{"__typename": each["__typename"], "id": each["id"]} for each in things]
    found = await subgraph.data(ENTITIES % "", {"them": named})
    assert found["_entities"] == named
    assert {each["__typename"] for each in named} | {"Operation"} == {each.name for each in entity_types()}


async def test_what_cannot_be_found_is_null_and_what_is_badly_named_an_error_of_its_own(subgraph: Fleet) -> None:
    [known] = await subgraph.ids("sendkit", 1)
    them = [
        {"__typename": "Mailbox", "id": ELSEWHERE},
        {"__typename": "Mailbox", "id": known, "plan": {"more": CANARY}},
        {"__typename": "Operation", "id": encode(Kind.OPERATION, "", "none")},
        {"__typename": "Folder", "id": known},
        {"__typename": "Mailbox", "id": CANARY},
        {"__typename": "Mailbox", "id": 7},
        {"__typename": CANARY, "id": known},
        {"__typename": "Attachment", "id": encode(Kind.ATTACHMENT, "shipmail", "a", "b", "c", "d")},
        {"id": known},
        {"__typename": "Mailbox"},
        {"__typename": ["Mailbox"], "id": {}},
        CANARY,
        5,
        [[]],
        {"__typename": "Mailbox", "id": known},
    ]
    answer = await subgraph.ask(ENTITIES % "", {"them": them})
    found = {"__typename": "Mailbox", "id": known}
    assert answer["data"]["_entities"] == [None, found, *[None] * 12, found]
    assert {(error["path"][1], error["extensions"]["code"]) for error in answer["errors"]} == {
        (index, "BAD_USER_INPUT") for index in range(3, 14)
    }
    assert CANARY not in str(answer)


async def test_literals_are_taken_like_variables(subgraph: Fleet) -> None:
    [known] = await subgraph.ids("outreach", 1)
    query = f'{{ _entities(representations: [{{__typename: "Mailbox", id: "{known}"}}]) {{ ... on Mailbox {{ id }} }} }}'
    assert await subgraph.data(query) == {"_entities": [{"id": known}]}


async def test_a_caller_finds_only_what_it_may_see() -> None:
    callers = (caller("all", "read"), caller("some", "read", accounts=("sendkit",)), caller("writer", "write"))
    async with open_fleet(callers=callers, federation=True) as fleet:
        query = "{ accounts { id } mailboxes(first: 500) { nodes { id vendor } } }"
        everything = await fleet.data(query, authorization="Bearer all")
        accounts = [{"__typename": "Account", "id": each["id"]} for each in everything["accounts"]]
        them = mailboxes([each["id"] for each in everything["mailboxes"]["nodes"]])["them"] + accounts
        assert (await fleet.data(ENTITIES % "", {"them": them}, authorization="Bearer all"))["_entities"] == them
        calls = fleet.calls()
        seen = (await fleet.data(ENTITIES % "... on Account { name }", {"them": them}, authorization="Bearer some"))["_entities"]
        own = [each["vendor"] == "SENDKIT" for each in everything["mailboxes"]["nodes"]]
        assert [each is not None for each in seen[: len(own)]] == own
        assert [each["name"] for each in seen[len(own) :] if each] == ["sendkit"]
        assert fleet.calls() == calls
        for asked in (ENTITIES % "", SERVICE):
            refused = await fleet.client.post(
                "/graphql", json={"query": asked, "variables": {"them": them}}, headers={"authorization": "Bearer writer"}
            )
            assert refused.status_code == 403
            assert refused.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}


# ---------------------------------------------------------------------- what it costs
async def test_entities_of_the_whole_fleet_cost_no_more_than_its_lists() -> None:
    async with open_fleet() as other:
        ids = await all_ids(other)
    async with open_fleet(federation=True) as fleet:
        assert len(ids) >= 150
        found = await fleet.data(ENTITIES % "... on Mailbox { address status }", mailboxes(ids))
        assert [each["id"] for each in found["_entities"]] == ids
        assert set(fleet.calls().values()) == {1}
        again = await fleet.data(ENTITIES % "... on Mailbox { address status sending { dailyLimit } }", mailboxes(ids * 3))
        assert len(again["_entities"]) == 3 * len(ids)
        assert set(fleet.calls().values()) == {1}


async def test_details_of_entities_are_asked_for_in_the_batches_of_any_page(subgraph: Fleet) -> None:
    async with open_fleet() as other:
        ids = await all_ids(other)
        await other.data("{ mailboxes(first: 500) { nodes { owner { name } tags details { ... on OutreachDetails { canWrite } } } } }")
    found = await subgraph.data(
        ENTITIES % "... on Mailbox { owner { name } tags details { ... on OutreachDetails { canWrite } } }", mailboxes(ids)
    )
    assert None not in found["_entities"]
    assert subgraph.calls() == other.calls()


async def test_a_few_of_an_account_that_was_never_read_are_read_one_by_one() -> None:
    async with open_fleet() as other:
        ids = await other.ids("shipmail", 3)
    for query, variables in (
        (ENTITIES % "", mailboxes(ids[:2])),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids[:2]}),
    ):
        async with open_fleet(federation=True) as fleet:
            await fleet.data(query, variables)
            assert fleet.calls() == {**dict.fromkeys(fleet.calls(), 0), "shipmail": 2}


async def test_as_many_as_a_page_holds_may_be_named(subgraph: Fleet) -> None:
    ids = (await all_ids(subgraph)) * 4
    found = await subgraph.data(ENTITIES % "", mailboxes(ids[:MAX_REPRESENTATIONS]))
    assert len(found["_entities"]) == MAX_REPRESENTATIONS == 500
    error = await subgraph.error(ENTITIES % "", mailboxes(ids[: MAX_REPRESENTATIONS + 1]))
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_USER_INPUT", ["representations"])
    assert "at most 500" in error["message"]


async def test_calls_are_foreseen() -> None:
    async with open_fleet(federation=True, max_vendor_calls=10) as fleet:
        shipmail, others = await fleet.ids("shipmail"), await fleet.ids("sendkit")
        query = ENTITIES % "... on Mailbox { folders { name } }"
        error = await fleet.error(query, mailboxes([*others, *shipmail[:11]]))
        assert error["extensions"] == {"code": "QUERY_TOO_COMPLEX", "max": 10, "needed": 11}
        before = fleet.calls()
        await fleet.data(query, mailboxes([*others, *shipmail[:10] * 2]))
        assert fleet.calls()["shipmail"] == before["shipmail"] + 10
        unknown = [encode(Kind.MAILBOX, "sendkit", f"mbx_{number}") for number in range(200)]
        assert (await fleet.error(ENTITIES % "", mailboxes(unknown)))["extensions"]["needed"] == 200


async def test_the_same_entities_again_are_a_known_answer(subgraph: Fleet) -> None:
    ids = await all_ids(subgraph)
    query = ENTITIES % "... on Mailbox { address }"
    first = await subgraph.data(query, mailboxes(ids))

    async def hits() -> float:
        lines = (await subgraph.client.get("/metrics")).text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("gateway_answers_hits_total "))

    before = await hits()
    assert await subgraph.data(query, mailboxes(ids)) == first
    assert await hits() == before + 1
    operations = {"them": [{"__typename": "Operation", "id": encode(Kind.OPERATION, "", "none")}]}
    for _ in range(2):
        await subgraph.data(ENTITIES % "", operations)
    assert await hits() == before + 1, "operations go on by themselves"


async def test_their_selections_are_compiled(subgraph: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Execution.is_compiled:
        return
    walked: list[str] = []

    class Counting(FreshExecutor):
        def execute_field(self, parent_type: Any, source: Any, field_details_list: Any, *more: Any) -> Any:  # noqa: ANN401 - the library's
            walked.append(parent_type.name)
            return super().execute_field(parent_type, source, field_details_list, *more)

    monkeypatch.setattr(subgraph.gateway.schema, "execution_context_class", Counting)
    ids = await all_ids(subgraph)
    walked.clear()
    found = await subgraph.data(ENTITIES % "... on Mailbox { address status sending { dailyLimit } }", mailboxes(ids))
    assert len(found["_entities"]) == len(ids)
    assert walked == ["Query"]


# ---------------------------------------------------------------------- the SDL
def entity_types() -> Sequence[GraphQLObjectType]:
    union = SCHEMA._schema.type_map["_Entity"]
    assert isinstance(union, GraphQLUnionType)
    types: Sequence[GraphQLObjectType] = union.types
    return types


def test_whatever_is_a_node_is_an_entity() -> None:
    node: Any = SCHEMA._schema.type_map["Node"]
    assert set(entity_types()) == set(SCHEMA._schema.get_possible_types(node))


def test_the_sdl_marks_entities_and_what_subgraphs_share() -> None:
    types = [each for each in parse(SCHEMA.subgraph_sdl).definitions if isinstance(each, ObjectTypeDefinitionNode)]
    marked = {each.name.value: [directive.name.value for directive in each.directives] for each in types if each.directives}
    assert marked == {"PageInfo": ["shareable"], **{each.name: ["key"] for each in entity_types()}}


def test_the_schema_itself_knows_nothing_of_federation() -> None:
    plain = build_schema([spec.details for spec in SPECS.values()], writable_fields()).as_str()
    assert not [word for word in ("@key", "@shareable", "@link", "_entities", "_service", "_Any", "_Entity") if word in plain]


async def test_the_service_tells_its_sdl(subgraph: Fleet) -> None:
    assert await subgraph.data(SERVICE) == {"_service": {"sdl": SCHEMA.subgraph_sdl}}


async def test_the_sdl_is_introspection() -> None:
    async with open_fleet(federation=True, introspection=False) as fleet:
        error = await fleet.error(SERVICE)
        assert error["extensions"] == {"code": "FORBIDDEN"}
        assert "gateway schema --federation" in error["message"]
        [known] = await fleet.ids("sendkit", 1)
        assert (await fleet.data(ENTITIES % "", mailboxes([known])))["_entities"], "a router needs no more"


async def test_without_federation_there_is_none_of_it(fleet: Fleet) -> None:
    for query in (SERVICE, '{ _entities(representations: [{__typename: "Mailbox", id: "x"}]) { __typename } }'):
        error = await fleet.error(query)
        assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
