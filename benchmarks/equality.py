"""Whether two peers tell the same fleet."""

from typing import Any

import httpx

from benchmarks.peers import Peer
from benchmarks.process import Process
from benchmarks.request import ask


def differences(one: Peer, other: Peer, vendors: Process) -> list[str]:
    """Where their data differs, apart from when each asked the vendors; empty when nowhere."""
    httpx.get(f"{vendors.address}/control?varies=0")
    try:
        fleets = [_fleet(peer) for peer in (one, other)]
    finally:
        httpx.get(f"{vendors.address}/control?varies=1")
    return compared(*fleets)


def compared(one: Any, other: Any) -> list[str]:  # noqa: ANN401 - JSON as it comes
    """The same of two `mailboxes`."""
    for fleet in (one, other):
        for source in fleet["sources"]:
            source["asOf"] = None
    found = [f"{len(one['nodes'])} and {len(other['nodes'])} rows"] if len(one["nodes"]) != len(other["nodes"]) else []
    found += [f"{row}\n{twin}" for row, twin in zip(one["nodes"], other["nodes"], strict=False) if list(row.items()) != list(twin.items())]
    return found + ([f"{one['sources']}\n{other['sources']}"] if one["sources"] != other["sources"] else [])


def _fleet(peer: Peer) -> Any:  # noqa: ANN401 - JSON as it comes
    return ask(peer.process.port, peer.request).json["data"]["mailboxes"]
