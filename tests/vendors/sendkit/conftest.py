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


class Clock:
    """The time of the sandbox's workers, which stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("gateway.sandbox.sendkit.rows.time", clock)
    return clock


@pytest.fixture
def adapter(sandbox: Sandbox) -> SendkitAdapter:
    return connect(httpx.ASGITransport(app=sandbox), sandbox.account)
