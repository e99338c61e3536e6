"""The schema by other people's tools: a linter with Relay's rules, and a comparison with what was released last."""

from pathlib import Path

import pytest

from tests.clients.conftest import RunNode
from tests.e2e.conftest import ROOT, run

pytestmark = pytest.mark.clients

RELEASED = ROOT / "released"


@pytest.fixture(scope="module")
def sdl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `gateway schema` prints."""
    path = tmp_path_factory.mktemp("schema") / "schema.graphql"
    path.write_text(run("schema").stdout, "utf-8")
    return path


def test_a_linter_has_nothing_to_say(sdl: Path, run_node: RunNode) -> None:
    run_node("schema_lint.test.mjs", SCHEMA=str(sdl))


def test_nothing_breaks_for_clients_of_the_last_release(sdl: Path, run_node: RunNode) -> None:
    """See `released/README.md`."""
    variables = {"RELEASED": RELEASED / "schema.graphql", "SCHEMA": sdl, "INTENDED": RELEASED / "intended_breaks.json"}
    run_node("schema_diff.test.mjs", **{name: str(path) for name, path in variables.items()})
