"""`gateway serve` over the demo's sandboxes, with callers, as it stands on the open web."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLSchema, build_schema

from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.world import World
from tests.attack.effort import Effort
from tests.attack.operations import Pool
from tests.e2e.conftest import EVERYTHING_MAY_BE_ASKED, ROOT, Running, configuration, started
from tests.leaks import MARK, leaks

MAILBOXES = 24
KEY, BYSTANDER_KEY = f"mgw_{MARK}-attacker", f"mgw_{MARK}-bystander"
"""The same in every run: what is found can be sent again."""
SAMPLE = """
{
  accounts { id name domains { id } }
  mailboxes(first: 30) { edges { cursor node { id folders { id } rules { id } identities { id } messages(first: 2) { nodes { id } } } } }
  operations { nodes { id } }
}
"""
SENSIBLE = "{ mailboxes(first: 3) { totalCount nodes { address } sources { status } } }"
MEMORY_MIB = 400
"""More than the gateway may ever take here; it begins with 85."""
_FAULT = re.compile(r'^\S+ \S+ ERROR |"level": ?"ERROR"|Traceback')
"""In a line of the log, in words or in JSON."""
LIMITS = '[limits]\nrate = "off"  # thousands of requests a minute come from one caller here\n'
CALLERS = """
[[callers]]
name = "attacker"
key_hash = "{attacker}"
scopes = ["read", "write", "secrets:write"]

[[callers]]
name = "bystander"
key_hash = "{bystander}"
scopes = ["read"]
accounts = ["my-sendkit"]
"""


@dataclass(frozen=True)
class Target:
    """A gateway that is attacked. `key` is the attacker's, who may do much; `bystander_key` is that of one who only wants to read."""

    running: Running
    key: str
    bystander_key: str
    secrets: frozenset[str]
    schema: GraphQLSchema
    pool: Pool

    @property
    def url(self) -> str:
        return self.running.url

    def ask(self, query: str, *, key: str | None = None, **variables: object) -> httpx.Response:
        """As any client does; by default as the bystander."""
        headers = {"authorization": f"Bearer {self.bystander_key if key is None else key}"}
        return httpx.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, headers=headers, timeout=30)

    def assert_sound(self) -> None:
        """It answers whoever asks for something sensible, has not grown without bounds, and its log tells of no fault and no secret."""
        answer = self.ask(SENSIBLE)
        assert answer.status_code == 200, answer.text
        assert "errors" not in answer.json(), answer.text
        printed = self.running.so_far()
        assert leaks((printed.stdout + printed.stderr).encode(), self.secrets) == set()
        assert [line for line in printed.stderr.splitlines() if _FAULT.search(line)] == []
        assert Effort(self.running.process.pid).most_memory_mib < MEMORY_MIB


@pytest.fixture(scope="package")
def vendors() -> Iterator[Running]:
    """`gateway demo`, whose sandboxes are the vendors."""
    with started("demo", "--port", "0", "--mailboxes", str(MAILBOXES)) as running:
        yield running


@pytest.fixture(scope="package")
def target(vendors: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """As it is by default on loopback: it describes its schema, which an attacker will have anyhow."""
    with served(vendors, tmp_path_factory.mktemp("open")) as found:
        yield found


@pytest.fixture(scope="package")
def closed(vendors: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """As it is by default elsewhere."""
    with served(vendors, tmp_path_factory.mktemp("closed"), server="graphiql = false\nintrospection = false\n") as found:
        yield found


@contextmanager
def served(vendors: Running, folder: Path, *, server: str = "") -> Iterator[Target]:
    """`server` is added to the table of that name."""
    sandboxes = {vendor.lower(): build(World(mailboxes=MAILBOXES)) for vendor, build in SANDBOXES.items()}
    credentials = {f"MY_{name}_{setting}".upper(): value for name, each in sandboxes.items() for setting, value in each.account.items()}
    config = folder / "gateway.toml"
    config.write_text(
        configuration(vendors.url, sandboxes).replace("[server]\n", f"[server]\n{server}").replace(EVERYTHING_MAY_BE_ASKED, LIMITS)
        + CALLERS.format(attacker=_hash(KEY), bystander=_hash(BYSTANDER_KEY))
    )
    secrets = frozenset(secret for sandbox in sandboxes.values() for secret in sandbox.secrets) | {KEY, BYSTANDER_KEY}
    with started("serve", "--config", str(config), "--port", "0", env=credentials) as running:
        yield Target(running, KEY, BYSTANDER_KEY, secrets, build_schema((ROOT / "schema.graphql").read_text()), _pool(running.url, KEY))


def _hash(key: str) -> str:
    return f"sha256:{sha256(key.encode()).hexdigest()}"


def _pool(url: str, key: str) -> Pool:
    answer = httpx.post(f"{url}/graphql", json={"query": SAMPLE}, headers={"authorization": f"Bearer {key}"}, timeout=30).json()
    data: Mapping[str, Any] = answer["data"]
    ids = [*_named(data, "id")]
    return Pool(ids=ids, cursors=[*_named(data, "cursor")], accounts=[*_named(data["accounts"], "name")])


def _named(value: object, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get(key), str):
            yield value[key]
        for each in value.values():
            yield from _named(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each, key)
