"""Server-sent events, with `graphql-sse`."""

import pytest

from tests.clients.conftest import RunNode
from tests.e2e.conftest import Running

pytestmark = pytest.mark.clients


def test_graphql_sse(demo: Running, run_node: RunNode) -> None:
    run_node("graphql_sse.test.mjs", GATEWAY_URL=f"{demo.url}/graphql")
