"""Waits for creations that a vendor has accepted and is still at work on: one questioner per account, however many wait."""

import asyncio
import logging
import time
from collections.abc import Sequence

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import GatewayError, OutcomeUnknownError
from gateway.domain.outcome import Created
from gateway.domain.stumble import trail
from gateway.operations.tasks import Tasks
from gateway.operations.timing import Timing

logger = logging.getLogger("gateway.operations")


class Verification:
    """One account's. Asks about all pending creations at once, often at first and then less."""

    def __init__(self, adapter: MailboxAdapter, timing: Timing, tasks: Tasks) -> None:
        self._adapter = adapter
        self._timing = timing
        self._tasks = tasks
        self._waiting: dict[str, _Wait] = {}
        self._asker: asyncio.Task[None] | None = None
        self._has_newcomer = False

    async def settled(self, pending: str) -> Created | GatewayError:
        """How a creation ended. Never raises a `GatewayError`: one that is returned says why it failed."""
        wait = self._waiting.get(pending)
        if wait is None:
            wait = self._waiting[pending] = _Wait(pending, time.monotonic() + self._timing.give_up)
        self._has_newcomer = True
        if self._asker is None:
            self._asker = self._tasks.start_wait(self._ask(), name=f"verification in {self._adapter.account.name}")
        wait.count += 1
        try:
            return await asyncio.shield(wait.future)
        finally:
            wait.count -= 1
            if not wait.count:
                del self._waiting[pending]
            if not self._waiting and self._asker is not None:
                self._asker.cancel()
                self._asker = None

    async def _ask(self) -> None:
        pause = self._timing.first_poll
        while self._waiting:
            await asyncio.sleep(pause)
            waits = list(self._waiting.values())
            self._has_newcomer = False
            for wait, answer in zip(waits, await self._answers(waits), strict=False):
                self._tell(wait, answer)
            self._give_up(waits)
            pause = self._timing.first_poll if self._has_newcomer else min(pause * self._timing.poll_factor, self._timing.most_poll)

    async def _answers(self, waits: "list[_Wait]") -> Sequence[Created | GatewayError]:
        """In order; empty where nothing could be learned now."""
        try:
            return await self._adapter.poll_created([wait.pending for wait in waits])
        except GatewayError as error:
            logger.warning("%s cannot tell of its new mailboxes (%s)", self._adapter.account.name, error.code)
        except Exception as error:  # noqa: BLE001 - the next answer may be one that we understand
            logger.error("asking %s failed: %s", self._adapter.account.name, trail(error))  # noqa: TRY400 - its own text may quote data
        return ()

    def _tell(self, wait: "_Wait", answer: Created | GatewayError) -> None:
        if isinstance(answer, Created) and answer.pending is not None:
            wait.pending = answer.pending  # the adapter may note how often it has looked
        elif not wait.future.done():
            wait.future.set_result(answer)

    def _give_up(self, waits: "list[_Wait]") -> None:
        account = self._adapter.account
        for wait in waits:
            if time.monotonic() >= wait.ends_at and not wait.future.done():
                message = f"{account.vendor.own_name} has not said within {self._timing.give_up:.0f} seconds how this ended."
                wait.future.set_result(OutcomeUnknownError(message, vendor=account.vendor, account=account.name))


class _Wait:
    """A pending creation and those who wait for it."""

    def __init__(self, pending: str, ends_at: float) -> None:
        self.pending = pending
        self.ends_at = ends_at
        self.count = 0
        self.future: asyncio.Future[Created | GatewayError] = asyncio.get_running_loop().create_future()
