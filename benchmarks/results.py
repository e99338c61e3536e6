"""The whole run: everything is started, measured and written down in `results.md` and `results.png`."""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import comparison, hot_places, latency, machine, sizes
from benchmarks.fleet_query import FLEET, LEAVES
from benchmarks.load import Plan
from benchmarks.measure import Figures, load
from benchmarks.peers import KINDS, SMALL, usual
from benchmarks.plot import plot
from benchmarks.process import SERVER_CORE, Process
from benchmarks.request import graphql
from benchmarks.servers import Under, configuration, gateway, vendors
from benchmarks.table import table
from benchmarks.vendors import accounts

_HERE = Path(__file__).parent
_PROFILED_SECONDS = 10.0
_MICROSECONDS = 1000


def run(options: argparse.Namespace) -> None:
    """Takes a quarter of an hour."""
    under = comparison.under_test(options)
    found = comparison.compared(options, names=usual(), connections=(1, 16))
    comparison.show(found.figures)
    with vendors() as replayed:
        parts = [
            _head(),
            _peers(found),
            _latency(latency.overheads(under, replayed)),
            _sizes(sizes.sizes(under, replayed), sizes.start(under, replayed)),
            _layers(_measured_layers(under, replayed)),
            _profile(_profiled(under, replayed)),
        ]
    one = {name: each for (name, connections), each in found.figures.items() if connections == 1}
    plot([*one.values()], one[comparison.STANDARD], _HERE / "results.png")
    (_HERE / "results.md").write_text("\n".join(parts), "utf-8")


def _head() -> str:
    return f"""# Results

Made by `python -m benchmarks`; every figure is of that one run. {machine.described()}
The five vendors are replayed from memory by a process on core 1, with 100 mailboxes each, and another figure in every answer. The server
that is measured has core 0 to itself. The fleet query asks for {LEAVES} leaf fields of 500 mailboxes, ordered by address, and for the
sources. CPU is user and system time of the server's process; "1/CPU" is how many answers a second one core has CPU for, which a busy
machine falsifies less than answers counted. Medians of rounds in which the peers take turns.
"""


def _peers(found: comparison.Comparison) -> str:
    parts = ["## Peers\n", *(f"{line}  " for line in found.notes), ""]
    for connections in (1, 16):
        parts += [f"{connections} connection{'s' if connections > 1 else ''}:\n", _peers_table(found.figures, connections)]
    return "\n".join([*parts, _WORDS])


_WORDS = """Cold: `Cache-Control: no-cache` on every request, so every answer waits for a refresh that begins after the request came; requests that
come together share one, which is why the gateway asks the vendors less often than once for each answer at 16 connections: compare CPU there only
with the calls in mind. Warm: the inventory counts as fresh; each request has variables that were never sent (a filter that lets
all but one address pass, another one each time), or a document that was never sent (another operation name each time). The same again: one operation,
over and over. Pages: the first 20 of 5 x 10,000 warm mailboxes, filtered by status and ordered by daily limit, as one operation over and over;
behind another cursor each time; with a filter that was never sent.

The BFF keeps nothing between requests, has no schema, quotas, retries or redaction; it answers `GET` with the same data.
"""


def _peers_table(figures: Mapping[tuple[str, int], Figures], connections: int) -> str:
    standard = figures[comparison.STANDARD, connections]
    columns = ("who", "CPU ms", "1/CPU", "x BFF", "answers/s", "x BFF ", "p50 ms", "p99 ms", "vendor calls", "kB", "RSS MB", "failed")
    return table(columns, [_peers_row(each, standard) for (_, number), each in figures.items() if number == connections])


def _peers_row(it: Figures, standard: Figures) -> Sequence[object]:
    return (
        KINDS[it.name].what,
        f"{it.cpu_ms:.2f}",
        f"{it.capacity:,.0f}",
        f"{it.capacity / standard.capacity:.2f}",
        f"{it.per_second:,.0f}",
        f"{it.per_second / standard.per_second:.2f}",
        f"{it.p50_ms:.2f}",
        f"{it.p99_ms:.2f}",
        f"{it.calls_each:.1f}",
        f"{it.kilobytes:.0f}",
        f"{it.resident_mb:.0f}",
        it.failures,
    )


def _latency(found: Sequence[latency.Overhead]) -> str:
    columns = ("vendors' latency, ms", "slowest vendor's own time", "gateway, cold", "it adds", "BFF", "it adds ")
    rows = [
        (
            each.latency_ms,
            f"{each.vendor_ms:.1f}",
            f"{each.answers_ms['gateway-cold']:.1f}",
            f"{each.added_ms('gateway-cold'):.1f}",
            f"{each.answers_ms['bff']:.1f}",
            f"{each.added_ms('bff'):.1f}",
        )
        for each in found
    ]
    words = "Medians in milliseconds, one connection. The slowest vendor has two pages to be asked for one after the other.\n"
    return "\n".join(["## Latency\n", words, table(columns, rows)])


def _sizes(found: Sequence[sizes.Size], start: sizes.Start) -> str:
    columns = ("mailboxes", "BFF ms", "cold ms", "warm ms", "the same again ms", "page of 20 ms", "load s", "RSS MB loaded", "later")
    rows = [
        (
            f"{each.mailboxes:,}",
            f"{each.bff_cold_ms:.2f}",
            f"{each.cold_ms:.2f}",
            f"{each.warm_ms:.2f}",
            f"{each.repeated_ms:.2f}",
            f"{each.page_ms:.2f}",
            f"{each.load_seconds:.2f}",
            f"{each.loaded_mb:.0f}",
            f"{each.resident_mb:.0f}",
        )
        for each in found
    ]
    words = f"From start to ready {start.ready_seconds:.2f} s; {start.idle_mb:.0f} MB when nobody has asked yet.\n"
    more = "CPU of one answer (the first 500 mailboxes, and the same operation page by page), the least of three rounds; load: the first answer.\n"
    return "\n".join(["## Sizes\n", more, table(columns, rows), words])


# ---------------------------------------------------------------------- inside
def _measured_layers(under: Under, vendors: Process) -> Mapping[str, Mapping[str, float]] | None:
    with tempfile.TemporaryDirectory() as name:
        Path(name, "gateway.toml").write_text(configuration(accounts(vendors.address, size=SMALL)), "utf-8")
        done = subprocess.run(  # noqa: S603 - our own command
            [shutil.which("taskset") or "env", *(["-c", str(SERVER_CORE)] if shutil.which("taskset") else [])]
            + [under.python, "-P", str(_HERE / "layers.py"), "gateway.toml", FLEET],
            cwd=name,
            env={**os.environ, "PYTHONPATH": str(under.directory)},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        print(done.stderr)
        return None
    found: Any = json.loads(done.stdout)
    return found


def _layers(found: Mapping[str, Mapping[str, float]] | None) -> str:
    if found is None:
        return "## Layers\n\nNot measured: this gateway is built otherwise.\n"
    calls, answers = dict(found["calls"]), dict(found["answers"])
    whole_call, whole_answer = calls.pop("all"), answers.pop("all")
    parts = {name: answers.pop(name) for name in ("parse", "validate", "encode")}
    return "\n".join(
        [
            "## Layers\n",
            f"A call to a vendor that answers at once, through all layers: {whole_call:.0f} µs of CPU. What is saved without each:\n",
            table(("layer", "µs"), [(name, f"{whole_call - each:.0f}") for name, each in calls.items()]),
            f"A warm answer through the whole app, without the server: {whole_answer / _MICROSECONDS:.2f} ms. What is saved without each extension,",
            "and with Strawberry's executor in place of ours (less than nothing: ours saves that much):\n",
            table(("part", "ms"), [(name, f"{(whole_answer - each) / _MICROSECONDS:.2f}") for name, each in answers.items()]),
            "The same operation by itself:\n",
            table(("step", "ms"), [(name, f"{each / _MICROSECONDS:.2f}") for name, each in parts.items()]),
        ]
    )


def _profiled(under: Under, vendors: Process) -> hot_places.Profile:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "samples.json")
        with gateway(under, vendors.address, SMALL, samples=file) as process:
            load(Plan(process.port, [graphql(FLEET, no_cache=True)], 1, 1.0))
            process.forget_samples()
            load(Plan(process.port, [graphql(FLEET, no_cache=True)], 1, _PROFILED_SECONDS))
        return hot_places.read(file)


def _profile(found: hot_places.Profile) -> str:
    def shares(rows: Sequence[tuple[str, float]]) -> Sequence[tuple[str, str]]:
        return [(f"`{name}`", f"{share:.1%}") for name, share in rows if share >= 0.005]  # noqa: PLR2004 - less is noise

    words = f"Where the process computes during cold answers: {found.samples:,} samples, one each millisecond of CPU; C code counts for its caller.\n"
    by_part = table(("part, without what it calls in others", "of CPU"), shares(found.parts))
    return "\n".join(["## Profile of the cold path\n", words, by_part, table(("function, without what it calls", "of CPU"), shares(found.places))])


