"""How much of the queries that people copy runs compiled."""

from typing import Any

import pytest
from graphql import get_named_type, is_leaf_type

from gateway.execution import plans
from gateway.schema.executor import FreshExecutor
from gateway.web.graphiql_examples import EXAMPLES
from tests.schema.conftest import open_fleet

QUERIES = [example for example in EXAMPLES if example.query.strip().startswith("query")]
SHARE = 0.95


class Counting(FreshExecutor):
    """Counts the leaves that graphql-core walks to."""

    walked = 0

    def execute_field(self, parent_type: Any, source: Any, field_details_list: Any, *more: Any) -> Any:  # noqa: ANN401 - the library's
        field = self.schema.get_field(parent_type, field_details_list[0].node.name.value)
        assert field is not None
        Counting.walked += is_leaf_type(get_named_type(field.type))
        return super().execute_field(parent_type, source, field_details_list, *more)


async def test_nearly_all_leaves_are_read_by_compiled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "WORTH", 1)
    monkeypatch.setattr(Counting, "walked", 0)
    async with open_fleet(kept_answers_mib=0) as fleet:
        fleet.gateway.schema.execution_context_class = Counting
        answers = [await fleet.data(example.query, example.variables) for example in QUERIES]
        compiled = Counting.walked
        monkeypatch.setattr(Counting, "is_compiling", False)
        assert [await fleet.data(example.query, example.variables) for example in QUERIES] == answers
    leaves = Counting.walked - compiled
    assert leaves > 500
    assert 1 - compiled / leaves >= SHARE
