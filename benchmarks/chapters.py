"""What the run found, in Markdown, a chapter for each kind of figure."""

from collections.abc import Mapping, Sequence

from benchmarks import hot_places, latency, machine, sizes
from benchmarks.comparison import STANDARD, Comparison
from benchmarks.fleet_query import LEAVES
from benchmarks.inside import Costs
from benchmarks.measure import Figures
from benchmarks.peers import KINDS
from benchmarks.table import table

_MICROSECONDS = 1000
_NOISE = 0.005


def head_chapter() -> str:
    """What was measured, and on what."""
    return f"""# Results

Made by `python -m benchmarks`; every figure is of that one run, on {machine.described()}

The five vendors are replayed from memory by a process on core 1, with 100 mailboxes each, and another figure in every answer; the client
is there, too. The server that is measured has core 0. The fleet query asks for {LEAVES} leaf fields of 500 mailboxes, ordered by address,
and for the sources. CPU is user and system time of the server's process; "1/CPU" is how many answers a second one core has CPU for, which a
busy machine falsifies less than answers counted. Medians of rounds in which the peers take turns.
"""


def peers_chapter(found: Comparison, connections: Sequence[int]) -> str:
    """Everybody side by side."""
    most = max(each.client_share for each in found.figures.values())
    notes = [*found.notes, f"The client took {most:.0%} of core 1 at most; the vendors have the rest."]
    parts = ["## Peers\n", *(f"- {note}" for note in notes), ""]
    for each in connections:
        parts += [f"{each} connection{'s' if each > 1 else ''}:\n", _peers_table(found.figures, each)]
    return "\n".join([*parts, _WORDS])


_WORDS = """Cold: `Cache-Control: no-cache` on every request, so every answer waits for a refresh that begins after the request came.
Requests that come together share one, which is why at 16 connections the gateway asks the vendors less often than once for each answer:
compare CPU there only with the calls in mind.

Warm: the inventory counts as fresh; each request has variables that were never sent (a filter that lets all but one address pass, another
one each time), or a document that was never sent (another operation name each time). The same again: one operation, over and over.

Pages: the first 20 of 5 x 10,000 warm mailboxes, filtered by status and ordered by daily limit, as one operation over and over; behind
another cursor each time; with a filter that was never sent, for which 50,000 rows are looked through.

Odd: a third of the vendors' rows or fewer have a value of another type or form than their pages promise, as the sandboxes have them for
tests. Elsewhere all rows are as documented.

The BFF keeps nothing between requests, has no schema, quotas, retries or redaction; it answers `GET` with the same data.
"""


def _peers_table(figures: Mapping[tuple[str, int], Figures], connections: int) -> str:
    standard = figures[STANDARD, connections]
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


def latency_chapter(found: Sequence[latency.Overhead]) -> str:
    """What is added to the vendors' own time."""
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
    words = """Medians in milliseconds, one connection. The slowest vendor has two pages; its own time is that of one after the other.
The gateway knows how many mailboxes there were last time and asks for both at once, hence less than nothing: beside one page's time it adds
what it computes.
"""
    return "\n".join(["## Latency\n", words, table(columns, rows)])


def sizes_chapter(found: Sequence[sizes.Size], start: sizes.Start) -> str:
    """Fleets of several sizes, and none."""
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
    more = "CPU of one answer (the first 500 mailboxes, or a page of 20), the least of three rounds; load: the first answer.\n"
    return "\n".join(["## Sizes\n", more, table(columns, rows), words])


def layers_chapter(found: Costs | None) -> str:
    """What is saved without each part."""
    if found is None:
        return "## Layers\n\nNot measured: this gateway is built otherwise.\n"
    calls, answers = dict(found.calls), dict(found.answers)
    whole_call, whole_answer = calls.pop("all"), answers.pop("all")
    parts = {name: answers.pop(name) for name in ("parse", "validate", "encode")}
    return "\n".join(
        [
            "## Layers\n",
            f"A call to a vendor that answers at once, through all layers: {whole_call:.0f} µs of CPU. What is saved without each:\n",
            table(("layer", "µs"), [(name, f"{whole_call - each:.0f}") for name, each in calls.items()]),
            f"A warm answer through the whole app, without the server: {whole_answer / _MICROSECONDS:.2f} ms. What is saved without each",
            "extension, and with Strawberry's executor in place of ours (less than nothing: ours saves that much):\n",
            table(("part", "ms"), [(name, f"{(whole_answer - each) / _MICROSECONDS:.2f}") for name, each in answers.items()]),
            "The same operation by itself:\n",
            table(("step", "ms"), [(name, f"{each / _MICROSECONDS:.2f}") for name, each in parts.items()]),
        ]
    )


def profile_chapter(found: hot_places.Profile) -> str:
    """Where the time goes."""

    def shares(rows: Sequence[tuple[str, float]]) -> Sequence[tuple[str, str]]:
        return [(f"`{name}`", f"{share:.1%}") for name, share in rows if share >= _NOISE]

    words = f"Where a process computes that gives cold answers: {found.samples:,} samples, evenly spread over its CPU time.\n"
    by_part = table(("part, without what it calls in others", "of CPU"), shares(found.parts))
    return "\n".join(
        [
            "## Profile of the cold path\n",
            words,
            by_part,
            table(("function, without the Python that it calls", "of CPU"), shares(found.places)),
        ]
    )
