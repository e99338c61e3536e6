"""The commands that end by themselves: `check`, `schema`, `key new`. (`test` has a file of its own.)"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import MAILBOXES, PATIENCE_SECONDS, ROOT, Running, run, started

ACCOUNTS = ["my-outreach", "my-sendkit", "my-shipmail", "my-smartlead", "my-woodpecker"]


def table(printed: str) -> dict[str, list[str]]:
    """The rows of the printed table, by account."""
    rows = [line.split() for line in printed.splitlines() if line.startswith("my-") and ":" not in line]
    return {row[0]: row[1:] for row in rows}


def test_check_when_all_is_well(config: Path, keys: Mapping[str, str]) -> None:
    done = run("check", "--config", str(config), env=keys)
    rows = table(done.stdout)
    assert list(rows) == ACCOUNTS
    for vendor, reachable, authorised, mailboxes, milliseconds in rows.values():
        assert vendor.lower() in ("outreach", "sendkit", "shipmail", "smartlead", "woodpecker")
        assert (reachable, authorised) == ("yes", "yes")
        assert mailboxes in ("?", str(MAILBOXES))
        assert milliseconds.isdigit()
    assert sum(row[3] == str(MAILBOXES) for row in rows.values()) >= 1
    assert done.stdout.rstrip().endswith("All accounts are fine.")
    assert (done.exit_code, done.stderr) == (0, "")


def test_check_with_one_wrong_key(config: Path, keys: Mapping[str, str]) -> None:
    wrong = "CANARY-a-wrong-key"
    done = run("check", "--config", str(config), env={**keys, "MY_SMARTLEAD_API_KEY": wrong})
    rows = table(done.stdout)
    assert {account: row[2] for account, row in rows.items()} == {**dict.fromkeys(ACCOUNTS, "yes"), "my-smartlead": "no"}
    assert "my-smartlead: Smartlead does not accept the credentials of this account (HTTP 401)" in done.stdout
    assert "Cure: Look at api_key" in done.stdout
    assert "4 of 5 accounts are fine." in done.stdout
    assert done.exit_code == 1
    assert "CANARY" not in done.stdout + done.stderr


def test_check_with_nothing_right(config: Path, keys: Mapping[str, str], demo: Running) -> None:
    """All keys wrong but one, and that one at an address where nobody listens: no vendor's words show a key."""
    wrong = {name: "CANARY-wrong" for name in keys if name != "STATE"}
    done = run("check", "--config", str(config), env={**keys, **wrong})
    assert done.exit_code == 1
    assert "0 of 5 accounts are fine." in done.stdout
    assert "CANARY" not in done.stdout + done.stderr
    assert demo.url not in done.stdout, "a base URL may hold more than an address"


def test_schema_is_the_committed_one() -> None:
    done = run("schema")
    assert (done.exit_code, done.stderr) == (0, "")
    committed = (ROOT / "schema.graphql").read_text("utf-8")
    same = done.stdout == committed
    assert same, "schema.graphql is not what the code says. Regenerate it: python -m gateway schema > schema.graphql"


def test_the_schema_as_a_subgraph_is_what_a_subgraph_serves() -> None:
    done = run("schema", "--federation")
    assert (done.exit_code, done.stderr) == (0, "")
    with started("demo", "--federation", "--port", "0", "--mailboxes", "1") as running:
        answer = httpx.post(f"{running.url}/graphql", json={"query": "{ _service { sdl } }"}, timeout=PATIENCE_SECONDS)
    same = answer.json()["data"]["_service"]["sdl"] + "\n" == done.stdout
    assert same


def test_key_new_makes_another_one_each_time() -> None:
    keys = set()
    for _ in range(2):
        done = run("key", "new")
        (_, key), (_, key_hash) = (line.split() for line in done.stdout.splitlines()[:2])
        assert key_hash == f"sha256:{sha256(key.encode()).hexdigest()}"
        assert key.startswith("mgw_")
        keys.add(key)
    assert len(keys) == 2


@pytest.mark.parametrize("arguments", [[], ["nope"], ["key"], ["serve"], ["check"], ["serve", "--config", "x", "--port", "70000"]])
def test_a_wrong_command_line(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: gateway")
