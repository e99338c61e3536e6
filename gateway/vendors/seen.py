"""Tells a list that goes on from one that repeats itself: a vendor that ignores its own page token promises pages for ever."""

from collections.abc import Iterable


class Seen:
    """The ids of a list's rows so far."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def repeats(self, page: Iterable[str]) -> bool:
        """Takes the ids of the next page in: whether it has rows and all of them came before.

        Single rows come again where the list shifts while it is read; an empty page tells nothing.
        """
        ids = set(page)
        is_repeated = bool(ids) and ids <= self._ids
        self._ids |= ids
        return is_repeated
