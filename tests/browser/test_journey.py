"""A newcomer in GraphiQL, over the real `gateway demo`: creates a mailbox, watches it verify, sets a rule, reads the errors on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.test_graphiql import Visit, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

EDITOR = "document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror"
VARIABLES = "document.querySelector('.graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror').CodeMirror"
RESULT = "document.querySelector('.result-window .CodeMirror').CodeMirror"


class Newcomer:
    """Clicks on tabs, copies into the variables what they ask for, runs them, and reads the result."""

    def __init__(self, visit: Visit, screenshots: Path) -> None:
        self.visit = visit
        self._screenshots = screenshots

    def open(self, tab: str) -> None:
        self.visit.page.locator(".graphiql-tabs").get_by_role("button", name=tab, exact=True).click()
        # GraphiQL looks a moment after the text has changed which operation it now holds.
        self.visit.page.wait_for_function(f"{EDITOR}.getValue().match(/^(query|mutation|subscription) {tab}\\b/m) !== null")
        self.visit.page.wait_for_timeout(500)

    def replace(self, old: str, new: str) -> None:
        """A piece of the variables' text by another."""
        text = self.visit.page.evaluate(f"{VARIABLES}.getValue()")
        assert old in text, text
        self.visit.page.evaluate(f"text => {VARIABLES}.setValue(text)", text.replace(old, new))
        self.visit.page.wait_for_timeout(500)

    def run(self, picture: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """What the tab's only root field answers."""
        answer = self.visit.run()
        assert "errors" not in answer, answer
        assert isinstance(answer["data"], dict)
        self._see(picture)
        return next(iter(answer["data"].values()))

    def watch(self, until: str, picture: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """What a subscription shows at last, once `until` can be read there."""
        self.visit.page.get_by_role("button", name="Execute query").click()
        self.visit.page.locator(".result-window").get_by_text(until, exact=True).first.wait_for()
        self._see(picture)
        shown = json.loads(self.visit.page.evaluate(f"{RESULT}.getValue()"))
        return next(iter(shown["data"].values()))

    def _see(self, picture: str | None) -> None:
        if picture:
            self.visit.page.locator(".result-window .CodeMirror-line").first.wait_for()
            self.visit.page.wait_for_timeout(300)
            self.visit.page.screenshot(path=self._screenshots / f"{picture}.png")


@pytest.fixture
def newcomer(browser: Browser, gateway_url: str, screenshots: Path) -> Iterator[Newcomer]:
    """In a fresh browser profile; afterwards nothing may have left the host or gone wrong."""
    for visit in visiting(browser, gateway_url):
        yield Newcomer(visit, screenshots)


def test_a_newcomer_creates_a_mailbox_and_watches_it_verify(newcomer: Newcomer) -> None:
    newcomer.open("Create")
    created = newcomer.run("create")
    assert created["mailbox"]["status"] == "PENDING"
    newcomer.open("Watch")
    newcomer.replace("operation.id of step 1", created["operation"]["id"])
    assert newcomer.watch('"RUNNING"', "watch-running")["mailbox"]["status"] == "PENDING"
    newcomer.visit.page.locator(".result-window").get_by_text('"SUCCEEDED"', exact=True).first.wait_for()
    assert newcomer.watch('"SUCCEEDED"', "watch-succeeded")["mailbox"]["status"] == "ACTIVE"

    newcomer.open("Broken")
    broken = newcomer.run("broken")
    newcomer.open("Watch")
    newcomer.replace(created["operation"]["id"], broken["operation"]["id"])
    (result,) = newcomer.watch('"FAILED"', "watch-failed")["results"]
    assert "smtp.invalid could not be reached" in result["userErrors"][0]["message"]
    newcomer.open("Operations")
    assert [each["state"] for each in newcomer.run("operations")["nodes"][:2]] == ["FAILED", "SUCCEEDED"]

    newcomer.open("Change")
    newcomer.replace("mailbox.id of step 1", created["mailbox"]["id"])
    assert newcomer.run("change")["userErrors"] == []
    newcomer.replace('"displayName"', '"replyTo": "team@example.com", "displayName"')
    (refused,) = newcomer.run("change-refused")["userErrors"]
    assert (refused["field"], refused["code"]) == (["replyTo"], "UNSUPPORTED_BY_VENDOR")


def test_a_newcomer_sets_a_rule_and_understands_why_its_folder_stays(newcomer: Newcomer) -> None:
    newcomer.open("Folders")
    (mailbox,) = newcomer.run("folders")["nodes"]
    newcomer.open("AddFolder")
    newcomer.replace("mailbox id of step 6", mailbox["id"])
    folder = newcomer.run("add-folder")["folder"]
    newcomer.open("AddRule")
    newcomer.replace("mailbox id of step 6", mailbox["id"])
    assert newcomer.run("add-rule-without-folder")["userErrors"][0]["field"] == ["rule", "actions", "0", "targetFolder"]
    newcomer.replace("folder.id of step 7", folder["id"])
    assert newcomer.run("add-rule")["rule"]["name"] == "Invoices"

    newcomer.open("DeleteFolder")
    newcomer.replace("folder.id of step 7", folder["id"])
    (refused,) = newcomer.run("delete-folder-refused")["userErrors"]
    assert "used by an inbox rule" in refused["message"]
    assert "detachRules: true" in refused["message"]
    newcomer.replace("false", "true")
    assert newcomer.run("delete-folder")["deletedId"] == folder["id"]


def test_a_newcomer_watches_many_tests_and_another_persons_change(
    newcomer: Newcomer, browser: Browser, gateway_url: str, screenshots: Path
) -> None:
    newcomer.open("TestMany")
    begun = newcomer.run("test-many")
    newcomer.open("Watch")
    newcomer.replace("operation.id of step 1", begun["operation"]["id"])
    assert newcomer.watch('"done"', "test-many-running")["state"] == "RUNNING"
    newcomer.visit.page.locator(".result-window").get_by_text("All 24 done.").wait_for()

    newcomer.open("Changes")
    with newcomer.visit.page.expect_websocket():
        newcomer.visit.page.get_by_role("button", name="Execute query").click()
    newcomer.visit.page.wait_for_timeout(1000)
    for visit in visiting(browser, gateway_url):
        other = Newcomer(visit, screenshots)
        other.open("Mailboxes")
        mailbox = next(each for each in other.run()["nodes"] if each["vendor"] == "SENDKIT")
        other.open("Change")
        other.replace("mailbox.id of step 1", mailbox["id"])
        other.replace("Ada King", "Somebody Else")
        assert other.run()["userErrors"] == []
    newcomer.visit.page.locator(".result-window").get_by_text("Somebody Else").first.wait_for()
    newcomer.visit.page.screenshot(path=screenshots / "changes.png")
    newcomer.visit.page.get_by_role("button", name="Stop query").click()
