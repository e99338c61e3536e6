"""Whose requests come in, and what every answer carries, whoever gives it."""

import pytest

from gateway.config import ServerSettings
from gateway.domain.identifier import Kind, encode
from gateway.web.door import SECURITY_NAMES
from gateway.web.origins import ASKED
from tests.web.conftest import House, caller, open_house

QUERY = {"query": "{ __typename }"}
ATTACHMENT = f"/attachments/{encode(Kind.ATTACHMENT, 'nobody', 'm', 'b', 'n', 't')}"
APP = "https://app.example"
BROWSER = "text/html,*/*;q=0.8"
EVERYWHERE = ServerSettings(host="0.0.0.0")  # noqa: S104 - nothing listens


# ---------------------------------------------------------------------- hosts
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:8000"])
async def test_on_loopback_its_own_names_are_answered_to(house: House, host: str) -> None:
    assert (await house.client.post("/graphql", json=QUERY, headers={"host": host})).status_code == 200


BAD_HOSTS = [
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "[::2]",
    "",
    "localhost:x",
    "a@localhost",
]


@pytest.mark.parametrize("host", BAD_HOSTS)
@pytest.mark.parametrize("path", ["/graphql", "/", "/metrics", "/graphiql/graphiql_boot.js", ATTACHMENT, "/nope"])
async def test_on_loopback_no_other_name_leads_anywhere(house: House, host: str, path: str) -> None:
    """A page whose name was made to lead here could read everything: to the browser it would be the gateway's own."""
    answer = await house.client.get(path, headers={"host": host})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]) == (421, {"code": "UNKNOWN_HOST"})
    assert "hosts" in answer.json()["errors"][0]["message"]
    assert (await house.client.post("/graphql", json=QUERY, headers={"host": host})).status_code == 421


async def test_two_names_are_none(house: House) -> None:
    headers = [("host", "localhost"), ("host", "localhost"), ("content-type", "application/json")]
    assert (await house.client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)).status_code == 421


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_probes_come_by_address(house: House, path: str) -> None:
    assert (await house.client.get(path, headers={"host": "10.1.2.3:8000"})).status_code == 200


@pytest.mark.parametrize(
    ("server", "host", "status"),
    [
        (EVERYWHERE, "any.example", 200),
        (ServerSettings(host="0.0.0.0", hosts=("gateway.example",)), "gateway.example:443", 200),  # noqa: S104 - nothing listens
        (ServerSettings(host="0.0.0.0", hosts=("gateway.example",)), "other.example", 421),  # noqa: S104 - nothing listens
        (ServerSettings(host="0.0.0.0", hosts=("gateway.example",)), "localhost", 421),  # noqa: S104 - nothing listens
        (ServerSettings(hosts=("gateway.example",)), "gateway.example", 200),
        (ServerSettings(hosts=("gateway.example",)), "localhost", 200),
        (ServerSettings(host="127.8.9.1"), "127.8.9.1", 200),
        (ServerSettings(host="::1"), "[::1]:8000", 200),
    ],
)
async def test_names_can_be_given(server: ServerSettings, host: str, status: int) -> None:
    async with open_house(server=server) as house:
        assert (await house.client.post("/graphql", json=QUERY, headers={"host": host})).status_code == status


# ---------------------------------------------------------------------- pages of other origins
FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "accept": BROWSER},
    {"origin": "https://evil.example"},
    {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
    {"origin": "null"},
    {"origin": "http://localhost:3000"},
]
OWN: list[dict[str, str]] = [
    {},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    {"origin": "http://localhost"},
    {"origin": "http://localhost", "sec-fetch-site": "same-origin"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_no_page_of_another_origin_spends_our_quotas(house: House, headers: dict[str, str], method: str) -> None:
    for path, params in (("/graphql", {"query": "{ mailboxes { totalCount } }"}), (ATTACHMENT, {}), ("/graphql", {"extensions": "{}"})):
        answer = await house.client.request(method, path, params=params, headers=headers)
        assert answer.status_code == 403
        assert method == "HEAD" or answer.json()["errors"][0]["extensions"] == {"code": "FOREIGN_ORIGIN"}
        assert "access-control-allow-origin" not in answer.headers
    assert not any(sandbox.requests for sandbox in house.sandboxes.values())


@pytest.mark.parametrize("headers", OWN)
async def test_everybody_else_does(house: House, headers: dict[str, str]) -> None:
    answer = await house.client.get("/graphql", params=QUERY, headers=headers)
    assert answer.json()["data"] == {"__typename": "Query"}
    assert (await house.client.get(ATTACHMENT, headers=headers)).status_code == 404


async def test_a_link_of_another_page_leads_to_graphiql(house: House) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "accept": BROWSER}
    assert "<title>" in (await house.client.get("/graphql", headers=headers)).text


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
async def test_no_form_is_a_request(house: House, content_type: str) -> None:
    """Browsers send these to any host without asking it."""
    answer = await house.client.post("/graphql", content=b'{"query": "{ __typename }"}', headers={"content-type": content_type})
    assert answer.status_code == 415


# ---------------------------------------------------------------------- CORS
def preflight(origin: str, method: str = "POST", headers: str = "content-type") -> dict[str, str]:
    return {"origin": origin, "access-control-request-method": method, "access-control-request-headers": headers}


async def test_by_default_no_origin_is_told_anything(house: House) -> None:
    for origin in (APP, "null", "http://localhost:3000"):
        asked = await house.client.options("/graphql", headers=preflight(origin))
        sent = await house.client.post("/graphql", json=QUERY, headers={"origin": origin})
        assert asked.status_code == 405
        for answer in (asked, sent):
            assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_page_that_is_named_may_ask_and_read() -> None:
    async with open_house(server=ServerSettings(origins=(APP,))) as house:
        asked = await house.client.options("/graphql", headers=preflight(APP, headers=", ".join(each.lower() for each in ASKED)))
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == APP
        for answer in (
            await house.client.post("/graphql", json=QUERY, headers={"origin": APP}),
            await house.client.get("/graphql", params=QUERY, headers={"origin": APP, "sec-fetch-site": "cross-site"}),
            await house.client.post("/graphql", content=b"{", headers={"origin": APP, "content-type": "application/json"}),
            await house.client.get(ATTACHMENT, headers={"origin": APP, "sec-fetch-site": "cross-site"}),
        ):
            assert answer.headers["access-control-allow-origin"] == APP
            assert "Origin" in answer.headers["vary"]
            assert "access-control-allow-credentials" not in answer.headers
            exposed = answer.headers["access-control-expose-headers"].lower()
            assert "retry-after" in exposed
            assert "x-request-id" in exposed


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://app.example", "https://app.example:8443", "https://app.example.evil.example", "null"]
)
async def test_naming_one_opens_it_for_no_other(origin: str) -> None:
    async with open_house(server=ServerSettings(origins=(APP,))) as house:
        asked = await house.client.options("/graphql", headers=preflight(origin))
        sent = await house.client.post("/graphql", json=QUERY, headers={"origin": origin})
        for answer in (asked, sent):
            assert "access-control-allow-origin" not in answer.headers
            assert "Origin" in answer.headers["vary"]
        assert asked.status_code == 400


async def test_a_method_or_header_that_nobody_needs_is_not_allowed() -> None:
    async with open_house(server=ServerSettings(origins=(APP,))) as house:
        assert (await house.client.options("/graphql", headers=preflight(APP, "DELETE"))).status_code == 400
        assert (await house.client.options("/graphql", headers=preflight(APP, headers="x-anything"))).status_code == 400


# ---------------------------------------------------------------------- what every answer carries
EVERY_ANSWER = [
    ("POST", "/graphql", {"json": QUERY}),
    ("POST", "/graphql", {"content": b"{"}),
    ("POST", "/graphql", {"json": {"query": "{"}}),
    ("POST", "/graphql", {"json": {"query": "subscription { mailboxChanged { kind } }"}}),
    ("GET", "/graphql", {}),
    ("GET", "/graphql", {"headers": {"accept": BROWSER}}),
    ("DELETE", "/graphql", {}),
    ("OPTIONS", "/graphql", {}),
    ("GET", "/", {}),
    ("GET", "/graphiql/graphiql_boot.js", {}),
    ("GET", "/graphiql/nope", {}),
    ("GET", ATTACHMENT, {}),
    ("GET", "/healthz", {}),
    ("GET", "/readyz", {}),
    ("GET", "/metrics", {}),
    ("GET", "/nope", {}),
    ("GET", "/graphql/", {}),
    ("GET", "/graphql", {"headers": {"host": "evil.example"}}),
]


@pytest.mark.parametrize(("method", "path", "more"), EVERY_ANSWER)
async def test_every_answer_is_shut_to_browsers_and_has_an_id(house: House, method: str, path: str, more: dict[str, object]) -> None:
    answer = await house.client.request(method, path, **more)  # type: ignore[arg-type] # httpx's keywords
    ids = answer.headers.get_list("x-request-id")
    assert len(ids) == 1
    assert len(ids[0]) == 16
    assert set(answer.headers) >= SECURITY_NAMES
    for name in SECURITY_NAMES:
        assert len(answer.headers.get_list(name)) == 1, name
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers
    assert "strict-transport-security" not in answer.headers


async def test_refusals_of_callers_too() -> None:
    async with open_house(callers=(caller("reader", "read"),)) as house:
        for path in ("/graphql", "/metrics"):
            answer = await house.client.post("/graphql", json=QUERY) if path == "/graphql" else await house.client.get(path)
            assert answer.status_code == 401
            assert set(answer.headers) >= SECURITY_NAMES


async def test_no_two_requests_have_one_id(house: House) -> None:
    ids = {(await house.client.post("/graphql", json=QUERY, headers={"x-request-id": "mine"})).headers["x-request-id"] for _ in range(10)}
    assert len(ids) == 10
    assert "mine" not in ids
