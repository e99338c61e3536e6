"""A secret of its own is planted in every place of the schema where one can stand, at vendors that take it and at vendors that do not,
and with logins that fail in words that echo it. Then it is looked for everywhere: it may be in the vendor's requests, and nowhere else.
"""

import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
from graphql import GraphQLSchema, build_client_schema, get_introspection_query
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.commands.serve import listen, url
from gateway.domain.identifier import Kind, encode
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World
from tests.e2e.conftest import EVERYTHING_MAY_BE_ASKED, PATIENCE_SECONDS, Running, started
from tests.e2e.test_no_secrets import LISTS
from tests.everything import everything
from tests.leaks import spellings
from tests.schema.mutations.document import document
from tests.schema.mutations.things import STEADY
from tests.secret_places import Place, planted, secret_places

MAILBOXES = 30
SOON: Mapping[str, Mapping[str, float]] = {"sendkit": {"verify_seconds": 0.1}, "woodpecker": {"connect_seconds": 0.1}}
OAUTH = {"expiresAt": "2030-01-01T00:00:00Z", "scope": "mail"}
OAUTH_OWN = {"smartlead": {"type": "GMAIL", "useWhitelabelCredentials": False}}
STATE_KEY = "CANARY-state-key-4d"


class Planted(msgspec.Struct, frozen=True):
    """A secret, and where it was put."""

    secret: str
    place: Place
    account: str


class Vendors(msgspec.Struct, frozen=True):
    """The sandboxes on a real socket, in a thread of this process: what they were sent can be looked at."""

    url: str
    sandboxes: Mapping[str, Sandbox]

    def received(self) -> bytes:
        """Everything that the gateway sent to any vendor."""
        requests = (request for sandbox in self.sandboxes.values() for request in sandbox.requests)
        return b"\n".join(request.body + request.path.encode() + repr(request.params).encode() for request in requests)


@pytest.fixture(scope="module")
def vendors() -> Iterator[Vendors]:
    sandboxes = {vendor.lower(): build(World(mailboxes=MAILBOXES), **SOON.get(vendor.lower(), {})) for vendor, build in SANDBOXES.items()}
    listener = listen("127.0.0.1", 0)
    assert listener is not None
    app = Starlette(routes=[Mount(f"/{name}", sandbox) for name, sandbox in sandboxes.items()])
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Vendors(url(listener), sandboxes)
    finally:
        server.should_exit = True
        thread.join(timeout=PATIENCE_SECONDS)
        listener.close()


def configuration(vendors: Vendors) -> str:
    """Accounts named after their vendors."""
    text = f'[server]\nstate_dir = "${{STATE}}"\nmax_vendor_calls = 100000\n{EVERYTHING_MAY_BE_ASKED}'
    for name, sandbox in vendors.sandboxes.items():
        text += f'\n[[accounts]]\nname = "{name}"\nvendor = "{name}"\nbase_url = "{vendors.url}/{name}{sandbox.base_path}/"\npace = "off"\n'
        text += "".join(f'{setting} = "{value}"\n' for setting, value in sandbox.account.items())
    return text


# ---------------------------------------------------------------------- what is sent
def base(place: Place, account: str, local: str) -> dict[str, Any]:
    """Arguments that go with a secret at a place, as this account's vendor would like them best."""
    if place.verb == "mailboxPasswordSet":
        return {"id": encode(Kind.MAILBOX, account, STEADY[account])}
    if place.verb == "mailboxUpdate":
        return {"id": encode(Kind.MAILBOX, account, STEADY[account]), "input": _changes(account)}
    if place.verb == "mailboxBulkUpdate":
        return {"input": {"ids": [encode(Kind.MAILBOX, account, STEADY[account])], "changes": _changes(account)}}
    wanted = _wanted(place, account, local)
    return {"input": wanted if place.verb == "mailboxCreate" else {"mailboxes": [wanted]}}


def _changes(account: str) -> dict[str, Any]:
    """Outreach tries its logins only where it is asked to; Smartlead wants the password said again with every server."""
    if account == "smartlead":
        return {"smtp": _server("smtp", "said-again-1aA")}
    return {"verify": True} if account == "outreach" else {}


def _wanted(place: Place, account: str, local: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {"account": account, "address": f"{local}@northwind-demo.example"}
    if account != "outreach":
        wanted["displayName"] = "Planted"
    if "oauth" in place.path:
        return {**wanted, "oauth": OAUTH, "vendor": OAUTH_OWN} if account == "smartlead" else wanted
    if place.path[-2:] == ("outreach", "password"):  # the password of servers would be another word for the same
        return {**wanted, "verify": True}
    if account != "shipmail":
        wanted |= {
            "smtp": _server("smtp", "any-password-1aA"),
            "imap": _server("imap", None if account == "woodpecker" else "any-password-1aA"),
        }
    if account == "woodpecker":
        del wanted["imap"]["username"]
    return {**wanted, "verify": True} if account == "outreach" else wanted


def _server(kind: str, password: str | None) -> dict[str, Any]:
    server: dict[str, Any] = {"host": f"{kind}.postbox.example", "port": 993 if kind == "imap" else 587, "username": "login@quill.example"}
    return server | ({"password": password} if password else {})


class Client:
    """Asks, and keeps everything that it was answered."""

    def __init__(self, running: Running) -> None:
        self._http = httpx.Client(base_url=running.url, timeout=PATIENCE_SECONDS)
        self.answers: list[bytes] = []

    def ask(self, query: str, **variables: object) -> Any:  # noqa: ANN401 - JSON of any shape
        answer = self._http.post("/graphql", json={"query": query, "variables": variables})
        self.answers.append(answer.content + repr(answer.headers).encode())
        return answer.json()

    def schema(self) -> GraphQLSchema:
        return build_client_schema(self.ask(get_introspection_query())["data"])

    def close(self) -> None:
        self._http.close()


def plant(client: Client, schema: GraphQLSchema, place: Place, account: str, *, is_wrong: bool) -> Planted:
    """One mutation with a secret that nothing else has."""
    number = len(client.answers)
    secret = f"{'wrong-' if is_wrong else ''}CANARY-in-{number:04d}-xX9"
    arguments = planted(schema, place, secret, base(place, account, f"planted.{number}"))
    client.ask(document(place.verb, *arguments), **arguments)
    return Planted(secret, place, account)


def wait_until_all_is_over(client: Client) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while client.ask("{ operations(first: 1, state: [PENDING, RUNNING]) { nodes { id } } }")["data"]["operations"]["nodes"]:
        assert time.monotonic() < end, "an operation does not end"
        time.sleep(0.1)


def ask_for_everything(client: Client, schema: GraphQLSchema) -> None:
    """All mailboxes with their details and connection tests, and all operations with their results."""
    documents = everything(schema, LISTS).documents
    for name in ("mailboxes", "fleet", "accounts"):
        assert "data" in client.ask(documents[name])
    query = "query ($after: String) { operations(first: 500, after: $after) { nodes { %s } pageInfo { endCursor hasNextPage } } }"
    told = "field message code retryAt"
    fields = f"id kind state message results {{ mailboxId mailbox {{ address }} userErrors {{ {told} }} warnings {{ message value }} }}"
    found = client.ask(query % fields)["data"]["operations"]
    assert len(found["nodes"]) > 50
    assert not found["pageInfo"]["hasNextPage"]


def mentions(text: bytes, secrets: list[Planted]) -> list[str]:
    """Where a secret was planted that is in a text, in whichever spelling."""
    return [f"{each.place} at {each.account}" for each in secrets if any(spelling in text for spelling in spellings(each.secret))]


def test_a_secret_goes_to_its_vendor_and_nowhere_else(vendors: Vendors, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(configuration(vendors))
    state = tmp_path / "state"
    arguments = ("serve", "--config", str(tmp_path / "gateway.toml"), "--port", "0")
    with started(*arguments, env={"GATEWAY_STATE_KEY": STATE_KEY}, state=state) as running:
        client = Client(running)
        schema = client.schema()
        client.answers.clear()
        places = secret_places(schema)
        sent = [
            plant(client, schema, place, account, is_wrong=is_wrong) for place in places for account in STEADY for is_wrong in (False, True)
        ]
        wait_until_all_is_over(client)
        ask_for_everything(client, schema)
        client.close()
        printed = running.stop()

    received = vendors.received()
    arrived = [each for each in sent if mentions(received, [each])]
    assert {str(each.place) for each in arrived} == {str(place) for place in places}, "each place's secret reached a vendor"
    assert {each.account for each in arrived} == set(STEADY)
    assert any(each.secret.startswith("wrong-") for each in arrived)

    assert mentions(b"\n".join(client.answers), sent) == []
    assert b"[redacted]" in b"\n".join(client.answers), "a vendor's words did echo one"
    assert "sendkit POST" in printed.stderr, "calls are logged"
    assert mentions((printed.stdout + printed.stderr).encode(), sent) == []
    files = [path for path in sorted(state.rglob("*")) if path.is_file()]
    assert sum(path.stat().st_size for path in files) > 100_000, "the state was written"
    for path in files:
        assert mentions(path.read_bytes(), sent) == [], path.name


@pytest.mark.parametrize(
    "spelling", [str, lambda text: b64encode(text.encode()).decode(), lambda text: b64encode(f"a\0{text}".encode()).decode()]
)
def test_a_leak_would_be_seen(spelling: Any) -> None:  # noqa: ANN401 - a function
    leak = Planted("CANARY-in-0001-xX9", Place("mailboxCreate", "input", ("smtp", "password")), "sendkit")
    assert mentions(f"login {spelling(leak.secret)}!".encode(), [leak]) == ["mailboxCreate.input.smtp.password at sendkit"]
