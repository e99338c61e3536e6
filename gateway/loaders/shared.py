"""What the loaders of a request have in common."""

import asyncio
from collections.abc import Awaitable, Hashable, Mapping
from typing import TypeVar

from aiodataloader import DataLoader

from gateway.loaders.grounds import Grounds

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SharedLoader(DataLoader[K, V]):
    """A loader whose futures belong to nobody: a field that is cancelled, because another one failed, takes nothing from the others."""

    def __init__(self, grounds: Grounds) -> None:
        super().__init__()
        self._grounds = grounds

    def load(self, key: K) -> asyncio.Future[V]:
        self._note(key)
        return asyncio.shield(super().load(key))

    def _note(self, key: K) -> None:
        """What an answer rests on once this was asked: on more than views, unless a loader knows better."""
        del key
        self._grounds.are_views_only = False


async def outcome(work: Awaitable[V]) -> V | Exception:
    """What it gives or raises, as a loader's batch takes it: raised there, an error would be forgotten, and the next one ask again."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001 - whoever asked gets it
        return error


def answer_of(group: Mapping[K, V] | Exception, key: K) -> V | Exception:
    """One key's part in the answer to all of them; where that failed as a whole, each key did."""
    return group if isinstance(group, Exception) else group[key]
