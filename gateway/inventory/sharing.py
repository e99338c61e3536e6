"""Equal values in the rows of one list, and of the list before it, kept once: a fleet says the same hosts, words and addresses again."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import repeat

import msgspec
from msgspec.structs import astuple, force_setattr

from gateway.domain.mailbox import UnreadDetails
from gateway.domain.turn import map_in_turns

MANY = 1000
"""Of longer lists the rows are shared as they come, 7 µs each; of shorter ones when they have lasted for a while."""
LATER_SECONDS = 5.0


class Sharing:
    """Lives as long as the load of one list.

    Every vendor's JSON makes a new object for each value: half of a row's memory is repeats. What a refresh brings is mostly what was
    there before; so that the old rows are nearly nothing when they go, which happens all at once, a new row takes their parts over.
    """

    def __init__(self) -> None:
        # By type, since 1 == 1.0 == True.
        self._values: dict[type, dict[object, object]] = {kind: {} for kind in (str, int, float, datetime)}

    def share(self, row: msgspec.Struct, before: msgspec.Struct | None = None) -> None:
        """Replaces values of a row, nested ones included, by equal ones that are kept already: whoever reads it sees no difference.

        `before` is the same row as it was.
        """
        olds: Iterable[object] = repeat(None) if type(before) is not type(row) else astuple(before)
        for name, value, old in zip(row.__struct_fields__, astuple(row), olds, strict=False):
            shared = self._shared(value, old)
            if shared is not value:
                force_setattr(row, name, shared)

    def _shared(self, value: object, old: object) -> object:
        if type(value) is type(old) and not isinstance(value, UnreadDetails) and value == old:
            return old
        known = self._values.get(type(value))
        if known is not None:
            return known.setdefault(value, value)
        if isinstance(value, msgspec.Struct):
            self.share(value, old if isinstance(old, msgspec.Struct) else None)
        elif isinstance(value, tuple):
            for each in value:
                self._shared(each, None)
        elif isinstance(value, list):
            value[:] = [self._shared(each, None) for each in value]
        return value


class LaterSharing:
    """Of one account's short lists: one that is read anew within seconds is gone before it is worth while."""

    def __init__(self) -> None:
        self._alarm: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None

    def plan(self, rows: Sequence[msgspec.Struct]) -> None:
        """These rows are shared later, unless others are planned before."""
        self.cancel()
        self._alarm = asyncio.get_running_loop().call_later(LATER_SECONDS, self._begin, rows)

    def cancel(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        if self._task is not None:
            self._task.cancel()

    def _begin(self, rows: Sequence[msgspec.Struct]) -> None:
        self._task = asyncio.create_task(map_in_turns(Sharing().share, rows))
