"""The command that anybody may run against a gateway, word for word, and bounded: operations made from the schema never make it fail."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, Running
from tests.leaks import leaks

pytestmark = pytest.mark.clients

MOST_EXAMPLES = 10
"""For each field of the roots."""
MOST_SECONDS = 300


def test_schemathesis_finds_no_server_error(demo: Running) -> None:
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{demo.url}/graphql", "-c", "not_a_server_error"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "--max-examples", str(MOST_EXAMPLES)],
        cwd=ROOT,  # where schemathesis.toml is
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed = demo.so_far()
    assert leaks((printed.stdout + printed.stderr).encode(), ()) == set()
