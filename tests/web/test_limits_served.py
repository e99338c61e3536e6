"""The limits as a client on a real socket meets them: statuses, headers, codes; and after each of them the connection still serves."""

from collections.abc import Iterator

import httpx
import pytest

from gateway.domain.request_limits import Rate, RequestLimits
from gateway.web.accept import GRAPHQL_JSON, JSON
from tests.web.conftest import caller, served
from tests.web.ticking import ticking_gateway

FINE = {"query": "{ __typename }"}
LIMITS = RequestLimits(max_body_kib=4, max_tokens=200, max_depth=3, max_root_fields=5, max_mutations=2, max_list_items=5, max_cost=100)
WRITE = "write(seconds: 0)"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with served(ticking_gateway(limits=LIMITS)) as running, httpx.Client(base_url=running.url) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": "{ __typename }" + " " * 5000}, 413, "REQUEST_TOO_LARGE"),
        ([FINE], 400, "BATCHING_DISABLED"),
        ({"query": "{ " + "__typename " * 300 + "}"}, 400, "TOO_MANY_TOKENS"),
        ({"query": "{ accounts { source { account { id } } } }"}, 400, "QUERY_TOO_DEEP"),
        ({"query": "{ " + "__typename " * 6 + "}"}, 400, "TOO_MANY_ROOT_FIELDS"),
        ({"query": f"mutation {{ a: {WRITE} b: {WRITE} c: {WRITE} }}"}, 400, "TOO_MANY_MUTATIONS"),
        ({"query": "{ __typename @skip(if: false) @a @b @c @d @e }"}, 400, "TOO_MANY_DIRECTIVES"),
        ({"query": "query ($a: [Int]) { __typename }", "variables": {"a": [0] * 6}}, 400, "LIST_TOO_LONG"),
        ({"query": "{ mailboxes(first: 200) { nodes { id } } }"}, 400, "QUERY_TOO_EXPENSIVE"),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}}, 404, "PERSISTED_QUERY_NOT_FOUND"),
    ],
)
def test_what_is_refused(client: httpx.Client, body: object, status: int, code: str) -> None:
    response = client.post("/graphql", json=body, headers={"accept": GRAPHQL_JSON})
    assert response.status_code == status
    assert response.headers["content-type"].startswith(GRAPHQL_JSON)
    assert "data" not in response.json()
    assert response.json()["errors"][0]["extensions"]["code"] == code
    assert client.post("/graphql", json=FINE).json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("query", ["{ accounts { source { account { id } } } }", "{ mailboxes(first: 200) { nodes { id } } }"])
def test_plain_json_clients_find_it_in_the_answer(client: httpx.Client, query: str) -> None:
    response = client.post("/graphql", json={"query": query}, headers={"accept": JSON})
    assert response.status_code == 200
    assert "data" not in response.json()


def test_too_many_requests() -> None:
    gateway = ticking_gateway((caller("a", "read"),), limits=RequestLimits(rate=Rate(2, 600.0)))
    with served(gateway) as running, httpx.Client(base_url=running.url, headers={"authorization": "Bearer a"}) as client:
        assert [client.post("/graphql", json=FINE).status_code for _ in range(3)] == [200, 200, 429]
        refused = client.get("/graphql", params=FINE)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 300
        assert refused.json()["errors"][0]["extensions"]["max"] == 2
