"""One client of the changes: what it has not taken yet, one step a mailbox."""

import asyncio

from gateway.domain.errors import GatewayError
from gateway.inventory.filter import Test
from gateway.inventory.step import Step, joined


class Listener:
    """Takes steps at its own pace. Those that wait are joined per mailbox, so that they are never more than the mailboxes there are."""

    def __init__(self, test: Test) -> None:
        self._test = test
        self._waiting: dict[str, Step] = {}
        self._woken = asyncio.Event()
        self._is_ended = False
        self._error: GatewayError | None = None

    def offer(self, mailbox_id: str, later: Step) -> None:
        """A step that was made just now, by the global id of its mailbox."""
        earlier = self._waiting.get(mailbox_id)
        if earlier is None and not self._is_wanted(later):
            return
        waiting = later if earlier is None else joined(earlier, later)
        if waiting is None:
            del self._waiting[mailbox_id]
        else:
            self._waiting[mailbox_id] = waiting
            self._woken.set()

    def end(self, error: GatewayError | None = None) -> None:
        """Nothing comes any more; with an error, that is raised."""
        self._is_ended, self._error = True, error
        self._woken.set()

    async def next(self) -> tuple[str, Step] | None:
        """The next mailbox's global id and its step; None at the end."""
        while not self._is_ended:
            taken = self._take()
            if taken is not None:
                return taken
            self._woken.clear()
            await self._woken.wait()
        if self._error is not None:
            raise self._error
        return None

    def _take(self) -> tuple[str, Step] | None:
        """The one that waits longest; what passed the filter only in between is nobody's business."""
        while self._waiting:
            mailbox_id = next(iter(self._waiting))
            step = self._waiting.pop(mailbox_id)
            if self._is_wanted(step):
                return mailbox_id, step
        return None

    def _is_wanted(self, step: Step) -> bool:
        return any(self._test(mailbox) for mailbox in (step.before, step.after) if mailbox is not None)
