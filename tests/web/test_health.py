import pytest

from gateway.sandbox.server import Outage
from tests.web.conftest import House, caller, open_house


@pytest.mark.parametrize(("path", "status"), [("/healthz", "alive"), ("/readyz", "ready")])
async def test_health_needs_no_key_and_asks_no_vendor(path: str, status: str) -> None:
    async with open_house(callers=(caller("frontend", "read"),)) as house:
        for sandbox in house.sandboxes.values():
            sandbox.outages.append(Outage(status=503))
        response = await house.client.get(path)
        assert (response.status_code, response.json()) == (200, {"status": status})
        assert response.headers["cache-control"] == "no-store"
        assert not any(sandbox.requests for sandbox in house.sandboxes.values())


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_is_asked_by_get_and_head_only(house: House, path: str) -> None:
    assert (await house.client.head(path)).status_code == 200
    assert (await house.client.post(path)).status_code == 405


@pytest.mark.parametrize(
    "path", ["/nope", "/graphql/", "/attachments/", "/attachments/a/b", "/healthz/x", "/graphiql/", "/sandbox/smartlead/"]
)
async def test_other_addresses_are_404(house: House, path: str) -> None:
    assert (await house.client.get(path)).status_code in (404, 307)


async def test_a_gateway_that_was_told_to_stop_is_alive_and_not_ready(house: House) -> None:
    house.gateway.drain.begin()
    ready, alive = await house.client.get("/readyz"), await house.client.get("/healthz")
    assert (ready.status_code, ready.json(), alive.status_code) == (503, {"status": "draining"}, 200)
