"""Fleets of several sizes: what answers cost, how long a fleet takes to load, and the memory that it takes."""

import time
from collections.abc import Sequence
from statistics import median

import msgspec

from benchmarks.fleet_query import FLEET, PAGE
from benchmarks.load import Plan
from benchmarks.measure import check_vendors, round_of
from benchmarks.peers import never_seen
from benchmarks.process import Process
from benchmarks.request import ask, get, graphql
from benchmarks.servers import Under, bff, gateway

SIZES = (1, 100, 10_000)
_REFRESHES, _STARTS = 5, 5


class Size(msgspec.Struct, frozen=True):
    """A fleet of five accounts with so many mailboxes each. CPU in milliseconds of one answer: the first 500, or a page of 20."""

    mailboxes: int
    bff_cold_ms: float
    cold_ms: float
    warm_ms: float
    repeated_ms: float
    page_ms: float
    load_seconds: float
    loaded_mb: float
    resident_mb: float


class Start(msgspec.Struct, frozen=True):
    """From the start of the process to the first good answer of `/healthz`, the median of several; memory when nobody has asked yet."""

    ready_seconds: float
    idle_mb: float


def sizes(under: Under, vendors: Process) -> Sequence[Size]:
    """One fleet after the other, the gateway's processes new for each."""
    found = [_size(each, under, vendors) for each in SIZES]
    check_vendors(vendors)
    return found


def start(under: Under, vendors: Process) -> Start:
    """Processes that do nothing."""
    found = []
    for _ in range(_STARTS):
        with gateway(under, vendors.address, "100") as process:
            found.append((process.ready_seconds, process.resident_mb))
    return Start(median(ready for ready, _ in found), median(memory for _, memory in found))


def _size(mailboxes: int, under: Under, vendors: Process) -> Size:
    world = str(mailboxes)
    with bff(vendors.address, world) as process:
        ask(process.port, get("/mailboxes"))  # the vendors' answers are recorded now
        bff_cold = _cpu_ms(process, vendors, get("/mailboxes"))
    with gateway(under, vendors.address, world) as process:
        started = time.perf_counter()
        ask(process.port, graphql(FLEET))
        load_seconds, loaded_mb = time.perf_counter() - started, process.resident_mb
        warm, repeated = _cpu_ms(process, vendors, never_seen(FLEET)), _cpu_ms(process, vendors, graphql(FLEET))
        page = _cpu_ms(process, vendors, graphql(PAGE))
        cold = _cpu_ms(process, vendors, graphql(FLEET, no_cache=True))
        for _ in range(_REFRESHES):
            ask(process.port, graphql(FLEET, no_cache=True))
        return Size(mailboxes * 5, bff_cold, cold, warm, repeated, page, load_seconds, loaded_mb, process.resident_mb)


def _cpu_ms(process: Process, vendors: Process, request: bytes) -> float:
    return min(round_of(process, vendors, Plan(process.port, [request], 1, 1.0, warm_up_seconds=0.0)).cpu_ms for _ in range(3))
