"""Connections are taken as they come, however many, and whatever the event loop."""

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import cast

import pytest
import uvloop

from gateway.commands import acceptor as module
from gateway.commands.acceptor import Acceptor
from gateway.commands.serve import listen

LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [uvloop.new_event_loop, asyncio.SelectorEventLoop]


class Greeter(asyncio.Protocol):
    """Tells who connects whether answers leave at once, and ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        own = transport.get_extra_info("socket")
        sending = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        sending.write(b"%d" % (own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0))
        sending.close()


def listening() -> socket.socket:
    listener = listen("127.0.0.1", 0)
    assert listener is not None
    return listener


async def greeting(listener: socket.socket) -> bytes:
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("loop", LOOPS)
def test_all_who_come_at_once_are_taken_and_answered_without_delay(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def crowd() -> None:
        with listening() as listener:
            accepting = Acceptor(listener, Greeter, most=16)
            assert await asyncio.gather(*(greeting(listener) for _ in range(100))) == [b"1"] * 100
            accepting.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(crowd())


@pytest.mark.parametrize("loop", LOOPS)
def test_in_one_turn_of_the_loop_it_takes_all_that_wait(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """What libuv does not do by itself, and what a gateway with too much to do needs in order to refuse them."""
    made = 0

    def make() -> asyncio.Protocol:
        nonlocal made
        made += 1
        return Greeter()

    async def crowd() -> None:
        with listening() as listener:
            waiting = [socket.create_connection(listener.getsockname()) for _ in range(50)]
            accepting = Acceptor(listener, make, most=2048)
            for _ in range(3):  # turns: the socket is looked at, connections are begun
                await asyncio.sleep(0)
            accepting.close()
            for each in waiting:
                each.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(crowd())
    assert made == 50


class Exhausted:
    """A listener of a process that has no file descriptor left, until `is_over`."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.is_over = False
        self.asked = 0

    def accept(self) -> tuple[socket.socket, object]:
        self.asked += 1
        if not self.is_over:
            raise OSError(errno.EMFILE, "Too many open files")
        return self._listener.accept()

    def fileno(self) -> int:
        return self._listener.fileno()

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - a socket's signature
        self._listener.setblocking(flag)


async def test_without_room_it_waits_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.1)
    with listening() as listener:
        exhausted = Exhausted(listener)
        accepting = Acceptor(exhausted, Greeter, most=16)  # type: ignore[arg-type] # as much of a socket as is needed
        comer = asyncio.create_task(greeting(listener))
        await asyncio.sleep(0.25)
        assert 1 <= exhausted.asked <= 4, "it does not ask again and again"
        exhausted.is_over = True
        assert await comer == b"1"
        accepting.close()


async def test_a_stopped_one_takes_nobody() -> None:
    with listening() as listener:
        accepting = Acceptor(listener, Greeter, most=16)
        assert await greeting(listener) == b"1"
        accepting.close()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await greeting(listener)
