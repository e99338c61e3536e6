"""How long the event loop was busy with one thing, or with several in one pass."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter, thread_time

import msgspec

PAUSE_SECONDS = 0.001


class Lag(msgspec.Struct):
    """The longest time between two turns of somebody who asks for one every millisecond, in milliseconds.

    `computing` is how much of such a time this thread computed: what other processes on the machine take is not in it.
    """

    longest: float = 0.0
    computing: float = 0.0


@asynccontextmanager
async def watched() -> AsyncIterator[Lag]:
    """Watches the loop until the block ends."""
    lag = Lag()
    watching = asyncio.create_task(_watch(lag))
    try:
        await asyncio.sleep(0)
        yield lag
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(lag: Lag) -> None:
    while True:
        seen, computed = perf_counter(), thread_time()
        await asyncio.sleep(PAUSE_SECONDS)
        lag.longest = max(lag.longest, (perf_counter() - seen - PAUSE_SECONDS) * 1000)
        lag.computing = max(lag.computing, (thread_time() - computed) * 1000)
