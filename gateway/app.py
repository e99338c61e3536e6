"""The composition root: settings -> transports -> adapters -> inventory -> schema -> the ASGI app. It sees every layer."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from gateway.config import ROTATING, AccountSettings, CallerSettings, ConfigurationError, IssuerSettings, Problem, Settings
from gateway.config.problem import quoted
from gateway.config.url import is_loopback_host
from gateway.domain.account import Account
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability, MailboxField
from gateway.domain.vault import MemoryVault, Vault
from gateway.domain.vendor import Vendor, VendorProfile
from gateway.domain.writable import VendorFields
from gateway.inventory.account import AccountInventory, Freshness
from gateway.inventory.inventory import Inventory
from gateway.inventory.store import MemoryStore
from gateway.operations.desk import Desk
from gateway.operations.timing import Timing
from gateway.schema.input_error import without_input
from gateway.schema.schema import GatewaySchema, build_schema
from gateway.state.sqlite import SqliteState
from gateway.state.store import StateStore
from gateway.transport.client import VendorHttp
from gateway.transport.limits import Limits
from gateway.transport.quota import Quota
from gateway.vendors.registry import SPECS
from gateway.vendors.spec import Spec
from gateway.web.attachment import Attachments
from gateway.web.callers import CallerKeys, Callers
from gateway.web.door import Door
from gateway.web.drain import Drain
from gateway.web.graphiql import GraphiqlPage
from gateway.web.graphiql_examples import EXAMPLES
from gateway.web.graphql import GraphqlEndpoint
from gateway.web.health import Readiness
from gateway.web.hosts import LOOPBACK, Hosts
from gateway.web.load import Load
from gateway.web.metrics import Metrics
from gateway.web.observer import Observer
from gateway.web.operate import build_operate_site
from gateway.web.origins import Origins
from gateway.web.persisted import Persisted
from gateway.web.rights import Rights
from gateway.web.runner import Runner
from gateway.web.site import build_site
from gateway.web.tokens.bearers import Bearers, NamedSubject
from gateway.web.tokens.issuer import Issuer
from gateway.web.tokens.issuer_keys import IssuerKeys
from gateway.web.tokens.key_source import KeyFile, KeySource, KeyUrl
from gateway.web.traffic import Traffic
from gateway.web.websocket import GraphqlSocket


class Connected(msgspec.Struct, frozen=True):
    """An account with its adapter and the HTTP client below it."""

    adapter: MailboxAdapter
    http: VendorHttp


class Gateway(msgspec.Struct, frozen=True):
    """A gateway, ready to be served: `site` is the ASGI app, `operate_site` that for operators' machines; `schema` needs no HTTP.

    `drain` is begun when the server is told to stop, before anything of it ends. No request, and no message over WebSocket, may be larger
    than `max_body_bytes`.
    """

    site: Starlette
    operate_site: ASGIApp
    schema: GatewaySchema
    inventory: Inventory
    desk: Desk
    drain: Drain
    max_body_bytes: int


def connect(account: AccountSettings, *, wire: httpx.AsyncBaseTransport | None = None, vault: Vault | None = None) -> Connected:
    """An account's adapter, with the vendor's documented limits unless the settings say otherwise. Opens no connection yet.

    `vault` keeps what the adapter must not lose; without one it is kept in memory.
    """
    spec = SPECS[account.vendor]
    limits = _limits(account, spec)
    identity = Account(account.name, account.vendor)
    http = VendorHttp(identity, spec.root_url(account.base_url), spec.authorize(account.values), limits, wire=wire)
    return Connected(spec.build(identity, http, account.values, vault or MemoryVault()), http)


async def open_state(settings: Settings) -> StateStore:
    """For a command that runs beside a gateway that serves: the tokens that it renewed, where an account has such. Raises `StateError`.

    Without one nothing is to be found in the state, and none is made.
    """
    if any(ROTATING in account.values for account in settings.accounts):
        return await SqliteState.open(settings.server.state_dir, state_key=settings.state_key)
    return SqliteState.in_memory()


@asynccontextmanager
async def open_accounts(settings: Settings) -> AsyncIterator[Sequence[MailboxAdapter]]:
    """The adapters of all accounts, for a command that runs beside a gateway that serves; closed at the end. Raises `StateError`."""
    async with AsyncExitStack() as stack:
        state = await open_state(settings)
        stack.push_async_callback(state.close)
        connected = [connect(account, vault=state.vault(account.name)) for account in settings.accounts]
        for each in connected:
            stack.push_async_callback(each.http.close)
        yield [each.adapter for each in connected]


def build_gateway(
    settings: Settings,
    *,
    state: StateStore | None = None,
    timing: Timing | None = None,
    wires: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    more_routes: Sequence[BaseRoute] = (),
) -> Gateway:
    """Everything put together.

    `state` is what survives a restart, closed with the gateway; without one it is kept in memory. `timing` is how patient long work is.
    `wires` replaces the network of the accounts named (tests); `more_routes` are the demo's sandboxes.
    """
    kept = state or SqliteState.in_memory()
    connected = [connect(account, wire=(wires or {}).get(account.name), vault=kept.vault(account.name)) for account in settings.accounts]
    inventory = _inventory(settings, connected)
    schema = _schema(settings)
    page = _page(settings)
    callers = _callers(settings, [each.adapter.account for each in connected])
    desk = Desk(inventory, kept, timing=timing)
    runner = Runner(
        schema,
        inventory,
        desk,
        profiles(),
        writable_fields(),
        request_timeout_seconds=settings.server.request_timeout_seconds,
        max_vendor_calls=settings.server.max_vendor_calls,
        kept_answer_bytes=settings.server.kept_answers_mib * 2**20,
        persisted=_persisted(settings, schema),
    )
    load = Load(max_requests=settings.server.max_requests, max_lag_seconds=settings.server.max_lag_seconds)
    drain = Drain(load, within_seconds=settings.server.drain_within_seconds)
    traffic = Traffic(load, lambda: len(runner.gate.seats))
    observer = Observer(traffic, is_logging=settings.server.log_requests)
    endpoint = GraphqlEndpoint(runner, callers, drain, load, observer, page=page, limits=settings.limits)

    async def close() -> None:
        await desk.close(within_seconds=drain.seconds_left)
        await inventory.close()
        await callers.close()
        await asyncio.gather(*(each.http.close() for each in connected))
        await kept.close()

    attachments = Attachments(inventory, callers, runner.gate)
    origins = Origins(settings.server.origins)
    metrics = Metrics(inventory, lambda: [each.http.vitals() for each in connected], runner.figures, traffic, callers)
    readiness = Readiness(load, kept.probe)
    socket = GraphqlSocket(runner, callers, load, observer, origins)
    site = build_site(
        endpoint,
        socket,
        attachments,
        metrics,
        readiness,
        load,
        door=partial(Door, hosts=_hosts(settings.server.host, settings.server.hosts), origins=origins, observer=observer),
        page=page,
        start=desk.open,
        close=close,
        more_routes=more_routes,
    )
    operate_door = partial(Door, hosts=_hosts(settings.server.operate_host, settings.server.hosts), origins=Origins(), observer=observer)
    operate_site = build_operate_site(metrics, readiness, door=operate_door)
    return Gateway(site, operate_site, schema, inventory, desk, drain, settings.limits.max_body_kib * 1024)


def _inventory(settings: Settings, connected: Sequence[Connected]) -> Inventory:
    store = MemoryStore()
    return Inventory(
        (
            AccountInventory(each.adapter, store, freshness=_freshness(account, each.http.limits))
            for account, each in zip(settings.accounts, connected, strict=True)
        ),
        answer_within_seconds=settings.server.answer_within_seconds,
    )


def _schema(settings: Settings) -> GatewaySchema:
    server = settings.server
    return build_schema(
        [spec.details for spec in SPECS.values()],
        writable_fields(),
        introspection=is_loopback_host(server.host) if server.introspection is None else server.introspection,
        compiled=server.compiled,
        federation=server.federation,
        limits=settings.limits,
    )


def _page(settings: Settings) -> GraphiqlPage | None:
    """On loopback unless the settings say otherwise; not where nothing but listed documents runs."""
    is_usual = is_loopback_host(settings.server.host) and not settings.documents.only_listed
    has_page = is_usual if settings.server.graphiql is None else settings.server.graphiql
    return GraphiqlPage(EXAMPLES) if has_page else None


def check_documents(settings: Settings, source: str) -> None:
    """Raises `ConfigurationError` with everything that is wrong with the documents of the manifests; `source` names the file."""
    if not settings.documents.manifests:
        return
    documents = build_schema([spec.details for spec in SPECS.values()], writable_fields(), limits=settings.limits).documents
    problems = [
        Problem(
            f"{manifest.path}: {quoted(identifier)}",
            f"The document does not run: {without_input(error)}",
            "Write the manifest anew, from this schema.",
        )
        for manifest in settings.documents.manifests
        for identifier, text in manifest.documents.items()
        for error in documents.errors(text)
    ]
    if problems:
        raise ConfigurationError(source, problems)


def _persisted(settings: Settings, schema: GatewaySchema) -> Persisted:
    listed = {identifier: text for manifest in settings.documents.manifests for identifier, text in manifest.documents.items()}
    own = settings.documents
    return Persisted(schema.documents, listed, only_listed=own.only_listed, automatic=own.automatic)


def profiles() -> Mapping[Vendor, VendorProfile]:
    """What every vendor can do: the matrix of GraphQL and of the README."""
    return {vendor: _profile(spec) for vendor, spec in SPECS.items()}


def writable_fields() -> Mapping[Vendor, type[VendorFields]]:
    """What each vendor alone lets one write."""
    return {vendor: spec.fields for vendor, spec in SPECS.items()}


def _hosts(host: str, names: Sequence[str] | None) -> Hosts:
    """The names of a server that listens there. On loopback no other name leads to it but by a trick; elsewhere any name may be ours."""
    if not is_loopback_host(host):
        return Hosts(names)
    return Hosts((*LOOPBACK, f"[{host}]" if ":" in host and not host.startswith("[") else host, *(names or ())))


def _profile(spec: Spec) -> VendorProfile:
    able, updatable = spec.adapter.capabilities(), spec.adapter.updatable_fields
    return VendorProfile(
        spec.vendor,
        spec.title,
        tuple(capability for capability in Capability if capability in able),
        tuple(field for field in MailboxField if field in updatable),
        spec.documentation_url,
    )


def _limits(account: AccountSettings, spec: Spec) -> Limits:
    """The vendor's documented limits, unless the settings say otherwise."""
    default = Limits()
    return Limits(
        quotas=_quotas(account, spec),
        write_quotas=spec.write_quotas if account.quotas is None else None,
        learns=account.quotas is None,
        concurrency=account.concurrency or spec.concurrency,
        read_seconds=account.timeout_seconds or spec.read_seconds,
        retries=default.retries if account.retries is None else account.retries or None,
        breaker=default.breaker if account.breaker is None else account.breaker or None,
        max_answer_bytes=account.max_answer_mib * 2**20 if account.max_answer_mib else default.max_answer_bytes,
    )


def _quotas(account: AccountSettings, spec: Spec) -> tuple[Quota, ...]:
    """A configured quota takes the place of the vendor's, but for those of shorter windows: bursts are limited in any plan."""
    if account.quotas is None:
        return spec.quotas
    return (*account.quotas, *(quota for quota in spec.quotas for own in account.quotas if quota.per_seconds < own.per_seconds))


def _freshness(account: AccountSettings, limits: Limits) -> Freshness:
    return Freshness(
        fresh_for=None if account.fresh_for_seconds is None else timedelta(seconds=account.fresh_for_seconds),
        keep_for=timedelta(seconds=account.keep_for_seconds),
        seconds_per_call=max((quota.per_seconds / quota.requests for quota in limits.quotas), default=0.0),
    )


def key_source(issuer: IssuerSettings) -> KeySource:
    """Where an issuer's keys are to be had. Opens no connection yet."""
    return KeyUrl(issuer.jwks_url) if issuer.jwks_url is not None else KeyFile(issuer.jwks_file or Path())


def _callers(settings: Settings, accounts: Sequence[Account]) -> Callers:
    by_name = {account.name: account for account in sorted(accounts, key=lambda account: account.name)}
    keys = [CallerKeys(each.name, each.key_hashes, _rights(each)) for each in settings.callers]
    subjects = [
        NamedSubject(each.issuer, each.subject, each.name, _rights(each))
        for each in settings.callers
        if each.issuer is not None and each.subject is not None
    ]
    bearers = Bearers([_issuer(each) for each in settings.issuers], subjects, by_name) if settings.issuers else None
    return Callers(keys, by_name, bearers)


def _issuer(settings: IssuerSettings) -> Issuer:
    return Issuer(
        name=settings.name,
        issuer=settings.issuer,
        audience=settings.audience,
        algorithms=settings.algorithms,
        leeway_seconds=settings.leeway_seconds,
        keys=IssuerKeys(settings.name, key_source(settings), settings.algorithms),
        rights=_rights(settings) if settings.scopes else None,
        scopes_claim=settings.scopes_claim,
        accounts_claim=settings.accounts_claim,
    )


def _rights(settings: CallerSettings | IssuerSettings) -> Rights:
    return Rights(settings.scopes, None if settings.accounts is None else frozenset(settings.accounts))
