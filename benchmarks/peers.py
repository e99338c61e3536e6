"""Who is measured: a name, a server, and the requests that it gets."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager

import msgspec

from benchmarks.fleet_query import CURSORS, FLEET, PAGE
from benchmarks.load import PLACEHOLDER
from benchmarks.process import Process
from benchmarks.request import ask, get, graphql
from benchmarks.servers import Under, bff, gateway, mercurius, ready_body, strawberry_plain

SMALL, BIG = "100", "10000"
"""Worlds: so many mailboxes at each of the five vendors."""
_STAMP = PLACEHOLDER.decode()
_ACTIVE = {"status": ["ACTIVE", "UNKNOWN"]}

Open = Callable[[], AbstractContextManager[Process]]


class Peer(msgspec.Struct, frozen=True):
    """A server, running, and what it is asked for."""

    name: str
    process: Process
    requests: list[bytes]

    @property
    def request(self) -> bytes:
        """One of them, to be sent alone."""
        return self.requests[0].replace(PLACEHOLDER, b"0" * len(PLACEHOLDER))


class Kind(msgspec.Struct, frozen=True):
    """A peer before it runs: `server` names the process (peers may share one), `requests` asks it for what they need."""

    what: str
    server: str
    requests: Callable[[Process], list[bytes]]


def never_seen(query: str, filter_: Mapping[str, object] | None = None) -> bytes:
    """Another filter each time, with which the same mailboxes pass: all but one address that nobody has."""
    return graphql(query, {"filter": {**(filter_ or {}), "not": {"address": {"eq": f"{_STAMP}@nobody.example"}}}})


def _cursors(process: Process) -> list[str]:
    """Every fifth place of the fleet: more than are asked for in one round, so that no page comes twice in it."""
    found: list[str] = []
    after = None
    while True:
        page = ask(process.port, graphql(CURSORS, {"filter": _ACTIVE, "after": after})).json["data"]["mailboxes"]
        found += [edge["cursor"] for edge in page["edges"][4::5]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


KINDS: Mapping[str, Kind] = {
    "bff": Kind("BFF written by hand", "bff", lambda _: [get("/mailboxes")]),
    "gateway-cold": Kind("gateway, cold: every request refetches", "gateway-cold", lambda _: [graphql(FLEET, no_cache=True)]),
    "gateway-warm": Kind("gateway, warm: variables never seen", "gateway-warm", lambda _: [never_seen(FLEET)]),
    "gateway-warm-document": Kind(
        "gateway, warm: document never seen", "gateway-warm", lambda _: [graphql(FLEET.replace("query Fleet", f"query Fleet{_STAMP}"))]
    ),
    "gateway-repeated": Kind("gateway, the same again", "gateway-repeated", lambda _: [graphql(FLEET)]),
    "page-repeated": Kind("20 of 50,000, the same again", "gateway-big", lambda _: [graphql(PAGE, {"filter": _ACTIVE})]),
    "page-cursor": Kind(
        "20 of 50,000, another page each time",
        "gateway-big",
        lambda process: [graphql(PAGE, {"filter": _ACTIVE, "after": cursor}) for cursor in _cursors(process)],
    ),
    "page-filter": Kind("20 of 50,000, a filter never seen", "gateway-big", lambda _: [never_seen(PAGE, _ACTIVE)]),
    "mercurius": Kind("Node: fastify, mercurius with graphql-jit, undici", "mercurius", lambda _: [graphql(FLEET)]),
    "strawberry": Kind("Strawberry and httpx as tutorials show them", "strawberry", lambda _: [graphql(FLEET, path="/graphql/")]),
    "starlette": Kind("Starlette alone, a ready body", "starlette", lambda _: [get("/mailboxes")]),
    "bff-odd": Kind("BFF, a third of the rows odd", "bff-odd", lambda _: [get("/mailboxes")]),
    "gateway-cold-odd": Kind("gateway, cold, a third of the rows odd", "gateway-odd", lambda _: [graphql(FLEET, no_cache=True)]),
}


def servers(under: Under, vendors_address: str) -> Mapping[str, Open]:
    """How each server is started."""
    return {
        "bff": lambda: bff(vendors_address, SMALL),
        "mercurius": lambda: mercurius(vendors_address, SMALL),
        "strawberry": lambda: strawberry_plain(vendors_address, SMALL),
        "starlette": lambda: ready_body(vendors_address, SMALL),
        "bff-odd": lambda: bff(vendors_address, f"odd-{SMALL}"),
        "gateway-cold": lambda: gateway(under, vendors_address, SMALL),
        "gateway-warm": lambda: gateway(under, vendors_address, SMALL),
        "gateway-repeated": lambda: gateway(under, vendors_address, SMALL),
        "gateway-odd": lambda: gateway(under, vendors_address, f"odd-{SMALL}"),
        "gateway-big": lambda: gateway(under, vendors_address, BIG),
    }


@contextmanager
def opened(names: list[str], under: Under, vendors_address: str) -> Iterator[list[Peer]]:
    """These peers, running; a server that several share runs once."""
    starts = servers(under, vendors_address)
    running: dict[str, Process] = {}
    with ExitStack() as stack:
        for name in names:
            server = KINDS[name].server
            if server not in running:
                running[server] = stack.enter_context(starts[server]())
        yield [Peer(name, running[KINDS[name].server], KINDS[name].requests(running[KINDS[name].server])) for name in names]
