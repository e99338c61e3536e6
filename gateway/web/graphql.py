"""`/graphql` over HTTP: GraphQL by POST and GET, as JSON, in parts or as events, and GraphiQL for browsers.

A thin layer of our own over Strawberry's schema: it reads the request, names who asks, runs one operation and writes the answer.
"""

from collections.abc import Mapping
from functools import partial

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.types import ExecutionResult

from gateway.domain.errors import UnauthenticatedError
from gateway.domain.limit_errors import LimitError
from gateway.domain.request import current
from gateway.domain.request_limits import RequestLimits
from gateway.web.accept import EVENT_STREAM, GRAPHQL_JSON, JSON, MULTIPART, Accept, Delivery, accept_of
from gateway.web.admission import leave
from gateway.web.answer import JsonResponse, is_forbidden, is_refused, pieces, refusal
from gateway.web.batch import answered
from gateway.web.callers import Callers, authorization_of
from gateway.web.drain import Drain
from gateway.web.event_stream import EVENTS
from gateway.web.expiry import ending
from gateway.web.graphiql import GraphiqlPage
from gateway.web.load import Load
from gateway.web.multipart import PARTS, PAYLOADS, SPECIFIED_PARTS
from gateway.web.observer import Observer
from gateway.web.request import TIMEOUT_HEADER, RefusedError, from_body, from_url, timeout_seconds
from gateway.web.runner import Deferred, Runner, once
from gateway.web.stream import Framing, Stream

_NO_STREAM = (
    f"A subscription is answered by a stream: ask with `Accept: {EVENT_STREAM}` or `{MULTIPART};subscriptionSpec=1.0`, or over WebSocket "
    "(graphql-transport-ws)."
)
_NOTHING_TO_SEND = (
    f"Nothing that can be sent is in `Accept`, so nothing was run: an answer is {GRAPHQL_JSON}, {JSON}, {EVENT_STREAM} or {MULTIPART}."
)


class GraphqlEndpoint:
    """An ASGI app that answers `/graphql`. `page` is None where GraphiQL is switched off."""

    def __init__(  # noqa: PLR0913 - the rooms around it
        self,
        runner: Runner,
        callers: Callers,
        drain: Drain,
        load: Load,
        observer: Observer,
        *,
        page: GraphiqlPage | None,
        limits: RequestLimits,
    ) -> None:
        self._runner = runner
        self._callers = callers
        self._drain = drain
        self._load = load
        self._observer = observer
        self._limits = limits
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one answer. An exception that leaves this is a fault of ours."""
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> ASGIApp:
        if self._page is not None and _is_browser(request):
            return self._page.response()
        headers = dict(reversed(request.headers.items()))  # looked into often; of one that is sent twice the first counts
        accept = accept_of(", ".join(request.headers.getlist("accept")))  # RFC 9110, section 5.3: several are one
        try:
            return await self._answer(request, headers, accept)
        except RefusedError as error:
            return refusal(error, accept)
        except LimitError as error:
            return refusal(RefusedError.beyond(error), accept)
        except UnauthenticatedError as error:
            return refusal(RefusedError(401, error.message, error.code, {"WWW-Authenticate": "Bearer"}), accept)

    async def _answer(self, request: Request, headers: Mapping[str, str], accept: Accept) -> ASGIApp:
        caller, ends_at = await self._callers.identify(authorization_of(request.headers))  # first: a stranger's body is not even read
        current().caller = caller.name
        if accept.single is None:
            raise RefusedError(406, _NOTHING_TO_SEND)
        seconds = timeout_seconds(headers.get(TIMEOUT_HEADER.lower()))
        is_post = request.method == "POST"  # HEAD is GET without the body
        content_type = headers.get("content-type", "")
        operation = await from_body(request, content_type, self._limits) if is_post else from_url(request.query_params)
        run = partial(
            self._runner.run,
            caller=caller,
            may_write=is_post,
            no_cache="no-cache" in headers.get("cache-control", "").lower(),
            timeout_seconds=seconds,
            address=request.client.host if request.client else None,
        )
        if isinstance(operation, list):
            return JsonResponse([await answered(operation, run, self._load, self._observer)], 200, accept)
        result = await run(operation, may_defer=accept.takes_parts and request.method != "HEAD")
        if isinstance(result, ExecutionResult):
            return _single(result, accept) if accept.single is Delivery.JSON else Stream(once(result), _framing(accept.single, accept))
        if isinstance(result, Deferred):
            return Stream(result.results, _framing(accept.deferred, accept))
        if accept.subscription is None or request.method == "HEAD":
            await result.results.aclose()
            raise RefusedError(406, _NO_STREAM)
        leave(request.scope)
        return Stream(ending(result.results, ends_at), _framing(accept.subscription, accept), self._drain.begun)


def _framing(delivery: Delivery | None, accept: Accept) -> Framing:
    match delivery:
        case Delivery.EVENTS:
            return EVENTS
        case Delivery.PAYLOADS:
            return PAYLOADS
        case _:
            return SPECIFIED_PARTS if accept.names_incremental_spec else PARTS


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
