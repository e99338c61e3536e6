"""Takes connections from a listening socket, as many as there are at a time."""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable

logger = logging.getLogger("gateway.serve")

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
PAUSE_SECONDS = 1.0
"""How long none is taken once the process has no room for another one."""


class Acceptor:
    """What `loop.create_server` is to uvicorn, for uvloop.

    libuv (1.45 and later) takes one connection in each turn of the event loop. Where turns are long, which is when there is too much to do,
    new connections wait unseen, for half a minute and longer, before they can be refused. asyncio takes up to `most`, and so does this.
    """

    def __init__(self, listener: socket.socket, make_protocol: Callable[[], asyncio.BaseProtocol], *, most: int) -> None:
        self._listener = listener
        self._make_protocol = make_protocol
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._beginning: set[asyncio.Task[object]] = set()
        self._pause: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        self._listen()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that it works on."""
        return self._loop

    def _listen(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        for _ in range(self._most):
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    raise
                self._wait(error)
                return
            self._begin(connection)

    def _begin(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._loop.create_task(self._hand_over(connection))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _hand_over(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make_protocol, connection)
        except OSError:  # it is gone already
            connection.close()

    def _wait(self, error: OSError) -> None:
        """Until something is closed: the socket would say again and again that there is somebody."""
        logger.error("No more connections can be taken just now: %s", error.strerror)
        self._loop.remove_reader(self._listener)
        self._pause = self._loop.call_later(PAUSE_SECONDS, self._listen)

    def close(self) -> None:
        """Take no more; what was taken goes on."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listener)

    async def wait_closed(self) -> None:
        """Nothing is left to be waited for: the connections are uvicorn's."""
