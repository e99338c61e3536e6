"""What lies around every call to a vendor, as one ordered list of layers, outermost first.

    share      one wire call for identical reads that are under way at the same time
    trace      one log line per call: account, method, path, status, milliseconds; never a query string, header or body
    pace       the vendor's documented quota, and how many calls may run at once
    deadline   how long one call may take, counted from the moment it starts
    send       the wire

`fold` puts the list together; `VendorHttp` in `client.py` owns it, one per account.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from pyrate_limiter import InMemoryBucket, Limiter, Rate, SingleBucketFactory

from gateway.domain.account import Account
from gateway.transport.call import Answer, Call
from gateway.transport.quota import Quota

Send = Callable[[Call], Awaitable[Answer]]
Layer = Callable[[Call, Send], Awaitable[Answer]]

logger = logging.getLogger("gateway.transport")


def fold(layers: tuple[Layer, ...], send: Send) -> Send:
    """One function that passes a call through all layers, the first one outermost."""
    for layer in reversed(layers):
        send = _around(layer, send)
    return send


def _around(layer: Layer, inner: Send) -> Send:
    async def call_layer(call: Call) -> Answer:
        return await layer(call, inner)

    return call_layer


class Share:
    """Identical reads under way at the same time are one wire call.

    The wire call belongs to nobody: a caller who goes away does not take it from the others, and it ends when none is left.
    """

    def __init__(self) -> None:
        self._under_way: dict[Call, _SharedCall] = {}

    async def __call__(self, call: Call, send: Send) -> Answer:
        if not call.is_read:
            return await send(call)
        shared = self._under_way.get(call)
        if shared is None:
            shared = self._under_way[call] = _SharedCall(asyncio.ensure_future(send(call)))
            shared.task.add_done_callback(lambda _: self._forget(call, shared))
        shared.waiting += 1
        try:
            return await asyncio.shield(shared.task)
        finally:
            shared.waiting -= 1
            if not shared.waiting and not shared.task.done():
                self._forget(call, shared)  # at once: who comes while it is being cancelled needs a call of his own
                shared.task.cancel()

    def _forget(self, call: Call, shared: "_SharedCall") -> None:
        if self._under_way.get(call) is shared:
            del self._under_way[call]


class _SharedCall:
    """A wire call and the number of those who wait for it."""

    def __init__(self, task: asyncio.Future[Answer]) -> None:
        self.task = task
        self.waiting = 0


class Trace:
    """One log line per call. The path is a template's worth of words and ids; keys travel in queries and headers, which are not logged."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def __call__(self, call: Call, send: Send) -> Answer:
        started = time.perf_counter()
        outcome = "cancelled"
        try:
            answer = await send(call)
            outcome = str(answer.status)
        except Exception as error:
            outcome = type(error).__name__
            raise
        else:
            return answer
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            logger.info("%s %s %s %s %.0f ms", self._account.name, call.method, call.path, outcome, milliseconds)


class Pace:
    """Keeps an account inside its vendor's quotas (calls per window) and below its number of calls at once."""

    def __init__(self, quotas: tuple[Quota, ...], concurrency: int, *, write_quotas: tuple[Quota, ...] | None = None) -> None:
        self._for_reads = _Bucket(quotas)
        self._for_writes = self._for_reads if write_quotas is None else _Bucket(write_quotas)
        self._room = asyncio.Semaphore(concurrency)

    async def __call__(self, call: Call, send: Send) -> Answer:
        async with self._room:
            await (self._for_reads if call.is_read else self._for_writes).take()
            return await send(call)


class _Bucket:
    """Calls that may be made under some quotas, all of which hold."""

    def __init__(self, quotas: tuple[Quota, ...]) -> None:
        rates = [Rate(quota.requests, round(quota.per_seconds * 1000)) for quota in sorted(quotas, key=lambda q: q.per_seconds)]
        self._bucket = InMemoryBucket(rates) if rates else None
        # The factory's own clean-up is a thread per account that outlives its closing by ten seconds: `take` cleans up instead.
        self._limiter = Limiter(SingleBucketFactory(self._bucket, schedule_leak=False)) if self._bucket else None

    async def take(self) -> None:
        """Wait until one more call may be made."""
        if self._limiter is not None and self._bucket is not None:
            self._bucket.leak(self._bucket.now())  # type: ignore[no-untyped-call] # the library's; milliseconds
            await self._limiter.try_acquire_async("call")


class Deadline:
    """One call may take so long and no longer, whatever drips out of the socket."""

    def __init__(self, *, read_seconds: float, write_seconds: float) -> None:
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds

    async def __call__(self, call: Call, send: Send) -> Answer:
        async with asyncio.timeout(self._read_seconds if call.is_read else self._write_seconds):
            return await send(call)
