from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest

from gateway.domain.account import Account
from gateway.domain.vault import MemoryVault
from gateway.domain.vendor import Vendor
from gateway.sandbox.server import Sandbox
from gateway.sandbox.smartlead import smartlead_sandbox
from gateway.sandbox.world import World
from gateway.transport.client import VendorHttp
from gateway.transport.limits import Limits
from gateway.vendors.smartlead import SPEC
from gateway.vendors.smartlead.adapter import SmartleadAdapter
from tests.limits import one_attempt

Recorded: TypeAlias = Callable[[str], bytes]
ACCOUNT = Account("sales-eu", Vendor.SMARTLEAD)


def connect(wire: httpx.AsyncBaseTransport, *, api_key: str, limits: Limits | None = None) -> SmartleadAdapter:
    settings = {"api_key": api_key}
    http = VendorHttp(
        ACCOUNT, SPEC.base_url + "/", SPEC.authorize(settings), limits or one_attempt(concurrency=SPEC.concurrency), wire=wire
    )
    adapter = SPEC.build(ACCOUNT, http, settings, MemoryVault())
    assert isinstance(adapter, SmartleadAdapter)
    return adapter


def at_base_path(sandbox: Sandbox) -> httpx.ASGITransport:
    """The sandbox where the vendor's base URL has it."""
    return httpx.ASGITransport(app=sandbox, root_path="/api/v1")


def open_sandbox(mailboxes: int = 24) -> tuple[Sandbox, SmartleadAdapter]:
    sandbox = smartlead_sandbox(World(mailboxes=mailboxes))
    return sandbox, connect(at_base_path(sandbox), api_key=sandbox.account["api_key"])


@pytest.fixture
def account() -> Account:
    return ACCOUNT


@pytest.fixture
def recorded() -> Recorded:
    folder = Path(__file__).parent / "recorded"
    return lambda name: (folder / f"{name}.json").read_bytes()
