"""`/graphql` over WebSocket: operations of every kind by graphql-transport-ws, many on one connection."""

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket

from gateway.web.callers import Callers
from gateway.web.load import Load
from gateway.web.observer import Observer
from gateway.web.origins import Origins
from gateway.web.runner import Runner
from gateway.web.websocket_connection import Connection
from gateway.web.websocket_message import SUBPROTOCOL

INIT_SECONDS = 10.0
"""How long a client may take to say who it is."""


class GraphqlSocket:
    """Answers `/graphql` over WebSocket."""

    def __init__(
        self,
        runner: Runner,
        callers: Callers,
        load: Load,
        observer: Observer,
        origins: Origins,
        *,
        init_seconds: float = INIT_SECONDS,
    ) -> None:
        self._runner = runner
        self._callers = callers
        self._load = load
        self._observer = observer
        self._origins = origins
        self._init_seconds = init_seconds

    async def handle(self, websocket: WebSocket) -> None:
        """One connection, from its handshake to its end. An exception that leaves this is a fault of ours."""
        origin = websocket.headers.get("origin")
        if origin is not None and not self._origins.allow(origin, websocket.headers.get("host")):
            # Browsers let every page open a WebSocket to every host; only this tells whose page it is.
            await _refuse(websocket, 403, "A page of another origin may not connect.")
        elif SUBPROTOCOL not in websocket.scope["subprotocols"]:
            await _refuse(websocket, 400, f"Speak the WebSocket subprotocol {SUBPROTOCOL}.")
        else:
            await websocket.accept(SUBPROTOCOL)
            await Connection(websocket, self._runner, self._callers, self._load, self._observer).serve(self._init_seconds)


async def _refuse(websocket: WebSocket, status: int, words: str) -> None:
    await websocket.send_denial_response(PlainTextResponse(f"{words}\n", status))
