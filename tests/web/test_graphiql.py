import gzip
import hashlib
import html
import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.web import graphiql
from gateway.web.graphiql import ExampleQuery, GraphiqlPage, pinned_files

TABS = [
    ExampleQuery("Everything, <at> \"once\" & 'quoted' $here", "query Fleet { ok }"),
    ExampleQuery(
        "One, told at such a length that it takes two lines, as comments do.", "query One($id: ID!) { ok }", {"id": "a</div><script>"}
    ),
]


def client_of(page: GraphiqlPage) -> httpx.AsyncClient:
    def graphql(_request: Request) -> Response:
        return page.response()

    app = Starlette(routes=[Route("/graphql", graphql), page.routes()])

    async def unnormalised(scope: Scope, receive: Receive, send: Send) -> None:
        # httpx takes dots out of paths, attackers do not.
        odd = dict(scope["headers"]).get(b"x-path")
        await app({**scope, "path": unquote(odd.decode())} if odd else scope, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(app=unnormalised), base_url="http://gateway.test")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(GraphiqlPage(TABS)) as client:
        yield client


def links(text: str) -> list[str]:
    return [link for link in re.findall(r'(?:src|href)="([^"]+)"', text) if not link.startswith("data:")]


def policy(headers: Mapping[str, str]) -> dict[str, str]:
    directives = [part.strip().partition(" ") for part in headers["content-security-policy"].split(";")]
    return {directive: sources for directive, _, sources in directives}


@pytest.mark.parametrize("name", sorted(pinned_files()))
async def test_third_party_files_are_the_pinned_ones(client: httpx.AsyncClient, name: str) -> None:
    response = await client.get(f"/graphiql/{name}")
    assert response.status_code == 200
    assert hashlib.sha256(response.content).hexdigest() == pinned_files()[name]


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("graphiql.min.js", "text/javascript; charset=utf-8"),
        ("graphiql.min.css", "text/css; charset=utf-8"),
        ("graphiql_boot.js", "text/javascript; charset=utf-8"),
        ("react.LICENSE.txt", "text/plain; charset=utf-8"),
    ],
)
async def test_files_say_what_they_are(client: httpx.AsyncClient, name: str, content_type: str) -> None:
    response = await client.get(f"/graphiql/{name}")
    assert response.headers["content-type"] == content_type
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql/",
        "/graphiql/nothing.js",
        "/graphiql/graphiql.lock.json",
        "/graphiql/graphiql.py",
        "/graphiql/graphiql_page.html",
        "/graphiql/../graphiql.py",
        "/graphiql/..%2fgraphiql.py",
        "/graphiql/%2e%2e/graphiql.py",
        "/graphiql/..%5cgraphiql.py",
        "/graphiql/....//graphiql.py",
        "/graphiql//etc/passwd",
        "/graphiql/%2fetc%2fpasswd",
        "/graphiql/graphiql.min.js%00.css",
        "/graphiql/graphiql/graphiql.min.js",
    ],
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get("/", headers={"X-Path": path})).status_code == 404


async def test_files_are_only_read(client: httpx.AsyncClient) -> None:
    assert (await client.post("/graphiql/graphiql.min.js")).status_code == 405
    assert (await client.head("/graphiql/graphiql.min.js")).status_code == 200


async def test_a_link_of_the_page_is_kept_for_good_and_any_other_is_asked_for_anew(client: httpx.AsyncClient) -> None:
    (link,) = [link for link in links((await client.get("/graphql")).text) if "react.production" in link]
    assert (await client.get(f"/{link}")).headers["cache-control"] == "public, max-age=31536000, immutable"
    for other in ("", "?v=", "?v=0000000000000000"):
        assert (await client.get(f"/graphiql/react.production.min.js{other}")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_a_browser_that_has_the_file_gets_304(client: httpx.AsyncClient, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    etag = (await client.get("/graphiql/graphiql_boot.js", headers=headers)).headers["etag"]
    again = await client.get("/graphiql/graphiql_boot.js", headers={**headers, "If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)


async def test_files_travel_compressed_where_the_browser_can_read_that(client: httpx.AsyncClient) -> None:
    plain = await client.get("/graphiql/graphiql.min.js", headers={"Accept-Encoding": "identity"})
    async with client.stream("GET", "/graphiql/graphiql.min.js", headers={"Accept-Encoding": "gzip, br"}) as zipped:
        raw = b"".join([part async for part in zipped.aiter_raw()])
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert len(raw) < len(plain.content) / 2
    assert gzip.decompress(raw) == plain.content


async def test_all_that_the_page_names_is_served_here(client: httpx.AsyncClient) -> None:
    found = links((await client.get("/graphql")).text)
    assert len(found) == 6
    for link in found:
        assert not link.startswith(("http:", "https:", "//"))
        assert (await client.get(f"/{link}")).status_code == 200


async def test_the_page_holds_no_inline_code(client: httpx.AsyncClient) -> None:
    text = (await client.get("/graphql")).text
    assert not re.search(r"<style|\son\w+=|javascript:", text)
    assert re.findall(r"<script[^>]*>([^<]*)</script>", text) == [""] * 4


async def test_the_page_is_told_to_reach_nothing_but_this_host(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql")
    directives = policy(response.headers)
    nonce = re.search(r'nonce="([^"]+)"', response.text)
    assert nonce
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'self' 'nonce-{nonce[1]}'",
        "font-src": "data:",
        "img-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_nonce_is_used_once(client: httpx.AsyncClient) -> None:
    assert len({policy((await client.get("/graphql")).headers)["style-src"] for _ in range(20)}) == 20


async def test_the_examples_reach_the_page_unharmed(client: httpx.AsyncClient) -> None:
    text = (await client.get("/graphql")).text
    found = re.search(r'data-tabs="([^"]*)"', text)
    assert found
    assert "<script>" not in found[1]
    assert json.loads(html.unescape(found[1])) == [
        {"query": "# Everything, <at> \"once\" & 'quoted' $here\nquery Fleet { ok }\n", "variables": ""},
        {
            "query": "# One, told at such a length that it takes two lines, as\n# comments do.\nquery One($id: ID!) { ok }\n",
            "variables": '{\n  "id": "a</div><script>"\n}',
        },
    ]


@pytest.mark.parametrize(
    ("endpoint", "name", "prefix"),
    [("/graphql", "graphql", "graphiql/"), ("/api/v1/graphql", "graphql", "../../graphiql/")],
)
def test_links_are_relative_to_the_endpoint(endpoint: str, name: str, prefix: str) -> None:
    text = bytes(GraphiqlPage(TABS, endpoint).response().body).decode()
    assert f'data-endpoint="{name}"' in text
    assert all(link.startswith(prefix) for link in links(text))


async def test_without_its_files_the_page_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(graphiql, "THIRD_PARTY", tmp_path)
    page = GraphiqlPage(TABS)
    client = client_of(page)
    response = await client.get("/graphql")
    assert response.status_code == 503
    assert "graphiql.min.js" in response.text
    assert "pip install -e ." in response.text
    assert (await client.get("/graphiql/graphiql.min.js")).status_code == 404
