"""The gateway as a subgraph of Apollo Federation, behind a real router, beside another team's subgraph."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.sandbox.server import Sandbox
from tests.clients.conftest import RunNode
from tests.e2e.conftest import Running, configuration, started

pytestmark = pytest.mark.clients

EVERYTHING, SENDKIT = "mgw_everything", "mgw_sendkit"
CALLER = """
[[callers]]
name = "{name}"
key_hash = "sha256:{key_hash}"
scopes = ["read", "write"]
"""


def _caller(name: str, key: str, more: str = "") -> str:
    return CALLER.format(name=name, key_hash=sha256(key.encode()).hexdigest()) + more


@pytest.fixture(scope="module")
def subgraph(
    demo: Running, sandboxes: Mapping[str, Sandbox], keys: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """`gateway serve` with `federation`, and two callers."""
    text = configuration(demo.url, sandboxes).replace("[server]\n", "[server]\nfederation = true\n")
    text += _caller("everything", EVERYTHING) + _caller("sendkit", SENDKIT, 'accounts = ["my-sendkit"]\n')
    path: Path = tmp_path_factory.mktemp("federation") / "gateway.toml"
    path.write_text(text)
    with started("serve", "--config", str(path), "--port", "0", env=keys) as running:
        yield running


def test_it_composes_with_another_subgraph_and_is_queried_through_a_router(subgraph: Running, run_node: RunNode) -> None:
    run_node("federation.test.mjs", GATEWAY_URL=f"{subgraph.url}/graphql", EVERYTHING=EVERYTHING, SENDKIT=SENDKIT)
