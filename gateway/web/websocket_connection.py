"""One client on a WebSocket that speaks graphql-transport-ws: its operations, from its first message to its last."""

import asyncio
import logging
from contextlib import aclosing, suppress

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.types import ExecutionResult

from gateway.domain.errors import ErrorCode, OverloadedError, UnauthenticatedError
from gateway.domain.request import Request, answering, current
from gateway.domain.stumble import apology, trail
from gateway.web.answer import answer, formatted_errors, is_refused
from gateway.web.caller import Caller, Identity
from gateway.web.callers import Callers, authorization_of
from gateway.web.expiry import EXPIRED, loop_time
from gateway.web.load import Load, Ticket
from gateway.web.observer import Observer
from gateway.web.request import TIMEOUT_HEADER, RefusedError, timeout_seconds
from gateway.web.runner import Deferred, Events, Runner, once
from gateway.web.websocket_message import CloseCode, CloseError, Complete, ConnectionInit, Message, Ping, Subscribe, read_message

logger = logging.getLogger("gateway.web")

MAX_OPERATIONS = 100
"""How many operations may be under way on one connection."""
_TOO_MANY = f"This connection has {MAX_OPERATIONS} operations under way already: complete one, or open another connection."


class _Running:
    """An operation under way. Its ticket counts until it turns out to be a subscription."""

    def __init__(self, id: str, ticket: Ticket) -> None:  # noqa: A002 - the protocol's word
        self.id = id
        self.ticket = ticket
        self.task: asyncio.Task[None] | None = None
        self.is_dropped = False
        self.is_stream = False

    def drop(self) -> None:
        """Nobody listens any more. A query or mutation runs to its end, as over HTTP: a write must not be broken off halfway.

        A subscription does not, nor what was deferred: that only reads.
        """
        self.is_dropped = True
        if self.is_stream and self.task is not None:
            self.task.cancel()


class Connection:
    """One client. Every message is handed to the server before the next is made: a slow client slows its own operations only."""

    def __init__(self, websocket: WebSocket, runner: Runner, callers: Callers, load: Load, observer: Observer) -> None:
        self._websocket = websocket
        self._runner = runner
        self._callers = callers
        self._load = load
        self._observer = observer
        self._begun = 0
        self._identity: Identity | None = None
        self._timeout_seconds: float | None = None
        self._by_id: dict[str, _Running] = {}
        self._running: set[_Running] = set()  # those dropped by the client, and not yet at their end, included

    async def serve(self, init_seconds: float) -> None:
        """Until one of both closes the connection; by then no subscription of it is left."""
        try:
            await self._listen(init_seconds)
        except CloseError as error:
            with suppress(WebSocketDisconnect, RuntimeError):  # the client was faster
                await self._websocket.close(error.code, error.reason)
        except WebSocketDisconnect:
            pass
        finally:
            for running in self._running:
                running.drop()
            await asyncio.gather(*(running.task for running in self._running if running.task), return_exceptions=True)

    async def _listen(self, init_seconds: float) -> None:
        try:
            async with asyncio.timeout(init_seconds) as patience:
                while True:
                    await self._take(await self._receive())
                    if self._identity is not None:
                        patience.reschedule(loop_time(self._identity.ends_at))
        except TimeoutError:
            if self._identity is not None:
                raise CloseError(CloseCode.FORBIDDEN, EXPIRED) from None  # after which clients connect again, with a new token
            raise CloseError(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout") from None

    async def _receive(self) -> Message:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        text = received.get("text")
        if text is None:
            raise CloseError(CloseCode.BAD_REQUEST, "Invalid message: binary")
        return read_message(text)

    async def _take(self, message: Message) -> None:
        match message:
            case ConnectionInit():
                self._identity = await self._identify(message)
                self._timeout_seconds = self._read_timeout(message)
                await self._send({"type": "connection_ack"})
            case Ping():
                await self._send({"type": "pong"})
            case Subscribe():
                await self._begin(message)
            case Complete():
                if running := self._by_id.pop(message.id, None):
                    running.drop()

    async def _identify(self, message: ConnectionInit) -> Identity:
        if self._identity is not None:
            raise CloseError(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
        try:
            return await self._callers.identify(message.authorization or authorization_of(self._websocket.headers))
        except UnauthenticatedError as error:
            raise CloseError(CloseCode.FORBIDDEN, error.message) from None

    def _read_timeout(self, message: ConnectionInit) -> float | None:
        given = self._websocket.headers.get(TIMEOUT_HEADER) if message.timeout is None else message.timeout
        try:
            return timeout_seconds(given)
        except RefusedError as error:
            raise CloseError(CloseCode.BAD_REQUEST, error.message) from None

    async def _begin(self, message: Subscribe) -> None:
        if self._identity is None:
            raise CloseError(CloseCode.UNAUTHORIZED, "Unauthorized")
        if message.id in self._by_id:
            raise CloseError(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {message.id} already exists")
        try:
            running = _Running(message.id, self._enter())
        except RefusedError as error:
            await self._send({"id": message.id, "type": "error", "payload": error.errors})
            return
        self._by_id[message.id] = running
        self._running.add(running)
        self._begun += 1
        request = Request(f"{current().id}.{self._begun}", caller=self._identity.caller.name)
        running.task = asyncio.create_task(self._answer(message, self._identity.caller, running, request))

    def _enter(self) -> Ticket:
        if len(self._running) >= MAX_OPERATIONS:
            raise RefusedError(429, _TOO_MANY, ErrorCode.OVERLOADED)
        try:
            return self._load.enter()
        except OverloadedError as error:
            raise RefusedError(503, error.message, error.code) from None

    async def _answer(self, message: Subscribe, caller: Caller, running: _Running, request: Request) -> None:
        with answering(request):
            try:
                await self._run(message, caller, running)
            finally:
                self._observer.has_answered(request)

    async def _run(self, message: Subscribe, caller: Caller, running: _Running) -> None:
        try:
            last = await self._perform(message, caller, running)
            if not running.is_dropped:
                del self._by_id[running.id]  # before the client knows: it may use the id again at once
            await self._send_of(running, last)
        except WebSocketDisconnect:
            pass
        finally:
            running.ticket.leave()
            self._running.discard(running)

    async def _perform(self, message: Subscribe, caller: Caller, running: _Running) -> dict[str, object]:
        """Sends every result, and gives back the message that is to end the operation."""
        try:
            address = self._websocket.client.host if self._websocket.client else None
            result = await self._runner.run(message.payload, caller, timeout_seconds=self._timeout_seconds, address=address, may_defer=True)
            return await self._send_results(result, running)
        except RefusedError as error:
            current().refuse(error.code)
            return {"type": "error", "payload": error.errors}
        except WebSocketDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - the last net: what it says may quote data, so it is neither sent nor logged
            request = current()
            request.fail(ErrorCode.INTERNAL)
            logger.error("request %s: %s", request.id, trail(error))  # noqa: TRY400 - see above
            refusal = RefusedError(500, apology(request.id), ErrorCode.INTERNAL)
            return {"type": "error", "payload": refusal.errors}

    async def _send_results(self, result: ExecutionResult | Deferred | Events, running: _Running) -> dict[str, object]:
        running.is_stream = not isinstance(result, ExecutionResult)
        if isinstance(result, Events):
            running.ticket.leave()
        async with aclosing(once(result) if isinstance(result, ExecutionResult) else result.results) as results:
            while not running.is_dropped and (each := await anext(results, None)) is not None:
                if isinstance(each, ExecutionResult) and is_refused(each):
                    return {"type": "error", "payload": formatted_errors(each)}
                await self._send_of(running, {"type": "next", "payload": answer(each)})
        return {"type": "complete"}

    async def _send_of(self, running: _Running, message: dict[str, object]) -> None:
        if not running.is_dropped:
            await self._send({"id": running.id, **message})

    async def _send(self, message: dict[str, object]) -> None:
        text = msgspec.json.encode(message).decode()
        try:
            await self._websocket.send_text(text)
        except RuntimeError:  # closed already, by whichever side
            raise WebSocketDisconnect from None
