"""A whole gateway over all five sandboxes, asked without a network."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from inspect import signature
from typing import Any

import httpx
import msgspec
import pytest
from strawberry.types import ExecutionResult

from gateway.app import Gateway, build_gateway, profiles, writable_fields
from gateway.config import AccountSettings, CallerSettings, ServerSettings, Settings
from gateway.domain.request_limits import RequestLimits
from gateway.domain.scope import Scope
from gateway.domain.vendor import Vendor
from gateway.execution import plans
from gateway.loaders.bundle import Loaders
from gateway.operations.timing import Timing
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World
from gateway.schema.context import Context
from gateway.state.store import StateStore
from gateway.transport.limits import BreakerLimits
from gateway.transport.quota import Quota

MAILBOXES = 30
SOON = {"connect_seconds": 0.02, "verify_seconds": 0.02, "login_seconds": 0.0}
"""What takes a vendor its time, by the name that its sandbox has for it: here it takes a moment."""
BRIEFLY = BreakerLimits(failures=5, open_seconds=0.05, longest_seconds=0.2)
"""How long a vendor that fails is left alone."""
AT_ONCE = Timing(looks=(0.01, 0.05), first_poll=0.02, give_up=5.0)
"""The patience of a gateway whose vendors lose no time."""


class Execution:
    """How the gateways of the test that runs execute: with compiled selections, from the first object on, or without."""

    is_compiled = True


@pytest.fixture(autouse=True, params=[True, False], ids=["compiled", "walked"])
def execution(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test of this folder runs both ways."""
    monkeypatch.setattr(Execution, "is_compiled", request.param)
    monkeypatch.setattr(plans, "WORTH", 1)


def as_sent(data: object) -> dict[str, Any]:
    """A result's data as a client reads them."""
    read: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(data))
    return read


class Fleet(msgspec.Struct):
    """A gateway, the sandboxes behind it by account name, and a client in front of it."""

    gateway: Gateway
    sandboxes: Mapping[str, Sandbox]
    client: httpx.AsyncClient

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        """The whole answer; a header's name is written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=sent)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def data(self, query: str, variables: Mapping[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = await self.ask(query, variables, **headers)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def error(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The only error of an answer."""
        answer = await self.ask(query, variables)
        assert len(answer["errors"]) == 1, answer
        error: dict[str, Any] = answer["errors"][0]
        return error

    def calls(self) -> dict[str, int]:
        """Requests that each vendor got so far."""
        return {name: len(sandbox.requests) for name, sandbox in self.sandboxes.items()}

    async def watch(self, subscription: str, variables: Mapping[str, Any] | None = None) -> AsyncGenerator[dict[str, Any], None]:
        """The events of a subscription without errors."""
        async with aclosing(self.results(subscription, variables)) as results:
            async for result in results:
                assert result.errors is None, result.errors
                yield as_sent(result.data)

    async def results(self, subscription: str, variables: Mapping[str, Any] | None = None) -> AsyncGenerator[ExecutionResult, None]:
        """What a subscription sends to anybody on this machine."""
        accounts = {name: account.account for name, account in sorted(self.gateway.inventory.accounts.items())}
        context = Context(
            inventory=self.gateway.inventory,
            loaders=Loaders(self.gateway.inventory),
            accounts=accounts,
            profiles=profiles(),
            desk=self.gateway.desk,
            fields=writable_fields(),
            request_id="watch",
            caller="",
            scopes=frozenset(Scope),
        )
        results = await self.gateway.schema.subscribe(subscription, dict(variables or {}), context_value=context)
        async with aclosing(results):
            async for result in results:
                yield result

    async def ids(self, account: str, first: int = 500) -> list[str]:
        """The ids of an account's mailboxes."""
        query = "query ($name: String!, $first: Int) { account(name: $name) { mailboxes(first: $first) { nodes { id } } } }"
        data = await self.data(query, {"name": account, "first": first})
        return [node["id"] for node in data["account"]["mailboxes"]["nodes"]]


@asynccontextmanager
async def open_fleet(  # noqa: PLR0913 - what tests change, all by keyword
    *,
    callers: Sequence[CallerSettings] = (),
    state: StateStore | None = None,
    timing: Timing = AT_ONCE,
    fresh_for_seconds: float | None = None,
    quotas: tuple[Quota, ...] = (),
    max_vendor_calls: int = 1000,
    mailboxes: int = MAILBOXES,
    kept_answers_mib: int = 32,
    federation: bool = False,
    limits: RequestLimits | None = None,
    introspection: bool | None = None,
    **moods: Mapping[str, object],
) -> AsyncIterator[Fleet]:
    """A gateway over five vendors that lose no time. `moods` are more arguments for sandboxes: `sendkit={"max_mailboxes": 30}`."""
    sandboxes = {vendor.lower(): _sandbox(vendor, mailboxes, moods.get(vendor.lower(), {})) for vendor in SANDBOXES}
    accounts = tuple(
        AccountSettings(
            name=name,
            vendor=vendor,
            base_url=f"http://{name}.example{sandboxes[name].base_path}",
            values=sandboxes[name].account,
            quotas=quotas,
            breaker=BRIEFLY,
            fresh_for_seconds=fresh_for_seconds,
        )
        for vendor, name in ((vendor, vendor.lower()) for vendor in SANDBOXES)
    )
    server = ServerSettings(
        compiled=Execution.is_compiled,
        max_lag_seconds=60.0,
        answer_within_seconds=10.0,
        max_vendor_calls=max_vendor_calls,
        kept_answers_mib=kept_answers_mib,
        federation=federation,
        introspection=introspection,
    )
    settings = Settings(server=server, limits=limits or RequestLimits(), accounts=accounts, callers=tuple(callers))
    wires = {name: httpx.ASGITransport(app=sandbox) for name, sandbox in sandboxes.items()}
    gateway = build_gateway(settings, wires=wires, state=state, timing=timing)
    async with (
        gateway.site.router.lifespan_context(gateway.site),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=gateway.site), base_url="http://localhost") as client,
    ):
        yield Fleet(gateway, sandboxes, client)


def _sandbox(vendor: Vendor, mailboxes: int, mood: Mapping[str, object]) -> Sandbox:
    build = SANDBOXES[vendor]
    soon = {name: seconds for name, seconds in SOON.items() if name in signature(build).parameters}
    return build(World(mailboxes=mailboxes), **{**soon, **mood})


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with open_fleet() as opened:
        yield opened
