"""The messages of graphql-transport-ws, and what its close codes mean.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from enum import IntEnum
from typing import Any, TypeAlias

import msgspec

from gateway.web.request import TIMEOUT_HEADER, Operation

SUBPROTOCOL = "graphql-transport-ws"
_MAX_REASON_BYTES = 123  # RFC 6455, section 5.5


class CloseCode(IntEnum):
    """Why a connection is closed; clients connect again after some of them only."""

    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    INIT_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITS = 4429


class CloseError(Exception):
    """The connection is to be closed with this code and reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")


class ConnectionInit(msgspec.Struct, tag_field="type", tag="connection_init"):
    """The client's first message; `payload` are its connection parameters."""

    payload: dict[str, Any] | None = None

    @property
    def authorization(self) -> str | None:
        """What stands in for the header of that name, which a page cannot set; however it is capitalised."""
        found = self._parameter("authorization")
        return found if isinstance(found, str) else None

    @property
    def timeout(self) -> str | None:
        """The same for `X-Request-Timeout-Ms`, which may be a number here."""
        found = self._parameter(TIMEOUT_HEADER.lower())
        return None if found is None else str(found)

    def _parameter(self, header: str) -> object:
        return {name.lower(): value for name, value in (self.payload or {}).items()}.get(header)


class Ping(msgspec.Struct, tag_field="type", tag="ping"):
    """To be answered with a pong."""

    payload: dict[str, Any] | None = None


class Pong(msgspec.Struct, tag_field="type", tag="pong"):
    """The answer to a ping, or a sign of life."""

    payload: dict[str, Any] | None = None


class Subscribe(msgspec.Struct, tag_field="type", tag="subscribe"):
    """An operation of any kind; `id` is the client's own name for it."""

    id: str
    payload: Operation


class Complete(msgspec.Struct, tag_field="type", tag="complete"):
    """The client does not want to hear of this operation any more."""

    id: str


Message: TypeAlias = ConnectionInit | Ping | Pong | Subscribe | Complete
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def read_message(text: str) -> Message:
    """Raises `CloseError` for everything that is no message of the protocol."""
    try:
        message = _decoder.decode(text)
    except msgspec.ValidationError as error:
        raise CloseError(CloseCode.BAD_REQUEST, f"Invalid message: {error}") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise CloseError(CloseCode.BAD_REQUEST, "Invalid message: not JSON") from None
    if isinstance(message, Subscribe | Complete) and not message.id:
        raise CloseError(CloseCode.BAD_REQUEST, "Invalid message: the id is empty")
    return message
