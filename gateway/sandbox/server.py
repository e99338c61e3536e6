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
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Recorded(msgspec.Struct, frozen=True):
    """A request as it came in: `path` is relative to the vendor's base URL and decoded, `params` are the query's pairs."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes = b""

    def param(self, name: str) -> str | None:
        return next((value for key, value in self.params if key == name), None)


class Outage(msgspec.Struct, kw_only=True):
    """How the next `times` requests whose path contains `path` go wrong (None: until removed).

    `status` None means: work as usual, after `delay_seconds`. `hang_up` closes the connection after half of the body.
    `is_after`: the vendor does its work first, and only its answer is lost. `is_doubled`: the request arrives twice, and the second
    answer is given. `is_stale`: a read is answered as it was the last time (for sandboxes that remember). `method` None: any.
    """

    path: str = ""
    method: str | None = None
    times: int | None = None
    skip: int = 0
    delay_seconds: float = 0.0
    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = {}
    hang_up: bool = False
    is_after: bool = False
    is_doubled: bool = False
    is_stale: bool = False


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
        self.remembers = False
        """Whether answers to reads are kept, one for each address, so that an outage can give an old one."""
        self._remembered: dict[tuple[str, bytes], list[Message]] = {}
        self.running = 0
        self.most_running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        params = tuple(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        body = b"" if scope["method"] in ("GET", "HEAD") else await _read(receive)
        self.requests.append(Recorded(scope["method"], path, params, headers, body))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self._serve(path, scope, body, send)
        finally:
            self.running -= 1

    async def _serve(self, path: str, scope: Scope, body: bytes, send: Send) -> None:
        outage = self._outage(path, scope["method"])
        if outage is None:
            await self._work(scope, body, send)
            return
        if outage.is_after or outage.is_doubled:
            await self._work(scope, body, _nowhere)
        await asyncio.sleep(outage.delay_seconds)
        if outage.is_stale and (remembered := self._remembered.get((path, scope["query_string"]))):
            for message in remembered:
                await send(message)
        elif outage.status is None:
            await self._work(scope, body, send)
        elif outage.hang_up:
            length = str(len(outage.body) + 1000).encode()
            await send({"type": "http.response.start", "status": outage.status, "headers": [(b"content-length", length)]})
            await send({"type": "http.response.body", "body": outage.body, "more_body": True})
            raise ConnectionResetError
        else:
            await Response(outage.body, outage.status, headers=dict(outage.headers))(scope, _once(body), send)

    async def _work(self, scope: Scope, body: bytes, send: Send) -> None:
        """The vendor's own answer."""
        if not self.remembers or scope["method"] != "GET":
            await self._app({**scope}, _once(body), send)
            return
        messages: list[Message] = []

        async def remember(message: Message) -> None:
            messages.append(message)
            await send(message)

        await self._app({**scope}, _once(body), remember)
        self._remembered[scope["path"].removeprefix(scope.get("root_path", "")), scope["query_string"]] = messages

    def _outage(self, path: str, method: str) -> Outage | None:
        for outage in self.outages:
            if outage.path not in path or outage.method not in (None, method):
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


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            return bytes(body)


def _once(body: bytes) -> Receive:
    """A request's body that has been read already; after it nothing comes until the answer is sent."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()  # nobody hangs up on a sandbox; starlette listens all the same
        return messages.pop()

    return receive


async def _nowhere(message: Message) -> None:
    del message
