"""Browsers get GraphiQL where it is on; everything else gets GraphQL. Introspection is a switch of its own."""

from unittest.mock import ANY

import pytest

from gateway.config import ServerSettings
from gateway.web.accept import JSON
from tests.web.conftest import FREE, House, open_house

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
SCHEMA = "{ __schema { queryType { name } } }"
TYPE = '{ __type(name: "Mailbox") { name } }'


@pytest.mark.parametrize("accept", [BROWSER, "text/html", "TEXT/HTML;charset=utf-8, */*;q=0.1"])
async def test_a_browser_gets_graphiql(house: House, accept: str) -> None:
    response = await house.client.get("/graphql", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "accept" in response.headers["vary"].lower()


@pytest.mark.parametrize("accept", ["*/*", JSON, "text/*, */*"])
async def test_others_get_an_error_that_says_what_is_missing(house: House, accept: str) -> None:
    response = await house.client.get("/graphql", headers={"accept": accept})
    assert response.status_code == 400
    assert "`query`" in response.json()["errors"][0]["message"]


async def test_a_browser_that_asks_a_query_gets_its_answer(house: House) -> None:
    response = await house.client.get("/graphql", params={"query": "{ __typename }"}, headers={"accept": BROWSER})
    assert response.json() == {"data": {"__typename": "Query"}, "extensions": FREE}


async def test_a_post_from_a_browser_is_a_request(house: House) -> None:
    response = await house.client.post("/graphql", json={"query": "{ __typename }"}, headers={"accept": BROWSER})
    assert response.json() == {"data": {"__typename": "Query"}, "extensions": FREE}


async def test_the_front_door_leads_to_graphiql(house: House) -> None:
    response = await house.client.get("/", headers={"accept": BROWSER}, follow_redirects=True)
    assert response.url.path == "/graphql"
    assert response.headers["content-type"].startswith("text/html")


SWITCHES = [
    pytest.param(ServerSettings(), True, True, id="loopback"),
    pytest.param(ServerSettings(host="localhost"), True, True, id="localhost"),
    pytest.param(ServerSettings(host="::1"), True, True, id="loopback in IPv6"),
    pytest.param(ServerSettings(host="127.8.9.1"), True, True, id="another loopback"),
    pytest.param(ServerSettings(host="0.0.0.0"), False, False, id="everywhere"),  # noqa: S104 - nothing listens
    pytest.param(ServerSettings(host="::"), False, False, id="everywhere in IPv6"),
    pytest.param(ServerSettings(host="192.0.2.7"), False, False, id="a network"),
    pytest.param(ServerSettings(host="localhost.example"), False, False, id="a name"),
    pytest.param(ServerSettings(graphiql=False), False, True, id="GraphiQL off"),
    pytest.param(ServerSettings(introspection=False), True, False, id="introspection off"),
    pytest.param(ServerSettings(host="192.0.2.7", graphiql=True), True, False, id="GraphiQL on for all"),
    pytest.param(ServerSettings(host="192.0.2.7", introspection=True), False, True, id="introspection on for all"),
]


@pytest.mark.parametrize(("server", "has_page", "describes_itself"), SWITCHES)
async def test_switches(server: ServerSettings, *, has_page: bool, describes_itself: bool) -> None:
    async with open_house(server=server) as house:
        page = await house.client.get("/graphql", headers={"accept": BROWSER})
        assert page.status_code == (200 if has_page else 400)
        assert page.headers["content-type"].startswith("text/html" if has_page else JSON)
        assert (await house.client.get("/graphiql/graphiql_boot.js")).status_code == (200 if has_page else 404)

        for query in (SCHEMA, TYPE):
            answer = (await house.ask(query)).json()
            refused = {"errors": [{"message": ANY, "locations": ANY, "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]}
            assert ("data" in answer) is describes_itself, answer
            assert describes_itself or answer == {"errors": refused["errors"] * len(answer["errors"])}
        assert (await house.ask("{ __typename vendors { __typename } }")).json()["data"]["__typename"] == "Query"
