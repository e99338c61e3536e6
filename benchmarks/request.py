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
    """A GET."""
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n\r\n".encode()


def graphql(query: str, variables: Mapping[str, object] | None = None, *, no_cache: bool = False, path: str = "/graphql") -> bytes:
    """A POST of an operation."""
    body = json.dumps({"query": query} | ({"variables": variables} if variables else {})).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "host: 127.0.0.1",
        "accept: application/json",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *(["cache-control: no-cache"] if no_cache else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(port: int, request: bytes) -> Answer:
    """Send one request over a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(request)
        response = HTTPResponse(connection)
        response.begin()
        return Answer(response.status, response.read())
