"""`@defer` and subscriptions as `multipart/mixed`, with Apollo Client and urql."""

from collections.abc import Iterator

import pytest

from tests.clients.conftest import RunNode
from tests.e2e.conftest import Running, started

pytestmark = pytest.mark.clients


@pytest.fixture
def own() -> Iterator[Running]:
    """A demo that nobody else looks at: one of its vendors is made slow."""
    with started("demo", "--port", "0", "--mailboxes", "6") as running:
        yield running


def test_urql(own: Running, run_node: RunNode) -> None:
    run_node("urql_multipart.test.mjs", GATEWAY_URL=f"{own.url}/graphql")


def test_apollo(own: Running, run_node: RunNode) -> None:
    run_node("apollo_multipart.test.mjs", GATEWAY_URL=f"{own.url}/graphql")
