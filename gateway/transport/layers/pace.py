"""Whose turn it is: the vendor's quotas, how many calls run at once, and interactive work before background work.

Own code: the libraries for this (pyrate-limiter, limits, aiolimiter) know neither whose turn it is, nor when it will be, nor what a
vendor says of its own count.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gateway.domain.account import Account
from gateway.domain.budget import current
from gateway.domain.errors import RateLimitedError
from gateway.transport.call import Answer, Call
from gateway.transport.lane import Lane
from gateway.transport.limits import Limits
from gateway.transport.onion import Send
from gateway.transport.queue import Queue
from gateway.transport.retry_after import rate_headers

PATIENCE_SECONDS = 90.0
"""How long a call without a deadline waits for its turn: a little longer than the longest window of a minute."""
ANSWER_SECONDS = 0.25
"""So much earlier than its deadline (a tenth of a short one) a call that waits is told that it has no turn: that says more than that the
time is over. Hundreds are told so at once."""
PATIENCE_WITH_VENDOR_SECONDS = 5.0
"""How long any call waits for a vendor that has asked to be left alone."""
SHORTEST_WAIT_SECONDS = 0.001


class NoTurnError(RateLimitedError):
    """The call cannot begin in time; nothing was sent. `retry_at` is when it could."""


class Pace:
    """One account's. Its calls run to their end even if nobody waits any more: only so their place in quota and room stays true.

    Reads and writes stand in one lane unless the vendor counts them apart; all share the room.
    """

    def __init__(self, account: Account, limits: Limits, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._account = account
        self._clock = clock
        self._room = limits.concurrency
        self._reads = Lane(limits.quotas, learns=limits.learns)
        self._writes = self._reads if limits.write_quotas is None else Lane(limits.write_quotas)
        self._lanes = tuple(dict.fromkeys((self._reads, self._writes)))
        self._queues: dict[Lane, Queue] = {lane: Queue() for lane in self._lanes}
        self._alarm: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Future[Answer]] = set()

    async def __call__(self, call: Call, send: Send) -> Answer:
        lane = self._reads if call.is_read else self._writes
        await self._turn(lane)
        running = asyncio.ensure_future(self._run(lane, call, send))
        self._running.add(running)
        running.add_done_callback(self._ended)
        return await asyncio.shield(running)

    @property
    def running(self) -> int:
        """How many calls are on the wire."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return sum(len(queue) for queue in self._queues.values())

    @property
    def rest_seconds(self) -> float:
        """How much longer the vendor has asked to be left alone."""
        return max(0.0, max(lane.rests_until for lane in self._lanes) - self._clock())

    async def close(self) -> None:
        """Break off what is on the wire."""
        if self._alarm is not None:
            self._alarm.cancel()
        for task in set(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    # ------------------------------------------------------------------ one call
    async def _run(self, lane: Lane, call: Call, send: Send) -> Answer:
        try:
            answer = await send(call)
        except RateLimitedError as error:
            self._refused(lane, error)
            raise
        else:
            lane.hear(rate_headers(answer.headers, now=datetime.now(UTC)), self._clock())
            return answer
        finally:
            self._room += 1
            lane.end(self._clock())
            self._give_turns()

    def _refused(self, lane: Lane, error: RateLimitedError) -> None:
        """The vendor answered that there were too many: the lane rests until it says, or for a while that grows each time."""
        now = self._clock()
        lane.rest(now, None if error.retry_at is None else (error.retry_at - datetime.now(UTC)).total_seconds())
        if error.retry_at is None:
            error.retry_at = datetime.now(UTC) + timedelta(seconds=max(0.0, lane.rests_until - now))

    def _ended(self, running: asyncio.Future[Answer]) -> None:
        self._running.discard(running)
        if not running.cancelled():
            running.exception()  # looked at, so that asyncio does not complain where every caller has left

    # ------------------------------------------------------------------ turns
    async def _turn(self, lane: Lane) -> None:
        """Wait for it. Raises `NoTurnError` as soon as it is clear that it would come too late."""
        queue, budget = self._queues[lane], current()
        now = self._clock()
        seconds = budget.within(PATIENCE_SECONDS if budget.patience_seconds is None else budget.patience_seconds)
        patience_seconds = seconds - min(ANSWER_SECONDS, seconds / 10)
        starts_at = lane.free_at(now, ahead=queue.ahead_of(is_background=budget.is_background))
        if starts_at > now + patience_seconds or lane.rests_until > now + min(patience_seconds, PATIENCE_WITH_VENDOR_SECONDS):
            raise self._no_turn(lane, starts_at)
        if starts_at <= now and self._room > 0 and not queue:
            self._begin(lane, now)
            return
        turn = queue.join(is_background=budget.is_background)
        self._give_turns()
        try:
            async with asyncio.timeout(patience_seconds) as patience:
                await turn
        except BaseException as error:
            self._step_back(lane, turn)
            if isinstance(error, TimeoutError) and patience.expired():
                raise self._no_turn(lane, lane.free_at(self._clock())) from None
            raise

    def _step_back(self, lane: Lane, turn: asyncio.Future[None]) -> None:
        """Whoever waited has left; its turn may just have come."""
        if turn.done() and not turn.cancelled():
            lane.take_back()
            self._room += 1
            self._give_turns()
        else:
            self._queues[lane].leave(turn)

    def _give_turns(self) -> None:
        """To all who may begin now, one of each lane after the other; an alarm for when the next one may."""
        now = self._clock()
        is_any_given = True
        while is_any_given:
            is_any_given = False
            for lane in self._lanes:
                is_any_given |= self._give_turn(lane, now)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._room > 0 and (times := [lane.free_at(now) for lane in self._lanes if self._queues[lane]]):
            seconds = max(SHORTEST_WAIT_SECONDS, min(times) - now)
            self._alarm = asyncio.get_running_loop().call_later(seconds, self._give_turns)

    def _give_turn(self, lane: Lane, now: float) -> bool:
        queue = self._queues[lane]
        if self._room == 0 or not queue or lane.free_at(now) > now:
            return False
        if queue.give_turn():
            self._begin(lane, now)
        return True

    def _begin(self, lane: Lane, now: float) -> None:
        self._room -= 1
        lane.begin(now)

    def _no_turn(self, lane: Lane, starts_at: float) -> NoTurnError:
        vendor, now = self._account.vendor, self._clock()
        seconds = max(starts_at, lane.rests_until) - now
        if lane.rests_until > now:
            message = f"{vendor.own_name} asked for a pause; nothing was sent to it."
        elif starts_at > now:
            message = f"{vendor.own_name}'s rate limit leaves no room for this call in the time that it may take; nothing was sent."
        else:
            message = f"{vendor.own_name} is still busy with earlier calls of ours; this one had no turn in its time, and was not sent."
        retry_at = datetime.now(UTC) + timedelta(seconds=max(seconds, 0.0))
        return NoTurnError(message, vendor=vendor, account=self._account.name, retry_at=retry_at)
