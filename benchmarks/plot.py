"""The picture."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

from benchmarks.measure import Figures
from benchmarks.peers import KINDS

_OURS, _OTHERS, _STANDARD = "#2563eb", "#94a3b8", "#334155"


def plot(figures: Sequence[Figures], standard: Figures, file: Path) -> None:
    """Answers a second of one core by the CPU that each takes, beside the BFF's, on a logarithmic scale."""
    ordered = sorted(figures, key=lambda each: each.capacity)
    picture, axes = plt.subplots(figsize=(9, 0.42 * len(ordered) + 1.3))
    bars = axes.barh(
        [KINDS[each.name].what for each in ordered],
        [each.capacity for each in ordered],
        color=[_STANDARD if each == standard else _OURS if _is_ours(each) else _OTHERS for each in ordered],
    )
    axes.bar_label(bars, [f"{each.capacity:,.0f}  ({each.capacity / standard.capacity:.2g}x)" for each in ordered], padding=4, fontsize=9)
    axes.axvline(standard.capacity, color="#475569", linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(right=max(each.capacity for each in ordered) * 6)
    axes.set_xlabel("answers a second that one core has CPU for (x: beside the BFF written by hand)")
    axes.spines[["top", "right"]].set_visible(False)
    picture.tight_layout()
    picture.savefig(file, dpi=150, metadata={"Software": None})
    plt.close(picture)


def _is_ours(figures: Figures) -> bool:
    return figures.name.startswith(("gateway", "page"))
