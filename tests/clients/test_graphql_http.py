"""GraphQL over HTTP, by the audits of `graphql-http`, which its server listing uses."""

import pytest

from tests.clients.conftest import RunNode
from tests.e2e.conftest import Running

pytestmark = pytest.mark.clients


def test_every_audit_passes(demo: Running, run_node: RunNode) -> None:
    assert "ℹ pass 61\n" in run_node("graphql_http.test.mjs", GATEWAY_URL=f"{demo.url}/graphql")
