"""Callers who come with a token, at a gateway on a real socket that gets the keys of their issuer over a real socket."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from gateway.config import CallerSettings, IssuerSettings, ServerSettings
from gateway.domain.identifier import Kind, encode
from gateway.web.accept import EVENT_STREAM
from tests.web.conftest import MAILBOXES, Served, caller, sandboxed_gateway, served
from tests.web.test_websocket import speaking
from tests.web.tokens.issuing import AUDIENCE, ISSUER, key_set, private_key, public, token

EC = private_key("EC")
WHO = "{ accounts { name } mailboxes { totalCount } }"
WATCH = "subscription { mailboxChanged { kind } }"


@dataclass
class Login:
    """An issuer that publishes keys, and counts how often somebody looks."""

    url: str = ""
    content: bytes = key_set(public(EC, kid="k1"))
    asked: int = 0


@contextmanager
def publishing() -> Iterator[Login]:
    login = Login()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            login.asked += 1
            self.send_response(200)
            self.send_header("content-length", str(len(login.content)))
            self.end_headers()
            self.wfile.write(login.content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    login.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield login
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Guarded:
    server: Served
    login: Login

    async def ask(self, credential: str, query: str = WHO, variables: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        sent = {"query": query, "variables": variables}
        async with httpx.AsyncClient(base_url=self.server.url, timeout=30) as client:
            return await client.post("/graphql", json=sent, headers={"authorization": f"Bearer {credential}", **headers})

    async def accounts(self, credential: str) -> list[str]:
        answer = (await self.ask(credential)).json()
        assert "errors" not in answer, answer
        names = [each["name"] for each in answer["data"]["accounts"]]
        assert answer["data"]["mailboxes"]["totalCount"] == MAILBOXES * len(names)
        return names


@contextmanager
def guarded() -> Iterator[Guarded]:
    """Subjects with rights of their own, others with those of the issuer, and somebody with a key."""
    with publishing() as login:
        issuer = IssuerSettings(
            name="login",
            issuer=ISSUER,
            audience=AUDIENCE,
            jwks_url=login.url,
            leeway_seconds=0.001,
            scopes=frozenset({"read"}),
            accounts=("sendkit", "shipmail"),
            accounts_claim="accounts",
        )
        callers = (
            caller("frontend", "read", key="mgw_key", accounts=("outreach",)),
            CallerSettings(
                name="job", issuer="login", subject="job-1", scopes=frozenset({"read", "write"}), accounts=("smartlead", "sendkit")
            ),
        )
        gateway, _ = sandboxed_gateway(server=ServerSettings(max_lag_seconds=60.0), callers=callers, issuers=(issuer,))
        with served(gateway) as server:
            yield Guarded(server, login)


@pytest.fixture(scope="module")
def house() -> Iterator[Guarded]:
    with guarded() as opened:
        yield opened


def good(seconds: float = 300, **more: Any) -> str:  # noqa: ANN401 - any claim
    return token(EC, exp=int(time.time() + seconds), **more)


# ---------------------------------------------------------------------- rights
async def test_subjects_keys_and_claims_side_by_side(house: Guarded) -> None:
    assert await house.accounts("mgw_key") == ["outreach"]
    assert await house.accounts(good(sub="ann", accounts="shipmail outreach nowhere")) == ["shipmail"]
    assert await house.accounts(good(sub="bob", accounts=["sendkit", "shipmail"])) == ["sendkit", "shipmail"]
    assert await house.accounts(good(sub="eve")) == []
    assert await house.accounts(good(sub="job-1", accounts=["smartlead", "shipmail"])) == ["smartlead"]


async def test_scopes_of_subjects(house: Guarded) -> None:
    write = 'mutation { mailboxDelete(id: "x") { userErrors { code } } }'
    answer = await house.ask(good(sub="ann"), write)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]) == (403, {"code": "FORBIDDEN"})
    answer = await house.ask(good(sub="job-1"), write)
    assert answer.json()["data"]["mailboxDelete"]["userErrors"] == [{"code": "BAD_USER_INPUT"}]


async def test_refusals_are_all_alike(house: Guarded) -> None:
    other = private_key("EC", "other")
    forged = [token(other), token(other, iss="https://evil.example"), token(other, kid="k7"), token("x" * 32, "HS256"), "a.b.c"]
    answers = [await house.ask(each) for each in forged]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}
    assert len({answer.content for answer in answers}) == 1
    expired = await house.ask(good(-60))
    assert "expired" in expired.json()["errors"][0]["message"]


async def test_tokens_of_strangers_cause_no_traffic(house: Guarded) -> None:
    await house.accounts(good(sub="eve"))
    before = house.login.asked
    other = private_key("EC", "other")
    await asyncio.gather(*(house.ask(token(other, kid=f"k{number}")) for number in range(40)))
    assert house.login.asked - before <= 1


async def test_keys_are_rotated() -> None:
    new = private_key("EC", "new")
    with guarded() as house:
        assert await house.accounts(good(sub="ann", accounts="shipmail")) == ["shipmail"]
        house.login.content = key_set(public(EC, kid="k1"), public(new, kid="k2"))
        assert await house.accounts(token(new, kid="k2", sub="ann", accounts="shipmail")) == ["shipmail"]
        assert house.login.asked == 2


async def test_attachments_and_metrics_take_tokens(house: Guarded) -> None:
    async with httpx.AsyncClient(base_url=house.server.url, headers={"authorization": f"Bearer {good(sub='ann')}"}) as client:
        assert (await client.get("/attachments/x")).status_code == 400
        assert (await client.get("/metrics")).status_code == 403
        assert (await client.get("/metrics", headers={"authorization": "Bearer a.b.c"})).status_code == 401


TEST_ALL = """mutation ($ids: [ID!], $key: String) { mailboxBulkTest(input: {ids: $ids, dryRun: true, idempotencyKey: $key}) {
  userErrors { field code } operation { id results { mailboxId } }
} }"""


async def test_operations_of_one_who_sees_no_accounts_are_nobodys(house: Guarded) -> None:
    blind, seeing = good(sub="job-1", accounts=""), good(sub="job-1", accounts="smartlead sendkit")
    for key in (None, "once"):
        answer = (await house.ask(blind, TEST_ALL, {"ids": ["x"], "key": key})).json()["data"]["mailboxBulkTest"]
        assert answer["userErrors"] == []
        for token_ in (blind, seeing, "mgw_key"):
            query = "query ($id: ID!) { operation(id: $id) { id } operations { nodes { id } } }"
            found = await house.ask(token_, query, {"id": answer["operation"]["id"]})
            assert found.json()["data"]["operation"] is None
            assert answer["operation"]["id"] not in found.text


async def test_an_idempotency_key_shows_no_account_that_a_narrower_token_does_not(house: Guarded) -> None:
    wide, narrow = good(sub="job-1", accounts="smartlead sendkit"), good(sub="job-1", accounts="sendkit")
    given = {"ids": [encode(Kind.MAILBOX, "smartlead", "40118")], "key": "the same"}
    first = (await house.ask(wide, TEST_ALL, given)).json()["data"]["mailboxBulkTest"]
    assert first["operation"]["results"] == [{"mailboxId": given["ids"][0]}]
    assert (await house.ask(wide, TEST_ALL, given)).json()["data"]["mailboxBulkTest"] == first
    again = (await house.ask(narrow, TEST_ALL, given)).json()["data"]["mailboxBulkTest"]
    assert again == {"userErrors": [{"field": ["idempotencyKey"], "code": "CONFLICT"}], "operation": None}


async def test_what_was_refused_of_many_is_shown_to_nobody_who_sees_less(house: Guarded) -> None:
    wide, narrow = good(sub="job-1", accounts="smartlead sendkit"), good(sub="job-1", accounts="sendkit")
    create = """mutation { mailboxBulkCreate(input: {dryRun: true, mailboxes: [
      {account: "smartlead", address: "a@b.example", idempotencyKey: "x"}, {account: "sendkit", address: "a@b.example"}
    ]}) { operation { id results { userErrors { message } } } } }"""
    made = (await house.ask(wide, create)).json()["data"]["mailboxBulkCreate"]["operation"]
    assert len(made["results"]) == 2
    query, asked = "query ($id: ID!) { operation(id: $id) { id } }", {"id": made["id"]}
    assert (await house.ask(wide, query, asked)).json()["data"] == {"operation": {"id": made["id"]}}
    assert (await house.ask(narrow, query, asked)).json()["data"] == {"operation": None}


# ---------------------------------------------------------------------- ends
async def test_a_token_is_taken_until_it_expires_and_no_longer(house: Guarded) -> None:
    short = good(2, sub="ann")
    assert (await house.ask(short)).status_code == 200
    await asyncio.sleep(2.1)
    assert (await house.ask(short)).status_code == 401


async def test_an_event_stream_ends_with_its_token(house: Guarded) -> None:
    async with asyncio.timeout(20):
        answer = await house.ask(good(2, sub="ann", accounts="shipmail"), WATCH, accept=EVENT_STREAM)
    event, *_ = [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: {")]
    assert event == {
        "errors": [{"message": "The token has expired: come again with a new one.", "extensions": {"code": "UNAUTHENTICATED"}}]
    }
    assert answer.text.endswith("event: complete\ndata:\n\n")


async def test_a_socket_closes_with_its_token(house: Guarded) -> None:
    async with speaking(house.server) as speaker, asyncio.timeout(20):
        await speaker.begin(authorization=f"Bearer {good(2, sub='ann', accounts='shipmail')}")
        await speaker.subscribe("1", WATCH)
        assert await speaker.closed() == (4403, "The token has expired: come again with a new one.")


async def test_a_socket_of_a_stranger_is_closed(house: Guarded) -> None:
    async with speaking(house.server) as speaker, asyncio.timeout(20):
        await speaker.say(type="connection_init", payload={"authorization": "Bearer a.b.c"})
        assert (await speaker.closed())[0] == 4403


# ---------------------------------------------------------------------- leaks
async def test_no_token_is_logged_or_repeated(house: Guarded, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        tokens = [good(sub="ann"), good(-60, sub="CANARY"), token(private_key("EC", "other"), sub="CANARY"), "CANARY.CANARY.CANARY"]
        answers = [await house.ask(each) for each in tokens]
    gateways = "".join(record.getMessage() for record in caplog.records if record.name.startswith("gateway"))
    for each in tokens:
        for part in each.split("."):
            assert part not in gateways
            assert not any(part in answer.text or part in str(answer.headers) for answer in answers)
