"""GraphiQL's tabs: valid against the schema, and a journey through the demo that is walked from left to right."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_ast_schema, parse, validate
from graphql.execution.values import get_variable_values
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.app import build_gateway, writable_fields
from gateway.commands.demo import MOUNT, demo_accounts
from gateway.config import ServerSettings, Settings
from gateway.operations.timing import Timing
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.sendkit import sendkit_sandbox
from gateway.sandbox.world import World
from gateway.schema.schema import build_schema
from gateway.vendors.registry import SPECS
from gateway.web.graphiql import ExampleQuery
from gateway.web.graphiql_examples import EXAMPLES
from tests.web.conftest import VENDORS, Served, served, wire_to
from tests.web.test_websocket import Speaker, speaking

HINTS = {
    "operation.id of step 1": ("Create", "mailboxCreate", "operation", "id"),
    "mailbox.id of step 1": ("Create", "mailboxCreate", "mailbox", "id"),
    "mailbox id of step 6": ("Folders", "mailboxes", "nodes", 0, "id"),
    "folder.id of step 7": ("AddFolder", "folderCreate", "folder", "id"),
}
"""What a variable says of where its value is copied from, and where that is: a tab, and a path into its answer's data."""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_ast_schema(parse(build_schema([spec.details for spec in SPECS.values()], writable_fields()).as_str()))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.query.split()[1])
def test_fits_the_schema(schema: GraphQLSchema, example: ExampleQuery) -> None:
    document = parse(example.query)
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name, "the tab takes its title from it"
    assert validate(schema, document) == []
    assert not isinstance(get_variable_values(schema, operation.variable_definitions or (), dict(example.variables)), list)


class Person:
    """Opens a tab, copies into its variables what they ask for, and runs it."""

    def __init__(self, server: Served, client: httpx.AsyncClient) -> None:
        self._server = server
        self._client = client
        self._tabs = {example.query.split()[1].partition("(")[0]: example for example in EXAMPLES}
        self._shown: dict[str, Any] = {}

    async def run(self, tab: str, **others: object) -> Any:  # noqa: ANN401 - JSON
        """What the tab's only root field answers; `others` are variables that were changed by hand."""
        answer = (await self._client.post("/graphql", json=self._request(tab, others))).json()
        assert "errors" not in answer, answer
        self._shown[tab] = answer["data"]
        return next(iter(answer["data"].values()))

    @asynccontextmanager
    async def watch(self, tab: str, **others: object) -> AsyncIterator[AsyncIterator[Any]]:
        """What the tab's only root field tells, one after the other."""
        async with speaking(self._server) as speaker:
            await speaker.begin()
            await speaker.say(type="subscribe", id="1", payload=self._request(tab, others))
            yield _told(speaker)

    async def watch_to_the_end(self, tab: str, **others: object) -> list[Any]:
        async with self.watch(tab, **others) as told:
            return [each async for each in told]

    def _request(self, tab: str, others: Mapping[str, object]) -> dict[str, Any]:
        example = self._tabs[tab]
        return {"query": example.query, "variables": {**self._filled(example.variables), **others}}

    def _filled(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, Mapping):
            return {name: self._filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if not isinstance(value, str) or " of step " not in value:
            return value
        tab, *path = HINTS[value]
        found = self._shown[str(tab)]
        for part in path:
            found = found[part]
        return found


async def _told(speaker: Speaker) -> AsyncIterator[Any]:
    while (said := await speaker.hear())["type"] == "next":
        assert "errors" not in said["payload"], said
        yield next(iter(said["payload"]["data"].values()))
    assert said["type"] == "complete", said


@pytest.fixture
async def person() -> AsyncIterator[Person]:
    """Somebody in front of the demo, whose vendors are quick here."""
    sandboxes = {vendor.lower(): build(World()) for vendor, build in SANDBOXES.items()}
    sandboxes["sendkit"] = sendkit_sandbox(World(), verify_seconds=0.3)
    vendors = Starlette(routes=[Mount(f"{MOUNT}/{name}", sandbox) for name, sandbox in sandboxes.items()])
    gateway = build_gateway(
        Settings(server=ServerSettings(), accounts=demo_accounts(sandboxes, VENDORS)),
        timing=Timing(first_poll=0.05, poll_factor=1.0),
        wires={name: wire_to(vendors) for name in sandboxes},
    )
    with served(gateway) as server:
        async with httpx.AsyncClient(base_url=server.url) as client:
            yield Person(server, client)


async def test_every_tab_works_in_the_demo_one_after_the_other(person: Person) -> None:
    for tab in ("Mailboxes", "Trouble", "Dashboard", "Vendors"):
        assert await person.run(tab)
    await _creates(person)
    await _changes(person)
    await _sets_a_rule(person)
    await _tests_many(person)


async def _creates(person: Person) -> None:
    created = await person.run("Create")
    assert (created["mailbox"]["status"], created["operation"]["state"], created["userErrors"]) == ("PENDING", "RUNNING", [])
    assert created["operation"]["message"] == "SendKit is verifying ada@example.com."
    assert [(each["field"], each["value"]) for each in created["warnings"]] == [(["dailyLimit"], 50)]
    assert (await person.run("Create"))["mailbox"]["id"] == created["mailbox"]["id"], "the key keeps it one mailbox"
    last = (await person.watch_to_the_end("Watch"))[-1]
    assert (last["state"], last["mailbox"]["status"]) == ("SUCCEEDED", "ACTIVE")

    broken = await person.run("Broken")
    assert broken["userErrors"] == []
    last = (await person.watch_to_the_end("Watch", id=broken["operation"]["id"]))[-1]
    assert (last["state"], last["mailbox"]) == ("FAILED", None)
    (error,) = last["results"][0]["userErrors"]
    assert error["field"] == ["smtp"]
    assert "smtp.invalid could not be reached" in error["message"]
    assert [each["state"] for each in (await person.run("Operations"))["nodes"]] == ["FAILED", "SUCCEEDED"]


async def _changes(person: Person) -> None:
    changed = await person.run("Change")
    assert (changed["mailbox"]["displayName"], changed["applied"]) == ("Ada King", ["DISPLAY_NAME", "TAGS"])
    (refused,) = (await person.run("Change", input={"displayName": "Ada King", "replyTo": "team@example.com"}))["userErrors"]
    assert (refused["field"], refused["message"]) == (["replyTo"], "SendKit cannot set replyTo. Nothing was sent to it.")

    async with person.watch("Changes") as told:
        await asyncio.sleep(0.2)  # nothing tells that a subscription listens
        await person.run("Change", input={"displayName": "Ada Byron"})
        change = await anext(told)
    assert (change["kind"], change["mailbox"]["address"]) == ("CHANGED", "ada@example.com")
    assert "displayName" in change["changedFields"]


async def _sets_a_rule(person: Person) -> None:
    (found,) = (await person.run("Folders"))["nodes"]
    assert found["folders"]
    assert (await person.run("AddFolder"))["folder"]["name"] == "Invoices"
    assert (await person.run("AddRule"))["rule"]["name"] == "Invoices"
    (found,) = (await person.run("Folders"))["nodes"]
    assert found["rules"][-1]["actions"][0]["targetFolder"]["name"] == "Invoices"

    (refused,) = (await person.run("DeleteFolder"))["userErrors"]
    assert refused["code"] == "CONFLICT"
    assert "used by an inbox rule" in refused["message"]
    assert "detachRules: true" in refused["message"]
    deleted = await person.run("DeleteFolder", detachRules=True)
    assert deleted["deletedId"]
    assert deleted["userErrors"] == []


async def _tests_many(person: Person) -> None:
    begun = await person.run("TestMany")
    last = (await person.watch_to_the_end("Watch", id=begun["operation"]["id"]))[-1]
    assert last["progress"] == {"done": 24, "failed": 0, "total": 24}
    assert (last["state"], last["message"]) == ("SUCCEEDED", "All 24 done.")


def test_every_hint_is_in_a_tab() -> None:
    given = json.dumps([dict(example.variables) for example in EXAMPLES])
    assert all(f'"{hint}"' in given for hint in HINTS)
    assert given.count(" of step ") == sum(given.count(f'"{hint}"') for hint in HINTS)
