"""`@graphql-codegen/cli` with its client preset: documents typed from schema.graphql, checked by a strict tsc and run."""

import pytest

from tests.clients.backend import done
from tests.clients.conftest import NODE_FOLDER, SEARCH_PATH, RunNode, program
from tests.e2e.conftest import Running

pytestmark = pytest.mark.clients


def test_typed_documents_pass_a_strict_check_and_run(demo: Running, run_node: RunNode) -> None:
    for tool in ("graphql-codegen", "tsc"):
        done(program("npm"), "exec", "--offline", "--", tool, cwd=NODE_FOLDER / "codegen", env={"PATH": SEARCH_PATH})
    run_node("codegen/typed.test.ts", GATEWAY_URL=f"{demo.url}/graphql")
