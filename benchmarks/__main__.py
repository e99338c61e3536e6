"""The command line: `python -m benchmarks`, `python -m benchmarks peers`."""

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec

_NEEDED = ("httptools", "matplotlib", "orjson", "uvloop")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark; returns the process's exit code."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        print(f"This Python lacks {', '.join(missing)}. Use one that has the project and its group `bench`: `pip install --group bench`.")
        return 2
    options = _parser().parse_args(arguments)
    options.run(options)
    return 0


def _parser() -> argparse.ArgumentParser:
    from benchmarks import comparison, results  # noqa: PLC0415 - only where there is what they need
    from benchmarks.scale import scale  # noqa: PLC0415 - as above

    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Figures on this machine; nothing passes or fails.")
    comparison.arguments(parser)
    parser.set_defaults(run=results.run)
    names = parser.add_subparsers(metavar="benchmark", help="without one: all that results.md holds (a quarter of an hour)")
    peers = names.add_parser("peers", help="the gateway beside a BFF written by hand and others (minutes)")
    comparison.some_arguments(peers)
    peers.set_defaults(run=comparison.compare)
    sizes = names.add_parser(
        "scale", help="pages, refreshes and memory at 100, 1,000 and 10,000 mailboxes an account, and with 200 accounts (minutes)"
    )
    sizes.set_defaults(run=lambda _: scale())
    return parser


if __name__ == "__main__":
    sys.exit(main())
