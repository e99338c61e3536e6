"""GraphQL clients that run on Node.js, each with a file of tests in `node/`."""

import pytest

from tests.clients.conftest import RunNode
from tests.e2e.conftest import Running

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("client", ["apollo_apq", "apollo_client", "graphql_request", "relay", "urql"])
def test_a_client_needs_no_special_case(client: str, demo: Running, run_node: RunNode) -> None:
    run_node(f"{client}.test.mjs", GATEWAY_URL=f"{demo.url}/graphql")
