"""A gateway over the five sandboxes in one process: no sockets, no files."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from gateway.app import Gateway, build_gateway
from gateway.commands.demo import MOUNT, demo_accounts
from gateway.config import CallerSettings, ServerSettings, Settings
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World

VENDORS = "http://vendors.test"
MAILBOXES = 6


@dataclass(frozen=True)
class House:
    """`sandboxes` by the name of their account; `client` speaks to the gateway."""

    gateway: Gateway
    sandboxes: Mapping[str, Sandbox]
    client: httpx.AsyncClient

    async def ask(self, query: str, key: str | None = None, **variables: object) -> httpx.Response:
        """One operation, as a plain JSON client sends it."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


def caller(name: str, *scopes: str, key: str | None = None, accounts: tuple[str, ...] | None = None) -> CallerSettings:
    key_hash = f"sha256:{sha256((key or name).encode()).hexdigest()}"
    return CallerSettings(name=name, key_hash=key_hash, scopes=frozenset(scopes), accounts=accounts)


def wire_to(app: ASGIApp) -> httpx.AsyncBaseTransport:
    return httpx.ASGITransport(app=app)


@asynccontextmanager
async def open_house(
    *,
    server: ServerSettings | None = None,
    callers: tuple[CallerSettings, ...] = (),
    wires: Mapping[str, httpx.AsyncBaseTransport] | None = None,
) -> AsyncIterator[House]:
    """`wires` replaces the wire of the accounts named, which are called like their vendor in lower case."""
    sandboxes = {vendor.lower(): build(World(mailboxes=MAILBOXES)) for vendor, build in SANDBOXES.items()}
    vendors = Starlette(routes=[Mount(f"{MOUNT}/{name}", sandbox) for name, sandbox in sandboxes.items()])
    settings = Settings(server=server or ServerSettings(), accounts=demo_accounts(sandboxes, VENDORS), callers=callers)
    gateway = build_gateway(settings, wires={name: wire_to(vendors) for name in sandboxes} | dict(wires or {}))
    wire = httpx.ASGITransport(app=gateway.site)
    async with (
        gateway.site.router.lifespan_context(gateway.site),
        httpx.AsyncClient(transport=wire, base_url="http://gateway.test") as client,
    ):
        yield House(gateway, sandboxes, client)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """With default settings: on loopback, without callers."""
    async with open_house() as house:
        yield house
