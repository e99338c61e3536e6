"""Subscriptions over a real WebSocket, with a client that people use, against `gateway demo`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport

from tests.e2e.conftest import PATIENCE_SECONDS, Running, started

ADDRESS = "watched@larkfield.example"
SERVER = {"host": "mail.larkfield.example", "username": ADDRESS, "password": "CANARY-watched-1"}
CREATE = """
mutation ($input: MailboxCreateInput!) {
  mailboxCreate(input: $input) { userErrors { message } mailbox { id status } operation { id state } }
}
"""
OPERATION = """
subscription ($id: ID!) { operation(id: $id) { state message progress { done total } results { mailbox { address status } } } }
"""
CHANGED = """
subscription { mailboxChanged(filter: {account: ["sendkit"]}) { kind mailboxId changedFields mailbox { address status } } }
"""


@pytest.fixture(scope="module")
def own() -> Iterator[Running]:
    """A demo that nobody else looks at: its vendors get another mailbox."""
    with started("demo", "--port", "0", "--mailboxes", "6") as running:
        yield running


async def watch(running: Running, document: str, **variables: object) -> AsyncIterator[Any]:
    """The data of each event, on a socket of its own."""
    transport = WebsocketsTransport(url=f"{running.url.replace('http', 'ws', 1)}/graphql", connect_args={"proxy": None})
    async with Client(transport=transport) as session:
        query = gql(document)
        query.variable_values = variables
        async for event in session.subscribe(query):
            yield event


async def test_a_mailbox_is_created_verified_and_seen_to_come(own: Running) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), httpx.AsyncClient(base_url=own.url, timeout=PATIENCE_SECONDS) as client:
        await client.post("/graphql", json={"query": '{ account(name: "sendkit") { mailboxes { totalCount } } }'})
        changes: list[Any] = []

        async def listen() -> None:
            async for event in watch(own, CHANGED):
                changes.append(event["mailboxChanged"])  # noqa: PERF401 - those before it is cancelled count

        listener = asyncio.create_task(listen())
        await asyncio.sleep(1)  # nothing tells a client that its subscription has begun
        given = {"account": "sendkit", "address": ADDRESS, "smtp": SERVER}
        answer = (await client.post("/graphql", json={"query": CREATE, "variables": {"input": given}})).json()
        payload = answer["data"]["mailboxCreate"]
        assert (payload["userErrors"], payload["mailbox"]["status"], payload["operation"]["state"]) == ([], "PENDING", "RUNNING")
        events = [event["operation"] async for event in watch(own, OPERATION, id=payload["operation"]["id"])]
        assert [events[0]["state"], events[-1]["state"]] == ["RUNNING", "SUCCEEDED"]
        assert events[-1]["progress"] == {"done": 1, "total": 1}
        assert events[-1]["results"] == [{"mailbox": {"address": ADDRESS, "status": "ACTIVE"}}]
        while len(changes) < 2:  # noqa: ASYNC110 - it is filled by the task above
            await asyncio.sleep(0.05)
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
    assert [(each["kind"], each["mailboxId"], each["mailbox"]["status"]) for each in changes[:2]] == [
        ("ADDED", payload["mailbox"]["id"], "PENDING"),
        ("CHANGED", payload["mailbox"]["id"], "ACTIVE"),
    ]
    assert "status" in changes[1]["changedFields"]
