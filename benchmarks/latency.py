"""What the gateway adds to the slowest vendor's own time, at several latencies of the vendors."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

import httpx
import msgspec

from benchmarks.load import Plan
from benchmarks.measure import load
from benchmarks.peers import SMALL, Peer, opened
from benchmarks.process import Process
from benchmarks.request import get
from benchmarks.servers import Under

LATENCIES_MS = (0, 50, 300)
PEERS = ("bff", "gateway-cold")
_ROUNDS, _ANSWERS = 3, 12


class Overhead(msgspec.Struct, frozen=True):
    """Milliseconds, medians: of the vendor that takes longest for its list (its pages one after the other), and of whole answers."""

    latency_ms: int
    vendor_ms: float
    answers_ms: dict[str, float]

    def added_ms(self, peer: str) -> float:
        return self.answers_ms[peer] - self.vendor_ms


def overheads(under: Under, vendors: Process) -> Sequence[Overhead]:
    """One connection, a cold fleet query after the other."""
    with ExitStack() as stack:
        peers = stack.enter_context(opened([*PEERS], under, vendors.address))
        stack.callback(httpx.get, f"{vendors.address}/control?latency_ms=0")
        for peer in peers:
            load(Plan(peer.process.port, peer.requests, 1, 0.5))
        return [_overhead(latency, peers, vendors) for latency in LATENCIES_MS]


def _overhead(latency_ms: int, peers: Sequence[Peer], vendors: Process) -> Overhead:
    httpx.get(f"{vendors.address}/control?latency_ms={latency_ms}")
    own, answers = [], defaultdict(list)
    for _ in range(_ROUNDS):
        own.append(_slowest_ms(vendors, latency_ms))
        for peer in peers:
            seconds = max(1.0, _ANSWERS * (2 * latency_ms + 20) / 1000)
            answers[peer.name].append(load(Plan(peer.process.port, peer.requests, 1, seconds)).p50_ms)
    return Overhead(latency_ms, median(own), {name: median(each) for name, each in answers.items()})


def _slowest_ms(vendors: Process, latency_ms: int) -> float:
    """The median time of each address by itself; a vendor's pages are asked for one after the other, so they add up."""
    by_vendor: dict[str, float] = defaultdict(float)
    for target in httpx.get(f"{vendors.address}/targets").json():
        _, world, vendor, *_ = target.split("/", 3)
        if world == SMALL:
            seconds = max(0.3, _ANSWERS * latency_ms / 1000)
            by_vendor[vendor] += load(Plan(vendors.port, [get(target)], 1, seconds, warm_up_seconds=0.1)).p50_ms
    return max(by_vendor.values())
