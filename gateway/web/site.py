"""All of the gateway's addresses."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from gateway.web.attachment import Attachments
from gateway.web.fault import FaultNet
from gateway.web.graphiql import GraphiqlPage
from gateway.web.graphql import GraphqlEndpoint
from gateway.web.health import healthz, readyz
from gateway.web.metrics import Metrics
from gateway.web.websocket import GraphqlSocket


def build_site(  # noqa: PLR0913 - the rooms of the house, most by keyword
    endpoint: GraphqlEndpoint,
    socket: GraphqlSocket,
    attachments: Attachments,
    metrics: Metrics,
    *,
    page: GraphiqlPage | None,
    start: Callable[[], Awaitable[None]],
    close: Callable[[], Awaitable[None]],
    more_routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """The ASGI app. `start` is awaited before it takes requests, `close` when the server stops; `more_routes` are the demo's sandboxes."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await start()
        try:
            yield
        finally:
            await close()

    routes: list[BaseRoute] = [
        Route("/", _home, methods=["GET"]),
        Route("/graphql", endpoint.handle, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", socket.handle),
        Route("/attachments/{id}", attachments.handle, methods=["GET"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics.handle, methods=["GET"]),
        *more_routes,
    ]
    if page is not None:
        routes.append(page.routes())
    return Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(FaultNet)])


async def _home(request: Request) -> Response:
    del request
    return RedirectResponse("graphql", status_code=307)
