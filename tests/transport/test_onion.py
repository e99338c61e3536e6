"""The layers around a call: sharing, pace, deadline, and their order."""

import asyncio
import threading
import time
from collections.abc import Awaitable

import pytest

from gateway.transport.call import Answer, Call, get
from gateway.transport.onion import Deadline, Pace, Send, Share, fold
from gateway.transport.quota import Quota

READ = get("/mailboxes")
OTHER = get("/mailboxes", {"page": 2})
WRITE = Call("POST", "/mailboxes", is_read=False)


class Wire:
    """Counts calls; each waits until the test opens the gate, and the test may make the next answer a failure."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.calls: list[Call] = []
        self.cancelled = 0
        self.under_way = 0
        self.most = 0
        self.error: Exception | None = None

    async def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            for _ in range(3):
                await asyncio.sleep(0)  # as a connection does that is being closed
            raise
        finally:
            self.under_way -= 1
        if self.error:
            raise self.error
        return Answer(200, {}, str(len(self.calls)).encode())  # type: ignore[arg-type] # nobody reads the headers here


def start(sending: Awaitable[Answer]) -> asyncio.Task[Answer]:
    return asyncio.ensure_future(sending)


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def shared(wire: Wire) -> Send:
    return fold((Share(),), wire)


async def test_identical_reads_share_one_call(wire: Wire, shared: Send) -> None:
    tasks = [start(shared(call)) for call in (READ, get("/mailboxes"), OTHER, READ)]
    await settle()
    assert wire.calls == [READ, OTHER]
    wire.gate.set()
    first, second, other, fourth = await asyncio.gather(*tasks)
    assert first is second is fourth
    assert other is not first


async def test_writes_are_never_shared(wire: Wire, shared: Send) -> None:
    wire.gate.set()
    await asyncio.gather(shared(WRITE), shared(WRITE))
    assert wire.calls == [WRITE, WRITE]


async def test_an_answer_is_shared_while_under_way_and_not_kept(wire: Wire, shared: Send) -> None:
    wire.gate.set()
    await shared(READ)
    await shared(READ)
    assert len(wire.calls) == 2


async def test_one_who_goes_away_takes_nothing_from_the_others(wire: Wire, shared: Send) -> None:
    leaving, staying = start(shared(READ)), start(shared(READ))
    await settle()
    leaving.cancel()
    await settle()
    assert leaving.cancelled()
    assert (wire.cancelled, wire.under_way) == (0, 1)
    wire.gate.set()
    assert (await staying).status == 200
    assert len(wire.calls) == 1


async def test_the_call_ends_when_nobody_is_left(wire: Wire, shared: Send) -> None:
    tasks = [start(shared(READ)) for _ in range(3)]
    await settle()
    for task in tasks:
        task.cancel()
    await settle()
    assert all(task.cancelled() for task in tasks)
    assert (wire.cancelled, wire.under_way) == (1, 0)


async def test_who_comes_while_a_call_is_being_cancelled_gets_his_own(wire: Wire, shared: Send) -> None:
    leaving = start(shared(READ))
    await settle()
    leaving.cancel()
    late: list[asyncio.Task[Answer]] = []
    leaving.add_done_callback(lambda _: late.append(start(shared(READ))))
    await settle()
    wire.gate.set()
    assert (await late[0]).status == 200
    assert len(wire.calls) == 2


async def test_the_end_of_a_cancelled_call_does_not_unshare_the_next_one(wire: Wire, shared: Send) -> None:
    leaving = start(shared(READ))
    await settle()
    leaving.cancel()
    late: list[asyncio.Task[Answer]] = []
    leaving.add_done_callback(lambda _: late.append(start(shared(READ))))
    await settle()
    later = start(shared(READ))
    await settle()
    wire.gate.set()
    assert await late[0] is await later
    assert len(wire.calls) == 2


async def test_a_failure_reaches_all_who_wait_and_is_not_remembered(wire: Wire, shared: Send) -> None:
    wire.error = ConnectionResetError("gone")
    tasks = [start(shared(READ)) for _ in range(2)]
    await settle()
    wire.gate.set()
    assert [type(each) for each in await asyncio.gather(*tasks, return_exceptions=True)] == [ConnectionResetError] * 2
    wire.error = None
    assert (await shared(READ)).status == 200
    assert len(wire.calls) == 2


async def test_no_more_calls_at_once_than_allowed(wire: Wire) -> None:
    pace = Pace((), 3)
    tasks = [start(pace(get(f"/{index}"), wire)) for index in range(10)]
    await settle()
    assert wire.under_way == 3
    wire.gate.set()
    await asyncio.gather(*tasks)
    assert (len(wire.calls), wire.most) == (10, 3)


async def test_a_failed_or_cancelled_call_makes_room(wire: Wire) -> None:
    pace = Pace((), 1)
    first = start(pace(READ, wire))
    waiting = start(pace(OTHER, wire))
    await settle()
    waiting.cancel()
    first.cancel()
    await settle()
    wire.error = ConnectionResetError("gone")
    wire.gate.set()
    with pytest.raises(ConnectionResetError):
        await pace(READ, wire)
    wire.error = None
    assert (await pace(READ, wire)).status == 200


@pytest.mark.parametrize(
    "quotas", [(Quota(3, 0.15),), (Quota(4, 0.3), Quota(2, 0.1))], ids=["one window", "two windows, the longer one first"]
)
async def test_the_quota_is_kept_in_every_window(quotas: tuple[Quota, ...]) -> None:
    sent: list[float] = []

    async def wire(_: Call) -> Answer:
        sent.append(time.monotonic())
        return Answer(200, {}, b"")  # type: ignore[arg-type] # as above

    pace = Pace(quotas, 8)
    await asyncio.gather(*(pace(get(f"/{index}"), wire) for index in range(7)))
    assert len(sent) == 7
    for quota in quotas:
        spans = [later - earlier for earlier, later in zip(sent, sent[quota.requests :], strict=False)]
        assert min(spans) >= quota.per_seconds - 0.005  # the limiter counts in whole milliseconds


async def test_a_quota_needs_no_thread_and_no_memory_of_what_is_past(wire: Wire) -> None:
    threads = set(threading.enumerate())
    pace = Pace((Quota(1000, 0.01),), 8)
    wire.gate.set()
    for _ in range(3):
        await asyncio.gather(*(pace(WRITE, wire) for _ in range(5)))
        await asyncio.sleep(0.03)  # past the window and what the limiter keeps beyond it
    assert pace._for_reads._bucket is not None
    assert len(wire.calls) == 15
    assert pace._for_reads._bucket.count() == 5
    assert set(threading.enumerate()) <= threads


async def test_the_deadline_starts_with_the_call_not_with_the_wait_for_it(wire: Wire) -> None:
    """Both calls take their whole turn, the second one after waiting longer than its deadline."""
    order: list[str] = []

    async def watch(call: Call, send: Send) -> Answer:
        order.append(call.path)
        return await send(call)

    send = fold((Pace((), 1), watch, Deadline(read_seconds=0.03, write_seconds=5)), wire)
    first, second = (start(send(call)) for call in (get("/a"), get("/b")))
    await asyncio.wait({first})
    assert isinstance(first.exception(), TimeoutError)
    wire.gate.set()
    assert (await second).status == 200
    assert order == ["/a", "/b"]


async def test_reads_and_writes_have_their_own_deadlines(wire: Wire) -> None:
    for deadline, call in ((Deadline(read_seconds=0.01, write_seconds=60), READ), (Deadline(read_seconds=60, write_seconds=0.01), WRITE)):
        with pytest.raises(TimeoutError):
            await deadline(call, wire)
    assert wire.cancelled == 2
