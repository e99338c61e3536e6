"""The gateway on a real socket, and Node.js with the clients that people use against it.

`npm ci` in `tests/clients/node` installs them; `.ci/run` does.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.conftest import Running, keys, sandboxes, started

__all__ = ["keys", "sandboxes"]  # fixtures here, too

NODE_FOLDER = Path(__file__).parent / "node"
NODE_SECONDS = 120
MAILBOXES = 24

SEARCH_PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
"""Where Node.js is looked for: the one that came with this Python's packages first, its version is pinned."""

RunNode = Callable[..., str]
"""Runs a file of `node/` by `node --test`, with variables of its environment by keyword, and gives back what it printed."""


def program(name: str) -> str:
    """The path of `node`, or of `npm`."""
    found = shutil.which(name, path=SEARCH_PATH)
    assert found, f"no {name} here: `pip install --group dev` brings one"
    return found


@pytest.fixture(scope="session")
def demo() -> Iterator[Running]:
    """`gateway demo` on a free port."""
    with started("demo", "--port", "0", "--mailboxes", str(MAILBOXES)) as running:
        yield running


@pytest.fixture(scope="session")
def run_node() -> RunNode:
    """Fails with what Node.js printed when one of the file's tests does, or when it ran none."""
    node = program("node")
    assert (NODE_FOLDER / "node_modules").is_dir(), f"the clients are not installed: run `npm ci` in {NODE_FOLDER}"

    def run(file: str, **variables: str) -> str:
        command = [node, "--test", "--test-reporter=spec", file]
        environment: Mapping[str, str] = {**os.environ, "PATH": SEARCH_PATH, **variables}
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd=NODE_FOLDER, env=environment, capture_output=True, text=True, timeout=NODE_SECONDS, check=False
        )
        printed = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, printed
        assert "ℹ tests 0" not in printed, printed
        return printed

    return run
