"""A gateway over five vendors, one of which is on a real socket and about to misbehave."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from typing import Any

import httpx
import msgspec
import pytest

import gateway.app
from gateway.app import Connected, build_gateway, writable_fields
from gateway.config import AccountSettings, ServerSettings, Settings
from gateway.domain.vendor import Vendor
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Sandbox
from gateway.sandbox.woodpecker import CLIENT_COMPANY
from gateway.sandbox.world import World
from gateway.schema.schema import GatewaySchema, build_schema
from gateway.vendors.registry import SPECS
from tests.faults.certificate import self_signed
from tests.faults.dialect import DIALECTS
from tests.faults.fault import VENDORS, Fault
from tests.faults.proxy import Proxy, open_proxy
from tests.leaks import leaks

MAILBOXES = 4
ANSWER_SECONDS = 2.0
PATIENCE_SECONDS = 10.0
"""How long anything may take before a test fails; nothing that works comes near it."""
MORE_SETTINGS: Mapping[str, Mapping[str, str]] = {"woodpecker": {"company_id": CLIENT_COMPANY}}
"""Only an agency's client company has a detail that costs a call."""


class Fleet(msgspec.Struct):
    """A gateway, the sandboxes behind it by account name, and the one vendor that goes wrong. `log` tells what was logged so far."""

    client: httpx.AsyncClient
    sandboxes: Mapping[str, Sandbox]
    proxy: Proxy
    elsewhere: Proxy
    move: Callable[[str], None]
    log: Callable[[], str]

    def break_vendor(self, fault: Fault) -> None:
        """From now on."""
        self.proxy.requests.clear()
        if fault.address is not None:
            self.move(fault.address(self.proxy))
        if fault.behaviour is not None:
            self.proxy.behaviour = fault.behaviour

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The whole answer, which comes in time and tells no secret."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await self.client.post("/graphql", json={"query": query, "variables": variables})
        self.check_discretion(answer.content)
        result: dict[str, Any] = answer.json()
        return result

    def check_discretion(self, text: bytes = b"") -> None:
        """Neither this text nor the log tells a secret of any vendor's, or what is not to be quoted."""
        secrets = {secret for sandbox in self.sandboxes.values() for secret in sandbox.secrets}
        assert leaks(text + self.log().encode(), secrets) == set()


async def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.005)


@pytest.fixture(scope="session")
def world() -> World:
    """One for all gateways, so that they tell the same."""
    return World(mailboxes=MAILBOXES)


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return self_signed(tmp_path_factory.mktemp("tls"))


@asynccontextmanager
async def open_fleet(
    world: World, vendor: str, call_seconds: float, *, tls: ssl.SSLContext, log: Callable[[], str], fresh_for_seconds: float | None = None
) -> AsyncIterator[Fleet]:
    """A call to the misbehaving vendor may take `call_seconds`, and its rows are new for `fresh_for_seconds`.

    Nothing of the gateway's is left at the end.
    """
    sandboxes = {name: SANDBOXES[Vendor(name.upper())](world) for name in VENDORS}
    async with AsyncExitStack() as stack:
        elsewhere = await stack.enter_async_context(open_proxy(sandboxes[vendor], DIALECTS[vendor], tls=tls))
        proxy = await stack.enter_async_context(open_proxy(sandboxes[vendor], DIALECTS[vendor], tls=tls, elsewhere=elsewhere.url))
        before = asyncio.all_tasks()
        accounts = tuple(_account(name, sandboxes[name]) for name in VENDORS)
        accounts = tuple(_misbehaving(each, proxy, call_seconds, fresh_for_seconds) if each.name == vendor else each for each in accounts)
        settings = Settings(server=ServerSettings(answer_within_seconds=ANSWER_SECONDS), accounts=accounts)
        wires = {name: httpx.ASGITransport(app=sandbox) for name, sandbox in sandboxes.items() if name != vendor}
        connected: list[Connected] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(gateway.app, "connect", lambda *args, **kwargs: _kept(connected, _connect(*args, **kwargs)))
            patch.setattr(gateway.app, "build_schema", lambda *_, **__: _schema())
            built = build_gateway(settings, wires=wires)
        [http] = [each.http for each in connected if each.http.account.name == vendor]

        def move(url: str) -> None:
            http.base_url = url + sandboxes[vendor].base_path

        async with (
            built.site.router.lifespan_context(built.site),
            httpx.AsyncClient(transport=httpx.ASGITransport(app=built.site), base_url="http://localhost") as client,
        ):
            fleet = Fleet(client, sandboxes, proxy, elsewhere, move, log)
            yield fleet
        await until(lambda: not proxy.connections, "a connection is left open")
        await until(lambda: asyncio.all_tasks() <= before, "a task is left behind")
        assert elsewhere.requests == [], "nobody is asked but who is configured"
        fleet.check_discretion()


_connect = gateway.app.connect


@cache
def _schema() -> GatewaySchema:
    """One for all gateways: it knows nothing of their accounts, and to make it takes longer than all the rest of a test."""
    return build_schema([spec.details for spec in SPECS.values()], writable_fields(), introspection=False)


def _kept(connected: list[Connected], one: Connected) -> Connected:
    connected.append(one)
    return one


def _account(name: str, sandbox: Sandbox) -> AccountSettings:
    return AccountSettings(
        name=name,
        vendor=Vendor(name.upper()),
        base_url=f"http://{name}.example{sandbox.base_path}",
        values={**sandbox.account, **MORE_SETTINGS.get(name, {})},
        quotas=(),
    )


def _misbehaving(account: AccountSettings, proxy: Proxy, call_seconds: float, fresh_for_seconds: float | None) -> AccountSettings:
    base_url = account.base_url.replace(f"http://{account.name}.example", proxy.url)
    return msgspec.structs.replace(account, base_url=base_url, timeout_seconds=call_seconds, fresh_for_seconds=fresh_for_seconds)
