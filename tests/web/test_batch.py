"""Several operations in one request: refused, unless the configuration says otherwise."""

import pytest

from gateway.config import ServerSettings
from gateway.domain.request_limits import Rate, RequestLimits
from tests.web.conftest import House, open_house

ONE = {"query": "{ vendors { vendor } }"}


@pytest.mark.parametrize("body", [[], [ONE], [ONE, ONE]])
async def test_an_array_is_refused(house: House, body: list[object]) -> None:
    response = await house.client.post("/graphql", json=body)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BATCHING_DISABLED", "max": 1, "actual": len(body)}
    assert "a request of its own" in error["message"]


async def test_so_many_are_answered_in_their_order() -> None:
    async with open_house(limits=RequestLimits(max_batch=4)) as house:
        bad, late = {"query": "{ nope }"}, {"query": "subscription { mailboxChanged { kind } }"}
        response = await house.client.post("/graphql", json=[ONE, bad, {"query": "{ vendors { title } }"}, late])
        assert response.status_code == 200
        first, second, third, fourth = response.json()
        assert set(first["data"]["vendors"][0]) == {"vendor"}
        assert set(third["data"]["vendors"][0]) == {"title"}
        assert [each["errors"][0]["extensions"]["code"] for each in (second, fourth)] == ["GRAPHQL_VALIDATION_FAILED", "BAD_REQUEST"]


async def test_more_are_refused() -> None:
    async with open_house(limits=RequestLimits(max_batch=2)) as house:
        response = await house.client.post("/graphql", json=[ONE] * 3)
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"] == {"code": "BATCH_TOO_LARGE", "max": 2, "actual": 3}
        empty = await house.client.post("/graphql", json=[])
        assert (empty.status_code, empty.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_each_counts_for_the_rate_and_for_the_door() -> None:
    async with open_house(limits=RequestLimits(max_batch=9, rate=Rate(3, 60.0)), client=("203.0.113.7", 1)) as house:
        answers = (await house.client.post("/graphql", json=[ONE] * 5)).json()
        assert [each.get("errors", [{"extensions": {"code": "fine"}}])[0]["extensions"]["code"] for each in answers] == [
            *["fine"] * 3,
            *["RATE_LIMITED"] * 2,
        ]
    async with open_house(limits=RequestLimits(max_batch=9), server=ServerSettings(max_requests=3, max_lag_seconds=60.0)) as house:
        answers = (await house.client.post("/graphql", json=[{"query": "{ mailboxes { totalCount } }"}] * 5)).json()
        assert sum("errors" in each and each["errors"][0]["extensions"]["code"] == "OVERLOADED" for each in answers) == 3
