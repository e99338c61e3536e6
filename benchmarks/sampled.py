"""Runs `gateway` and notes where it computes: `python -P sampled.py <file for the samples> serve --config …`.

Every millisecond of CPU time the stack is looked at, or every four where the kernel's clock ticks no faster. It stands alone, so that
it runs with any source tree of the gateway. `hot_places.py` reads what it writes: stacks, innermost frame first, and how often each was
seen.
"""

import atexit
import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_SECONDS = 0.001
DEPTH = 40
"""Deeper frames are the server's own."""

_seen: Counter[tuple[str, ...]] = Counter()


def _look(_: int, frame: FrameType | None) -> None:
    stack: list[str] = []
    while frame is not None and len(stack) < DEPTH:
        stack.append(f"{frame.f_globals.get('__name__', '?')}:{frame.f_code.co_qualname}")
        frame = frame.f_back
    _seen[tuple(stack)] += 1


def _write(file: str) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    Path(file).write_text(json.dumps([[list(stack), times] for stack, times in _seen.items()]), "utf-8")


def _reset(signum: int, frame: FrameType | None) -> None:
    """Forget what was seen until now: what starting took is none of an answer's."""
    del signum, frame
    _seen.clear()


def main() -> int:
    """As `gateway`, with the remaining words."""
    from gateway.__main__ import main as gateway  # noqa: PLC0415 - the timer shall not see its imports

    file, *words = sys.argv[1:]
    signal.signal(signal.SIGPROF, _look)
    signal.signal(signal.SIGUSR1, _reset)
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the server raises it again at its end, and the samples are written later
    atexit.register(_write, file)
    return gateway(words)


if __name__ == "__main__":
    sys.exit(main())
