"""What a caller may do is asked in one place, whichever way it comes."""

import json
from collections.abc import Iterator

import httpx
import pytest

from gateway.web.accept import EVENT_STREAM, GRAPHQL_JSON, JSON
from tests.web.conftest import Served, caller, served
from tests.web.test_websocket import speaking
from tests.web.ticking import seen, ticking_gateway

QUERY = "{ vendors { vendor } }"
WRITE = "mutation { write(seconds: 0) }"
TICK = "subscription { tick(count: 1) { number } }"
OPERATE = "subscription { operate }"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Served]:
    callers = (
        caller("reader", "read"),
        caller("writer", "write"),
        caller("both", "read", "write"),
        caller("operator", "read", "operate", "secrets:write"),
    )
    with served(ticking_gateway(callers)) as server:
        yield server


async def over_http(server: Served, key: str, query: str) -> str | None:
    """The words of the error, or None for an answer."""
    async with httpx.AsyncClient(base_url=server.url, headers={"authorization": f"Bearer {key}"}) as client:
        found = set()
        for accept in (JSON, GRAPHQL_JSON):
            response = await client.post("/graphql", json={"query": query}, headers={"accept": f"{accept}, {EVENT_STREAM}"})
            if response.headers["content-type"].startswith(EVENT_STREAM):
                found.add(_words(json.loads(response.text.split("data: ")[1].split("\n")[0])))
            else:
                words = _words(response.json())
                assert response.status_code == (403 if words else 200)
                found.add(words)
    (words,) = found
    return words


async def over_sse(server: Served, key: str, query: str) -> str | None:
    async with httpx.AsyncClient(base_url=server.url, headers={"authorization": f"Bearer {key}", "accept": EVENT_STREAM}) as client:
        text = (await client.post("/graphql", json={"query": query})).text
    return _words(json.loads(text.split("data: ")[1].split("\n")[0]))


async def over_websocket(server: Served, key: str, query: str) -> str | None:
    async with speaking(server) as speaker:
        await speaker.begin(authorization=f"Bearer {key}")
        await speaker.subscribe("1", query)
        answer = await speaker.hear()
    return _words({"errors": answer["payload"]} if answer["type"] == "error" else answer["payload"])


def _words(answer: dict[str, list[dict[str, dict[str, str]]]]) -> str | None:
    if "errors" not in answer:
        return None
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN"}
    return str(error["message"])


@pytest.mark.parametrize("way", [over_http, over_sse, over_websocket])
@pytest.mark.parametrize(
    ("key", "query", "missing"),
    [
        ("reader", QUERY, None),
        ("reader", TICK, None),
        ("reader", WRITE, "This key lacks the scope `write`."),
        ("reader", "mutation { nope }", "This key lacks the scope `write`."),
        ("reader", OPERATE, "This key lacks the scopes `operate` and `secrets:write`."),
        ("operator", OPERATE, None),
        ("writer", QUERY, "This key lacks the scope `read`."),
        ("writer", TICK, "This key lacks the scope `read`."),
        ("writer", WRITE, None),
        ("both", QUERY, None),
        ("both", WRITE, None),
    ],
)
async def test_scopes(guarded: Served, way: object, key: str, query: str, missing: str | None) -> None:
    assert callable(way)
    written = seen.written
    assert await way(guarded, key, query) == missing
    if missing:
        assert seen.written == written


async def test_without_callers_everybody_may_do_everything(ticking: Served) -> None:
    assert await over_sse(ticking, "any", WRITE) is None
    async with httpx.AsyncClient(base_url=ticking.url) as client:
        response = await client.post("/graphql", json={"query": OPERATE}, headers={"accept": EVENT_STREAM})
    assert '{"data":{"operate":"anonymous"}}' in response.text
