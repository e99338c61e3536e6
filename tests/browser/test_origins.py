"""What pages of other origins can do from a real browser: nothing, unless the gateway was told of them."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.config import ServerSettings
from tests.web.conftest import Served, served
from tests.web.ticking import ticking_gateway

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

POST = """async ([url, headers]) => {
  const body = JSON.stringify({query: "{ __typename }"});
  const answer = await fetch(url, {method: "POST", headers: {"content-type": "application/json", ...headers}, body});
  return [await answer.text(), answer.headers.get("x-request-id")];
}"""
GET = "async ([url, mode]) => (await fetch(url + '?query={__typename}', {mode})).type"
SIMPLE = """async (url) => (await fetch(url, {method: "POST", mode: "no-cors", body: '{"query": "{ __typename }"}'})).type"""
STREAM = """(url) => new Promise((done) => {
  const source = new EventSource(url + "?query=subscription{tick(count:3,everySeconds:0){number}}");
  source.addEventListener("next", (event) => { source.close(); done(event.data) });
  source.onerror = () => { source.close(); done("closed") };
})"""
SOCKET = """(url) => new Promise((done) => {
  const socket = new WebSocket(url, "graphql-transport-ws");
  socket.onopen = () => socket.send(JSON.stringify({type: "connection_init"}));
  socket.onmessage = (event) => { socket.close(); done(event.data) };
  socket.onerror = () => done("closed");
})"""
HEADERS = {"authorization": "Bearer x", "cache-control": "no-cache", "x-request-timeout-ms": "5000", "apollo-require-preflight": "1"}


@contextmanager
def pages(folder: Path) -> Iterator[int]:
    """Empty pages on a port of their own."""
    (folder / "index.html").write_text("<!doctype html><title>Another page</title>")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with pages(tmp_path_factory.mktemp("pages")) as port:
        yield port


@pytest.fixture(scope="module")
def gateway(port: int) -> Iterator[Served]:
    """It was told of pages at 127.0.0.1, and not of those at localhost, which is another origin (and another site)."""
    with served(ticking_gateway(server=ServerSettings(origins=(f"http://127.0.0.1:{port}",), max_lag_seconds=60))) as running:
        yield running


def run(browser: Browser, address: str, script: str, argument: object) -> object:
    """What a script on a page of that address comes to; what it raises is told as a text."""
    page = browser.new_page()
    try:
        page.goto(address)
        return page.evaluate(f"(argument) => ({script})(argument).catch((error) => 'refused: ' + error)", argument)
    finally:
        page.close()


def refused(running: Served) -> float:
    lines = httpx.get(f"{running.url}/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith('gateway_errors_total{code="FOREIGN_ORIGIN"}'))


def test_a_page_that_is_not_named_can_do_nothing(browser: Browser, gateway: Served, port: int) -> None:
    stranger, url = f"http://localhost:{port}/", f"{gateway.url}/graphql"
    assert str(run(browser, stranger, POST, [url, {}])).startswith("refused: TypeError")
    assert str(run(browser, stranger, POST, [url, HEADERS])).startswith("refused: TypeError")
    before = refused(gateway)
    assert str(run(browser, stranger, GET, [url, "cors"])).startswith("refused: TypeError")
    assert str(run(browser, stranger, GET, [url, "no-cors"])).startswith("refused: TypeError"), "it may not even hold the answer"
    assert refused(gateway) == before + 2, "neither was run"
    assert str(run(browser, stranger, SIMPLE, url)).startswith("refused: TypeError")
    assert run(browser, stranger, STREAM, url) == "closed"
    assert run(browser, stranger, SOCKET, gateway.socket_url) == "closed"


def test_a_page_that_is_named_can_do_everything(browser: Browser, gateway: Served, port: int) -> None:
    named, url = f"http://127.0.0.1:{port}/", f"{gateway.url}/graphql"
    for headers in ({}, HEADERS):
        answer = run(browser, named, POST, [url, headers])
        assert isinstance(answer, list), answer
        assert '"__typename":"Query"' in answer[0]
        assert len(answer[1]) == 16, "it may read the request's id"
    assert run(browser, named, GET, [url, "cors"]) == "cors"
    assert '"number":1' in str(run(browser, named, STREAM, url))
    assert "connection_ack" in str(run(browser, named, SOCKET, gateway.socket_url))


def test_the_gateways_own_page_can(browser: Browser, gateway: Served) -> None:
    page, url = f"{gateway.url}/graphql", f"{gateway.url}/graphql"
    assert '"__typename":"Query"' in str(run(browser, page, POST, [url, {}]))
    assert run(browser, page, GET, [url, "same-origin"]) == "basic"
    assert "connection_ack" in str(run(browser, page, SOCKET, gateway.socket_url))
