"""What the loaders of a request have in common."""

import asyncio
from collections.abc import Hashable, Mapping
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


def answer_of(group: Mapping[K, V] | BaseException, key: K) -> V | BaseException:
    """One key's part in the answer of its account; where the account failed as a whole, it fails alone."""
    return group if isinstance(group, BaseException) else group[key]
