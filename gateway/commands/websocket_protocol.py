"""A client's WebSocket connection: uvicorn's own, which is done with a client that it has closed the connection on."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn (0.54) reads on what comes behind a message that is no UTF-8, and trips over a second one."""

    def send_receive_event_to_app(self) -> None:
        """Called by uvicorn for each whole message."""
        if self.conn.state is State.OPEN:
            super().send_receive_event_to_app()
        else:
            self.frames = []
