"""Keeps one account fresh while somebody listens, and tells what changed from one snapshot to the next."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from gateway.domain.budget import Budget, spending
from gateway.domain.errors import GatewayError
from gateway.domain.identifier import Kind, encode
from gateway.domain.mailbox import Mailbox
from gateway.domain.stumble import trail
from gateway.domain.turn import map_in_turns
from gateway.inventory.account import AccountInventory
from gateway.inventory.listener import Listener
from gateway.inventory.snapshot import Snapshot
from gateway.inventory.step import step

logger = logging.getLogger("gateway.inventory")

SHORTEST_PAUSE_SECONDS = 1.0
"""Even where nothing counts as fresh (`fresh_for = 0`), the vendor is not asked more often than that."""


class Alarm(Protocol):
    """What can be called off, as `asyncio.TimerHandle`."""

    def cancel(self) -> None: ...


CallLater = Callable[[float, Callable[[], None]], Alarm]


def call_later(seconds: float, callback: Callable[[], None]) -> Alarm:
    """The running loop's."""
    return asyncio.get_running_loop().call_later(seconds, callback)


class Poller:
    """Runs from its first listener to its last; it is not used again after `stop`."""

    def __init__(self, account: AccountInventory, call_later: CallLater) -> None:
        self.name = account.account.name
        self.listeners: set[Listener] = set()
        self._account = account
        self._call_later = call_later
        self._seen: dict[str, Mailbox] | None = None
        self._written: set[str] = set()
        self._compared: Snapshot | None = None
        self._woken = asyncio.Event()
        self._has_news = False
        account.listener = self
        with spending(Budget(is_background=True)):  # nobody's request, whoever listens first
            self._task = asyncio.create_task(self._run(), name=f"poll {self.name}")

    @property
    def is_over(self) -> bool:
        """Whether it was stopped, or stumbled."""
        return self._task.done()

    async def stop(self) -> None:
        """Ends polling, but no load: that belongs to the account."""
        if self._account.listener is self:
            self._account.listener = None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    # ------------------------------------------------------------------ what the account tells
    def load_ended(self) -> None:
        self._has_news = True
        self._woken.set()

    def written(self, mailbox_id: str, before: Mailbox | None, after: Mailbox | None) -> None:
        """Told at once; a comparison that runs just now works on an older snapshot and must leave this mailbox alone."""
        self._written.add(mailbox_id)
        if self._seen is None:
            self._tell(mailbox_id, before, after)
        else:
            self._notice(self._seen, mailbox_id, after)

    # ------------------------------------------------------------------ polling
    async def _run(self) -> None:
        try:
            await self._poll()
        except Exception as error:  # noqa: BLE001 - whoever listens must learn that nothing comes any more
            logger.error(  # noqa: TRY400 - `exception` would print the error's text, which may quote a row
                "Watching %s failed: %s", self.name, trail(error)
            )
            for listener in self.listeners:
                listener.end(GatewayError("The gateway stumbled while it watched an account; its log says where."))

    async def _poll(self) -> None:
        while True:
            await self._compare((await self._account.view(wait_seconds=0)).snapshot)
            while not await self._is_due():
                await self._compare(self._account.peek().snapshot)

    async def _is_due(self) -> bool:
        """Waits until the vendor may be asked again; False when a load ended before that, whoever began it."""
        seconds = self._account.seconds_until_due()
        alarm = None if seconds is None else self._call_later(max(seconds, SHORTEST_PAUSE_SECONDS), self._woken.set)
        try:
            await self._woken.wait()
        finally:
            if alarm is not None:
                alarm.cancel()
        self._woken.clear()
        has_news, self._has_news = self._has_news, False
        return not has_news

    # ------------------------------------------------------------------ comparing
    async def _compare(self, snapshot: Snapshot | None) -> None:
        """Tells what is new in a snapshot. Only a complete one says that a mailbox is gone; the first whole one is where all begins."""
        if snapshot is None or snapshot is self._compared:
            return
        self._compared = snapshot
        self._written.clear()
        if self._seen is not None:
            await self._notice_all(self._seen, snapshot)
        elif snapshot.is_whole:
            self._seen = dict(snapshot.by_id)

    async def _notice_all(self, seen: dict[str, Mailbox], snapshot: Snapshot) -> None:
        states: list[tuple[str, Mailbox | None]] = [(row.vendor_id, row) for row in snapshot.rows]
        if snapshot.is_complete:
            states += [(mailbox_id, None) for mailbox_id in seen if mailbox_id not in snapshot.by_id]

        def notice(state_of: tuple[str, Mailbox | None]) -> None:
            if state_of[0] not in self._written:
                self._notice(seen, *state_of)

        await map_in_turns(notice, states)

    def _notice(self, seen: dict[str, Mailbox], mailbox_id: str, state: Mailbox | None) -> None:
        """Keeps a mailbox's state and tells what it changes."""
        before = seen.pop(mailbox_id, None) if state is None else seen.get(mailbox_id)
        if state is not None:
            seen[mailbox_id] = state
        self._tell(mailbox_id, before, state)

    def _tell(self, mailbox_id: str, before: Mailbox | None, after: Mailbox | None) -> None:
        made = step(before, after)
        if made is None:
            return
        global_id = encode(Kind.MAILBOX, self.name, mailbox_id)
        for listener in self.listeners:
            listener.offer(global_id, made)
