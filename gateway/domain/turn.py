"""Long computing on the event loop in short turns, so that no request waits for it.

A thread would not help: decoding and mapping hold the interpreter's lock. The turns of all loads of a process are taken one after the
other, at most one in a pass of the loop: two hundred accounts that load at once hold nobody up for longer than one does.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")
R = TypeVar("R")

TURN_SECONDS = 0.003
_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def in_turn(work: Callable[[], R]) -> R:
    """What `work` returns. It should take no longer than a few `TURN_SECONDS`."""
    async with _locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await asyncio.sleep(0)  # whoever had the turn before had it in an earlier pass of the loop
        return work()


async def map_in_turns(function: Callable[[T], R], things: Iterable[T]) -> list[R]:
    """`function` of each thing, in order, in as many turns as that takes."""
    results: list[R] = []
    waiting = iter(things)
    while await in_turn(lambda: _work(function, waiting, results)):
        pass
    return results


def _work(function: Callable[[T], R], waiting: Iterator[T], results: list[R]) -> bool:
    """Whether there may be more."""
    end = perf_counter() + TURN_SECONDS
    for thing in waiting:
        results.append(function(thing))
        if perf_counter() >= end:
            return True
    return False
