"""The whole run: everything is started, measured and written down in `results.md` and `results.png`."""

import argparse
from pathlib import Path

from benchmarks import chapters, comparison, inside, latency, sizes
from benchmarks.peers import KINDS
from benchmarks.plot import plot
from benchmarks.servers import vendors

_HERE = Path(__file__).parent
_CONNECTIONS = (1, 16)


def run(options: argparse.Namespace) -> None:
    """Takes a quarter of an hour."""
    under = comparison.under_test(options)
    found = comparison.compared(options, names=[*KINDS], connections=_CONNECTIONS)
    comparison.show(found.figures)
    with vendors() as replayed:
        parts = [
            chapters.head_chapter(),
            chapters.peers_chapter(found, _CONNECTIONS),
            chapters.latency_chapter(latency.overheads(under, replayed)),
            chapters.sizes_chapter(sizes.sizes(under, replayed), sizes.start(under, replayed)),
            chapters.layers_chapter(inside.costs(under, replayed)),
            chapters.profile_chapter(inside.profile(under, replayed)),
        ]
    one = {name: each for (name, connections), each in found.figures.items() if connections == 1}
    plot([each for each in one.values() if not each.name.endswith("-odd")], one[comparison.STANDARD], _HERE / "results.png")
    (_HERE / "results.md").write_text("\n".join(parts), "utf-8")
