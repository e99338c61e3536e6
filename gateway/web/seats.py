"""How many subscriptions each caller has open, over whatever it listens."""

from collections import Counter
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Any, TypeAlias

from gateway.domain.limit_errors import TooManySubscriptionsError
from gateway.schema.frame import Result

Results: TypeAlias = AsyncGenerator[Result, None]


class Seats:
    """At most `most` of each caller."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()

    def __len__(self) -> int:
        """All that are taken."""
        return self._taken.total()

    def check(self, asker: str) -> None:
        """Raises `TooManySubscriptionsError` where there is no seat left."""
        if self._taken[asker] >= self._most:
            raise TooManySubscriptionsError(self._most, self._taken[asker] + 1)

    def seated(self, asker: str, results: Results) -> Results:
        """The same results; the seat is free again once they end, fail, are closed, or are forgotten, were it before the first of them."""
        self.check(asker)
        self._taken[asker] += 1
        return _Seated(results, self, asker)

    def leave(self, asker: str) -> None:
        self._taken[asker] -= 1
        if not self._taken[asker]:
            del self._taken[asker]


class _Seated(AsyncGenerator[Result, None]):
    """Not a generator: what was never asked for its first result would not run its `finally`."""

    def __init__(self, results: Results, seats: Seats, asker: str) -> None:
        self._results = results
        self._seats: Seats | None = seats
        self._asker = asker

    async def asend(self, value: None) -> Result:
        try:
            return await self._results.asend(value)
        except BaseException:
            self._leave()
            raise

    async def athrow(self, typ: Any, val: Any = None, tb: TracebackType | None = None) -> Result:  # noqa: ANN401 - the signature
        try:
            return await self._results.athrow(typ, val, tb)
        except BaseException:
            self._leave()
            raise

    async def aclose(self) -> None:
        try:
            await self._results.aclose()
        finally:
            self._leave()

    def __del__(self) -> None:
        self._leave()

    def _leave(self) -> None:
        seats, self._seats = self._seats, None
        if seats is not None:
            seats.leave(self._asker)
