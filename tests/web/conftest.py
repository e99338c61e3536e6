"""A gateway over the five sandboxes in one process, without sockets; and one with subscriptions, on a real socket."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from hashlib import sha256

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from gateway.app import Gateway, build_gateway
from gateway.commands.demo import MOUNT, demo_accounts
from gateway.commands.serve import Server, listen, url
from gateway.config import CallerSettings, DocumentSettings, IssuerSettings, ServerSettings, Settings
from gateway.domain.request_limits import RequestLimits
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World
from tests.web.ticking import ticking_gateway

VENDORS = "http://vendors.test"
MAILBOXES = 6
FREE = {"cost": {"estimated": 0, "calls": 0, "shared": 0, "known": 0, "accounts": []}}
"""The extensions of an answer for which no vendor was asked."""


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
    return CallerSettings(name=name, key_hashes=(key_hash,), scopes=frozenset(scopes), accounts=accounts)


def wire_to(app: ASGIApp) -> httpx.AsyncBaseTransport:
    return httpx.ASGITransport(app=app)


def sandboxed_gateway(
    *,
    server: ServerSettings | None = None,
    callers: tuple[CallerSettings, ...] = (),
    issuers: tuple[IssuerSettings, ...] = (),
    limits: RequestLimits | None = None,
    documents: DocumentSettings | None = None,
    wires: Mapping[str, httpx.AsyncBaseTransport] | None = None,
) -> tuple[Gateway, Mapping[str, Sandbox]]:
    """A gateway, and the sandboxes that it asks without a network."""
    sandboxes = {vendor.lower(): build(World(mailboxes=MAILBOXES)) for vendor, build in SANDBOXES.items()}
    vendors = Starlette(routes=[Mount(f"{MOUNT}/{name}", sandbox) for name, sandbox in sandboxes.items()])
    settings = Settings(
        server=server or ServerSettings(),
        limits=limits or RequestLimits(),
        documents=documents or DocumentSettings(),
        accounts=demo_accounts(sandboxes, VENDORS),
        callers=callers,
        issuers=issuers,
    )
    return build_gateway(settings, wires={name: wire_to(vendors) for name in sandboxes} | dict(wires or {})), sandboxes


@asynccontextmanager
async def open_house(
    *,
    server: ServerSettings | None = None,
    callers: tuple[CallerSettings, ...] = (),
    limits: RequestLimits | None = None,
    documents: DocumentSettings | None = None,
    client: tuple[str, int] = ("127.0.0.1", 123),
    wires: Mapping[str, httpx.AsyncBaseTransport] | None = None,
) -> AsyncIterator[House]:
    """`wires` replaces the wire of the accounts named, which are called like their vendor in lower case; `client` is who seems to ask."""
    gateway, sandboxes = sandboxed_gateway(server=server, callers=callers, limits=limits, documents=documents, wires=wires)
    wire = httpx.ASGITransport(app=gateway.site, client=client)
    async with (
        gateway.site.router.lifespan_context(gateway.site),
        httpx.AsyncClient(transport=wire, base_url="http://localhost") as speaking,
    ):
        yield House(gateway, sandboxes, speaking)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """With default settings: on loopback, without callers."""
    async with open_house() as house:
        yield house


@dataclass(frozen=True)
class Served:
    """A gateway on a real socket, in a thread of its own."""

    url: str
    server: Server

    @property
    def socket_url(self) -> str:
        return f"ws{self.url.removeprefix('http')}/graphql"


@contextmanager
def served(gateway: Gateway) -> Iterator[Served]:
    listener = listen("127.0.0.1", 0)
    assert listener is not None
    server = Server(gateway)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Served(url(listener), server)
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listener.close()
        assert not thread.is_alive(), "it does not stop"


@pytest.fixture(scope="module")
def ticking() -> Iterator[Served]:
    """`tests/web/ticking.py`, for anybody."""
    with served(ticking_gateway()) as running:
        yield running


async def stands_still(count: Callable[[], int], seconds: float = 20.0) -> int:
    """The count once it has not grown for half a second."""
    end, last = time.monotonic() + seconds, -1
    while last != (last := count()):
        assert time.monotonic() < end, "it goes on and on"
        await asyncio.sleep(0.5)
    return last


async def eventually(claim: Callable[[], bool], seconds: float = 5.0) -> None:
    """Waits until it holds."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(0.01)
