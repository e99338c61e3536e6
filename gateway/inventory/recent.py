"""What was read lately and need not be asked again within the fresh time."""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key, each for `lasts` from when it was kept."""

    def __init__(self, clock: Callable[[], datetime], lasts: timedelta) -> None:
        self._clock = clock
        self._lasts = lasts
        self._kept: dict[K, tuple[datetime, V]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, keys: Iterable[K]) -> dict[K, V]:
        """Those of the keys that were kept and still count."""
        oldest = self._clock() - self._lasts
        return {key: kept[1] for key in keys if (kept := self._kept.get(key)) and kept[0] >= oldest}

    def keep(self, values: Iterable[tuple[K, V]]) -> None:
        """Read just now."""
        now = self._clock()
        self._kept.update((key, (now, value)) for key, value in values)

    def drop(self, keys: Iterable[K]) -> None:
        """No longer true."""
        for key in keys:
            self._kept.pop(key, None)

    def forget(self, is_gone: Callable[[K], bool]) -> None:
        """Drop what is past its time, and what belongs to a key that is gone."""
        oldest = self._clock() - self._lasts
        self._kept = {key: kept for key, kept in self._kept.items() if kept[0] >= oldest and not is_gone(key)}
