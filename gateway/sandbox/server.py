"""What every sandbox shares: a record of the requests it got, and a switch to make it fail.

A sandbox imitates one vendor as an ASGI app, from that vendor's own pages: authentication, paging, envelopes, status codes, quirks.
It is our own, so it must not be trusted to prove itself: `tests/sandbox/` holds its answers against bodies taken from the vendors' pages.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class Recorded(msgspec.Struct, frozen=True):
    """A request as it came in: `path` is relative to the vendor's base URL and decoded, `params` are the query's pairs."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]

    def param(self, name: str) -> str | None:
        return next((value for key, value in self.params if key == name), None)


class Outage(msgspec.Struct, kw_only=True):
    """How the next `times` requests whose path contains `path` go wrong (None: until removed).

    `status` None means: work as usual, after `delay_seconds`. `hang_up` closes the connection after half of the body.
    """

    path: str = ""
    times: int | None = None
    skip: int = 0
    delay_seconds: float = 0.0
    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = {}
    hang_up: bool = False


class Sandbox:
    """Wraps a vendor's app.

    `account` holds the settings with which the gateway reaches it: an `[[accounts]]` table less name, vendor and address.
    """

    def __init__(self, app: ASGIApp, *, account: Mapping[str, str], secrets: frozenset[str], base_path: str = "") -> None:
        self._app = app
        self.account = account
        self.base_path = base_path
        """What a gateway's base URL adds to the address at which this is mounted."""
        self.secrets = secrets
        """Every secret planted in this sandbox's rows and credentials: none may leave the gateway, nor its base64."""
        self.requests: deque[Recorded] = deque(maxlen=100_000)
        self.outages: list[Outage] = []
        self.running = 0
        self.most_running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        params = tuple(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        self.requests.append(Recorded(scope["method"], path, params, headers))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self._serve(path, scope, receive, send)
        finally:
            self.running -= 1

    async def _serve(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        outage = self._outage(path)
        if outage is None:
            await self._app(scope, receive, send)
            return
        await asyncio.sleep(outage.delay_seconds)
        if outage.status is None:
            await self._app(scope, receive, send)
        elif outage.hang_up:
            length = str(len(outage.body) + 1000).encode()
            await send({"type": "http.response.start", "status": outage.status, "headers": [(b"content-length", length)]})
            await send({"type": "http.response.body", "body": outage.body, "more_body": True})
            raise ConnectionResetError
        else:
            await Response(outage.body, outage.status, headers=dict(outage.headers))(scope, receive, send)

    def _outage(self, path: str) -> Outage | None:
        for outage in self.outages:
            if outage.path not in path:
                continue
            if outage.skip > 0:
                outage.skip -= 1
                continue
            if outage.times is not None:
                outage.times -= 1
                if outage.times <= 0:
                    self.outages.remove(outage)
            return outage
        return None

    def count(self, path: str = "", *, method: str | None = None) -> int:
        """How many requests came whose path contains `path`."""
        return sum(path in request.path and method in (None, request.method) for request in self.requests)
