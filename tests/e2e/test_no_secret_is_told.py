"""Secrets in every place of a request, good and bad, over every door: none is in any answer, line, figure, file or list of processes."""

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from gateway.domain.identifier import Kind, encode
from gateway.sandbox.server import Sandbox
from tests.e2e.conftest import Running, configuration, started
from tests.leaks import leaks, spellings
from tests.schema.mutations.things import STEADY

SECRET = "CANARY-told-9c"
NAME = SECRET.replace("-", "_")
"""As a GraphQL name."""
MADE_UP = "made-up-id-9c"
"""In the place of a vendor's id: calls to vendors are logged with their paths, ids in them. The audit shows none that nobody knows."""
QUERY = "query Fleet { mailboxes(first: 2) { totalCount } }"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def bodies() -> list[Mapping[str, object]]:
    """Requests with the secret where a value, a name or a text may stand; what makes them wrong differs."""
    mailbox = encode(Kind.MAILBOX, "my-sendkit", STEADY["sendkit"])
    create = 'mutation ($password: Secret!, $address: String!) { mailboxCreate(input: {account: "my-%s", address: $address, '
    create += 'displayName: "x", smtp: {host: "smtp.postbox.example", port: 587, username: "u", password: $password}'
    create += "}) { mailbox { id } operation { id } userErrors { field message code } } }"
    return [
        {"query": QUERY, "operationName": SECRET},
        {"query": QUERY, "variables": {SECRET: SECRET}, "extensions": {SECRET: SECRET}, SECRET: SECRET},
        {"query": f'{{ node(id: "{SECRET}") {{ id }} }}'},
        {"query": f'{{ node(id: "{encode(Kind.MAILBOX, SECRET, SECRET)}") {{ id }} }}'},
        {"query": f'{{ mailboxes(filter: {{address: {{contains: "{SECRET}"}}}}) {{ totalCount }} }}'},
        {"query": "query ($a: String) { mailboxes(after: $a) { totalCount } }", "variables": {"a": SECRET}},
        {"query": "query ($a: Int) { mailboxes(first: $a) { totalCount } }", "variables": {"a": SECRET}},
        {"query": f"# {SECRET}\n{{ mailboxes {{ totalCount }} }}"},
        {"query": f'{{ mailboxes(first: "{SECRET}") {{ totalCount }} }}'},
        {"query": f'query {{ "{SECRET}'},
        {"query": [SECRET]},
        {"query": f'mutation {{ mailboxPasswordSet(id: "{mailbox}", password: "{SECRET}") {{ userErrors {{ message }} }} }}'},
        {"query": f'mutation {{ mailboxPasswordSet(id: "{SECRET}", password: "{SECRET}", x: "{SECRET}") {{ userErrors {{ message }} }} }}'},
        {
            "query": f'mutation {{ folderCreate(mailboxId: "{encode(Kind.MAILBOX, "my-shipmail", MADE_UP)}", name: "{SECRET}") {{ userErrors {{ code }} }} }}'  # noqa: E501 - one document
        },
        *(
            {"query": create % account, "variables": {"password": f"{wrong}{SECRET}", "address": f"a{n}@northwind-demo.example"}}
            for n, (account, wrong) in enumerate((account, wrong) for account in STEADY for wrong in ("", "wrong-"))
        ),
        {"query": create % "sendkit", "variables": {"password": [SECRET], "address": SECRET}},
        {
            "query": "mutation ($id: ID!, $key: String) { mailboxBulkTest(input: {ids: [$id], idempotencyKey: $key}) { userErrors { message } } }",  # noqa: E501 - one document
            "variables": {"id": encode(Kind.MAILBOX, "my-sendkit", MADE_UP), "key": "order-4711"},
        },
    ]


def ask_everything(running: Running) -> list[bytes]:
    answers: list[httpx.Response] = []
    headers = {
        "authorization": f"Bearer {SECRET}",
        "x-request-id": SECRET,
        "user-agent": SECRET,
        "cookie": f"a={SECRET}",
        "referer": f"http://x/{SECRET}",
    }
    with httpx.Client(base_url=running.url, timeout=30, headers=headers) as client:
        answers += [client.post("/graphql", json=body, params={"key": SECRET}) for body in bodies()]
        answers += [
            client.post("/graphql", content=SECRET.encode(), headers={"content-type": "application/json"}),
            client.post("/graphql", content=SECRET.encode(), headers={"content-type": SECRET}),
            client.post("/graphql", json={"query": QUERY}, headers={"accept": SECRET, "x-request-timeout-ms": SECRET}),
            client.get("/graphql", params={"query": QUERY, "variables": SECRET}),
            client.get("/graphql", params={"query": QUERY}, headers={"origin": f"https://{SECRET}.example"}),
            client.get("/graphql", params={"query": f'mutation {{ mailboxDelete(id: "{SECRET}") {{ deletedId }} }}'}),
            client.get("/graphql", params={"query": QUERY}, headers={"host": f"{SECRET}.example"}),
            client.get(f"/attachments/{SECRET}"),
            client.get(f"/attachments/{encode(Kind.ATTACHMENT, 'my-shipmail', MADE_UP, SECRET, SECRET, SECRET)}"),
            client.get(f"/{SECRET}", params={"a": SECRET}),
            client.request(NAME.replace("_", ""), "/graphql"),
        ]
    told = [answer.content + repr(answer.headers).encode() for answer in answers]
    return [*told, *raw(running, f"GET /{SECRET} HTTP/9\r\n\r\n"), *raw(running, f"{SECRET}\r\n\r\n"), *raw(running, UPGRADE)]


UPGRADE = (
    f"GET /graphql?a={SECRET} HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {SECRET}\r\n\r\n"
)


def raw(running: Running, text: str) -> list[bytes]:
    host, _, port = running.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(text.encode())
        return [line.recv(65536)]


def processes(running: Running) -> bytes:
    """What anybody on the machine may read of ours and of its children, and what its owner may of the children's environment."""
    own = running.process.pid
    children = [
        each
        for each in Path("/proc").glob("[0-9]*")
        if (each / "stat").exists() and f" {own} " in (each / "stat").read_text().rpartition(")")[2][:20]
    ]
    text = b"".join(Path(f"/proc/{own}/{name}").read_bytes() for name in ("cmdline", "comm"))
    return text + b"".join((each / name).read_bytes() for each in children for name in ("cmdline", "comm", "environ"))


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_none_is_told(log_format: str, demo: Running, sandboxes: Mapping[str, Sandbox], keys: Mapping[str, str], tmp_path: Path) -> None:
    port, state = free_port(), tmp_path / "state"
    text = configuration(demo.url, sandboxes).replace("[server]\n", f'[server]\noperate_port = {port}\nlog_format = "{log_format}"\n', 1)
    (tmp_path / "gateway.toml").write_text(text)
    env = {**{name: value for name, value in keys.items() if name != "STATE"}, "GATEWAY_STATE_KEY": f"{SECRET}-state-key"}
    with started("serve", "--config", str(tmp_path / "gateway.toml"), "--port", "0", env=env, state=state) as running:
        answers = ask_everything(running)
        figures = httpx.get(f"http://127.0.0.1:{port}/metrics").content + httpx.get(f"http://127.0.0.1:{port}/{SECRET}").content
        listed = processes(running)
        files = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
        printed = running.stop()

    secrets = [SECRET, NAME, *(secret for sandbox in sandboxes.values() for secret in sandbox.secrets), *env.values()]
    places = {f"answer {n}": answer for n, answer in enumerate(answers)} | {"figures": figures, "processes": listed, "state": files}
    places |= {"stdout": printed.stdout.encode(), **{f"line: {line}": line.encode() for line in printed.stderr.splitlines()}}
    assert {place: found for place, what in places.items() if (found := leaks(what, secrets))} == {}
    quiet = [line for line in printed.stderr.splitlines() if "gateway.audit" in line or "gateway.request" in line]
    assert [line for line in (figures.decode(), *quiet) if any(each.decode() in line for each in spellings(MADE_UP))] == []
    assert b"gateway_requests_total" in figures
    assert b"gateway" in listed
    assert len(files) > 10_000
    for name in ("gateway.request", "gateway.audit", "gateway.transport"):
        assert name in printed.stderr, "it is told of"
    if log_format == "json":
        lines = [json.loads(line) for line in printed.stderr.splitlines()]
        audited = [line for line in lines if line["logger"] == "gateway.audit" and line["message"] == "write"]
        assert {line["verb"] for line in audited} >= {
            "mailboxPasswordSet",
            "folderCreate",
            "mailboxCreate",
            "mailboxBulkTest",
            "mailboxDelete",
        }
        by_request = {line["requestId"] for line in lines if line["logger"] == "gateway.request"}
        assert {line["requestId"] for line in audited} <= by_request
    assert os.environ.get("PATH")
