from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gateway.domain.account import Account
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.vault import MemoryVault
from gateway.domain.vendor import Vendor
from gateway.sandbox.server import Sandbox
from gateway.sandbox.woodpecker import woodpecker_sandbox
from gateway.sandbox.world import World
from gateway.transport.client import VendorHttp
from gateway.vendors.woodpecker import SPEC
from tests.limits import one_attempt

RECORDED = Path(__file__).parent / "recorded"
Connect = Callable[..., MailboxAdapter]


def recorded(name: str) -> bytes:
    return (RECORDED / f"{name}.json").read_bytes()


@pytest.fixture
def sandbox() -> Sandbox:
    return woodpecker_sandbox(World(mailboxes=24))


@pytest.fixture
def connect() -> Connect:
    def connect_to(sandbox: Sandbox, *, base_url: str = "http://woodpecker.test/rest", **settings: str) -> MailboxAdapter:
        known = {**sandbox.account, **settings}
        account = Account("agency", Vendor.WOODPECKER)
        mounted = httpx.ASGITransport(app=sandbox, root_path="/rest")
        limits = one_attempt(quotas=SPEC.quotas, concurrency=SPEC.concurrency)
        http = VendorHttp(account, SPEC.root_url(base_url), SPEC.authorize(known), limits, wire=mounted)
        return SPEC.build(account, http, known, MemoryVault())

    return connect_to


@pytest.fixture
def adapter(sandbox: Sandbox, connect: Connect) -> MailboxAdapter:
    return connect(sandbox)
