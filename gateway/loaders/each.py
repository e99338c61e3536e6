"""A loader for things that vendors give out one call per key: keys are shared within a request, calls run side by side.

How many run at once is the transport's business, per account.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TypeVar

from gateway.loaders.grounds import Grounds
from gateway.loaders.shared import SharedLoader, outcome

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class EachLoader(SharedLoader[K, V]):
    """Calls `load_one(key)` once for every key of a request; one that fails fails alone, and none waits for another."""

    batch = False

    def __init__(self, load_one: Callable[[K], Awaitable[V]], grounds: Grounds) -> None:
        super().__init__(grounds)
        self._load_one = load_one

    async def batch_load_fn(self, keys: Sequence[K]) -> list[V | Exception]:  # type: ignore[override] # errors may stand in the list; the library's types do not say so
        return [await outcome(self._load_one(key)) for key in keys]
