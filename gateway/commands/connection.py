"""One client's HTTP connection: uvicorn's own, with an end to what it waits for and to what it takes in."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.web.door import protect

ARRIVE_SECONDS = 20.0
"""How long a request may take to arrive, body and all, and a new connection to begin one."""
TAKE_SECONDS = 30.0
"""How long a client may take nothing of an answer that waits for it."""
MOST_HEAD_BYTES = 64 * 1024
"""Of a request's line and headers, counted as they arrive; what comes in one piece (256 KiB at most) is measured as a whole."""
_REASONS = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}
_SLOW = "The request took too long to arrive."
_LARGE = "The request's line and headers are too large."
_GARBLED = "This is no HTTP request."


class Connection(HttpToolsProtocol):
    """uvicorn limits how long an idle connection is kept, and nothing before that: neither time nor size of a head, nor of a body.

    A byte each second would hold a connection for ever. What the app itself bounds is the size of a body.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*args, **kwargs)
        self._arrival: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._is_arriving = False
        self._is_handed_over = False
        self._is_in_head = False
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        super().connection_made(transport)
        self._wait_for_arrival()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop(self._arrival)
        self._stop(self._stall)
        super().connection_lost(exc)

    # ------------------------------------------------------------------ what comes in
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_handed_over or self.transport.is_closing():
            return
        if not self._is_arriving and not self._is_idle:
            self._stop(self._arrival)
            self._arrival = None
        elif self._arrival is None:  # also for what is no request yet, such as empty lines: uvicorn has just stopped its own timer
            self._wait_for_arrival()
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._turn_away(431, _LARGE)

    def on_message_begin(self) -> None:
        self._is_arriving = self._is_in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_in_head:  # trailers would be kept, however many, and nobody reads them
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_arriving = False
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._is_handed_over = True
        self._stop(self._arrival)
        super().handle_websocket_upgrade()

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait_for_arrival(self) -> None:
        self._arrival = self.loop.call_later(ARRIVE_SECONDS, self._is_late)

    def _is_late(self) -> None:
        is_next = bool(self.pipeline) or (self._is_in_head and not self._is_idle)
        if self.flow.read_paused or is_next:  # it is we who do not read, or who are at another answer first
            self._wait_for_arrival()
        else:
            self._turn_away(408, _SLOW)

    # ------------------------------------------------------------------ what goes out
    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall = self.loop.call_later(TAKE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop(self._stall)
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Called by uvicorn for what it cannot read."""
        del msg
        self._turn_away(400, _GARBLED)

    def _turn_away(self, status: int, words: str) -> None:
        """The last word on this connection; silence where it would be taken for the answer to another request, or to none."""
        is_own = not self._is_in_head and not self.pipeline and self.cycle is not None and not self.cycle.response_started
        if self._is_arriving and (self._is_idle or is_own):
            self.transport.write(_answer(status, words))
        self.transport.close()

    @staticmethod
    def _stop(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


def _answer(status: int, words: str) -> bytes:
    body = f"{words}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    protect(headers)
    told = b"".join(b"%s: %s\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, _REASONS[status].encode(), told, body)
