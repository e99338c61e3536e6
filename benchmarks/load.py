"""A closed loop of requests over a few connections, as cheap as Python gets.

`python -m benchmarks.load` reads a `Plan` from standard input and writes what it `Measured` to standard output.
"""

import asyncio
import sys
from functools import partial
from itertools import count
from time import perf_counter, process_time
from typing import cast

import msgspec

PLACEHOLDER = b"@@@@@@@@@@@@"
"""Stands in a request where each one has another number, of as many digits."""
_BUFFER_BYTES = 1 << 20
_LENGTH = b"\ncontent-length:"


class Plan(msgspec.Struct):
    """What to send (the requests in turn), to whom, for how long: answers count that come in the `seconds` after the warm-up."""

    port: int
    requests: list[bytes]
    connections: int
    seconds: float
    warm_up_seconds: float = 0.3
    first_number: int = 0


class Measured(msgspec.Struct):
    """What came of it. `all_requests` counts those outside of the time, too; `cpu_seconds` are the client's own.

    Where no answer came in time, as with one that takes longer than all of it, the others tell how long one takes.
    """

    requests: int
    all_requests: int
    failures: int
    seconds: float
    p50_ms: float
    p99_ms: float
    bytes_each: float
    cpu_seconds: float


class Run:
    """One run: hands out requests, and gathers how long each took."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.numbers = count(plan.first_number)
        self.started = perf_counter()
        self.counts_from = self.started + plan.warm_up_seconds
        self.until = self.counts_from + plan.seconds
        self.durations: list[float] = []
        self.outside: list[float] = []
        self.sent = self.all_requests = self.failures = self.bytes = 0

    def next_request(self) -> bytes | None:
        """None when time is up and something was sent."""
        if self.sent and perf_counter() >= self.until:
            return None
        self.sent += 1
        number = next(self.numbers)
        request = self.plan.requests[number % len(self.plan.requests)]
        return request.replace(PLACEHOLDER, b"%012d" % number)

    def done(self, sent_at: float, size: int, *, is_good: bool) -> None:
        now = perf_counter()
        self.all_requests += 1
        self.failures += not is_good
        self.bytes += size
        (self.durations if self.counts_from <= now <= self.until else self.outside).append(now - sent_at)

    def measured(self) -> Measured:
        ordered = sorted(self.durations or self.outside) or [0.0]
        return Measured(
            requests=len(self.durations),
            all_requests=self.all_requests,
            failures=self.failures,
            seconds=self.plan.seconds,
            p50_ms=ordered[len(ordered) // 2] * 1000,
            p99_ms=ordered[min(len(ordered) * 99 // 100, len(ordered) - 1)] * 1000,
            bytes_each=self.bytes / max(self.all_requests, 1),
            cpu_seconds=process_time(),
        )


class Caller(asyncio.BufferedProtocol):
    """One connection. Reads as much of an answer as tells whether it is good and where it ends."""

    def __init__(self, run: Run, closed: asyncio.Future[None]) -> None:
        self._run = run
        self._closed = closed
        self._buffer = bytearray(_BUFFER_BYTES)
        self._have = 0
        self._left = -1
        self._size = 0
        self._is_good = False
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclasses
        self._ask()

    def _ask(self) -> None:
        request = self._run.next_request()
        if request is None:
            self._transport.close()
            return
        self._sent_at = perf_counter()
        self._transport.write(request)

    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint
        return memoryview(self._buffer)[self._have :] if self._left < 0 else memoryview(self._buffer)

    def buffer_updated(self, nbytes: int) -> None:
        if self._left >= 0:
            self._left -= nbytes
        else:
            self._have += nbytes
            self._read_head()
        if self._left == 0:
            self._left, self._have = -1, 0
            self._run.done(self._sent_at, self._size, is_good=self._is_good)
            self._ask()

    def _read_head(self) -> None:
        end = self._buffer.find(b"\r\n\r\n", 0, self._have)
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        at = head.index(_LENGTH) + len(_LENGTH)
        stop = head.find(b"\r", at)
        self._size = int(head[at : stop if stop > 0 else len(head)])
        self._is_good = head[9:12] == b"200"
        self._left = self._size - (self._have - end - 4)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None or self._left >= 0 or self._have:
            self._run.failures += 1
        if not self._closed.done():
            self._closed.set_result(None)


async def carry_out(plan: Plan) -> Measured:
    """Send until time is up."""
    loop = asyncio.get_running_loop()
    run = Run(plan)
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(plan.connections)]
    await asyncio.gather(*(loop.create_connection(partial(Caller, run, end), "127.0.0.1", plan.port) for end in ends))
    await asyncio.gather(*ends)
    return run.measured()


def main() -> None:
    """One plan in, one measurement out."""
    import uvloop  # noqa: PLC0415 - only this process needs it

    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(carry_out(plan))))


if __name__ == "__main__":
    main()
