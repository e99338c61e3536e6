"""`gateway demo` and `gateway serve` as processes, asked by a real GraphQL client."""

import os
import signal
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

from gateway.commands.serve import listen
from tests.e2e.conftest import MAILBOXES, Finished, Running, run, started

FLEET = """
query Fleet($first: Int!) {
  mailboxes(first: $first, orderBy: {field: ADDRESS}) {
    totalCount complete
    nodes { id address vendor status siblings { vendor } }
    sources { account { name } status mailboxCount }
  }
  fleet { total conflicts { address } }
}
"""
ACCOUNTS = ["outreach", "sendkit", "shipmail", "smartlead", "woodpecker"]


def is_clean(done: Finished) -> bool:
    """No traceback, and no warning of Python's about things left open."""
    return not any(word in done.stderr for word in ("Traceback", "Warning", "Unclosed", "never awaited", "never retrieved"))


@pytest.mark.parametrize(("process", "prefix"), [("demo", ""), ("served", "my-")])
async def test_a_real_client_reads_the_fleet(request: pytest.FixtureRequest, process: str, prefix: str) -> None:
    """gql fetches the schema first and checks the query against it."""
    running: Running = request.getfixturevalue(process)
    transport = AIOHTTPTransport(url=f"{running.url}/graphql")
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        query = gql(FLEET)
        query.variable_values = {"first": 500}
        fleet = await session.execute(query)
    found = fleet["mailboxes"]
    assert found["complete"] is True
    assert found["totalCount"] == fleet["fleet"]["total"] == len(found["nodes"]) == 5 * MAILBOXES
    assert len({node["id"] for node in found["nodes"]}) == 5 * MAILBOXES
    assert [source["account"]["name"] for source in found["sources"]] == [prefix + name for name in ACCOUNTS]
    assert {source["status"] for source in found["sources"]} <= {"FRESH", "STALE"}
    assert {source["mailboxCount"] for source in found["sources"]} == {MAILBOXES}
    assert fleet["fleet"]["conflicts"]
    assert any(len(node["siblings"]) == 4 for node in found["nodes"])


def test_a_synchronous_client_sees_errors_with_codes(demo: Running) -> None:
    with Client(transport=HTTPXTransport(url=f"{demo.url}/graphql")) as session, pytest.raises(TransportQueryError) as caught:
        session.execute(gql('{ node(id: "nope") { id } }'))
    assert caught.value.errors is not None
    assert caught.value.errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_the_demo_prints_what_to_open_and_what_to_paste(demo: Running) -> None:
    """The pasted line works as it stands: its query is taken out of it and sent."""
    with started("demo", "--port", "0", "--mailboxes", "2") as running:
        page = httpx.get(f"{running.url}/graphql", headers={"accept": "text/html"})
        done = running.stop(signal.SIGINT)
    line = next(line for line in done.stdout.splitlines() if "curl" in line)
    body = line.split(" -d '")[1].removesuffix("'")
    answer = httpx.post(f"{demo.url}/graphql", content=body, headers={"content-type": "application/json"}).json()
    assert page.status_code == 200
    assert "errors" not in answer
    assert len(answer["data"]["mailboxes"]["nodes"]) == 5
    assert "2 mailboxes each" in done.stdout
    assert (done.exit_code, is_clean(done)) == (130, True), done.stderr  # 128 + SIGINT


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_leaves_nothing_behind(tmp_path: Path, how: signal.Signals) -> None:
    with started("demo", "--port", "0", "--mailboxes", "2", env={"TMPDIR": str(tmp_path)}) as running:
        assert [each.name[:13] for each in tmp_path.iterdir()] == ["gateway-demo-"]
        running.stop(how)
    assert [*tmp_path.iterdir()] == []


def test_answers_do_not_wait_for_the_clients_acknowledgement() -> None:
    """Head and body are two writes: with Nagle's algorithm the second one waits 40 ms. Connections take it over from the listener."""
    listener = listen("127.0.0.1", 0)
    assert listener is not None
    with listener, socket.create_connection(listener.getsockname()), listener.accept()[0] as connection:
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("mailboxes", ["-1", "many"])
def test_a_demo_of_no_number_is_refused(mailboxes: str) -> None:
    done = run("demo", "--mailboxes", mailboxes)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--mailboxes" in done.stderr
    assert "Traceback" not in done.stderr


def test_sigterm_stops_a_server_that_has_answered(config: Path, keys: Mapping[str, str]) -> None:
    """143, which is 128 + SIGTERM: uvicorn ends its work, then lets the signal end the process, so that whoever sent it sees that."""
    with started("serve", "--config", str(config), "--port", "0", env=keys) as running:
        assert httpx.get(f"{running.url}/readyz").json() == {"status": "ready"}
        answer = httpx.post(f"{running.url}/graphql", json={"query": "{ fleet { total } }"}).json()
        done = running.stop()
    assert answer["data"]["fleet"]["total"] == 5 * MAILBOXES
    assert done.exit_code == -signal.SIGTERM
    assert is_clean(done), done.stderr
    assert f"{running.url}/graphql" in done.stdout
    assert "5 accounts, open to anybody on this machine" in done.stdout


def test_sigterm_stops_a_server_whose_vendor_is_silent(silent_vendor: str, tmp_path: Path) -> None:
    """A load under way is ended, not waited for."""
    path = tmp_path / "gateway.toml"
    account = f'[[accounts]]\nname = "silent"\nvendor = "smartlead"\napi_key = "k"\nbase_url = "{silent_vendor}"\n'
    path.write_text(f'[server]\nanswer_within = "200ms"\n{account}')
    with started("serve", "--config", str(path), "--port", "0") as running:
        query = "{ mailboxes { totalCount complete sources { status } } }"
        answer = httpx.post(f"{running.url}/graphql", json={"query": query}).json()
        done = running.stop()
    assert answer["data"]["mailboxes"] == {"totalCount": None, "complete": False, "sources": [{"status": "LOADING"}]}
    assert done.exit_code == -signal.SIGTERM
    assert is_clean(done), done.stderr


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
def test_the_demo_on_ipv6() -> None:
    with started("demo", "--host", "::1", "--port", "0", "--mailboxes", "3") as running:
        answer = httpx.post(f"{running.url}/graphql", json={"query": "{ fleet { total } }"}).json()
    assert running.url.startswith("http://[::1]:")
    assert answer["data"]["fleet"]["total"] == 15


# ---------------------------------------------------------------------- who may come
def test_more_than_this_machine_needs_callers(config: Path, keys: Mapping[str, str]) -> None:
    done = run("serve", "--config", str(config), "--host", "0.0.0.0", env=keys)  # noqa: S104 - refused
    assert (done.exit_code, done.stdout) == (2, "")
    assert "neither [[callers]] nor [[issuers]] are configured" in done.stderr
    assert "--allow-anonymous" in done.stderr


def test_anonymous_callers_are_let_in_when_that_is_said(config: Path, keys: Mapping[str, str]) -> None:
    with started("serve", "--config", str(config), "--port", "0", "--host", "0.0.0.0", "--allow-anonymous", env=keys) as running:  # noqa: S104 - what is tested
        answer = httpx.post(f"{running.url}/graphql", json={"query": "{ vendors { vendor } }"})
        page = httpx.get(f"{running.url}/graphql", headers={"accept": "text/html"})
        done = running.stop()
    assert len(answer.json()["data"]["vendors"]) == 5
    assert page.status_code == 406, "GraphiQL is off where others can come"
    assert "open to anybody\n" in done.stdout


def test_a_new_key_opens_a_guarded_gateway(config: Path, keys: Mapping[str, str], tmp_path: Path) -> None:
    made = run("key", "new")
    assert (made.exit_code, made.stderr) == (0, "")
    words = dict(line.split() for line in made.stdout.splitlines()[:2])
    guarded = tmp_path / "guarded.toml"
    caller = f'name = "frontend"\nkey_hash = "{words["key_hash"]}"\nscopes = ["read"]\naccounts = ["my-sendkit"]\n'
    guarded.write_text(f"{config.read_text()}\n[[callers]]\n{caller}")
    with started("serve", "--config", str(guarded), "--port", "0", "--host", "0.0.0.0", env=keys) as running:  # noqa: S104 - what is tested
        query = {"query": "{ accounts { name } }"}
        stranger = httpx.post(f"{running.url}/graphql", json=query)
        known = httpx.post(f"{running.url}/graphql", json=query, headers={"authorization": f"Bearer {words['key']}"})
        done = running.stop()
    assert (stranger.status_code, stranger.headers["www-authenticate"]) == (401, "Bearer")
    assert known.json()["data"] == {"accounts": [{"name": "my-sendkit"}]}
    assert "open to callers with a key" in done.stdout
    assert words["key"] not in done.stdout + done.stderr


# ---------------------------------------------------------------------- what does not start
@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("name", ["serve", "demo"])
def test_a_port_in_use(name: str, taken_port: int, config: Path, keys: Mapping[str, str]) -> None:
    more = ["--config", str(config)] if name == "serve" else []
    done = run(name, *more, "--port", str(taken_port), env=keys)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"Cannot listen on 127.0.0.1:{taken_port}: {os.strerror(98)}. Choose another with --host and --port.\n"


def test_a_host_that_is_not_here() -> None:
    done = run("demo", "--host", "192.0.2.1", "--port", "0")  # an address for documentation, never a machine's own
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Cannot listen on 192.0.2.1:0: ")
    assert is_clean(done), done.stderr


WRONG = """
[server]
prot = 8000
state_dir = "${NOT_SET_ANYWHERE}"

[[accounts]]
name = "one"
vendor = "smartled"
api_key = "k"

[[accounts]]
name = "two"
vendor = "shipmail"
api_key = "CANARY-written-down"
base_url = "ftp://example.org"

[[callers]]
name = "frontend"
key_hash = "CANARY-the-key-itself"
scopes = ["raed"]
"""


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_wrong_file_is_refused_with_all_its_problems(command: str, tmp_path: Path, taken_port: int) -> None:
    """Were a port opened first, the taken one would be the problem."""
    path = tmp_path / "gateway.toml"
    path.write_text(WRONG)
    more = ["--port", str(taken_port)] if command == "serve" else []
    done = run(command, "--config", str(path), *more)
    assert (done.exit_code, done.stdout) == (2, "")
    for part in (
        "server.prot",
        "accounts[0].vendor",
        "NOT_SET_ANYWHERE",
        "accounts[1].base_url",
        "callers[0].key_hash",
        "callers[0].scopes",
    ):
        assert part in done.stderr
    for cure in ("smartlead", "port", "read", "gateway key new"):
        assert cure in done.stderr
    assert "CANARY" not in done.stderr
    assert "Cannot listen" not in done.stderr
    assert is_clean(done), done.stderr


def test_a_missing_file_and_a_missing_key(config: Path, tmp_path: Path) -> None:
    missing = run("serve", "--config", str(tmp_path / "nope.toml"))
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "nope.toml" in missing.stderr
    unset = run("serve", "--config", str(config))
    assert (unset.exit_code, unset.stdout) == (2, "")
    assert {"MY_SHIPMAIL_API_KEY", "MY_OUTREACH_ACCESS_TOKEN", "STATE"} <= {word.strip(".\"${}'`,:") for word in unset.stderr.split()}, (
        unset.stderr
    )
    assert is_clean(missing)
    assert is_clean(unset)


@pytest.mark.parametrize("module", ["gateway", "tests.e2e.without_uvloop"])
def test_it_serves_with_and_without_uvloop(module: str) -> None:
    with started("demo", "--port", "0", "--mailboxes", "3", module=module) as running:
        answers = [httpx.post(f"{running.url}/graphql", json={"query": "{ mailboxes { totalCount } }"}) for _ in range(3)]
        has_uvloop = "uvloop" in Path(f"/proc/{running.process.pid}/maps").read_text()
        done = running.stop()
    assert [each.json()["data"] for each in answers] == [{"mailboxes": {"totalCount": 15}}] * 3
    assert has_uvloop is (module == "gateway")
    assert is_clean(done), done.stderr


def test_the_demo_shows_itself_to_others_who_may_only_see_sandboxes() -> None:
    """It is there to be looked at, also from another machine; `serve` there has neither page nor description unless told so."""
    with started("demo", "--host", "0.0.0.0", "--port", "0", "--mailboxes", "1") as running:  # noqa: S104 - what is tested
        page = httpx.get(f"{running.url}/graphql", headers={"accept": "text/html", "host": "demo.example"})
        answer = httpx.post(f"{running.url}/graphql", json={"query": "{ __schema { queryType { name } } }"}).json()
    assert page.headers["content-type"].startswith("text/html")
    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"
