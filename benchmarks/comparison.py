"""Every peer in one run, side by side."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.equality import differences
from benchmarks.measure import Figures, measure
from benchmarks.peers import KINDS, Peer, opened
from benchmarks.process import Process
from benchmarks.servers import Under, has_node, vendors

STANDARD = "bff"
SAME_DATA = ("gateway-cold", "mercurius", "strawberry")


class Comparison(msgspec.Struct, frozen=True):
    """Figures by peer and number of connections, and what else there is to say."""

    figures: Mapping[tuple[str, int], Figures]
    notes: Sequence[str]


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command line takes."""
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round, for each peer")
    parser.add_argument("--gateway-dir", type=Path, default=Under().directory, help="the source tree of the gateway to be tested")
    parser.add_argument("--gateway-python", default=sys.executable, help="the Python that has its dependencies")


def some_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes when only peers are compared."""
    arguments(parser)
    parser.add_argument("--only", help=f"some peers, by comma: {', '.join(KINDS)}", default=",".join(KINDS))
    parser.add_argument("--connections", default="1,16")


def under_test(options: argparse.Namespace) -> Under:
    """Which gateway the command line means."""
    return Under(options.gateway_dir.resolve(), options.gateway_python)


def compare(options: argparse.Namespace) -> None:
    """Measures and prints."""
    found = compared(options, names=options.only.split(","), connections=[int(each) for each in options.connections.split(",")])
    print("\n".join(found.notes))
    show(found.figures)


def compared(options: argparse.Namespace, *, names: Sequence[str], connections: Sequence[int]) -> Comparison:
    """Starts the peers, holds their data against each other's, and measures."""
    notes = [] if has_node() else ["Without node and npm, mercurius is left out."]
    here = [name for name in names if name != "mercurius" or has_node()]
    with vendors() as replayed, opened(here, under_test(options), replayed.address) as peers:
        notes += _same_data(peers, replayed)
        return Comparison(measure(peers, replayed, rounds=options.rounds, seconds=options.seconds, connections=connections), notes)


def show(figures: Mapping[tuple[str, int], Figures]) -> None:
    """Tables on the terminal."""
    for connections in sorted({connections for _, connections in figures}):
        Console(width=140).print(_table(figures, connections))


def _same_data(peers: Sequence[Peer], replayed: Process) -> list[str]:
    by_name = {peer.name: peer for peer in peers}
    notes = []
    for name in SAME_DATA:
        if STANDARD in by_name and name in by_name:
            found = differences(by_name[STANDARD], by_name[name], replayed)
            notes.append(
                "\n".join([f"{STANDARD} and {name} differ:", *found[:5]]) if found else f"{STANDARD} and {name} tell the same data."
            )
    return notes


def _table(figures: Mapping[tuple[str, int], Figures], connections: int) -> Table:
    table = Table(title=f"{connections} connections, medians", box=None)
    for column in ("peer", "req/s", "CPU ms", "least", "1/CPU", "x BFF", "p50 ms", "p99 ms", "calls", "kB", "RSS MB", "client", "failed"):
        table.add_column(column, justify="left" if column == "peer" else "right")
    for each in figures.values():
        if each.connections == connections:
            table.add_row(each.name, *_cells(each, figures.get((STANDARD, connections))))
    return table


def _cells(it: Figures, standard: Figures | None) -> Sequence[str]:
    return (
        f"{it.per_second:,.0f}",
        f"{it.cpu_ms:.2f}",
        f"{it.least_cpu_ms:.2f}",
        f"{it.capacity:,.0f}",
        f"{standard.cpu_ms / it.cpu_ms:.2f}" if standard else "",
        f"{it.p50_ms:.2f}",
        f"{it.p99_ms:.2f}",
        f"{it.calls_each:.1f}",
        f"{it.kilobytes:,.0f}",
        f"{it.resident_mb:.0f}",
        f"{it.client_share:.0%}",
        f"{it.failures}",
    )
