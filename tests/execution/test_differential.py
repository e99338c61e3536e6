"""Random queries over odd data, executed with compiled selections and without: the same data in the same order, the same errors."""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec
import pytest
import strawberry
from graphql import GraphQLSchema
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.types import ExecutionResult

from gateway.app import writable_fields
from gateway.execution import plans
from gateway.execution.executor import CompiledExecutor
from gateway.schema.executor import FreshExecutor, WalkingExecutor
from gateway.schema.schema import GatewaySchema, build_schema
from gateway.vendors.registry import SPECS
from tests.everything import UNLIMITED
from tests.execution.documents import Document
from tests.execution.odd_world import OddWorld

EXAMPLES = 2_000
ROOTS = {
    "mailboxes": "mailboxes",
    "accounts": "accounts",
    "account": 'account(name: "smartlead")',
    "mailbox": "mailbox(id: $id)",
    "node": "node(id: $id)",
    "nodes": 'nodes(ids: [$id, "bad", $id])',
    "fleet": "fleet",
    "vendors": "vendors",
}


@pytest.fixture(scope="module")
def schema() -> GatewaySchema:
    details = [spec.details for spec in SPECS.values()]
    return build_schema(details, writable_fields(), mutation=None, subscription=None, limits=UNLIMITED)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled for the first object already."""
    monkeypatch.setattr(plans, "WORTH", 1)


# graphql-core itself drops coroutines that it has not begun yet when a null propagates over them.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited", "ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**32), odd=st.sampled_from((0.0, 0.01, 0.1)), failing=st.sampled_from((0.0, 0.3)))
async def test_compiled_and_walked_answers_are_the_same(schema: GatewaySchema, seed: int, odd: float, failing: float) -> None:
    world = OddWorld(seed, odd=odd, failing=failing, mailboxes=4)
    query, variables = random_query(schema, world, Random(seed))  # noqa: S311 - chance, no secret
    walked = await execute(schema, WalkingExecutor, world, query, variables)
    for _ in range(2):  # the second time with the plans of the first one, where the document is the same
        compiled = await execute(schema, FreshExecutor, world, query, variables)
        assert told(compiled) == told(walked), query


def random_query(schema: GatewaySchema, world: OddWorld, random: Random) -> tuple[str, dict[str, Any]]:
    identifier = json.dumps(random.choice(world.mailbox_ids()))
    document = Document(core(schema), random, {name: text.replace("$id", identifier) for name, text in ROOTS.items()})
    return document.text(), dict(document.flags)


def core(schema: GatewaySchema) -> GraphQLSchema:
    return schema._schema


async def execute(
    schema: GatewaySchema, executor: type[CompiledExecutor], world: OddWorld, query: str, variables: dict[str, Any]
) -> ExecutionResult:
    """Without our own translation of errors, which would hide how they differ."""
    schema.execution_context_class = executor
    result = await strawberry.Schema.execute(schema, query, variables, context_value=world.context())
    assert result.data is not None or all(error.path for error in result.errors or ()), (query, result.errors)
    return result


def told(result: ExecutionResult) -> tuple[str, Sequence[object]]:
    errors = [(error.message, error.path, error.locations, type(error.original_error)) for error in result.errors or ()]
    return repr(msgspec.to_builtins(result.data, enc_hook=repr)), errors
