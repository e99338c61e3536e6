"""Rounds of load, and what they took."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import count
from statistics import median

import httpx
import msgspec

from benchmarks.load import Measured, Plan
from benchmarks.peers import Peer
from benchmarks.process import OTHERS_CORE, Process, pin
from benchmarks.request import ask

_OK = 200
_FIRST_SECONDS = 1.5


class Round(msgspec.Struct, frozen=True):
    """What one peer did in one round. CPU is the server's own, in its code and in the kernel's; calls are those to vendors."""

    load: Measured
    cpu_ms: float
    calls_each: float
    resident_mb: float


class Figures(msgspec.Struct, frozen=True):
    """Medians of several rounds. `capacity` is how many requests a second one core can do by the CPU that each takes."""

    name: str
    connections: int
    per_second: float
    cpu_ms: float
    least_cpu_ms: float
    p50_ms: float
    p99_ms: float
    calls_each: float
    kilobytes: float
    resident_mb: float
    failures: int
    client_share: float

    @property
    def capacity(self) -> float:
        return 1000 / self.cpu_ms


class FailedError(Exception):
    """A peer does not answer as it must: figures would mean nothing."""


def measure(
    peers: Sequence[Peer], vendors: Process, *, rounds: int, seconds: float, connections: Sequence[int]
) -> Mapping[tuple[str, int], Figures]:
    """Round by round, one peer after the other, every second round backwards."""
    numbers = count(1)
    for peer in peers:
        check(peer)
        load(Plan(peer.process.port, peer.requests, max(connections), _FIRST_SECONDS))  # compilers and caches get what they want
    found: dict[tuple[str, int], list[Round]] = {}
    for number in range(rounds):
        for peer in peers if number % 2 == 0 else reversed(peers):
            for each in connections:
                plan = Plan(peer.process.port, peer.requests, each, seconds, first_number=next(numbers) * 1_000_000)
                found.setdefault((peer.name, each), []).append(round_of(peer.process, vendors, plan))
    check_vendors(vendors)
    return {key: _figures(*key, each) for key, each in found.items()}


def check(peer: Peer) -> None:
    """Raises `FailedError` for an answer that holds errors, lacks rows, or comes from sources that are not fresh."""
    answer = ask(peer.process.port, peer.request)
    if answer.status != _OK:
        message = f"{peer.name} answers {answer.status}: {answer.body[:500]!r}"
        raise FailedError(message)
    body = answer.json
    fleet = (body.get("data") or {}).get("mailboxes") or {}
    stale = [source for source in fleet.get("sources", ()) if source["status"] != "FRESH"]
    if body.get("errors") or stale or not fleet.get("nodes"):
        message = f"{peer.name} answers with errors {body.get('errors')}, {len(fleet.get('nodes', ()))} rows, sources not fresh: {stale}"
        raise FailedError(message)


def check_vendors(vendors: Process) -> None:
    """Raises `FailedError` when a peer asked for something that a vendor refuses: it would have had less to do than the others."""
    if refused := _state(vendors)["bad_answers"]:
        message = f"The vendors refused {refused:.0f} calls."
        raise FailedError(message)


def round_of(process: Process, vendors: Process, plan: Plan) -> Round:
    """One peer under load, and what it took."""
    calls, cpu = _calls(vendors), process.cpu_seconds
    measured = load(plan)
    cpu, calls = process.cpu_seconds - cpu, _calls(vendors) - calls
    return Round(measured, cpu * 1000 / measured.all_requests, calls / measured.all_requests, process.resident_mb)


def load(plan: Plan) -> Measured:
    """Has a client carry out a plan, in a process of its own."""
    client = subprocess.Popen([sys.executable, "-m", "benchmarks.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    pin(client.pid, OTHERS_CORE)
    said, _ = client.communicate(msgspec.json.encode(plan))
    return msgspec.json.decode(said, type=Measured)


def _calls(vendors: Process) -> int:
    return int(_state(vendors)["answers"])


def _state(vendors: Process) -> dict[str, float]:
    found: dict[str, float] = httpx.get(f"{vendors.address}/counts").json()
    return found


def _figures(name: str, connections: int, rounds: Sequence[Round]) -> Figures:
    return Figures(
        name=name,
        connections=connections,
        per_second=median(each.load.requests / each.load.seconds for each in rounds),
        cpu_ms=median(each.cpu_ms for each in rounds),
        least_cpu_ms=min(each.cpu_ms for each in rounds),
        p50_ms=median(each.load.p50_ms for each in rounds),
        p99_ms=median(each.load.p99_ms for each in rounds),
        calls_each=median(each.calls_each for each in rounds),
        kilobytes=median(each.load.bytes_each for each in rounds) / 1000,
        resident_mb=rounds[-1].resident_mb,
        failures=sum(each.load.failures for each in rounds),
        client_share=median(each.load.cpu_seconds / each.load.seconds for each in rounds),
    )
