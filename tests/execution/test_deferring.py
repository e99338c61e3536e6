"""Random queries with deferred fragments: what comes in parts is what would have come at once, compiled or not."""

import json
from collections.abc import Mapping, Sequence
from inspect import isawaitable
from random import Random
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from graphql import DocumentNode, ExperimentalIncrementalExecutionResults, experimental_execute_incrementally, validate
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.app import writable_fields
from gateway.execution import executor, plans
from gateway.execution.executor import CompiledExecutor
from gateway.schema.document import Document as KeptDocument
from gateway.schema.document import Ruling
from gateway.schema.executor import FreshExecutor, WalkingExecutor
from gateway.schema.schema import GatewaySchema, build_schema
from gateway.vendors.registry import SPECS
from tests.everything import UNLIMITED
from tests.execution.documents import Document
from tests.execution.odd_world import OddWorld
from tests.execution.test_differential import ROOTS
from tests.frames import merged

EXAMPLES = 150


@pytest.fixture(scope="module")
def schema() -> GatewaySchema:
    return build_schema([spec.details for spec in SPECS.values()], writable_fields(), mutation=None, subscription=None)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled for the first object already."""
    monkeypatch.setattr(plans, "WORTH", 1)


def random_query(schema: GatewaySchema, world: OddWorld, seed: int) -> tuple[str, dict[str, Any]]:
    random = Random(seed)  # noqa: S311 - chance, no secret
    identifier = json.dumps(random.choice(world.mailbox_ids()))
    roots = {name: text.replace("$id", identifier) for name, text in ROOTS.items()}
    document = Document(schema._schema, random, roots, deferring=0.7)
    return document.text(), dict(document.flags)


async def frames(
    schema: GatewaySchema, cls: type[CompiledExecutor], world: OddWorld, document: DocumentNode, variables: dict[str, Any]
) -> Sequence[Mapping[str, Any]]:
    """As JSON; a single one where nothing was deferred."""
    result: Any = experimental_execute_incrementally(
        schema._schema, document, context_value=world.context(), variable_values=variables, executor_class=cls
    )
    if isawaitable(result):
        result = await result
    found: list[Mapping[str, Any]]
    if isinstance(result, ExperimentalIncrementalExecutionResults):
        found = [result.initial_result.formatted, *[each.formatted async for each in result.subsequent_results]]
    else:
        found = [{**result.formatted, "hasNext": False}]
    plain: Sequence[Mapping[str, Any]] = json.loads(msgspec.json.encode(found, enc_hook=repr))
    return plain


def told(frames: Sequence[Mapping[str, Any]]) -> tuple[Any, Sequence[str]]:
    """The data, and the errors in no order: parts come as they are done."""
    data, errors = merged(frames)
    return data, sorted(json.dumps(each) for each in errors)


@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**32), most=st.sampled_from((0, 1, 3, 5, executor.MAX_PARTS)))
async def test_the_parts_make_up_the_whole(schema: GatewaySchema, seed: int, most: int) -> None:
    """Where nothing goes wrong: otherwise a null stops at the part that it is in, instead of taking all around it down."""
    world = OddWorld(seed, odd=0.0, failing=0.0, mailboxes=4)
    query, variables = random_query(schema, world, seed)
    document = KeptDocument(Ruling(schema._schema, UNLIMITED), query)
    assert document.node is not None
    assert not validate(schema._schema, document.node), query
    assert document.whole is not None
    data, errors = told(await frames(schema, FreshExecutor, world, document.whole, variables))
    assume(not errors)
    with patch.object(executor, "MAX_PARTS", most):
        for cls in (WalkingExecutor, FreshExecutor, FreshExecutor):  # the last time with the plans of the one before
            assert told(await frames(schema, cls, world, document.node, variables)) == (data, errors), query


# As in `test_differential`.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited", "ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**32), odd=st.sampled_from((0.01, 0.1)), failing=st.sampled_from((0.0, 0.3)))
async def test_compiled_and_walked_parts_are_the_same(schema: GatewaySchema, seed: int, odd: float, failing: float) -> None:
    world = OddWorld(seed, odd=odd, failing=failing, mailboxes=4)
    query, variables = random_query(schema, world, seed)
    document = KeptDocument(Ruling(schema._schema, UNLIMITED), query)
    assert document.node is not None
    walked = told(await frames(schema, WalkingExecutor, world, document.node, variables))
    for _ in range(2):
        assert told(await frames(schema, FreshExecutor, world, document.node, variables)) == walked, query


def test_random_queries_defer(schema: GatewaySchema) -> None:
    """And in all ways: otherwise the above would show nothing."""
    texts = [random_query(schema, OddWorld(seed, odd=0.0, failing=0.0, mailboxes=1), seed)[0] for seed in range(200)]
    assert sum("@defer" in each for each in texts) > 150
    assert any("@defer(label:" in each for each in texts)
    assert any("@defer(if: $" in each for each in texts)
    assert any(each.count("@defer") > 3 for each in texts)
