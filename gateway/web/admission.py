"""The door before what costs: beyond its capacity the gateway answers 503 at once, before it reads anything of a request's body."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.domain.errors import OverloadedError
from gateway.web.accept import EVENT_STREAM, Accept
from gateway.web.answer import refusal
from gateway.web.load import Load, Ticket
from gateway.web.request import RefusedError


class Admission:
    """An ASGI app before another. A request counts as under way until its answer is sent, a stream of events until it begins.

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
        with ticket:
            if scope["type"] == "websocket":
                ticket.leave()
            await self._app(scope, receive, _leaving_with_stream(ticket, send))

    async def _refuse(self, error: OverloadedError, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"Retry-After": str(error.retry_after_seconds)}
        if self._load.is_closing:
            headers["Connection"] = "close"  # the next attempt may reach another gateway
        refused = RefusedError(503, error.message, error.code, headers)
        await refusal(refused, Accept(Headers(scope=scope).get("accept")))(scope, receive, send)


def _leaving_with_stream(ticket: Ticket, send: Send) -> Send:
    async def watch(message: Message) -> None:
        if message["type"] == "http.response.start" and Headers(raw=message["headers"]).get("content-type", "").startswith(EVENT_STREAM):
            ticket.leave()
        await send(message)

    return watch
