"""What is compiled, when, and how long it is kept."""

import gc
import weakref
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import graphql
import pytest
import strawberry
from graphql import DocumentNode, ExecutionResult, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode, parse
from graphql.execution.collect_fields import FieldDetailsList
from strawberry.extensions import SchemaExtension

from gateway.execution import executor, plans
from gateway.execution.answer import MAX_KEYS, answer_class
from gateway.execution.executor import CompiledExecutor
from gateway.execution.marks import READ
from gateway.execution.plan import Plan
from gateway.execution.plans import KeptPlans
from gateway.execution.selection import Collect, compile_selection
from tests.frames import merged
from tests.schema.conftest import as_sent

ROWS = 20


@dataclass
class Row:
    name: str = "Ada"
    size: int | None = 3


async def slow(root: strawberry.Parent[Row]) -> str:
    return root.name.upper()


def scaled(root: strawberry.Parent[Row], by: int = 1) -> int:
    return (root.size or 0) * by


def known(root: strawberry.Parent[Row], info: strawberry.Info[str, None]) -> str:
    return f"{root.name} for {info.context}"


def things() -> list[Any]:
    return ROWS_NOW


def thing() -> Row:
    row: Row = ROWS_NOW[0]
    return row


ROWS_NOW: list[Any] = []


@strawberry.type
class Thing:
    name: str
    size: int | None

    slow = strawberry.field(resolver=slow, graphql_type=str)
    scaled = strawberry.field(resolver=scaled, graphql_type=int)
    known = strawberry.field(resolver=known, graphql_type=str, metadata={READ: lambda row, context: f"{row.name} for {context}"})


@strawberry.type
class Query:
    things = strawberry.field(resolver=things, graphql_type=list[Thing | None])
    thing = strawberry.field(resolver=thing, graphql_type=Thing)


class Loud(SchemaExtension):
    def resolve(self, _next: Any, root: Any, info: Any, *args: str, **kwargs: Any) -> Any:  # noqa: ANN401 - strawberry's
        result = _next(root, info, *args, **kwargs)
        return result.upper() if isinstance(result, str) else result


@pytest.fixture
def schema() -> strawberry.Schema:
    ROWS_NOW[:] = [Row() for _ in range(ROWS)]
    return strawberry.Schema(Query, execution_context_class=CompiledExecutor)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the types for which a selection was compiled, one after the other."""
    found: list[str] = []

    def noted(schema: GraphQLSchema, collect: Collect, type_: GraphQLObjectType, details: FieldDetailsList) -> Plan | None:
        found.append(type_.name)
        return compile_selection(schema, collect, type_, details)

    monkeypatch.setattr(executor, "compile_selection", noted)
    return found


async def ask(schema: strawberry.Schema, query: str, **variables: object) -> dict[str, Any]:
    result = await schema.execute(query, dict(variables), context_value="me")
    assert result.errors is None, result.errors
    return as_sent(result.data)


async def test_a_list_is_compiled_at_once_and_a_single_object_is_not(schema: strawberry.Schema, made: list[str]) -> None:
    assert await ask(schema, "{ thing { name } }") == {"thing": {"name": "Ada"}}
    assert made == []
    assert await ask(schema, "{ things { name } }") == {"things": [{"name": "Ada"}] * ROWS}
    assert made == ["Thing"]


async def test_a_document_that_comes_again_is_compiled_once(schema: strawberry.Schema, made: list[str]) -> None:
    document = parse("{ thing { name } }")
    for _ in range(3 * plans.WORTH):
        result = await execute(schema, document)
        assert as_sent(result.data) == {"thing": {"name": "Ada"}}
    assert made == ["Thing"]


async def execute(schema: strawberry.Schema, document: DocumentNode, **variables: object) -> ExecutionResult:
    """With strawberry's schema, and a document that stays the same object."""
    result: Any = graphql.execute(
        schema._schema, document, variable_values=dict(variables), context_value="me", executor_class=CompiledExecutor
    )
    done: ExecutionResult = await result if isawaitable(result) else result
    return done


async def test_resolvers_stand_where_the_query_has_them(schema: strawberry.Schema, made: list[str]) -> None:
    (first, *_) = (await ask(schema, "{ things { slow name scaled(by: 2) a: __typename known b: slow size } }"))["things"]
    assert list(first.items()) == [
        ("slow", "ADA"),
        ("name", "Ada"),
        ("scaled", 6),
        ("a", "Thing"),
        ("known", "Ada for me"),
        ("b", "ADA"),
        ("size", 3),
    ]
    assert made == ["Thing"]


async def test_each_set_of_flags_has_plans_of_its_own(schema: strawberry.Schema, made: list[str]) -> None:
    document = parse("query ($with: Boolean!) { things { name size @include(if: $with) } }")
    for flag, keys in ((True, ["name", "size"]), (False, ["name"]), (True, ["name", "size"])):
        result = await execute(schema, document, **{"with": flag})
        assert list(as_sent(result.data)["things"][0]) == keys
    assert made == ["Thing", "Thing"]


@pytest.mark.parametrize(
    ("query", "plans"),
    [
        ("{ ... @defer { things { name size } } }", 1),
        ("{ thing { name } ... @defer { things { ...F } } } fragment F on Thing { name size }", 1),
        ("{ things { name } ... @defer { things { size } } }", 0),
        ("{ things { name ... @defer { size } } }", 0),
    ],
)
async def test_a_list_that_comes_in_one_part_is_compiled_and_no_other(
    schema: strawberry.Schema, monkeypatch: pytest.MonkeyPatch, query: str, plans: int
) -> None:
    found: list[Plan] = []

    def noted(schema: GraphQLSchema, collect: Collect, type_: GraphQLObjectType, details: FieldDetailsList) -> Plan | None:
        plan = compile_selection(schema, collect, type_, details)
        found.extend([plan] if plan else [])
        return plan

    monkeypatch.setattr(executor, "compile_selection", noted)
    result: Any = graphql.experimental_execute_incrementally(
        schema._schema, parse(query), context_value="me", executor_class=CompiledExecutor
    )
    data, errors = merged(
        [as_sent(result.initial_result.formatted), *[as_sent(each.formatted) async for each in result.subsequent_results]]
    )
    assert (data["things"], errors) == ([{"name": "Ada", "size": 3}] * ROWS, [])
    assert len(found) == plans


async def test_a_flag_that_is_null_fails_where_it_would_without_plans(schema: strawberry.Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    document = parse("query ($without: Boolean = true) { things { name @skip(if: $without) } }")
    compiled = await execute(schema, document, without=None)
    monkeypatch.setattr(CompiledExecutor, "is_compiling", False)
    walked = await execute(schema, document, without=None)
    assert [(error.path, error.message) for error in compiled.errors or ()] == [
        (error.path, error.message) for error in walked.errors or ()
    ]
    assert as_sent(compiled.data) == as_sent(walked.data)
    assert len(walked.errors or ()) == ROWS


async def test_an_odd_object_costs_itself_alone(schema: strawberry.Schema) -> None:
    ROWS_NOW[3] = Row(name=None)  # type: ignore[arg-type] # that is what is odd
    ROWS_NOW[5] = None
    result = await schema.execute("{ things { name size } }", context_value="me")
    assert [index for index, each in enumerate(as_sent(result.data)["things"]) if each is None] == [3, 5]
    assert [(error.path, error.message) for error in result.errors or ()] == [
        (["things", 3, "name"], "Cannot return null for non-nullable field Thing.name.")
    ]


async def test_where_an_extension_resolves_nothing_is_compiled(made: list[str]) -> None:
    ROWS_NOW[:] = [Row()] * ROWS
    loud = strawberry.Schema(Query, execution_context_class=CompiledExecutor, extensions=[Loud])
    assert (await ask(loud, "{ things { name } }"))["things"][0] == {"name": "ADA"}
    assert made == []


async def test_the_switch(schema: strawberry.Schema, made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CompiledExecutor, "is_compiling", False)
    assert await ask(schema, "{ things { name } }") == {"things": [{"name": "Ada"}] * ROWS}
    assert made == []


async def test_a_flood_of_fields_is_left_alone(schema: strawberry.Schema) -> None:
    fields = " ".join(f"a{index}: name" for index in range(3_000))
    answer = await ask(schema, f"{{ things {{ {fields} }} }}")
    assert len(answer["things"][0]) == 3_000


def test_plans_of_operations_that_were_not_executed_lately_go() -> None:
    kept, schema = KeptPlans(most=2), GraphQLSchema()
    operations = [operation(f"{{ a{index} }}") for index in range(3)]
    first = kept.of(schema, operations[0], ())
    kept.of(schema, operations[1], ())
    assert kept.of(schema, operations[0], ()) is first
    kept.of(schema, operations[2], ())
    assert kept.of(schema, operations[0], ()) is first
    gone = weakref.ref(kept.of(schema, operations[1], ()))
    kept.of(schema, operations[0], ())
    kept.of(schema, operations[2], ())
    gc.collect()
    assert gone() is None


async def test_plans_go_with_the_document_that_they_are_of(schema: strawberry.Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever executes large documents, each once, fills no memory."""
    kept = KeptPlans()
    monkeypatch.setattr(executor, "KEPT", kept)
    document = parse("{ things { name } }")
    await execute(schema, document)
    gone = weakref.ref(document)
    assert kept._kept
    del document
    gc.collect()
    assert gone() is None
    assert not kept._kept


def test_classes_are_made_once_and_large_ones_are_not_kept() -> None:
    small, large = [[f"key{index}" for index in range(count)] for count in (MAX_KEYS, MAX_KEYS + 1)]
    assert answer_class(*small) is answer_class(*small)
    gone = weakref.ref(answer_class(*large))
    gc.collect()
    assert gone() is None


def test_another_schema_has_other_plans() -> None:
    kept, one = KeptPlans(), operation("{ a }")
    assert kept.of(GraphQLSchema(), one, ()) is not kept.of(GraphQLSchema(), one, ())


def operation(text: str) -> OperationDefinitionNode:
    definition = parse(text).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return definition


async def test_what_is_kept_holds_nothing_of_a_request(schema: strawberry.Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    class Asker:
        pass

    kept = KeptPlans()
    monkeypatch.setattr(executor, "KEPT", kept)
    asker = Asker()
    gc.disable()  # the operation, by which plans are kept, is in a circle: it shall live until it is looked for
    try:
        await schema.execute("{ things { name known slow } }", context_value=asker)
        assert kept._kept
    finally:
        gc.enable()
    gone = weakref.ref(asker)
    del asker
    gc.collect()
    assert gone() is None
