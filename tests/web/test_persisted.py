"""Documents by their ids: registered as one goes, or from manifests."""

import json
from hashlib import md5, sha256
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from gateway.config import DocumentSettings, Manifest
from gateway.domain.request_limits import RequestLimits
from gateway.web import persisted as module
from gateway.web.accept import GRAPHQL_JSON
from tests.web.conftest import House, caller, open_house, served
from tests.web.ticking import ticking_gateway

QUERY = "{ vendors { vendor } }"
OTHER = "query Other { vendors { title } }"
CALLERS = (caller("a", "read", "write", "secrets:write"), caller("b", "read"))
SECRET = "CANARY-password-in-text"


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def apq(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hashed(text)}}


async def send(house: House, key: str | None = None, accept: str = "application/json", **body: object) -> httpx.Response:
    headers = {"accept": accept} | ({"authorization": f"Bearer {key}"} if key else {})
    return await house.client.post("/graphql", json=body, headers=headers)


def code(response: httpx.Response) -> str:
    body = response.json()
    assert "data" not in body
    [error] = body["errors"]
    found: str = error["extensions"]["code"]
    return found


# ---------------------------------------------------------------------- automatic
async def test_a_client_registers_a_document_and_then_asks_by_its_hash(house: House) -> None:
    for accept, status in (("application/json", 200), (GRAPHQL_JSON, 404)):
        unknown = await send(house, accept=accept, extensions=apq(QUERY))
        assert unknown.status_code == status
        assert unknown.json() == {"errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]}
    first = await send(house, query=QUERY, extensions=apq(QUERY))
    second = await send(house, extensions=apq(QUERY))
    by_get = await house.client.get("/graphql", params={"extensions": json.dumps(apq(QUERY))})
    by_id = await send(house, documentId=f"sha256:{hashed(QUERY)}")
    assert first.json() == second.json() == by_get.json() == by_id.json()
    assert first.json()["data"]["vendors"]


async def test_by_get_it_is_registered_too(house: House) -> None:
    await house.client.get("/graphql", params={"query": OTHER, "extensions": json.dumps(apq(OTHER)), "operationName": "Other"})
    assert (await send(house, extensions=apq(OTHER), operationName="Other")).json()["data"]["vendors"]


async def test_the_hash_must_be_the_documents(house: House) -> None:
    response = await send(house, query=QUERY, extensions=apq(OTHER))
    assert (response.status_code, code(response)) == (400, "PERSISTED_QUERY_HASH_MISMATCH")
    assert response.json()["errors"][0]["message"] == "provided sha does not match query"
    assert code(await send(house, extensions=apq(OTHER))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("given", [7, "x", [], {"version": 1}, {"sha256Hash": 7}, {"version": 2, "sha256Hash": "x"}])
async def test_what_is_not_the_protocol(house: House, given: object) -> None:
    response = await send(house, extensions={"persistedQuery": given})
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "text",
    [
        "{ nope }",
        "{ vendors {",
        "{ " + "vendors { vendor } " * 100 + "}",
        f'mutation {{ mailboxPasswordSet(id: "x", password: "{SECRET}") {{ mailbox {{ id }} }} }}',
    ],
    ids=["not valid", "no GraphQL", "beyond a limit", "with a password in it"],
)
async def test_what_is_run_and_not_kept(text: str) -> None:
    async with open_house(callers=CALLERS) as house:
        await send(house, "a", query=text, extensions=apq(text))
        assert code(await send(house, "a", extensions=apq(text))) == "PERSISTED_QUERY_NOT_FOUND"


async def test_callers_know_nothing_of_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DOCUMENTS", 5)
    async with open_house(callers=CALLERS) as house:
        await send(house, "a", query=QUERY, extensions=apq(QUERY))
        assert code(await send(house, "b", extensions=apq(QUERY))) == "PERSISTED_QUERY_NOT_FOUND"
        for number in range(20):
            text = f"{{ x{number}: vendors {{ vendor }} }}"
            await send(house, "b", query=text, extensions=apq(text))
        assert "data" in (await send(house, "a", extensions=apq(QUERY))).json()
        kept = [f"{{ x{number}: vendors {{ vendor }} }}" for number in range(20)]
        found = ["data" in (await send(house, "b", extensions=apq(text))).json() for text in kept]
        assert found == [False] * 15 + [True] * 5


async def test_they_are_bounded_by_callers_and_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ASKERS", 1)
    async with open_house(callers=CALLERS) as house:
        for key in "ab":
            await send(house, key, query=QUERY, extensions=apq(QUERY))
        assert code(await send(house, "a", extensions=apq(QUERY))) == "PERSISTED_QUERY_NOT_FOUND"
        large = f"{QUERY} # {'x' * module.MOST_BYTES}"
        assert "data" in (await send(house, "a", query=large, extensions=apq(large))).json()
        assert code(await send(house, "a", extensions=apq(large))) == "PERSISTED_QUERY_NOT_FOUND"


async def test_switched_off() -> None:
    async with open_house(documents=DocumentSettings(automatic=False)) as house:
        assert "data" in (await send(house, query=QUERY, extensions=apq(QUERY))).json()
        response = await send(house, extensions=apq(QUERY))
        assert code(response) == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert response.json()["errors"][0]["message"] == "PersistedQueryNotSupported"


async def test_over_websocket() -> None:
    text = "{ __typename }"
    with served(ticking_gateway()) as running:
        async with connect(running.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(json.dumps({"type": "connection_init"}))
            await socket.recv()
            told = []
            for number, payload in enumerate(
                ({"extensions": apq(text)}, {"query": text, "extensions": apq(text)}, {"extensions": apq(text)})
            ):
                await socket.send(json.dumps({"type": "subscribe", "id": str(number), "payload": payload}))
                message = json.loads(await socket.recv())
                told.append(message["payload"][0]["extensions"]["code"] if message["type"] == "error" else message["payload"]["data"])
                if message["type"] == "next":
                    await socket.recv()
            assert told == ["PERSISTED_QUERY_NOT_FOUND", {"__typename": "Query"}, {"__typename": "Query"}]


# ---------------------------------------------------------------------- from manifests
RELAY_ID = md5(QUERY.encode()).hexdigest()  # noqa: S324 - what relay-compiler writes
LISTED = DocumentSettings(manifests=(Manifest(path="documents.manifests[0]", documents={RELAY_ID: QUERY}),), only_listed=True)


@pytest.mark.parametrize(
    "request_",
    [
        {"documentId": RELAY_ID},
        {"id": RELAY_ID},
        {"doc_id": RELAY_ID},
        {"extensions": apq(QUERY)},
        {"documentId": f"sha256:{hashed(QUERY)}"},
        {"query": QUERY},
        {"query": QUERY, "documentId": RELAY_ID},
        {"query": QUERY, "extensions": apq(QUERY)},
        {"query": "", "documentId": RELAY_ID},
    ],
)
async def test_what_is_listed_runs(request_: dict[str, Any]) -> None:
    async with open_house(documents=LISTED) as house:
        assert (await send(house, **request_)).json()["data"]["vendors"]
        if "extensions" not in request_:
            assert (await house.client.get("/graphql", params=request_)).json()["data"]["vendors"]


@pytest.mark.parametrize(
    ("request_", "status", "expected"),
    [
        ({"query": OTHER}, 403, "QUERY_NOT_IN_SAFELIST"),
        ({"query": OTHER, "extensions": apq(OTHER)}, 403, "QUERY_NOT_IN_SAFELIST"),
        ({"query": "{ __schema { types { name } } }"}, 403, "QUERY_NOT_IN_SAFELIST"),
        ({"query": f"{QUERY} "}, 403, "QUERY_NOT_IN_SAFELIST"),
        ({"query": OTHER, "documentId": RELAY_ID}, 400, "PERSISTED_QUERY_HASH_MISMATCH"),
        ({"extensions": apq(OTHER)}, 404, "PERSISTED_QUERY_NOT_FOUND"),
        ({"documentId": "nope"}, 404, "PERSISTED_QUERY_NOT_FOUND"),
        ({"id": 7}, 400, "PERSISTED_QUERY_ID_REQUIRED"),
        ({}, 400, "PERSISTED_QUERY_ID_REQUIRED"),
        ({"documentId": ""}, 400, "PERSISTED_QUERY_ID_REQUIRED"),
    ],
)
async def test_what_is_not_listed_does_not(request_: dict[str, Any], status: int, expected: str) -> None:
    async with open_house(documents=LISTED) as house:
        response = await send(house, accept=GRAPHQL_JSON, **request_)
        assert (response.status_code, code(response)) == (status, expected)
        assert not any(sandbox.requests for sandbox in house.sandboxes.values())


async def test_without_only_listed_manifests_only_add_ids() -> None:
    settings = DocumentSettings(manifests=LISTED.manifests)
    async with open_house(documents=settings) as house:
        assert (await send(house, documentId=RELAY_ID)).json()["data"]["vendors"]
        assert (await send(house, query=OTHER)).json()["data"]["vendors"]


async def test_a_mutation_by_its_id_is_not_sent_by_get() -> None:
    documents = {"m": 'mutation { operationCancel(id: "x") { operation { id } } }'}
    settings = DocumentSettings(manifests=(Manifest(path="", documents=documents),), only_listed=True)
    async with open_house(documents=settings) as house:
        assert (await house.client.get("/graphql", params={"documentId": "m"})).status_code == 405


async def test_graphiql_is_off_where_it_could_run_nothing() -> None:
    async with open_house(documents=LISTED) as house:
        page = await house.client.get("/graphql", headers={"accept": "text/html"})
        assert "<html" not in page.text


async def test_limits_hold_for_listed_documents_too() -> None:
    async with open_house(documents=LISTED, limits=RequestLimits(max_depth=1)) as house:
        assert code(await send(house, documentId=RELAY_ID)) == "QUERY_TOO_DEEP"
