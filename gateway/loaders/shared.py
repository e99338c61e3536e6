"""What the loaders of a request have in common."""

import asyncio
from collections.abc import Hashable, Mapping
from typing import TypeVar

from aiodataloader import DataLoader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SharedLoader(DataLoader[K, V]):
    """A loader whose futures belong to nobody: a field that is cancelled, because another one failed, takes nothing from the others."""

    def load(self, key: K) -> asyncio.Future[V]:
        return asyncio.shield(super().load(key))


def answer_of(group: Mapping[K, V] | BaseException, key: K) -> V | BaseException:
    """One key's part in the answer of its account; where the account failed as a whole, it fails alone."""
    return group if isinstance(group, BaseException) else group[key]
