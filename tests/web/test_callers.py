"""Keys, scopes, and callers who may see one account only: to them there are no others."""

from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx
import pytest

from gateway.config import CallerSettings
from gateway.domain.identifier import Kind, encode
from gateway.web.accept import GRAPHQL_JSON, JSON
from tests.web.conftest import MAILBOXES, House, caller, open_house

VENDORS_QUERY = "{ vendors { vendor } }"
ALL, ONE, WRITER = "mgw_all", "mgw_one", "mgw_writer"


@pytest.fixture
async def guarded() -> AsyncIterator[House]:
    """Three callers: one for everything, one for the account `smartlead` only, one who may write but not read."""
    callers = (
        caller("backend", "read", "write", key=ALL),
        caller("frontend", "read", key=ONE, accounts=("smartlead",)),
        caller("writer", "write", "operate", "secrets:write", key=WRITER),
    )
    async with open_house(callers=callers) as house:
        yield house


async def data(house: House, query: str, key: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
    answer = (await house.ask(query, key, **variables)).json()
    assert "errors" not in answer, answer
    return answer["data"]


def asked(house: House) -> set[str]:
    """The accounts whose vendors got requests."""
    return {name for name, sandbox in house.sandboxes.items() if sandbox.requests}


# ---------------------------------------------------------------------- keys and scopes
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer mgw_al",
        "Bearer mgw_alll",
        "Bearer MGW_ALL",
        "Bearer mgw_all mgw_all",
        "Bearer ${KEY}",
        "Bearer sha256:" + sha256(ALL.encode()).hexdigest(),
        f"Token {ALL}",
        ALL,
        "Basic " + b64encode(f"backend:{ALL}".encode()).decode(),
        b"Bearer \xff\xfe",
        "Bearer " + "x" * 10_000,
    ],
)
@pytest.mark.parametrize("path", ["/graphql", "/attachments/anything"])
async def test_without_a_known_key_it_is_401(guarded: House, authorization: str | bytes | None, path: str) -> None:
    sent = authorization.encode() if isinstance(authorization, str) else authorization
    headers = httpx.Headers([] if sent is None else [(b"authorization", sent)])
    response = await guarded.client.get(path, params={"query": VENDORS_QUERY}, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["cache-control"] == "no-store"
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "Bearer <key>" in error["message"]
    assert not asked(guarded)


async def test_a_strangers_body_is_not_read(guarded: House) -> None:
    async def body() -> AsyncIterator[bytes]:
        pytest.fail("somebody read it")
        yield b""

    response = await guarded.client.post("/graphql", content=body(), headers={"content-type": JSON})
    assert response.status_code == 401


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_JSON])
async def test_401_comes_in_the_media_type_that_was_asked_for(guarded: House, accept: str) -> None:
    response = await guarded.client.post("/graphql", json={"query": VENDORS_QUERY}, headers={"accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (401, f"{accept}; charset=utf-8")


@pytest.mark.parametrize("authorization", [f"Bearer {ALL}", f"bearer {ALL}", f"BEARER   {ALL} "])
async def test_a_known_key_is_let_in(guarded: House, authorization: str) -> None:
    response = await guarded.client.post("/graphql", json={"query": VENDORS_QUERY}, headers={"authorization": authorization})
    assert len(response.json()["data"]["vendors"]) == 5


@pytest.mark.parametrize("others", [(ALL, ALL), (ALL, "mgw_not_mine"), ("mgw_not_mine", ALL), ("", ALL)])
@pytest.mark.parametrize("path", ["/graphql", "/attachments/anything", "/metrics"])
async def test_several_headers_are_none(guarded: House, path: str, others: tuple[str, ...]) -> None:
    """A proxy that looks at one of them would not know which one counts here."""
    headers = httpx.Headers([(b"authorization", f"Bearer {each}".encode()) for each in others])
    response = await guarded.client.get(path, params={"query": VENDORS_QUERY}, headers=headers)
    assert response.status_code == 401
    assert "not several" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        (f"/graphql?access_token={ALL}", {}),
        (f"/graphql?authorization=Bearer%20{ALL}", {}),
        (f"/graphql?key={ALL}", {}),
        ("/graphql", {"cookie": f"authorization=Bearer {ALL}"}),
        ("/graphql", {"x-api-key": ALL}),
        ("/graphql", {"proxy-authorization": f"Bearer {ALL}"}),
        ("/graphql", {"x-forwarded-authorization": f"Bearer {ALL}"}),
    ],
)
async def test_a_key_anywhere_else_is_none(guarded: House, url: str, headers: dict[str, str]) -> None:
    """What stands in an address is written into logs by everybody on the way, and cookies come along unasked."""
    sent = {"query": VENDORS_QUERY, "extensions": {"authorization": f"Bearer {ALL}"}, "variables": {"authorization": f"Bearer {ALL}"}}
    assert (await guarded.client.post(url, json=sent, headers=headers)).status_code == 401


async def test_two_keys_of_one_caller() -> None:
    """While a new key is given out, the old one is good."""
    old, new = (caller("frontend", "read", key=key).key_hashes[0] for key in ("mgw_old", "mgw_new"))
    async with open_house(callers=(CallerSettings(name="frontend", key_hashes=(old, new), scopes=frozenset({"read"})),)) as house:
        for key in ("mgw_old", "mgw_new"):
            assert len((await data(house, VENDORS_QUERY, key))["vendors"]) == 5
        assert (await house.ask(VENDORS_QUERY, "mgw_none")).status_code == 401


@pytest.mark.parametrize("path", ["/graphql", "/attachments/anything"])
async def test_without_the_scope_read_it_is_403(guarded: House, path: str) -> None:
    response = await guarded.client.get(path, params={"query": VENDORS_QUERY}, headers={"authorization": f"Bearer {WRITER}"})
    assert response.status_code == 403
    (error,) = response.json()["errors"]
    assert error == {"message": "This key lacks the scope `read`.", "extensions": {"code": "FORBIDDEN"}}


async def test_no_key_and_no_hash_is_repeated(guarded: House) -> None:
    texts = [(await guarded.ask(VENDORS_QUERY, key)).text for key in ("mgw_not_mine", WRITER, ONE)]
    assert not any(word in text for text in texts for word in ("mgw_not_mine", WRITER, ONE, "sha256"))


async def test_graphiql_opens_without_a_key_and_shows_nothing(guarded: House) -> None:
    """Where it is on, the page is for everybody; what it asks needs a key."""
    response = await guarded.client.get("/graphql", headers={"accept": "text/html"})
    assert response.headers["content-type"].startswith("text/html")


# ---------------------------------------------------------------------- one account only
FLEET = """
query ($filter: MailboxFilter, $after: String) {
  mailboxes(first: 500, filter: $filter, after: $after) {
    totalCount complete
    edges { cursor }
    nodes { id account { name } siblings { account { name } } }
    sources { account { id name } mailboxCount }
  }
  fleet(filter: $filter) {
    total complete byVendor { vendor count } sources { account { name } } conflicts { address mailboxes { id account { name } } }
  }
  accounts { id name }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { id } }"


async def test_the_fleet_is_that_account(guarded: House) -> None:
    seen = await data(guarded, FLEET, ONE)
    assert asked(guarded) == {"smartlead"}
    assert {row["account"]["name"] for row in seen["mailboxes"]["nodes"]} == {"smartlead"}
    assert seen["mailboxes"]["totalCount"] == seen["fleet"]["total"] == MAILBOXES
    assert [source["account"]["name"] for source in seen["mailboxes"]["sources"]] == ["smartlead"]
    assert [source["account"]["name"] for source in seen["fleet"]["sources"]] == ["smartlead"]
    assert seen["fleet"]["byVendor"] == [{"vendor": "SMARTLEAD", "count": MAILBOXES}]
    assert [account["name"] for account in seen["accounts"]] == ["smartlead"]


async def test_what_others_loaded_stays_hidden(guarded: House) -> None:
    """The inventory is shared, what a caller sees of it is not."""
    everything = await data(guarded, FLEET, ALL)
    assert asked(guarded) == set(guarded.sandboxes)
    assert everything["mailboxes"]["totalCount"] == 5 * MAILBOXES
    assert everything["fleet"]["conflicts"]
    assert any(row["siblings"] for row in everything["mailboxes"]["nodes"] if row["account"]["name"] == "smartlead")

    seen = await data(guarded, FLEET, ONE)
    assert seen["mailboxes"]["totalCount"] == seen["fleet"]["total"] == MAILBOXES
    assert seen["fleet"]["conflicts"] == []
    assert all(row["siblings"] == [] for row in seen["mailboxes"]["nodes"])
    assert len(seen["mailboxes"]["sources"]) == 1


async def test_filters_and_cursors_reach_no_other_account(guarded: House) -> None:
    everything = await data(guarded, FLEET, ALL)
    others = [account["name"] for account in everything["accounts"] if account["name"] != "smartlead"]
    for wanted in ({"account": others}, {"vendor": ["SHIPMAIL"]}, {"domainId": [encode(Kind.DOMAIN, "shipmail", "dom_1")]}):
        seen = await data(guarded, FLEET, ONE, filter=wanted)
        assert (seen["mailboxes"]["nodes"], seen["mailboxes"]["totalCount"], seen["fleet"]["total"]) == ([], 0, 0)
    for edge in everything["mailboxes"]["edges"]:
        seen = await data(guarded, FLEET, ONE, after=edge["cursor"])
        assert {row["account"]["name"] for row in seen["mailboxes"]["nodes"]} <= {"smartlead"}


EVERY_KIND = """
{
  account(name: "shipmail") {
    id
    domains { id }
    mailboxes(first: 2) {
      nodes {
        id
        folders { id }
        rules { id }
        identities { id }
        messages(first: 3) { nodes { id threadId } }
      }
    }
  }
}
"""


def ids_in(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [each for key, each in value.items() if key in ("id", "threadId") and each is not None]
        return own + [found for each in value.values() for found in ids_in(each)]
    return [found for each in value for found in ids_in(each)] if isinstance(value, list) else []


async def test_other_accounts_ids_are_null_like_ids_of_nothing(guarded: House) -> None:
    ids = ids_in(await data(guarded, EVERY_KIND, ALL))
    kinds = {(await data(guarded, "query ($id: ID!) { node(id: $id) { __typename } }", ALL, id=each))["node"]["__typename"] for each in ids}
    assert kinds == {"Account", "Domain", "Mailbox", "Folder", "Rule", "Identity", "Message", "Thread"}
    mailbox = encode(Kind.MAILBOX, "shipmail", guarded.sandboxes["shipmail"].requests[-1].path.split("/")[2])

    for sandbox in guarded.sandboxes.values():
        sandbox.requests.clear()
    for each in ids:
        assert await data(guarded, NODE, ONE, id=each) == {"node": None}
    many = await data(guarded, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ONE, ids=ids[:100])
    assert many["nodes"] == [None] * len(ids[:100])
    assert await data(guarded, "query ($id: ID!) { mailbox(id: $id) { id } }", ONE, id=mailbox) == {"mailbox": None}
    assert await data(guarded, '{ account(name: "shipmail") { id } }', ONE) == {"account": None}
    assert await data(guarded, '{ account(name: "nowhere") { id } }', ONE) == {"account": None}
    assert not asked(guarded)


async def test_other_accounts_attachments_are_404_like_those_of_nothing(guarded: House) -> None:
    headers = {"authorization": f"Bearer {ONE}"}
    hidden = await guarded.client.get("/attachments/" + encode(Kind.ATTACHMENT, "shipmail", "mbx", "blob", "a.pdf", "x/y"), headers=headers)
    absent = await guarded.client.get("/attachments/" + encode(Kind.ATTACHMENT, "nowhere", "mbx", "blob", "a.pdf", "x/y"), headers=headers)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    assert hidden.json()["errors"][0]["extensions"] == {"code": "NOT_FOUND"}
    assert not asked(guarded)


async def test_its_own_account_is_all_there(guarded: House) -> None:
    everything = await data(guarded, FLEET, ALL)
    own = [row["id"] for row in everything["mailboxes"]["nodes"] if row["account"]["name"] == "smartlead"]
    seen = await data(guarded, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ONE, ids=own)
    assert [node["id"] for node in seen["nodes"]] == own
