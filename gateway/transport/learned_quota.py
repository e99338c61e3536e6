"""The quota of a vendor that publishes none, learned from its refusals."""

import math
from collections import deque

from gateway.transport.quota import Quota
from gateway.transport.window import Window

USUAL_SECONDS = 60.0
"""The window where a refusal names no time to come back: most quotas are counted by the minute."""
LONGEST_SECONDS = 3600.0
CAUTION = 0.9
"""The share of what went well until the refusal that is tried next."""
GROWTH = 1.1
CALM_WINDOWS = 10
"""After so many windows without a refusal a little more is tried."""


class LearnedQuota:
    """Nothing is known until the first refusal; it names the window, and what began within it before is the number."""

    def __init__(self) -> None:
        self._begun: deque[float] = deque(maxlen=10_000)
        self._window: Window | None = None
        self._changed_at = 0.0

    @property
    def quota(self) -> Quota | None:
        """What was learned so far."""
        return None if self._window is None else Quota(self._window.requests, self._window.per_seconds)

    def free_at(self, now: float, *, ahead: int = 0) -> float:
        window = self._window
        if window is None:
            return now
        if now - self._changed_at > CALM_WINDOWS * window.per_seconds:
            window.requests = math.ceil(window.requests * GROWTH)
            self._changed_at = now
        return window.free_at(now, ahead=ahead)

    def begin(self, now: float) -> None:
        self._begun.append(now)
        if self._window is not None:
            self._window.begin()

    def end(self, now: float) -> None:
        if self._window is not None:
            self._window.end(now)

    def take_back(self) -> None:
        self._begun.pop()
        if self._window is not None:
            self._window.take_back()

    def refused(self, now: float, seconds: float | None, *, running: int) -> None:
        """The vendor answered that there were too many; `running` calls are under way, the refused one among them."""
        per_seconds = min(max(seconds or USUAL_SECONDS, 1.0), LONGEST_SECONDS)
        went_well = sum(begun_at > now - per_seconds for begun_at in self._begun) - running
        self._window = Window(Quota(max(1, int(went_well * CAUTION)), per_seconds))
        for _ in range(running):
            self._window.begin()
        self._changed_at = now
