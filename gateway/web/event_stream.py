"""Answers as server-sent events: GraphQL over SSE in its "distinct connections mode", one operation a request.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

import msgspec

from gateway.schema.frame import Result
from gateway.web.accept import EVENT_STREAM
from gateway.web.answer import answer
from gateway.web.stream import Framing


def _event(result: Result) -> bytes:
    return b"event: next\ndata: " + msgspec.json.encode(answer(result)) + b"\n\n"


EVENTS = Framing(f"{EVENT_STREAM}; charset=utf-8", _event, closing=b"event: complete\ndata:\n\n", heartbeat=b":\n\n")
