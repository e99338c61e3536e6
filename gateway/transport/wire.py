"""What a call is sent on, whatever it is made of."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import httpx

CONNECT_TIMEOUT_SECONDS = 10.0
Headers = Sequence[tuple[str, str]]


class Response(Protocol):
    """An answer whose body may be still to come: as much of `httpx.Response` as is needed here."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> httpx.Headers: ...
    @property
    def is_stream_consumed(self) -> bool:
        """Whether the body is in `content` already, decompressed."""

    @property
    def content(self) -> bytes: ...
    def aiter_raw(self) -> AsyncIterator[bytes]:
        """The body as it comes."""

    async def aclose(self) -> None:
        """The connection is used again if the body was read to its end."""


class Wire(Protocol):
    """Sends requests and never repeats one; raises one of `failure.WIRE_ERRORS` where there is no answer."""

    async def send(self, method: str, url: str, headers: Headers, content: bytes | None, *, seconds: float) -> Response:
        """`url` is encoded. `seconds` is how long nothing may come."""

    async def aclose(self) -> None: ...
