"""What a client wants its answer to be."""

import pytest

from gateway.web.accept import GRAPHQL_JSON, JSON, Accept

URQL = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
APOLLO = "application/graphql-response+json,application/json;q=0.9"


@pytest.mark.parametrize(
    ("header", "json", "takes_stream", "prefers_stream"),
    [
        (None, JSON, False, False),
        ("", JSON, False, False),
        ("*/*", JSON, False, False),
        ("text/html", JSON, False, False),
        (URQL, GRAPHQL_JSON, True, False),
        (APOLLO, GRAPHQL_JSON, False, False),
        ("text/event-stream", JSON, True, True),
        ("TEXT/Event-Stream;charset=utf-8", JSON, True, True),
        ("text/event-stream, application/json", JSON, True, False),
        ("text/event-stream, application/json;q=0.9", JSON, True, True),
        ("text/event-stream;q=0.5, application/json", JSON, True, False),
        ("text/event-stream, */*;q=0.1", JSON, True, True),
        ("text/event-stream, */*", JSON, True, False),
        ("text/event-stream;q=0", JSON, False, False),
        ("application/graphql-response+json;q=0.5, application/json", JSON, False, False),
        ("application/graphql-response+json;q=0, application/json", JSON, False, False),
        ("application/json;q=0.5, application/graphql-response+json;q=0.5", GRAPHQL_JSON, False, False),
        ("application/json;q=0, */*", JSON, False, False),
        ("text/event-stream;q=nonsense", JSON, True, True),
        (",;,;q=,", JSON, False, False),
    ],
)
def test_wishes(header: str | None, json: str, *, takes_stream: bool, prefers_stream: bool) -> None:
    accept = Accept(header)
    assert (accept.json, accept.takes_stream, accept.prefers_stream) == (json, takes_stream, prefers_stream)
