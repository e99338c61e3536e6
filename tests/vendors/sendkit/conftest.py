import httpx
import pytest

from gateway.domain.account import Account
from gateway.domain.vendor import Vendor
from gateway.sandbox.sendkit import sendkit_sandbox
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World
from gateway.vendors.sendkit.adapter import SendkitAdapter
from tests.vendors.sendkit.connecting import connect


@pytest.fixture
def account() -> Account:
    return Account("kit", Vendor.SENDKIT)


@pytest.fixture
def sandbox() -> Sandbox:
    return sendkit_sandbox(World())


@pytest.fixture
def adapter(sandbox: Sandbox) -> SendkitAdapter:
    return connect(httpx.ASGITransport(app=sandbox), sandbox.account)
