"""`/graphql` over HTTP: GraphQL by POST and GET, as JSON or as a stream of events, and GraphiQL for browsers.

A thin layer of our own over Strawberry's schema: it reads the request, names who asks, runs one operation and writes the answer.
"""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.types import ExecutionResult

from gateway.domain.errors import UnauthenticatedError
from gateway.domain.request import current
from gateway.web.accept import EVENT_STREAM, GRAPHQL_JSON, Accept, accept_of
from gateway.web.answer import JsonResponse, is_forbidden, is_refused, pieces, refusal
from gateway.web.caller import Callers
from gateway.web.drain import Drain
from gateway.web.event_stream import EventStream
from gateway.web.graphiql import GraphiqlPage
from gateway.web.request import TIMEOUT_HEADER, RefusedError, from_body, from_url, timeout_seconds
from gateway.web.runner import Runner, once

_NO_STREAM = f"A subscription is answered by a stream: ask with `Accept: {EVENT_STREAM}`, or over WebSocket (graphql-transport-ws)."


class GraphqlEndpoint:
    """An ASGI app that answers `/graphql`. `page` is None where GraphiQL is switched off."""

    def __init__(self, runner: Runner, callers: Callers, drain: Drain, *, page: GraphiqlPage | None) -> None:
        self._runner = runner
        self._callers = callers
        self._drain = drain
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one answer. An exception that leaves this is a fault of ours."""
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> ASGIApp:
        if self._page is not None and _is_browser(request):
            return self._page.response()
        headers = dict(reversed(request.headers.items()))  # looked into often; of one that is sent twice the first counts
        accept = accept_of(headers.get("accept"))
        try:
            return await self._answer(request, headers, accept)
        except RefusedError as error:
            return refusal(error, accept)
        except UnauthenticatedError as error:
            return refusal(RefusedError(401, error.message, error.code, {"WWW-Authenticate": "Bearer"}), accept)

    async def _answer(self, request: Request, headers: Mapping[str, str], accept: Accept) -> ASGIApp:
        caller = self._callers.identify(headers.get("authorization", ""))  # first: a stranger's body is not even read
        current().caller = caller.name
        seconds = timeout_seconds(headers.get(TIMEOUT_HEADER.lower()))
        is_post = request.method == "POST"  # HEAD is GET without the body
        operation = await from_body(request, headers.get("content-type", "")) if is_post else from_url(request.query_params)
        no_cache = "no-cache" in headers.get("cache-control", "").lower()
        result = await self._runner.run(operation, caller, may_write=is_post, no_cache=no_cache, timeout_seconds=seconds)
        if isinstance(result, ExecutionResult):
            # It is there already: no drain may take it away.
            return EventStream(once(result), asyncio.Event()) if accept.prefers_stream else _single(result, accept)
        if not accept.takes_stream or request.method == "HEAD":
            await result.aclose()
            raise RefusedError(406, _NO_STREAM)
        return EventStream(result, self._drain.begun)


def _is_browser(request: Request) -> bool:
    """Whether a person opened the address: HTML is wanted more than JSON, and no operation is given."""
    if request.method == "POST" or "query" in request.query_params:
        return False
    accepted = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return "text/html" in accepted


def _single(result: ExecutionResult, accept: Accept) -> JsonResponse:
    return JsonResponse(pieces(result), _status(result, accept), accept)


def _status(result: ExecutionResult, accept: Accept) -> int:
    """A request that never ran is 400 in GraphQL's own media type; plain JSON clients expect 200 (GraphQL over HTTP, section 6.4)."""
    if is_forbidden(result):
        return 403
    return 400 if is_refused(result) and accept.json == GRAPHQL_JSON else 200
