"""What was used latest, kept within bounds."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LARGEST_SHARE = 4
"""What would fill more than a quarter of the room is not kept: one thing shall not push out all others."""


class Latest(Generic[K, V]):
    """At most `most` values, whose sizes come to at most `most_bytes` together; the one used longest ago goes first."""

    def __init__(self, *, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size_bytes = 0
        """The sizes of all that is kept."""

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        """It counts as used now."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Takes the place of what was kept by this key. `size` is in bytes, and the caller's to say."""
        self.drop(key)
        if size > self._most_bytes // LARGEST_SHARE:
            return
        self._kept[key] = (value, size)
        self.size_bytes += size
        while len(self._kept) > self._most or self.size_bytes > self._most_bytes:
            _, (_, gone) = self._kept.popitem(last=False)
            self.size_bytes -= gone

    def drop(self, key: K) -> None:
        """If there is one."""
        found = self._kept.pop(key, None)
        if found is not None:
            self.size_bytes -= found[1]
