"""One suite over every adapter: each talks to its own sandbox, all seeded from one world."""

from collections.abc import AsyncIterator
from inspect import signature

import httpx
import msgspec
import pytest

from gateway.app import connect
from gateway.config import AccountSettings
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.vendor import Vendor
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World
from gateway.vendors.registry import SPECS
from gateway.vendors.spec import Spec

MAILBOXES = 130
"""More than a page of most vendors, so that paging takes part."""


SOON = {"connect_seconds": 0.02, "verify_seconds": 0.02}
"""What takes a vendor its time, by the name that its sandbox has for it: here it takes a moment."""


class Contract(msgspec.Struct):
    """One vendor under test."""

    spec: Spec
    adapter: MailboxAdapter
    sandbox: Sandbox
    settings: AccountSettings


def sandbox_of(vendor: Vendor) -> Sandbox:
    """A vendor that loses no time."""
    build = SANDBOXES[vendor]
    return build(World(mailboxes=MAILBOXES), **{name: seconds for name, seconds in SOON.items() if name in signature(build).parameters})


@pytest.fixture(params=list(Vendor), ids=lambda vendor: vendor.lower())
async def contract(request: pytest.FixtureRequest) -> AsyncIterator[Contract]:
    vendor: Vendor = request.param
    sandbox = sandbox_of(vendor)
    settings = AccountSettings(
        name="under-test", vendor=vendor, base_url=f"http://vendor.example{sandbox.base_path}", values=sandbox.account, quotas=()
    )
    connected = connect(settings, wire=httpx.ASGITransport(app=sandbox))
    yield Contract(SPECS[vendor], connected.adapter, sandbox, settings)
    await connected.http.close()
