"""From the word to stop to the end of the process: what is under way may end, in a time that is bounded."""

import asyncio
import time

from gateway.web.load import Load


class Drain:
    """Nothing new begins, open streams end at once, requests under way have `within_seconds`, and so has all that follows."""

    def __init__(self, load: Load, *, within_seconds: float) -> None:
        self._load = load
        self._within_seconds = within_seconds
        self._ends_at: float | None = None
        self.begun = asyncio.Event()

    def begin(self) -> None:
        """The server was told to stop."""
        self._load.is_closing = True
        self._ends_at = time.monotonic() + self._within_seconds
        self.begun.set()

    @property
    def seconds_left(self) -> float:
        """All of it before it has begun."""
        return self._within_seconds if self._ends_at is None else max(0.0, self._ends_at - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to wait for, or no time."""
        return self._load.under_way == 0 or self.seconds_left == 0
