"""The inner end of a layer: a wire that the test opens, breaks and counts."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from gateway.domain.account import Account
from gateway.domain.errors import VendorError
from gateway.domain.vendor import Vendor
from gateway.transport.call import Answer, Call, get

VENDOR = next(iter(Vendor))
ACCOUNT = Account("sales", VENDOR)
READ = get("/mailboxes")
OTHER = get("/mailboxes", {"page": 2})
WRITE = Call("POST", "/mailboxes", is_read=False)
FINE = Answer(200, httpx.Headers(), b"[]")


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
        return Answer(200, httpx.Headers(), str(len(self.calls)).encode())


class Script:
    """A wire that answers at once, with what was written down for it, and then well."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.left = list(answers)
        self.calls: list[Call] = []

    async def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        answer = self.left.pop(0) if self.left else FINE
        if isinstance(answer, Exception):
            raise answer
        return answer


def failure(kind: type[VendorError], **more: object) -> VendorError:
    return kind("It failed.", vendor=VENDOR, account="sales", **more)  # type: ignore[arg-type] # whatever the class takes


def start(sending: Awaitable[Answer]) -> asyncio.Task[Answer]:
    return asyncio.ensure_future(sending)


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def clock() -> Clock:
    return Clock()


Passes = Callable[[Call], Awaitable[Answer]]
