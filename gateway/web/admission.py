"""The door before what costs: beyond its capacity the gateway answers 503 at once, before it reads anything of a request's body."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.domain.errors import ErrorCode, OverloadedError
from gateway.web.accept import accept_of
from gateway.web.answer import refusal
from gateway.web.load import Load, Ticket
from gateway.web.request import RefusedError

_TICKET = "gateway.ticket"
_STOPPED = (
    "The gateway had to stop before this was answered. What it was to change may have been changed: look, or ask again with the same "
    "idempotencyKey."
)


class Admission:
    """An ASGI app before another. A request counts as under way until its answer is sent, or until somebody says `leave`.

    A WebSocket is let in or not; the operations on it count one by one (see `Connection`).

    uvicorn's `limit_concurrency` is no substitute: it counts idle connections, open subscriptions and health checks, gives no
    `Retry-After`, and does not notice an event loop that is late.
    """

    def __init__(self, app: ASGIApp, load: Load) -> None:
        self._app = app
        self._load = load

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            ticket = self._load.enter()
        except OverloadedError as error:
            await self._refuse(error, scope, receive, send)
            return
        scope[_TICKET] = ticket
        with ticket:
            if scope["type"] == "websocket":
                ticket.leave()
            await self._admit(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except asyncio.CancelledError:
            if not self._load.is_closing:
                raise
            if not has_begun:  # its time is up, and this is the last word on the connection
                stopped = RefusedError(503, _STOPPED, ErrorCode.OUTCOME_UNKNOWN, self._come_again(1))
                await _respond(stopped, scope, receive, send)

    async def _refuse(self, error: OverloadedError, scope: Scope, receive: Receive, send: Send) -> None:
        refused = RefusedError(503, error.message, error.code, self._come_again(error.retry_after_seconds))
        await _respond(refused, scope, receive, send)

    def _come_again(self, seconds: int) -> dict[str, str]:
        """A client of a gateway that stops is to connect anew: that may reach another one."""
        return {"Retry-After": str(seconds)} | ({"Connection": "close"} if self._load.is_closing else {})


def leave(scope: Scope) -> None:
    """From now on this request does not count: what follows is a subscription, which waits most of the time."""
    ticket: Ticket | None = scope.get(_TICKET)
    if ticket is not None:
        ticket.leave()


async def _respond(refused: RefusedError, scope: Scope, receive: Receive, send: Send) -> None:
    await refusal(refused, accept_of(Headers(scope=scope).get("accept")))(scope, receive, send)
