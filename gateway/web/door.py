"""The outermost door: whose request may come in at all, and what every answer carries, whoever gives it."""

from collections.abc import Iterable, MutableSequence
from typing import NamedTuple, TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.domain.request import Request, answering
from gateway.web.accept import accept_of
from gateway.web.answer import refusal
from gateway.web.hosts import Hosts
from gateway.web.observer import Observer
from gateway.web.origins import Origins
from gateway.web.request import RefusedError

Headers: TypeAlias = MutableSequence[tuple[bytes, bytes]]

UNKNOWN_HOST = "UNKNOWN_HOST"
FOREIGN_ORIGIN = "FOREIGN_ORIGIN"
PROBES = frozenset({"/healthz", "/readyz"})
"""They tell nothing, and are asked by address: any name will do."""
SWITCHED = 101
"""From HTTP to a WebSocket."""
_NO_HOST = "The gateway does not answer to the name in this request's `Host`. Its operator can add it to `hosts` in `[server]`."
_FOREIGN = (
    "A page of another origin may not ask this. The gateway's operator can add the origin to `origins` in `[server]`; then ask by `fetch`."
)
_BEGINNINGS = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})
# No Strict-Transport-Security: whoever terminates TLS in front of the gateway knows whether its name is never to be asked without.
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
SECURITY_NAMES = frozenset(name.decode() for name, _ in _ALWAYS)


def protect(headers: Headers) -> None:
    """Tells browsers to do nothing with an answer that is not expressly wanted; a page that needs more has said so itself."""
    there = {name for name, _ in headers}
    headers.extend(header for header in _ALWAYS if header[0] not in there)


class _Asked(NamedTuple):
    """What the door looks at."""

    host: bytes | None = None
    origin: bytes | None = None
    site: bytes | None = None
    accept: bytes | None = None
    hosts: int = 0


class Door:
    """An ASGI app before all others. Gives every request its id, which its answer, its errors and its log lines show."""

    def __init__(self, app: ASGIApp, hosts: Hosts, origins: Origins, observer: Observer) -> None:
        self._app = origins.open_to_pages(app)
        self._hosts = hosts
        self._origins = origins
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request = Request()

        async def answer(message: Message) -> None:
            if message["type"] in _BEGINNINGS:
                request.status = message.get("status", SWITCHED)
                headers = [*message.get("headers", ()), (b"x-request-id", request.id.encode())]
                if request.status != SWITCHED:
                    protect(headers)
                message["headers"] = headers
            await send(message)

        with answering(request):
            try:
                asked = _asked(scope["headers"])
                refused = self._refused(asked, scope)
                if refused is None:
                    await self._app(scope, receive, answer)
                else:
                    await refusal(refused, accept_of((asked.accept or b"").decode("latin-1") or None))(scope, receive, answer)
            finally:
                self._observer.has_ended(request, scope)

    def _refused(self, asked: _Asked, scope: Scope) -> RefusedError | None:
        if asked.hosts > 1 or (not self._hosts.allows(asked.host) and scope["path"] not in PROBES):
            return RefusedError(421, _NO_HOST, UNKNOWN_HOST)
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and _costs(scope) and self._is_foreign(asked):
            return RefusedError(403, _FOREIGN, FOREIGN_ORIGIN)
        return None

    def _is_foreign(self, asked: _Asked) -> bool:
        """Whether a browser says that a page of another origin asks, which may neither read the answer nor make the gateway spend for it.

        Any page can send a GET to any host; a POST in JSON is one that browsers ask about first. https://www.w3.org/TR/fetch-metadata/
        """
        if asked.origin is not None:
            return not self._origins.allow(asked.origin.decode("latin-1"), None if asked.host is None else asked.host.decode("latin-1"))
        return asked.site in (b"cross-site", b"same-site")


def _costs(scope: Scope) -> bool:
    """Whether a GET may ask vendors. GraphiQL's page is one without a query."""
    path: str = scope["path"]
    return (path == "/graphql" and bool(scope["query_string"])) or path.startswith("/attachments/")


def _asked(headers: Iterable[tuple[bytes, bytes]]) -> _Asked:
    host = origin = site = accept = None
    hosts = 0
    for name, value in headers:
        if name == b"host":
            host, hosts = value, hosts + 1
        elif name == b"origin":
            origin = value
        elif name == b"sec-fetch-site":
            site = value
        elif name == b"accept":
            accept = value
    return _Asked(host, origin, site, accept, hosts)
