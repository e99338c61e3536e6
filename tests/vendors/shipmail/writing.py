"""What tests of ShipMail's writes share."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from gateway.domain.mailbox import Mailbox
from gateway.sandbox.server import Sandbox
from gateway.vendors.shipmail.adapter import ShipmailAdapter
from tests.vendors.shipmail.conftest import connected, recorded

KEY = "key-1"
PASSWORD = "CANARY-Passw0rd-4711"


async def fleet(adapter: ShipmailAdapter) -> list[Mailbox]:
    return [mailbox async for page in adapter.list_mailboxes() for mailbox in page]


async def nth(adapter: ShipmailAdapter, sandbox: Sandbox, index: int) -> Mailbox:
    """A mailbox of the sandbox; the request that found it is forgotten."""
    mailbox = (await fleet(adapter))[index]
    sandbox.requests.clear()
    return mailbox


def sent(sandbox: Sandbox) -> list[tuple[str, str]]:
    """The requests so far: method, and what the path ends in."""
    return [(request.method, request.path.rpartition("/")[2]) for request in sandbox.requests]


def last_body(sandbox: Sandbox) -> Any:  # noqa: ANN401 - JSON
    return json.loads(sandbox.requests[-1].body)


def scripted(answers: Callable[[httpx.Request], httpx.Response]) -> tuple[ShipmailAdapter, list[httpx.Request]]:
    """An adapter whose vendor answers by this function, and the requests that it got."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answers(request)

    return connected(httpx.MockTransport(answer)), requests


def refusing(name: str, *, method: str = "") -> tuple[ShipmailAdapter, list[httpx.Request]]:
    """An adapter whose vendor gives a recorded refusal to every write (or to one method), and empty good answers to the rest."""
    recording = recorded(name)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET" or (method and request.method != method):
            return httpx.Response(200, json=READS[request.url.path.rpartition("/")[2]])
        return httpx.Response(recording.status, content=recording.content, headers=recording.headers)

    return scripted(answer)


READS: dict[str, Any] = {
    "domains": {"data": [{"id": "dom_1", "name": "larkfield.example"}], "pagination": {"next_cursor": None, "has_more": False}},
    "rules": {"rules": [], "folders": []},
}
