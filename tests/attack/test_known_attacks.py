"""The attacks that scanners of GraphQL servers try (graphql-cop, InQL, CrackQL and their kind), at every door: with a key, without one
where keys are asked for, and where nobody needs one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.attack.conftest import Target
from tests.attack.verdict import INSIDES
from tests.e2e.conftest import Running

MUTATION = 'mutation { operationCancel(id: "x") { __typename } }'
UNKNOWN_NAMES = ("{ mailboxs { id } }", "{ mailboxes { nods { id } } }", "{ account(nam: 1) { id } }", "{ ...on Mailbx { id } }")
OVERLOADS = {
    "aliases": "{ " + " ".join(f"alias{index}: __typename" for index in range(101)) + " }",
    "root fields": "{ " + " ".join(f"alias{index}: vendors {{ vendor }}" for index in range(50)) + " }",
    "mutations": "mutation { " + " ".join(f'a{index}: operationCancel(id: "x") {{ __typename }}' for index in range(50)) + " }",
    "the same field": "{ " + "__typename " * 5_000 + "}",
    "directives": "{ __typename " + "@aa" * 10 + " }",
    "repeated directives": "{ __typename " + "@skip(if: false)" * 10 + " }",
    "tokens": "{ vendors { vendor } " + "#\n__typename " * 10_000 + "}",
    "depth": "{ mailboxes { nodes " + "{ account { mailboxes { nodes " * 10 + "{ id }" + " } } }" * 10 + " } }",
    "a circle of fragments": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "fragments that double": "{ accounts { ...F0 } } "
    + " ".join(
        f"fragment F{index} on Account {{ a: source {{ account {{ ...F{index + 1} }} }} b: source {{ account {{ ...F{index + 1} }} }} }}"
        for index in range(16)
    )
    + " fragment F16 on Account { name }",
    "introspection in a circle": "{ __schema { types { " + "fields { type { " * 4 + "name" + " } }" * 4 + " } } }",
    "deferred parts": "{ " + "... @defer { vendors { vendor } } " * 100 + "}",
}
REFUSALS = ("TOO_", "QUERY_", "GRAPHQL_", "INTROSPECTION_", "UNAUTHENTICATED")
IDES = ("/graphql", "/graphiql", "/playground", "/console", "/altair", "/voyager", "/graphql-explorer", "/v1/graphql", "/api/graphql")
IDE_WORDS = ("graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground", "altair", "voyager")


@dataclass(frozen=True)
class Door:
    """Where somebody knocks, and what they show. `is_open`: they are let in."""

    url: str
    headers: Mapping[str, str]
    is_open: bool

    def ask(self, query: str, **members: object) -> httpx.Response:
        return httpx.post(f"{self.url}/graphql", json={"query": query, **members}, headers=self.headers, timeout=30)

    def get(self, path: str, **parameters: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", params=parameters or None, headers=self.headers, timeout=30)


@pytest.fixture(params=["with a key", "a stranger", "the demo"])
def door(request: pytest.FixtureRequest, target: Target, vendors: Running) -> Door:
    return {
        "with a key": Door(target.url, {"authorization": f"Bearer {target.key}"}, is_open=True),
        "a stranger": Door(target.url, {}, is_open=False),
        "the demo": Door(vendors.url, {}, is_open=True),
    }[request.param]


def codes(response: httpx.Response) -> set[str]:
    body: Any = response.json()
    return {error["extensions"]["code"] for error in body["errors"]}


def test_strangers_learn_nothing(door: Door) -> None:
    """And whoever has a key is answered: the others of these tests would prove nothing else."""
    answer = door.ask("{ __typename }")
    if door.is_open:
        assert answer.json()["data"] == {"__typename": "Query"}
    else:
        assert (answer.status_code, codes(answer)) == (401, {"UNAUTHENTICATED"})


@pytest.mark.parametrize("name", OVERLOADS)
def test_overloads_are_refused(door: Door, name: str) -> None:
    """Each with one error or a few, however often the document did wrong."""
    answer = door.ask(OVERLOADS[name])
    assert "data" not in answer.json(), answer.text[:300]
    assert codes(answer) <= {
        code for code in codes(answer) if code.startswith(("TOO_", "QUERY_", "GRAPHQL_", "INTROSPECTION_", "UNAUTHENTICATED"))
    }
    assert len(answer.content) < 5_000
    assert answer.elapsed.total_seconds() < 10


def test_batches_are_refused(door: Door) -> None:
    batch = [{"query": "{ __typename }"}] * 10
    answer = httpx.post(f"{door.url}/graphql", json=batch, headers=door.headers)
    assert answer.status_code in (400, 401)
    assert "data" not in answer.text


@pytest.mark.parametrize("document", UNKNOWN_NAMES)
def test_names_are_not_suggested(closed: Target, document: str) -> None:
    """Where the schema describes itself, the names are known anyhow; where it does not, they cannot be found out by errors either."""
    answer = closed.ask(document, key=closed.key)
    assert "data" not in answer.json()
    assert "did you mean" not in answer.text.lower()


@pytest.mark.parametrize(
    "document", ["{ __schema { types { name } } }", '{ __type(name: "Query") { name } }', "{ __schema { directive } }"]
)
def test_the_schema_does_not_describe_itself(closed: Target, document: str) -> None:
    answer = closed.ask(document, key=closed.key)
    assert "data" not in answer.json()
    assert "Mailbox" not in answer.text


@pytest.mark.parametrize(
    "query", [MUTATION, "mutation Q { __typename }", "query A { __typename } " + MUTATION.replace("mutation", "mutation B")]
)
def test_nothing_is_changed_by_get(door: Door, query: str) -> None:
    answer = door.get("/graphql", query=query, operationName="B" if "query A" in query else "")
    assert answer.status_code == (405 if door.is_open else 401)
    assert "data" not in answer.json()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", "query=%7B__typename%7D"),
        ("text/plain", '{"query": "{ __typename }"}'),
        ("multipart/form-data; boundary=x", '--x\r\ncontent-disposition: form-data; name="query"\r\n\r\n{ __typename }\r\n--x--\r\n'),
        ("application/graphql", "{ __typename }"),
        ("", '{"query": "{ __typename }"}'),
    ],
)
def test_nothing_is_done_for_what_any_page_may_send(door: Door, content_type: str, body: str) -> None:
    """The content types that a browser sends to another origin without asking it first."""
    answer = httpx.post(f"{door.url}/graphql", content=body.encode(), headers={**door.headers, "content-type": content_type})
    assert answer.status_code == (415 if door.is_open else 401)
    by_url = httpx.post(f"{door.url}/graphql?query=%7B__typename%7D", headers={**door.headers, "content-type": content_type})
    assert by_url.status_code == (415 if door.is_open else 401)


@pytest.mark.parametrize("path", IDES)
def test_no_ide_stands_where_it_is_switched_off(closed: Target, path: str) -> None:
    """As it is by default everywhere but on loopback."""
    for headers in ({}, {"authorization": f"Bearer {closed.key}"}):
        answer = httpx.get(f"{closed.url}{path}", headers={"accept": "text/html", **headers})
        assert answer.status_code in (400, 401, 404, 406)
        assert not any(word in answer.text for word in IDE_WORDS)


@pytest.mark.parametrize(
    "query",
    ["{ __typename }", "qwerty cop { abc }", "{ node(id: 1.5) { id } }", "query ($a: Int!) { mailboxes(first: $a) { totalCount } }"],
)
def test_neither_traces_nor_exceptions_are_told(door: Door, query: str) -> None:
    for members in ({}, {"variables": {"a": "x"}}, {"extensions": {"tracing": True, "debug": 1}}, {"operationName": "x"}):
        answer = door.ask(query, **members)
        assert not [each for each in (*INSIDES, b'"tracing"', b'"debug"') if each in answer.content], answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/attachments/..%2f..%2fetc%2fpasswd",
        "/../../etc/passwd",
        "/.env",
        "/.git/config",
        "/debug/pprof",
        "/sandbox/outreach/__faults",
        "/docs",
        "/openapi.json",
    ],
)
def test_nothing_lies_about(target: Target, path: str) -> None:
    for headers in ({}, {"authorization": f"Bearer {target.key}"}):
        answer = httpx.get(httpx.URL(target.url).copy_with(raw_path=path.encode()), headers=headers)
        assert answer.status_code in (400, 401, 404), answer.text
        assert "root:" not in answer.text


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "PUT", "DELETE", "PATCH", "PROPFIND", "DEBUG", "CONNECT"])
def test_other_methods_do_nothing(door: Door, method: str) -> None:
    secret = "CANARY-cookie"
    answer = httpx.request(method, f"{door.url}/graphql", headers={**door.headers, "cookie": secret})
    assert answer.status_code in (400, 401, 405)
    assert secret not in answer.text


def test_metrics_and_figures_are_not_for_everybody(target: Target) -> None:
    for key in ("", target.key, target.bystander_key):
        answer = httpx.get(f"{target.url}/metrics", headers={"authorization": f"Bearer {key}"} if key else {})
        assert answer.status_code in (401, 403)


def test_keys_cannot_be_guessed_many_at_a_time(target: Target) -> None:
    """By aliases or batches, as CrackQL does: one request tries one key, in its header."""
    guesses = {"query": "{ " + " ".join(f'a{index}: account(name: "my-{index}") {{ id }}' for index in range(100)) + " }"}
    answer = httpx.post(f"{target.url}/graphql", json=guesses, headers={"authorization": "Bearer guess-1, Bearer guess-2"})
    assert answer.status_code == 401
