"""Answers as `multipart/mixed`, each part a JSON object.

Deferred ones: https://github.com/graphql/graphql-over-http/blob/main/rfcs/IncrementalDelivery.md.
Apollo's subscriptions: https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol.
"""

import msgspec

from gateway.schema.frame import Result
from gateway.web.accept import MULTIPART
from gateway.web.answer import answer
from gateway.web.stream import Framing

_PARTS_BOUNDARY = "-"  # no line of JSON can look like it: newlines are escaped there
_PAYLOADS_BOUNDARY = "graphql"


def _part(body: object, boundary: str) -> bytes:
    """With the boundary behind it: clients read a part once they see where it ends."""
    return b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n" + msgspec.json.encode(body) + _delimiter(boundary)


def _delimiter(boundary: str) -> bytes:
    return f"\r\n--{boundary}".encode()


def _deferred(result: Result) -> bytes:
    return _part(answer(result), _PARTS_BOUNDARY)


def _event(result: Result) -> bytes:
    return _part({"payload": answer(result)}, _PAYLOADS_BOUNDARY)


_PARTS_TYPE = f'{MULTIPART}; boundary="{_PARTS_BOUNDARY}"'
PARTS = Framing(_PARTS_TYPE, _deferred, opening=_delimiter(_PARTS_BOUNDARY), closing=b"--\r\n")
"""No heartbeats: not every client can read an empty part, and no query takes long."""
SPECIFIED_PARTS = msgspec.structs.replace(PARTS, content_type=f"{_PARTS_TYPE}; incrementalSpec=v0.2")
"""For clients that ask for that: some choose how to read the parts by it."""
PAYLOADS = Framing(
    f'{MULTIPART}; boundary="{_PAYLOADS_BOUNDARY}"; subscriptionSpec=1.0',
    _event,
    opening=_delimiter(_PAYLOADS_BOUNDARY),
    closing=b"--\r\n",
    heartbeat=_part({}, _PAYLOADS_BOUNDARY),
)
