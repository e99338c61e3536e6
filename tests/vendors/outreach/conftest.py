"""Recorded bodies, and adapters over the sandbox or over canned answers."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.domain.account import Account
from gateway.domain.vault import MemoryVault
from gateway.domain.vendor import Vendor
from gateway.sandbox.outreach import outreach_sandbox
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World
from gateway.transport.call import Answer
from gateway.transport.client import Limits, VendorHttp
from gateway.vendors.outreach import SPEC
from gateway.vendors.outreach.adapter import OutreachAdapter

RECORDED = Path(__file__).parent / "recorded"
ACCOUNT = Account("outbound", Vendor.OUTREACH)
BASE_URL = "https://outreach.test/api/v2"

OpenAdapter = Callable[..., OutreachAdapter]


def recorded(name: str) -> Any:  # noqa: ANN401 - any JSON body
    return json.loads((RECORDED / f"{name}.json").read_text())["body"]


def recorded_answer(name: str) -> Answer:
    entry = json.loads((RECORDED / f"{name}.json").read_text())
    body = entry["text"].encode() if "text" in entry else json.dumps(entry["body"]).encode()
    return Answer(entry["status"], httpx.Headers(entry["headers"]), body)


@pytest.fixture
def sandbox() -> Sandbox:
    return outreach_sandbox(World())


@pytest.fixture
async def open_adapter() -> AsyncIterator[OpenAdapter]:
    """An adapter over a sandbox, or over a function from request to response."""
    opened: list[VendorHttp] = []

    def open_one(wire: Sandbox | Callable[[httpx.Request], httpx.Response], settings: Mapping[str, str] | None = None) -> OutreachAdapter:
        chosen = settings or (wire.account if isinstance(wire, Sandbox) else {"access_token": "an-access-token"})
        transport = httpx.ASGITransport(app=wire) if isinstance(wire, Sandbox) else httpx.MockTransport(wire)
        http = VendorHttp(ACCOUNT, BASE_URL + "/", SPEC.authorize(chosen), Limits(), wire=transport)
        opened.append(http)
        adapter = SPEC.build(ACCOUNT, http, chosen, MemoryVault())
        assert isinstance(adapter, OutreachAdapter)
        return adapter

    yield open_one
    for http in opened:
        await http.close()


def answering(*bodies: object) -> Callable[[httpx.Request], httpx.Response]:
    """A vendor that says one thing after the other, the last one for ever."""
    left = list(bodies)

    def answer(request: httpx.Request) -> httpx.Response:
        del request
        body = left.pop(0) if len(left) > 1 else left[0]
        return body if isinstance(body, httpx.Response) else httpx.Response(200, json=body)

    return answer
