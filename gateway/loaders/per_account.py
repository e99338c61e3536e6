"""A loader of its own for each account: nobody waits for another account's vendor."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from gateway.loaders.shared import SharedLoader


class OfAccount(Hashable, Protocol):
    """A key that says whose account it is about."""

    @property
    def account(self) -> str: ...


K = TypeVar("K", bound=OfAccount)
V = TypeVar("V")


class PerAccount(Generic[K, V]):
    """Made by account name when the first one asks. What is shared and batched within an account is its loader's business."""

    def __init__(self, make: Callable[[str], SharedLoader[K, V]]) -> None:
        self._make = make
        self._loaders: dict[str, SharedLoader[K, V]] = {}

    def of(self, account: str) -> SharedLoader[K, V]:
        """The loader of one account."""
        if account not in self._loaders:
            self._loaders[account] = self._make(account)
        return self._loaders[account]

    def load(self, key: K) -> asyncio.Future[V]:
        return self.of(key.account).load(key)
