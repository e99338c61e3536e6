"""Any of httpx's transports as a wire: an app of this process, canned answers."""

import httpx

from gateway.transport.wire import CONNECT_TIMEOUT_SECONDS, Headers, Response


class HttpxWire:
    """Sends through a transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def send(self, method: str, url: str, headers: Headers, content: bytes | None, *, seconds: float) -> Response:
        timeout = httpx.Timeout(seconds, connect=min(CONNECT_TIMEOUT_SECONDS, seconds))
        request = httpx.Request(method, url, headers=[*headers], content=content, extensions={"timeout": timeout.as_dict()})
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()
