"""graphql-transport-ws, with `graphql-ws`, against a gateway that lets nobody in without a key."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.world import World
from tests.clients.conftest import MAILBOXES, RunNode
from tests.e2e.conftest import Running, started

pytestmark = pytest.mark.clients
KEY = "mgw_a-key-of-a-test"
CALLER = f"""
[[callers]]
name = "frontend"
key_hash = "sha256:{sha256(KEY.encode()).hexdigest()}"
scopes = ["read", "write"]
"""


@pytest.fixture
def guarded(demo: Running, tmp_path: Path) -> Iterator[Running]:
    """`gateway serve` with a caller, over the demo's sandboxes."""
    text = f'[server]\nstate_dir = "{tmp_path / "state"}"\n{CALLER}'
    for vendor, build in SANDBOXES.items():
        name, sandbox = vendor.lower(), build(World(mailboxes=MAILBOXES))  # one seed makes one world: the same keys
        text += f'\n[[accounts]]\nname = "my-{name}"\nvendor = "{name}"\nbase_url = "{demo.url}/sandbox/{name}{sandbox.base_path}/"\n'
        text += "".join(f'{setting} = "{value}"\n' for setting, value in sandbox.account.items())
    config = tmp_path / "gateway.toml"
    config.write_text(text)
    with started("serve", "--config", str(config), "--port", "0") as running:
        yield running


def test_graphql_ws(guarded: Running, run_node: RunNode) -> None:
    run_node("graphql_ws.test.mjs", GATEWAY_URL=f"{guarded.url}/graphql", GATEWAY_KEY=KEY)
