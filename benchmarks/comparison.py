"""Every peer in one run, side by side."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.equality import differences
from benchmarks.measure import Figures, measure
from benchmarks.peers import KINDS, opened
from benchmarks.servers import Under, vendors

STANDARD = "bff"
SAME_DATA = ("gateway-cold", "mercurius", "strawberry")
_USUAL = [name for name in KINDS if not name.endswith("-odd")]


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command line takes."""
    parser.add_argument("--only", help=f"some peers, by comma: {', '.join(KINDS)}", default=",".join(_USUAL))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round, for each peer")
    parser.add_argument("--connections", default="1,16")
    parser.add_argument("--gateway-dir", type=Path, help="another source tree of the gateway to be tested")
    parser.add_argument("--gateway-python", default=sys.executable, help="the Python that has its dependencies")


def compare(options: argparse.Namespace) -> None:
    """Measures and prints."""
    under = Under(options.gateway_dir, options.gateway_python)
    names = options.only.split(",")
    connections = [int(each) for each in options.connections.split(",")]
    with vendors() as replayed, opened(names, under, replayed.address) as peers:
        by_name = {peer.name: peer for peer in peers}
        for name in SAME_DATA:
            if STANDARD in by_name and name in by_name:
                differ = differences(by_name[STANDARD], by_name[name], replayed)
                print(f"{STANDARD} and {name} tell the same data" if not differ else "\n".join(differ[:5]))
        figures = measure(peers, replayed, rounds=options.rounds, seconds=options.seconds, connections=connections)
    for each in connections:
        Console(width=140).print(_table(figures, each))


def _table(figures: Mapping[tuple[str, int], Figures], connections: int) -> Table:
    table = Table(title=f"{connections} connections, medians", box=None)
    for column in ("peer", "req/s", "CPU ms", "1/CPU", "x BFF", "p50 ms", "p99 ms", "calls", "kB", "RSS MB", "client", "failed"):
        table.add_column(column, justify="left" if column == "peer" else "right")
    mine = [each for each in figures.values() if each.connections == connections]
    for each in mine:
        table.add_row(each.name, *_cells(each, figures.get((STANDARD, connections))))
    return table


def _cells(it: Figures, standard: Figures | None) -> Sequence[str]:
    return (
        f"{it.per_second:,.0f}",
        f"{it.cpu_ms:.2f}",
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
