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


class _Turns:
    """Those of one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = asyncio.Lock()
        self._is_taken = False

    async def take(self, work: Callable[[], R]) -> R:
        async with self._lock:
            if self._is_taken:
                await asyncio.sleep(0)  # whoever had the turn before had it in an earlier pass of the loop
            self._is_taken = True
            self._loop.call_soon(self._end)
            return work()

    def _end(self) -> None:
        self._is_taken = False


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turns] = WeakKeyDictionary()


async def in_turn(work: Callable[[], R]) -> R:
    """What `work` returns. It should take no longer than a few `TURN_SECONDS`."""
    loop = asyncio.get_running_loop()
    turns = _turns.get(loop)
    if turns is None:
        turns = _turns[loop] = _Turns(loop)
    return await turns.take(work)


async def map_in_turns(function: Callable[[T], R], things: Iterable[T]) -> list[R]:
    """`function` of each thing, in order, in as many turns as that takes."""
    results: list[R] = []
    waiting = iter(things)
    while await in_turn(lambda: _work(function, waiting, results)):  # noqa: ASYNC110 - nothing is waited for
        await asyncio.sleep(0)  # whoever else wants a turn has it first
    return results


def _work(function: Callable[[T], R], waiting: Iterator[T], results: list[R]) -> bool:
    """Whether there may be more."""
    end = perf_counter() + TURN_SECONDS
    for thing in waiting:
        results.append(function(thing))
        if perf_counter() >= end:
            return True
    return False
