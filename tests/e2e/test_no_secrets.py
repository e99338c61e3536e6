"""Everything that can be asked is asked; no planted secret is in any answer or in anything that is printed."""

import time
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from graphql import GraphQLSchema, build_client_schema, get_introspection_query

from gateway.sandbox.server import Sandbox
from tests.e2e.conftest import PATIENCE_SECONDS, Running, started
from tests.everything import everything, reachable
from tests.leaks import leaks

LISTS = {
    "Query.mailboxes": "first: 500",
    "Account.mailboxes": "first: 500",
    "Mailbox.messages": "first: 5",
    "WarmupStatus.history": "days: 90",
}
IDS = """
{
  account(name: "%s") {
    id
    domains { id }
    mailboxes(first: 100) {
      nodes { id folders { id } rules { id } identities { id } messages(first: 50) { nodes { id threadId hasAttachment } } }
    }
  }
}
"""
SOME = """
{
  kit: account(name: "my-sendkit") { mailboxes(first: 2, filter: {status: [ACTIVE]}) { nodes { id } } }
  lead: account(name: "my-smartlead") { mailboxes(first: 2, filter: {sending: [FAILING]}) { nodes { id } } }
}
"""
OPERATIONS = """
mutation ($clamped: [ID!]!, $failing: [ID!]!, $password: Secret!) {
  warned: mailboxBulkUpdate(input: {ids: $clamped, changes: {dailyLimit: 400}}) { operation { id } }
  checked: mailboxBulkTest(input: {ids: $failing}) { operation { id } }
  refused: mailboxBulkCreate(input: {mailboxes: [{
    account: "my-smartlead", address: "wrong@larkfield.example", displayName: "Wrong"
    smtp: {host: "smtp.postbox.example", port: 587, username: "wrong", password: $password}, imap: {host: "imap.postbox.example", port: 993}
  }]}) { operation { id } }
}
"""
"""What leaves operations behind that hold something of everything that an operation can hold."""
NOWHERE_IN_THE_DEMO = {"LimitUsage"}
"""Types of which no answer of the demo has an object: its vendors' plans have no limits. `tests/schema/mutations` sees one."""


@pytest.fixture(scope="module")
def secrets(sandboxes: Mapping[str, Sandbox]) -> frozenset[str]:
    return frozenset(secret for sandbox in sandboxes.values() for secret in sandbox.secrets)


def ask(running: Running, query: str, **variables: object) -> httpx.Response:
    return httpx.post(f"{running.url}/graphql", json={"query": query, "variables": variables}, timeout=30)


def schema_of(running: Running) -> GraphQLSchema:
    return build_client_schema(ask(running, get_introspection_query()).json()["data"])


def named(value: object, key: str) -> list[str]:
    """Everything under a key, however deep."""
    if isinstance(value, dict):
        here = [value[key]] if isinstance(value.get(key), str) else []
        return here + [found for each in value.values() for found in named(each, key)]
    return [found for each in value for found in named(each, key)] if isinstance(value, list) else []


def by_id(running: Running, account: str) -> dict[str, str]:
    """Arguments that name one thing of every kind, all of one mailbox that has them all."""
    found = ask(running, IDS % account).json()["data"]["account"]
    kinds = ("folders", "rules", "identities")
    boxes = [node for node in found["mailboxes"]["nodes"] if all(node[kind] for kind in kinds)]
    box, message = next((box, message) for box in boxes for message in box["messages"]["nodes"] if message["hasAttachment"])
    thread = message["threadId"]
    ids = [found["id"], box["id"], *named(found["domains"], "id"), *(each for kind in kinds for each in named(box[kind], "id"))]
    listed = ", ".join(f'"{each}"' for each in (*ids[:90], message["id"], thread))
    return {
        "Query.node": f'id: "{thread}"',
        "Query.nodes": f"ids: [{listed}]",
        "Query.mailbox": f'id: "{box["id"]}"',
        "Query.account": f'name: "{account}"',
        "Mailbox.thread": f'id: "{thread}"',
    }


def operations(running: Running) -> list[str]:
    """The ids of operations that are over, with results, warnings, checks, and words of a vendor that echo a password."""
    found = ask(running, SOME).json()["data"]
    clamped, failing = ([node["id"] for node in found[name]["mailboxes"]["nodes"]] for name in ("kit", "lead"))
    begun = ask(running, OPERATIONS, clamped=clamped, failing=failing, password="wrong-CANARY-operation-3").json()["data"]
    ids = [begun[name]["operation"]["id"] for name in ("warned", "checked", "refused")]
    for each in ids:
        end = time.monotonic() + PATIENCE_SECONDS
        while (
            ask(running, "query ($id: ID!) { operation(id: $id) { finishedAt } }", id=each).json()["data"]["operation"]["finishedAt"]
            is None
        ):
            assert time.monotonic() < end, "it does not end"
            time.sleep(0.05)
    return ids


@pytest.mark.parametrize("secret", ["CANARY-outreach-access-token", "sk_live_ü+/="])
@pytest.mark.parametrize("before", ["", "x", "xy", "xyz", "\0user\0"])
def test_a_leak_would_be_seen(secret: str, before: str) -> None:
    for text in (before + secret + "!", quote(before + secret, safe=""), b64encode(f"{before}{secret}!".encode()).decode()):
        assert leaks(text.encode(), [secret])
    assert not leaks(b64encode(b"nothing of the kind, and rather long").lower(), [secret])


def test_the_secrets_are_where_the_gateway_reads(demo: Running, sandboxes: Mapping[str, Sandbox], secrets: frozenset[str]) -> None:
    """Else the test below would prove nothing: what a vendor tells of its mailboxes holds some."""
    key = sandboxes["smartlead"].account["api_key"]
    answer = httpx.get(f"{demo.url}/sandbox/smartlead{sandboxes['smartlead'].base_path}/email-accounts/", params={"api_key": key})
    assert answer.status_code == 200
    assert leaks(answer.content, secrets)
    assert any(secret.encode() in answer.content for secret in secrets - {key})


def test_nothing_that_can_be_asked_tells_a_secret(served: Running, secrets: frozenset[str]) -> None:
    schema = schema_of(served)
    done = operations(served)
    ids = {**by_id(served, "my-shipmail"), "Query.operation": f'id: "{done[-1]}"'}
    # A thread belongs to one mailbox, so it is asked for where that mailbox is.
    with_thread = everything(schema, {**LISTS, **ids})
    without = everything(schema, {**LISTS, **ids, "Mailbox.thread": None})
    assert with_thread.covered == reachable(schema)
    assert not with_thread.left_out
    assert without.left_out == {"Mailbox.thread"}

    types: set[str] = set()
    urls: set[str] = set()
    for name, document in {**without.documents, "mailbox": with_thread.documents["mailbox"]}.items():
        answer = ask(served, document)
        body: dict[str, Any] = answer.json()
        assert body.get("errors", []) == [], name
        assert leaks(answer.content, secrets) == set(), name
        types |= set(named(body, "__typename"))
        urls |= set(named(body, "url"))
    assert types == {coordinate.partition(".")[0] for coordinate in reachable(schema)} - {"Query"} - NOWHERE_IN_THE_DEMO, (
        "an object of every type was in an answer"
    )
    for url in sorted(urls)[:20]:
        attachment = httpx.get(served.url + url)
        assert leaks(repr(attachment.headers).encode() + attachment.content, secrets) == set()
    printed = served.so_far()
    assert leaks((printed.stdout + printed.stderr).encode(), secrets) == set()


def test_the_log_of_calls_tells_no_secret(served: Running, secrets: frozenset[str]) -> None:
    """`serve` writes a line for every call, some of which carry a key in the address."""
    answer = ask(served, everything(schema_of(served), LISTS).documents["mailboxes"])
    printed = served.so_far()
    assert "my-smartlead GET /email-accounts" in printed.stderr
    assert leaks(answer.content + (printed.stdout + printed.stderr).encode(), secrets) == set()


def test_vendors_that_refuse_the_key_do_not_make_it_known(config: Path, keys: Mapping[str, str], secrets: frozenset[str]) -> None:
    wrong = {name: f"CANARY-wrong-{name}" for name in keys if name != "STATE"}
    with started("serve", "--config", str(config), "--port", "0", env={**keys, **wrong}) as running:
        schema = schema_of(running)
        answers = [ask(running, document) for document in everything(schema, LISTS).documents.values()]
        done = running.stop()
    sources = answers[0].json()["data"]["mailboxes"]["sources"]
    assert {source["problem"] for source in sources} <= {"VENDOR_AUTH_FAILED", "VENDOR_FORBIDDEN"}
    assert {source["status"] for source in sources} == {"UNAVAILABLE"}
    texts = b"".join(answer.content for answer in answers) + (done.stdout + done.stderr).encode()
    assert leaks(texts, {*secrets, *wrong.values()}) == set()
