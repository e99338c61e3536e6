"""`[documents]`: what a manifest may be, and everything that can be wrong with one."""

import json
from pathlib import Path

import pytest

from gateway.__main__ import main
from tests.config.made_up import ACCOUNT, CANARY, load, only_problem

APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": "1", "name": "Q", "type": "query", "body": "{ a }"}],
}


def toml(folder: Path, content: object, more: str = "") -> str:
    path = folder / "manifest.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return f'{ACCOUNT}[documents]\nmanifests = ["{path}"]\n{more}'


@pytest.mark.parametrize("content", [{"1": "{ a }"}, APOLLO])
def test_manifests(tmp_path: Path, content: object) -> None:
    documents = load(tmp_path, toml(tmp_path, content, "only_listed = true\nautomatic = false")).documents
    assert [dict(each.documents) for each in documents.manifests] == [{"1": "{ a }"}]
    assert documents.manifests[0].path == "documents.manifests[0]"
    assert (documents.only_listed, documents.automatic) == (True, False)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ("[]", "array"),
        ("{}", "lists no document"),
        ('{"a": 7}', "Expected `str`"),
        ('{"a": ' + "[" * 100_000, "not JSON"),
        ({**APOLLO, "version": 2}, "another format"),
        ({**APOLLO, "format": "x"}, "another format"),
        ({**APOLLO, "operations": []}, "lists no document"),
        ({**APOLLO, "operations": [{"id": "1"}]}, "missing required field `body`"),
        ({**APOLLO, "operations": [{"id": "1", "body": "{ a }"}, {"id": "1", "body": "{ b }"}]}, "two operations of one id"),
    ],
)
def test_no_manifest(tmp_path: Path, content: object, words: str) -> None:
    path, message, cure = only_problem(tmp_path, toml(tmp_path, content))
    assert path == "documents.manifests[0]"
    assert words in message
    assert "relay-compiler" in cure


def test_problems_of_the_table(tmp_path: Path) -> None:
    assert only_problem(tmp_path, f'{ACCOUNT}[documents]\nmanifests = ["{tmp_path}/absent.json"]')[:2] == (
        "documents.manifests[0]",
        "The file cannot be read: No such file or directory.",
    )
    assert only_problem(tmp_path, f"{ACCOUNT}[documents]\nonly_listed = true")[0] == "documents.only_listed"
    assert only_problem(tmp_path, f"{ACCOUNT}[documents]\nmanifest = []")[2] == "Did you mean manifests?"
    idle = toml(tmp_path, {"1": "{ a }"}, "only_listed = true\n[server]\ngraphiql = true")
    assert only_problem(tmp_path, idle)[0] == "server.graphiql"


def test_one_id_for_two_documents(tmp_path: Path) -> None:
    for name, text in (("a.json", "{ a }"), ("b.json", "{ b }")):
        (tmp_path / name).write_text(json.dumps({"1": text, "2": "{ c }"}), "utf-8")
    found = only_problem(tmp_path, f'{ACCOUNT}[documents]\nmanifests = ["{tmp_path}/a.json", "{tmp_path}/b.json"]')
    assert found[0] == "documents.manifests[1]"
    assert '"1"' in found[1]


def test_documents_that_do_not_run_are_all_told_before_anything_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = f'mutation {{ mailboxPasswordSet(id: 1, password: {{a: "{CANARY}"}}) {{ nope }} }}'
    documents = {
        "secret": secret,
        "fine": "{ vendors { vendor } }",
        "wrong": "{ nope mine }",
        "broken": "{ vendors {",
        "deep": "{ a " * 30 + "}" * 30,
    }
    path = tmp_path / "gateway.toml"
    path.write_text(toml(tmp_path, documents), "utf-8")
    for command in ("serve", "check"):
        assert main([command, "--config", str(path)]) == 2
        said = capsys.readouterr().err
        assert CANARY not in said
        for name in ("wrong", "broken", "deep"):
            assert f'documents.manifests[0]: "{name}"' in said
        assert "fine" not in said
        assert "'nope' on type 'Query'" in said
