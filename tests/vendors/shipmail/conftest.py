import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gateway.domain.account import Account
from gateway.domain.vault import MemoryVault
from gateway.domain.vendor import Vendor
from gateway.sandbox.server import Sandbox
from gateway.sandbox.shipmail import shipmail_sandbox
from gateway.sandbox.world import World
from gateway.transport.client import VendorHttp
from gateway.vendors.shipmail import SPEC
from gateway.vendors.shipmail.adapter import ShipmailAdapter
from tests.limits import one_attempt

ACCOUNT = Account("larkfield", Vendor.SHIPMAIL)


class Recording(msgspec.Struct):
    """A body as the vendor's pages and types show it, with its request, status and headers."""

    request: str
    status: int
    headers: dict[str, str]
    body: Any  # JSON of any shape

    @property
    def content(self) -> bytes:
        return json.dumps(self.body).encode()


def recorded(name: str) -> Recording:
    return msgspec.json.decode((Path(__file__).parent / "recorded" / f"{name}.json").read_bytes(), type=Recording)


def connected(
    wire: httpx.AsyncBaseTransport, *, api_key: str = "sm_test_key", base_url: str = "http://shipmail.test/", read_seconds: float = 15.0
) -> ShipmailAdapter:
    settings = {"api_key": api_key}
    http = VendorHttp(ACCOUNT, base_url, SPEC.authorize(settings), one_attempt(read_seconds=read_seconds), wire=wire)
    adapter = SPEC.build(ACCOUNT, http, settings, MemoryVault())
    assert isinstance(adapter, ShipmailAdapter)
    return adapter


def answering(*bodies: object, status: int = 200) -> tuple[ShipmailAdapter, list[httpx.Request]]:
    """An adapter whose vendor gives these bodies in turn (the last one for ever), and the requests that it got."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        body = bodies[min(len(requests), len(bodies) - 1)]
        requests.append(request)
        return httpx.Response(status, content=body if isinstance(body, bytes) else json.dumps(body).encode())

    return connected(httpx.MockTransport(answer)), requests


@pytest.fixture
def sandbox() -> Sandbox:
    return shipmail_sandbox(World())


@pytest.fixture
def adapter(sandbox: Sandbox) -> ShipmailAdapter:
    return connected(httpx.ASGITransport(app=sandbox), api_key=sandbox.account["api_key"])
