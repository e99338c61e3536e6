"""Work that several ask for at the same time, done once for all of them."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Flight(Generic[V]):
    def __init__(self, task: asyncio.Task[V]) -> None:
        self.task = task
        self.waiting = 0
        self.began_at = time.monotonic()


class Landed(NamedTuple, Generic[V]):
    """What came of it. `is_joined`: somebody else had begun it."""

    value: V
    is_joined: bool


class Flights(Generic[K, V]):
    """By key, what is under way.

    It belongs to all who wait for it: whoever goes leaves it to the others, and when nobody waits any more it is cancelled.
    """

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}
        self.joined = 0
        """How many were spared work of their own."""

    async def share(self, key: K, work: Callable[[], Coroutine[object, object, V]], *, boarding_seconds: float) -> Landed[V]:
        """Does the work, or waits for the same that began less than `boarding_seconds` ago. Raises what it raises."""
        flight = self._flights.get(key)
        is_joined = flight is not None and time.monotonic() - flight.began_at < boarding_seconds
        if flight is None or not is_joined:
            flight = self._begin(key, work)
        self.joined += is_joined
        flight.waiting += 1
        try:
            return Landed(await asyncio.shield(flight.task), is_joined)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0:
                self._end(key, flight)
                flight.task.cancel()  # no word to one that has ended

    def _begin(self, key: K, work: Callable[[], Coroutine[object, object, V]]) -> _Flight[V]:
        flight = self._flights[key] = _Flight(asyncio.create_task(work()))
        flight.task.add_done_callback(lambda _: self._end(key, flight))
        return flight

    def _end(self, key: K, flight: _Flight[V]) -> None:
        """Nobody joins it any more."""
        if self._flights.get(key) is flight:
            del self._flights[key]
