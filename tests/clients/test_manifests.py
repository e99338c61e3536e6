"""The gateway reads the manifests that the compilers of Relay and graphql-codegen write: what is in them runs, and nothing else."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gateway.config.documents import read_manifest
from tests.clients.conftest import NODE_FOLDER
from tests.e2e.conftest import ROOT, started

pytestmark = pytest.mark.clients

QUERY = "query PageQuery($first: Int) { mailboxes(first: $first) { nodes { id address } } }"
CONFIGURATION = """
[server]
state_dir = "${{STATE}}"
[[accounts]]
name = "kit"
vendor = "sendkit"
api_key = "k"
base_url = "http://127.0.0.1:9"
[documents]
manifests = ["{manifest}"]
only_listed = true
"""


def relay(folder: Path) -> Path:
    """relay-compiler with `persistConfig`."""
    (folder / "src").mkdir()
    (folder / "src" / "page.js").write_text(
        f"const {{graphql}} = require('relay-runtime');\nmodule.exports = graphql`{QUERY.replace('PageQuery', 'pageQuery')}`;\n"
    )
    configuration = {
        "src": "./src",
        "language": "javascript",
        "schema": "./schema.graphql",
        "persistConfig": {"file": "./persisted.json", "algorithm": "MD5"},
    }
    (folder / "relay.config.json").write_text(json.dumps(configuration))
    (folder / "persisted.json").write_text("{}")
    compile_in(folder, "relay-compiler", "--repersist", "relay.config.json")
    return folder / "persisted.json"


def codegen(folder: Path) -> Path:
    """graphql-codegen's client preset with `persistedDocuments`."""
    (folder / "page.graphql").write_text(QUERY)
    configuration = {
        "schema": "schema.graphql",
        "documents": "page.graphql",
        "generates": {"./made/": {"preset": "client", "presetConfig": {"persistedDocuments": True}}},
    }
    (folder / "codegen.json").write_text(json.dumps(configuration))
    compile_in(folder, "graphql-codegen", "--config", "codegen.json")
    return folder / "made" / "persisted-documents.json"


def compile_in(folder: Path, tool: str, *words: str) -> None:
    done = subprocess.run(  # noqa: S603 - a tool of our own lock file
        [str(NODE_FOLDER / "node_modules" / ".bin" / tool), *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("tool", [relay, codegen])
def test_what_a_compiler_lists_runs_by_its_id(tool: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "node_modules").symlink_to(NODE_FOLDER / "node_modules")
    (folder / "schema.graphql").write_text((ROOT / "schema.graphql").read_text("utf-8"), "utf-8")
    manifest = tool(folder)
    [(identifier, text)] = read_manifest(manifest).items()
    configuration = tmp_path / "gateway.toml"
    configuration.write_text(CONFIGURATION.format(manifest=manifest))
    with started("serve", "--config", str(configuration), "--port", "0") as running, httpx.Client(base_url=running.url) as client:
        for body in ({"documentId": identifier}, {"doc_id": identifier}, {"query": text}):
            answer = client.post("/graphql", json={**body, "variables": {"first": 1}}).json()
            assert answer["data"] == {"mailboxes": {"nodes": []}}, body
        refused = client.post("/graphql", json={"query": "{ vendors { vendor } }"})
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "QUERY_NOT_IN_SAFELIST")
