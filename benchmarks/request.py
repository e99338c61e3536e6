"""HTTP requests as bytes, and single ones sent."""

import json
import socket
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any

import msgspec

PATIENCE_SECONDS = 120.0


class Answer(msgspec.Struct, frozen=True):
    """A status and a body."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON as it comes
        return json.loads(self.body)


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n\r\n".encode()


def graphql(query: str, variables: Mapping[str, object] | None = None, *, no_cache: bool = False) -> bytes:
    """A POST to `/graphql`."""
    body = json.dumps({"query": query} | ({"variables": variables} if variables else {})).encode()
    head = f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + (b"cache-control: no-cache\r\n" if no_cache else b"") + b"\r\n" + body


def ask(port: int, request: bytes) -> Answer:
    """Send one request over a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(request)
        response = HTTPResponse(connection)
        response.begin()
        return Answer(response.status, response.read())
