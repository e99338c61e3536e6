"""An operation under way, as it is shown and as far as it is written down."""

import asyncio
import time
from collections.abc import Sequence

import msgspec

from gateway.domain.operation import Operation, OperationResult, Progress

SAVE_EVERY_SECONDS = 1.0
"""How often the progress of an operation is written down while it runs; the results of its parts are at once."""


class Live(msgspec.Struct):
    """An operation under way.

    `changed` is set, and replaced, at each change. `new` are results that the state lacks; `saved_at` (monotonic seconds) is when it was
    last given the operation itself. `ended` is the operation's last word while that is being written down.
    """

    operation: Operation
    work: bytes | None
    changed: asyncio.Event
    results: dict[int, OperationResult] = {}
    new: dict[int, OperationResult] = {}
    saved_at: float | None = None
    ended: Operation | None = None
    is_cancelled: bool = False
    is_dry: bool = False

    @property
    def is_due(self) -> bool:
        return self.saved_at is None or time.monotonic() - self.saved_at >= SAVE_EVERY_SECONDS

    def with_progress(self, results: Sequence[OperationResult]) -> Operation:
        """The operation as these make it; each part is done once."""
        done, failed = sum(each.is_done for each in results), sum(each.is_done and each.has_failed for each in results)
        progress = self.operation.progress
        return msgspec.structs.replace(self.operation, progress=Progress(progress.done + done, progress.failed + failed, progress.total))

    def show(self, operation: Operation, results: Sequence[OperationResult] = ()) -> None:
        self.results |= by_index(results)
        if operation != self.operation:
            self.operation = operation
            self.changed.set()
            self.changed = asyncio.Event()


def by_index(results: Sequence[OperationResult]) -> dict[int, OperationResult]:
    """As they lie in an operation."""
    return {each.index: each for each in results}
