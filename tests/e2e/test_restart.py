"""A gateway that is killed in the middle of its work and started again: nothing is done twice, and it says what is true."""

import signal
import sqlite3
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from gateway.domain.identifier import Kind, decode, encode
from gateway.operations.many import AT_ONCE
from gateway.sandbox.server import Sandbox
from tests.e2e.conftest import MAILBOXES, PATIENCE_SECONDS, Running, configuration, started

PASSWORD = "canary-7731"  # a planted secret
OPERATION = "id state message progress { done failed total } results { index mailboxId userErrors { code message } }"
CREATE = f"""
mutation ($input: MailboxCreateInput!) {{
  mailboxCreate(input: $input) {{ mailbox {{ id }} userErrors {{ code message }} operation {{ {OPERATION} }} }}
}}
"""
BULK_CREATE = f"""
mutation ($input: MailboxBulkCreateInput!) {{ mailboxBulkCreate(input: $input) {{ userErrors {{ message }} operation {{ {OPERATION} }} }} }}
"""
BULK_UPDATE = f"""
mutation ($input: MailboxBulkUpdateInput!) {{ mailboxBulkUpdate(input: $input) {{ userErrors {{ message }} operation {{ {OPERATION} }} }} }}
"""
ONE = f"query ($id: ID!) {{ operation(id: $id) {{ {OPERATION} }} }}"
THERE = """
query ($filter: MailboxFilter!) { mailboxes(filter: $filter, first: 500) { complete nodes { id address sending { dailyLimit } } } }
"""
IS_OVER = {"SUCCEEDED", "FAILED", "UNKNOWN", "CANCELLED"}


class Client(msgspec.Struct):
    """Asks one gateway."""

    url: str

    def ask(self, query: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """The only field of the answer."""
        body = {"query": query, "variables": variables}
        answer = httpx.post(f"{self.url}/graphql", json=body, headers={"cache-control": "no-cache"}, timeout=PATIENCE_SECONDS).json()
        assert "errors" not in answer, answer
        [found] = answer["data"].values()
        assert isinstance(found, dict)
        return found

    def ended(self, identifier: str) -> dict[str, Any]:
        """The operation as soon as it is over."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (operation := self.ask(ONE, {"id": identifier}))["state"] not in IS_OVER:
            assert time.monotonic() < deadline, operation
            time.sleep(0.05)
        return operation

    def there(self, account: str, *, address: str | None = None) -> list[dict[str, Any]]:
        """What the vendor has now."""
        wanted: dict[str, object] = {"account": [account]} | ({"address": {"eq": address}} if address else {})
        found = self.ask(THERE, {"filter": wanted})
        assert found["complete"]
        nodes: list[dict[str, Any]] = found["nodes"]
        return nodes


class Town(msgspec.Struct):
    """Vendors that live on while the gateway before them dies; `vendors` asks them through another gateway."""

    vendors: Client
    config: Path
    keys: Mapping[str, str]
    state: Path

    @contextmanager
    def gateway(self) -> Iterator[tuple[Client, Running]]:
        with started("serve", "--config", str(self.config), "--port", "0", env=self.keys, state=self.state) as running:
            yield Client(running.url), running

    def under_way(self) -> int:
        """How many parts are written down as begun and not done."""
        with closing(sqlite3.connect(f"file:{self.state / 'state.db'}?mode=ro", uri=True)) as connection:
            [count] = connection.execute("SELECT count(*) FROM results WHERE NOT body ->> 'is_done'").fetchone()
        return int(count)


@pytest.fixture(scope="module")
def town(sandboxes: Mapping[str, Sandbox], keys: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """With a demo of its own, since its mailboxes become others; Smartlead may be asked ten times a second, so that many take a while."""
    directory = tmp_path_factory.mktemp("town")
    with started("demo", "--port", "0", "--mailboxes", str(MAILBOXES)) as demo:
        config = directory / "gateway.toml"
        config.write_text(configuration(demo.url, sandboxes, paces={"smartlead": '{ requests = 10, per = "1s" }'}))
        yield Town(Client(demo.url), config, keys, directory / "state")


def wanted(vendor: str, address: str, *, password: str = PASSWORD) -> dict[str, object]:
    server = {"username": address, "password": password}
    smtp = {"host": "smtp.postbox.example", "port": 587, **server}
    imap = {"host": "imap.postbox.example", "port": 993, **({} if vendor == "woodpecker" else server)}
    return {"account": f"my-{vendor}", "address": address, "displayName": "Restart", "smtp": smtp, "imap": imap}


def new_address() -> str:
    return f"restart-{uuid4().hex[:8]}@northwind-demo.example"


@pytest.mark.parametrize("vendor", ["sendkit", "woodpecker"])
def test_a_creation_that_a_vendor_is_at_work_on_is_followed_to_its_end(town: Town, vendor: str) -> None:
    """SendKit's verification takes three seconds, Woodpecker's batch four."""
    address = new_address()
    request = {"input": {**wanted(vendor, address), "idempotencyKey": f"once {vendor}"}}
    with town.gateway() as (gateway, running):
        first = gateway.ask(CREATE, request)
        running.stop(signal.SIGKILL)
    assert (first["userErrors"], first["operation"]["state"]) == ([], "RUNNING")
    with town.gateway() as (gateway, _):
        again = gateway.ask(CREATE, request)
        assert (again["operation"]["id"], again["userErrors"]) == (first["operation"]["id"], [])
        ended = gateway.ended(first["operation"]["id"])
        later = gateway.ask(CREATE, request)
    [there] = town.vendors.there(vendor, address=address)
    assert (ended["state"], [each["userErrors"] for each in ended["results"]]) == ("SUCCEEDED", [[]])
    assert len(town.vendors.there(vendor, address=address)) == 1
    assert later["operation"] == ended
    assert ended["results"][0]["mailboxId"] == ours(there["id"], vendor)


def ours(identifier: str, vendor: str) -> str:
    """A mailbox's id at the gateway whose account's name begins with `my-`."""
    return encode(Kind.MAILBOX, f"my-{vendor}", *decode(identifier).parts)


def test_a_verification_that_fails_is_told_after_a_restart_too(town: Town) -> None:
    address = new_address()
    with town.gateway() as (gateway, running):
        first = gateway.ask(CREATE, {"input": wanted("sendkit", address, password=f"wrong {PASSWORD}")})
        running.stop(signal.SIGKILL)
    with town.gateway() as (gateway, _):
        ended = gateway.ended(first["operation"]["id"])
    assert ended["state"] == "FAILED"
    assert PASSWORD not in str(ended)
    assert town.vendors.there("sendkit", address=address) == []


def test_many_creations_are_found_again(town: Town) -> None:
    """SendKit logs in to all their servers before it answers; the gateway dies while it waits for that."""
    addresses = [new_address() for _ in range(6)]
    request = {"input": {"mailboxes": [wanted("sendkit", each) for each in addresses], "idempotencyKey": "many"}}
    with town.gateway() as (gateway, running):
        first = gateway.ask(BULK_CREATE, request)["operation"]
        while town.under_way() < len(addresses):
            time.sleep(0.05)
        time.sleep(1)  # the request follows at once, the answer after three seconds
        running.stop(signal.SIGKILL)
    with town.gateway() as (gateway, _):
        assert gateway.ask(BULK_CREATE, request)["operation"]["id"] == first["id"]
        ended = gateway.ended(first["id"])
        assert gateway.ask(BULK_CREATE, request)["operation"] == ended
    assert (ended["state"], ended["progress"]) == ("SUCCEEDED", {"done": 6, "failed": 0, "total": 6})
    for address, result in zip(addresses, ended["results"], strict=True):
        assert [ours(each["id"], "sendkit") for each in town.vendors.there("sendkit", address=address)] == [result["mailboxId"]]


def test_many_updates_are_told_one_by_one(town: Town) -> None:
    """To prove that an update which had begun was not made takes a minute of looks: until then nothing is claimed of it."""
    before = {ours(each["id"], "smartlead"): each["sending"]["dailyLimit"] for each in town.vendors.there("smartlead")}
    request = {"input": {"filter": {"account": ["my-smartlead"]}, "changes": {"dailyLimit": 37}, "idempotencyKey": "updates"}}
    assert 37 not in before.values()
    with town.gateway() as (gateway, running):
        first = gateway.ask(BULK_UPDATE, request)["operation"]
        while gateway.ask(ONE, {"id": first["id"]})["progress"]["done"] < 3:
            time.sleep(0.02)
        running.stop(signal.SIGKILL)
    with town.gateway() as (gateway, _):
        replayed = gateway.ask(BULK_UPDATE, request)["operation"]
        while (found := gateway.ask(ONE, {"id": first["id"]}))["progress"]["done"] < MAILBOXES - AT_ONCE:
            time.sleep(0.05)
    assert replayed["id"] == first["id"]
    after = {ours(each["id"], "smartlead"): each["sending"]["dailyLimit"] for each in town.vendors.there("smartlead")}
    told = {each["mailboxId"]: [error["message"] for error in each["userErrors"]] for each in found["results"]}
    made = [identifier for identifier, errors in told.items() if not errors]
    left_out = [identifier for identifier, errors in told.items() if errors and errors[0].startswith("It was not begun")]
    assert len(made) >= 3
    assert all(after[each] == 37 for each in made)
    assert left_out, "it was killed in the middle"
    assert all(after[each] == before[each] for each in left_out)
    assert told.keys() == {*made, *left_out} <= before.keys()
    assert len(before.keys() - told.keys()) <= AT_ONCE
    assert found["progress"] == {"done": len(told), "failed": len(left_out), "total": MAILBOXES}


def test_a_write_that_outlasts_the_drain_is_found_out_about(town: Town, tmp_path: Path) -> None:
    """SIGTERM comes while a vendor takes its time over a creation; it makes the mailbox when the gateway is gone."""
    address = new_address()
    request = {"input": {**wanted("sendkit", address), "idempotencyKey": "outlasts"}}
    hasty = tmp_path / "gateway.toml"
    hasty.write_text(town.config.read_text().replace("[server]", '[server]\ndrain_within = "1s"'))
    faults = f"{town.vendors.url}/sandbox/sendkit/__faults"
    with msgspec.structs.replace(town, config=hasty).gateway() as (gateway, running), ThreadPoolExecutor() as threads:
        gateway.there("my-sendkit")
        httpx.post(faults, json={"delaySeconds": 5, "method": "POST", "times": 1}).raise_for_status()
        asking = threads.submit(httpx.post, f"{gateway.url}/graphql", json={"query": CREATE, "variables": request}, timeout=30)
        while httpx.get(faults).json()["faults"]:  # until it has arrived there
            time.sleep(0.05)
        running.stop(signal.SIGTERM)
    assert asking.result().json()["errors"][0]["extensions"]["code"] == "OUTCOME_UNKNOWN"
    with town.gateway() as (gateway, _):
        again = gateway.ask(CREATE, request)
        ended = gateway.ended(again["operation"]["id"])
    assert ended["state"] == "SUCCEEDED"
    assert len(town.vendors.there("sendkit", address=address)) == 1


def test_what_was_confirmed_in_a_storm_survives_a_kill(town: Town) -> None:
    """Eight callers create as fast as they can; the process is killed in the middle. What they were told then still holds."""
    told: dict[str, tuple[dict[str, object], dict[str, Any]]] = {}
    begun: list[str] = []

    def create(gateway: Client, vendor: str) -> None:
        with suppress(httpx.HTTPError):
            while True:
                address = new_address()
                request: dict[str, object] = {"input": {**wanted(vendor, address), "idempotencyKey": f"storm {address}"}}
                begun.append(address)
                told[address] = request, gateway.ask(CREATE, request)

    with town.gateway() as (gateway, running), ThreadPoolExecutor() as threads:
        callers = [threads.submit(create, gateway, vendor) for vendor in ("sendkit", "smartlead") * 4]
        while len(told) < 12:
            time.sleep(0.01)
        running.stop(signal.SIGKILL)
        assert [each.exception() for each in callers] == [None] * 8
    with town.gateway() as (gateway, _):
        again = {address: gateway.ask(CREATE, request) for address, (request, _) in told.items()}
        ended = {address: gateway.ended(answer["operation"]["id"]) for address, answer in again.items() if answer["operation"]}
    there = Counter(each["address"] for vendor in ("sendkit", "smartlead") for each in town.vendors.there(vendor))
    for address, (_, first) in told.items():
        assert first["userErrors"] == again[address]["userErrors"] == []
        assert first["mailbox"] == again[address]["mailbox"]
        assert (first["operation"] or {}).get("id") == (again[address]["operation"] or {}).get("id")
        assert there[address] == 1
    assert {operation["state"] for operation in ended.values()} <= {"SUCCEEDED"}
    assert all(there[address] <= 1 for address in begun)


def test_no_password_is_in_the_state(town: Town) -> None:
    """The last test: all others have written to it."""
    files = [each.read_bytes() for each in town.state.iterdir()]
    assert len(b"".join(files)) > 0
    for spelling in (PASSWORD.encode(), b64encode(PASSWORD.encode()).rstrip(b"=")):
        assert not any(spelling in content for content in files)
