"""`Idempotency-Key` on POSTs (page "Idempotency"): the same key and body give the first answer again, another body is refused."""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox.shipmail.answer import Refusal, invalid

MAX_KEY_LENGTH = 255


class _Kept(msgspec.Struct, frozen=True):
    path: str
    body: bytes
    status: int
    content: bytes


class Replays:
    """The answers to keys that were sent, for as long as the sandbox runs (the vendor: 24 hours). A refusal frees its key again."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Kept] = {}

    async def once(self, request: Request, endpoint: Callable[[Request], Awaitable[Response]]) -> Response:
        """The endpoint's answer, or the one that the same request got before."""
        key = request.headers.get("idempotency-key")
        if key is None:
            return await endpoint(request)
        if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
            raise invalid("Idempotency-Key", "1 to 255 printable ASCII characters.")
        body = await request.body()
        kept = self._kept.get((request.state.key, key))
        if kept is None:
            answer = await endpoint(request)
            self._kept[request.state.key, key] = _Kept(request.url.path, body, answer.status_code, bytes(answer.body))
            return answer
        if (kept.path, kept.body) != (request.url.path, body):
            raise Refusal(409, "conflict", "This idempotency key was used with a different body.")
        return Response(kept.content, kept.status, {"idempotency-replay": "true"}, "application/json")
