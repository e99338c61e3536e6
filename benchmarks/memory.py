"""How much memory rows take, and how much of it is the vendor's own texts."""

import gc
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gateway.domain.mailbox import Mailbox


class Traced(msgspec.Struct):
    """Bytes that were allocated in a block and are still there."""

    size: int = 0


@contextmanager
def traced() -> Iterator[Traced]:
    """Traces what the block allocates. It runs several times slower for it."""
    it = Traced()
    gc.collect()
    tracemalloc.start()
    try:
        yield it
        gc.collect()
        it.size = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def resident_bytes() -> int:
    """What the process takes of the machine's memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096


def text_bytes(rows: Iterable[Mailbox]) -> int:
    """The strings in some rows, each object once."""
    seen: dict[int, int] = {}
    for row in rows:
        _add_texts(row, seen)
    return sum(seen.values())


def _add_texts(value: object, seen: dict[int, int]) -> None:
    if type(value) is str:
        seen[id(value)] = sys.getsizeof(value)
    elif isinstance(value, msgspec.Struct):
        for each in msgspec.structs.astuple(value):
            _add_texts(each, seen)
    elif isinstance(value, tuple):
        for each in value:
            _add_texts(each, seen)
