"""The command line: `python -m benchmarks scale`."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from benchmarks.scale import scale

BENCHMARKS: Mapping[str, tuple[Callable[[], None], str]] = {
    "scale": (scale, "pages, refreshes and memory at 100, 1,000 and 10,000 mailboxes an account, and with 200 accounts (minutes)"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark; returns the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Figures on this machine; nothing passes or fails.")
    names = parser.add_subparsers(dest="name", required=True, metavar="benchmark")
    for name, (_, what) in BENCHMARKS.items():
        names.add_parser(name, help=what)
    run, _ = BENCHMARKS[parser.parse_args(arguments).name]
    run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
