"""Waits for creations that a vendor has accepted and is still at work on: one questioner per account, however many wait."""

import asyncio
import logging
import time

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import GatewayError, OutcomeUnknownError
from gateway.domain.outcome import Created
from gateway.operations.timing import Timing

logger = logging.getLogger("gateway.operations")


class Verification:
    """One account's. Asks about all pending creations at once, often at first and then less."""

    def __init__(self, adapter: MailboxAdapter, timing: Timing) -> None:
        self._adapter = adapter
        self._timing = timing
        self._waiting: dict[str, _Wait] = {}
        self._asker: asyncio.Task[None] | None = None
        self._has_news = asyncio.Event()

    async def settled(self, pending: str) -> Created | GatewayError:
        """How a creation ended. Never raises a `GatewayError`: one that is returned says why it failed."""
        wait = self._waiting.get(pending)
        if wait is None:
            wait = self._waiting[pending] = _Wait(pending, time.monotonic() + self._timing.give_up)
        self._has_news.set()
        if self._asker is None or self._asker.done():
            self._asker = asyncio.create_task(self._ask(), name=f"verification {self._adapter.account.name}")
        wait.count += 1
        try:
            return await asyncio.shield(wait.future)
        finally:
            wait.count -= 1
            if not wait.count:
                self._waiting.pop(pending, None)
            if not self._waiting and self._asker is not None:
                self._asker.cancel()

    async def _ask(self) -> None:
        pause = self._timing.first_poll
        while self._waiting:
            await asyncio.sleep(pause)
            waits = list(self._waiting.values())
            self._has_news.clear()
            try:
                answers = await self._adapter.poll_created([wait.pending for wait in waits])
            except GatewayError as error:
                logger.warning("%s cannot tell of its new mailboxes (%s)", self._adapter.account.name, error.code)
            else:
                for wait, answer in zip(waits, answers, strict=True):
                    self._tell(wait, answer)
            self._give_up(waits)
            fast = self._has_news.is_set()
            pause = self._timing.first_poll if fast else min(pause * self._timing.poll_factor, self._timing.most_poll)

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
