"""All of the gateway's addresses."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.web.admission import Admission
from gateway.web.attachment import Attachments
from gateway.web.fault import FaultNet
from gateway.web.graphiql import GraphiqlPage
from gateway.web.graphql import GraphqlEndpoint
from gateway.web.health import Readiness, healthz
from gateway.web.load import Load
from gateway.web.metrics import Metrics
from gateway.web.websocket import GraphqlSocket


def build_site(  # noqa: PLR0913 - the rooms of the house, most by keyword
    endpoint: GraphqlEndpoint,
    socket: GraphqlSocket,
    attachments: Attachments,
    metrics: Metrics,
    readiness: Readiness,
    load: Load,
    *,
    door: Callable[[ASGIApp], ASGIApp],
    page: GraphiqlPage | None,
    start: Callable[[], Awaitable[None]],
    close: Callable[[], Awaitable[None]],
    more_routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """The ASGI app. `door` is put before everything.

    `start` is awaited before it takes requests, `close` when the server stops; `more_routes` are the demo's sandboxes.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await start()
        load.start()
        try:
            yield
        finally:
            load.stop()
            await close()

    costly = [Middleware(Admission, load)]
    straight = FaultNet(Admission(endpoint, load))
    routes: list[BaseRoute] = [
        Route("/", _home, methods=["GET"]),
        Route("/graphql", endpoint, methods=["GET", "POST"], middleware=costly),
        WebSocketRoute("/graphql", socket.handle, middleware=costly),
        Route("/attachments/{id}", attachments.handle, methods=["GET"], middleware=costly),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readiness.handle, methods=["GET"]),
        Route("/metrics", metrics.handle, methods=["GET"]),
        *more_routes,
    ]
    if page is not None:
        routes.append(page.routes())
    return Site(straight, door, routes=routes, lifespan=lifespan, middleware=[Middleware(FaultNet)])


class Site(Starlette):
    """Starlette's own middleware and routing cost as much as a known answer does: what is asked most goes past them."""

    def __init__(self, graphql: ASGIApp, door: Callable[[ASGIApp], ASGIApp], **rest: Any) -> None:  # noqa: ANN401 - what Starlette takes
        super().__init__(**rest)
        self._graphql = graphql
        self._door = door(self._enter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._door(scope, receive, send)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/graphql" and scope["method"] == "POST":
            scope["app"] = self  # as Starlette does
            await self._graphql(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def _home(request: Request) -> Response:
    del request
    return RedirectResponse("graphql", status_code=307)
