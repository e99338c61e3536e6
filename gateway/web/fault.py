"""The last net around every address: what nobody expected becomes an INTERNAL error with a request id.

The log, under the same id, says where it happened, without the exception's own text: that may quote a row, a message or a key.
"""

import logging
from contextlib import suppress

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.domain.errors import ErrorCode
from gateway.domain.request import current
from gateway.domain.stumble import apology, trail

logger = logging.getLogger("gateway.web")

_INTERNAL_ERROR = 1011  # RFC 6455, section 7.4.1


class FaultNet:
    """Answers 500 for an exception before the answer began; after that it can only break the answer off, which clients notice.

    A WebSocket is closed with 1011.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if scope["type"] not in ("http", "websocket"):
                raise
            request = current()
            request.fail(ErrorCode.INTERNAL)
            request_id = request.id
            # Neither `exception` nor the path: both would print what the request, or the exception, holds.
            logger.error("request %s: %s", request_id, trail(error))  # noqa: TRY400 - see above
            if not has_begun:
                await _answer(request_id)(scope, receive, send)
            elif scope["type"] == "websocket":
                with suppress(Exception):  # it may be closed already
                    await send({"type": "websocket.close", "code": _INTERNAL_ERROR, "reason": f"request {request_id}"})


def _answer(request_id: str) -> JSONResponse:
    error = {"message": apology(request_id), "extensions": {"code": ErrorCode.INTERNAL, "requestId": request_id}}
    return JSONResponse({"errors": [error]}, 500, headers={"cache-control": "no-store"})
