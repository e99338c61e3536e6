"""A gateway that also has a mutation and subscriptions made for tests; `python -m tests.web.ticking` serves it, with GraphiQL."""

import argparse
import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial

import httpx
import msgspec
import strawberry

from gateway.app import Gateway, build_gateway, profiles, writable_fields
from gateway.commands.demo import demo_accounts
from gateway.commands.serve import listen, serve, url
from gateway.config import CallerSettings, ServerSettings, Settings
from gateway.domain.errors import NotFoundError
from gateway.domain.request_limits import RequestLimits
from gateway.domain.scope import Scope
from gateway.domain.secret import Secret
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.world import World
from gateway.schema.context import Info
from gateway.schema.schema import build_schema
from gateway.vendors.registry import SPECS
from gateway.web.attachment import Attachments
from gateway.web.callers import CallerKeys, Callers
from gateway.web.door import Door
from gateway.web.drain import Drain
from gateway.web.graphiql import ExampleQuery, GraphiqlPage
from gateway.web.graphql import GraphqlEndpoint
from gateway.web.health import Readiness
from gateway.web.hosts import Hosts
from gateway.web.load import Load
from gateway.web.metrics import Metrics
from gateway.web.observer import Observer
from gateway.web.origins import Origins
from gateway.web.rights import Rights
from gateway.web.runner import Runner
from gateway.web.site import build_site
from gateway.web.traffic import Traffic
from gateway.web.websocket import GraphqlSocket

CANARY = "CANARY-in-an-exception"
TICKING = "subscription Ticking { tick(count: 1000, everySeconds: 0.2) { number } }"


@dataclass
class Seen:
    """What the resolvers did, all servers of this process taken together."""

    open: int = 0
    ticks: int = 0
    written: int = 0


seen = Seen()


async def _loaders(info: Info) -> str:
    return str(id(info.context.loaders))


async def _remembered(info: Info) -> bool:
    loader = info.context.loaders.view_by_account
    before = len(loader._cache)
    await loader.load(next(iter(info.context.accounts)))
    return before > 0


@strawberry.type(description="A tick.")
class Tick:
    """What the subscriptions below send."""

    number: int = strawberry.field(description="From 1.")
    text: str = strawberry.field(description="As long as was asked for.")
    loaders: str = strawberry.field(resolver=_loaders, description="The same for as long as loaders are shared.")
    remembered: bool = strawberry.field(resolver=_remembered, description="Loads something; whether it was loaded before.")


async def _tick(count: int = 3, every_seconds: float = 0.0, size: int = 0) -> AsyncGenerator[Tick, None]:
    seen.open += 1
    try:
        for number in range(1, count + 1):
            await asyncio.sleep(every_seconds)
            seen.ticks += 1
            yield Tick(number=number, text="x" * size)
    finally:
        seen.open -= 1


async def _stumble(after: int = 0) -> AsyncGenerator[int, None]:
    for number in range(after):
        yield number
    raise RuntimeError(CANARY)


async def _lose(after: int = 0) -> AsyncGenerator[int, None]:
    for number in range(after):
        yield number
    raise NotFoundError("There is no such thing.")


async def _operate(info: Info) -> AsyncGenerator[str, None]:
    info.context.require(Scope.OPERATE, Scope.SECRETS_WRITE)
    yield info.context.caller


@strawberry.type(description="The root of subscriptions.")
class Subscription:
    """Ticks, and ways to fail."""

    tick: AsyncGenerator[Tick, None] = strawberry.subscription(resolver=_tick, description="So many ticks.")
    stumble: AsyncGenerator[int, None] = strawberry.subscription(resolver=_stumble, description="Ends with a fault of ours.")
    lose: AsyncGenerator[int, None] = strawberry.subscription(resolver=_lose, description="Ends with an error for the caller.")
    operate: AsyncGenerator[str, None] = strawberry.subscription(resolver=_operate, description="Needs scopes of its own.")


@strawberry.input(description="A server with a password.")
class ServerInput:
    """Like the real one."""

    host: str = strawberry.field(description="Host.")
    port: int | None = strawberry.field(default=None, description="Port.")
    password: Secret | None = strawberry.field(default=None, description="Password.")


@strawberry.input(description="What is written.")
class KnockInput:
    """Secrets at several depths."""

    password: Secret = strawberry.field(description="Password.")
    limit: int | None = strawberry.field(default=None, description="A number.")
    smtp: ServerInput | None = strawberry.field(default=None, description="A server.")
    more: list[ServerInput] | None = strawberry.field(default=None, description="More servers.")


async def _knock(input: KnockInput) -> int:  # noqa: A002 - as in the real schema
    seen.written += 1
    return len(input.password.reveal())


async def _write(seconds: float) -> bool:
    await asyncio.sleep(seconds)
    seen.written += 1
    return True


async def _block(seconds: float) -> bool:
    time.sleep(seconds)  # noqa: ASYNC251 - what must never happen, and does
    await asyncio.sleep(0)
    return True


@strawberry.type(description="The root of mutations.")
class Mutation:
    """Writes."""

    knock: int = strawberry.mutation(resolver=_knock, description="Gives back how long the password is.")
    write: bool = strawberry.mutation(resolver=_write, description="Takes its time.")
    block: bool = strawberry.mutation(resolver=_block, description="Takes everybody's time.")


def ticking_gateway(
    callers: tuple[CallerSettings, ...] = (),
    *,
    init_seconds: float = 5.0,
    server: ServerSettings | None = None,
    limits: RequestLimits | None = None,
) -> Gateway:
    """Its vendors are all down."""
    server = server or ServerSettings(max_lag_seconds=60.0)  # a busy test machine is no crowd
    sandboxes = {vendor.lower(): build(World(mailboxes=1)) for vendor, build in SANDBOXES.items()}
    nobody = {name: httpx.MockTransport(lambda _: httpx.Response(503)) for name in sandboxes}
    gateway = build_gateway(Settings(accounts=demo_accounts(sandboxes, "http://vendors.test")), wires=nobody)
    details = [spec.details for spec in SPECS.values()]
    schema = build_schema(details, writable_fields(), mutation=Mutation, subscription=Subscription, limits=limits)
    runner = Runner(schema, gateway.inventory, gateway.desk, profiles(), writable_fields())
    keys = [CallerKeys(each.name, each.key_hashes, Rights(each.scopes)) for each in callers]
    asking = Callers(keys, {name: each.account for name, each in sorted(gateway.inventory.accounts.items())})
    page = GraphiqlPage([ExampleQuery("A subscription.", TICKING), ExampleQuery("A mutation.", "mutation { write(seconds: 0) }")])
    load = Load(max_requests=server.max_requests, max_lag_seconds=server.max_lag_seconds)
    drain = Drain(load, within_seconds=server.drain_within_seconds)
    traffic = Traffic(load, lambda: len(runner.gate.seats))
    observer = Observer(traffic, is_logging=server.log_requests)
    endpoint = GraphqlEndpoint(runner, asking, drain, load, observer, page=page, limits=schema.limits)
    origins = Origins(server.origins)
    socket = GraphqlSocket(runner, asking, load, observer, origins, init_seconds=init_seconds)
    attachments = Attachments(gateway.inventory, asking, runner.gate)
    metrics = Metrics(gateway.inventory, list, runner.figures, traffic, asking)
    site = build_site(
        endpoint,
        socket,
        attachments,
        metrics,
        Readiness(load, _probe),
        load,
        door=partial(Door, hosts=Hosts(None), origins=origins, observer=observer),
        page=page,
        start=gateway.desk.open,
        close=gateway.inventory.close,
    )
    return msgspec.structs.replace(gateway, site=site, schema=schema, drain=drain)


async def _probe() -> None:
    """It has no state."""


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--drain-within", type=float, default=10.0, metavar="SECONDS")
    options = parser.parse_args(words)
    listener = listen("127.0.0.1", options.port)
    assert listener is not None
    print(f"{url(listener)}/graphql", flush=True)  # noqa: T201 - for whoever started it
    serve(ticking_gateway(server=ServerSettings(drain_within_seconds=options.drain_within)), listener)


if __name__ == "__main__":
    main()
