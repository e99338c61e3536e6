"""GraphiQL in a real browser, over the real `gateway demo`, with every request written down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

pytestmark = pytest.mark.browser


@dataclass
class Visit:
    """One look at the page: what was asked for, and what the browser complained about."""

    page: Page
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def record(self) -> None:
        def failed(request: Request) -> None:
            self.complaints.append(f"{request.url}: {request.failure}")

        self.page.on("request", lambda request: self.requested.append(request.url))
        self.page.on("requestfailed", failed)
        self.page.on("websocket", lambda opened: self.requested.append(opened.url))
        # Content-Security-Policy violations are console errors.
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def run(self) -> dict[str, object]:
        """Press the run button and give back the answer that arrives."""
        with self.page.expect_response(lambda response: response.request.method == "POST") as answer:
            self.page.get_by_role("button", name="Execute query").click()
        parsed = answer.value.json()
        assert isinstance(parsed, dict)
        return parsed


@pytest.fixture
def visit(browser: Browser, gateway_url: str) -> Iterator[Visit]:
    """A fresh browser profile with GraphiQL open; afterwards nothing may have left the host or gone wrong."""
    yield from visiting(browser, gateway_url)


@pytest.fixture
def ticking_visit(browser: Browser, ticking_url: str) -> Iterator[Visit]:
    """The same at a gateway with subscriptions and mutations made for tests."""
    yield from visiting(browser, ticking_url)


def visiting(browser: Browser, gateway_url: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    visit = Visit(context.new_page())
    visit.record()
    visit.page.goto(f"{gateway_url}/graphql")
    visit.page.locator(".graphiql-container").wait_for()
    yield visit
    context.close()
    assert visit.requested
    assert {urlsplit(url).netloc for url in visit.requested if not url.startswith("data:")} == {urlsplit(gateway_url).netloc}
    assert visit.complaints == []


def test_the_example_that_it_opens_with_runs_and_shows_data(visit: Visit, screenshots: Path) -> None:
    answer = visit.run()
    assert "errors" not in answer
    assert answer["data"]
    shown = visit.page.locator(".result-window .CodeMirror")
    shown.get_by_text('"data"').wait_for()
    visit.page.screenshot(path=screenshots / "query.png")


def test_every_example_runs(visit: Visit) -> None:
    tabs = visit.page.get_by_role("tab")
    assert tabs.count() >= 3
    for number in range(tabs.count()):
        tabs.nth(number).click()
        # GraphiQL looks a moment after the text has changed which operation it now holds.
        visit.page.wait_for_timeout(500)
        query = visit.page.evaluate("document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.getValue()")
        assert query.startswith("# ")
        assert visit.page.locator(".CodeMirror-lint-mark-error").count() == 0, "the editor underlines something here"
        if re.search(r"^query", query, re.MULTILINE):
            assert "errors" not in visit.run(), query


def test_what_is_deferred_is_put_together_in_the_page(visit: Visit) -> None:
    query = "{ accounts { name ... @defer { mailboxes(first: 1) { totalCount } } } }"
    visit.page.evaluate("text => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(text)", query)
    visit.page.wait_for_timeout(500)  # as above
    assert visit.page.locator(".CodeMirror-lint-mark-error").count() == 0, "the schema has the directive"
    visit.page.get_by_role("button", name="Execute query").click()
    visit.page.locator(".result-window").get_by_text("totalCount").nth(4).wait_for()
    data = json.loads(visit.page.evaluate("document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"))["data"]
    assert all(account["mailboxes"]["totalCount"] > 0 for account in data["accounts"])
    visit.page.wait_for_timeout(500)
    # GraphiQL reads no further than the last boundary, which may be before the connection's own end.
    visit.complaints[:] = [each for each in visit.complaints if not each.endswith("net::ERR_ABORTED")]


def test_the_docs_explorer_opens(visit: Visit, screenshots: Path) -> None:
    visit.page.get_by_role("button", name="Show Documentation Explorer").click()
    docs = visit.page.locator(".graphiql-doc-explorer")
    docs.get_by_role("link", name="Query").first.click()
    docs.get_by_text("mailboxes").first.wait_for()
    visit.page.screenshot(path=screenshots / "docs.png")


def test_its_dialogs_open_under_the_policy(visit: Visit, screenshots: Path) -> None:
    visit.page.get_by_role("button", name="Open settings dialog").click()
    visit.page.get_by_role("dialog").wait_for()
    visit.page.screenshot(path=screenshots / "settings.png")


def test_a_pasted_key_is_sent_and_not_kept(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Headers").click()
    visit.page.evaluate(
        "headers => document.querySelector('.graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror').CodeMirror.setValue(headers)",
        json.dumps({"X-Canary": "canary-7d1f"}),
    )
    with visit.page.expect_request(lambda request: request.method == "POST") as sent:
        visit.page.get_by_role("button", name="Execute query").click()
    assert sent.value.headers["x-canary"] == "canary-7d1f"
    # Storage is written half a second after the last change.
    visit.page.wait_for_function("Object.keys(sessionStorage).some(key => key.includes('queries'))")
    visit.page.wait_for_timeout(1000)
    kept = visit.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "canary-7d1f" not in kept


def test_a_subscription_goes_on_in_the_page_until_it_is_stopped(ticking_visit: Visit, screenshots: Path) -> None:
    page = ticking_visit.page
    sent: list[str] = []
    with page.expect_websocket() as opened:
        page.get_by_role("button", name="Execute query").click()
    opened.value.on("framesent", lambda frame: sent.append(str(frame)))
    result = page.locator(".result-window")
    for number in (2, 5):
        result.get_by_text(f'"number": {number}').wait_for()
    page.screenshot(path=screenshots / "subscription.png")
    with opened.value.expect_event("close"):
        page.get_by_role("button", name="Stop query").click()
    assert any('"complete"' in frame for frame in sent)


def test_a_mutation_runs_in_the_page(ticking_visit: Visit) -> None:
    ticking_visit.page.get_by_role("tab").nth(1).click()
    ticking_visit.page.wait_for_timeout(500)
    assert ticking_visit.run()["data"] == {"write": True}


def test_a_key_in_the_headers_editor_goes_with_a_subscription(ticking_visit: Visit) -> None:
    page = ticking_visit.page
    page.get_by_role("button", name="Headers").click()
    page.evaluate(
        "headers => document.querySelector('.graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror').CodeMirror.setValue(headers)",
        json.dumps({"Authorization": "Bearer canary-7d1f"}),
    )
    sent: list[str] = []
    page.on("websocket", lambda opened: opened.on("framesent", lambda frame: sent.append(str(frame))))
    page.get_by_role("button", name="Execute query").click()
    page.locator(".result-window").get_by_text('"number": 2').wait_for()
    assert json.loads(sent[0]) == {"type": "connection_init", "payload": {"Authorization": "Bearer canary-7d1f"}}
