"""What a client wants its answer to be."""

import pytest

from gateway.web.accept import GRAPHQL_JSON, JSON, Accept, Delivery

URQL = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
URQL_SUBSCRIPTION = "text/event-stream, multipart/mixed"
APOLLO = "application/graphql-response+json,application/json;q=0.9"
APOLLO_DEFER = f"multipart/mixed;incrementalSpec=v0.2,{APOLLO}"
APOLLO_OLD_DEFER = f"multipart/mixed;deferSpec=20220824,{APOLLO}"
APOLLO_SUBSCRIPTION = f"multipart/mixed;boundary=graphql;subscriptionSpec=1.0,{APOLLO}"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
OLD_JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
AXIOS = "application/json, text/plain, */*"


@pytest.mark.parametrize(
    ("header", "json"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        (BROWSER, JSON),
        (OLD_JAVA, JSON),
        (AXIOS, JSON),
        (URQL, GRAPHQL_JSON),
        (APOLLO, GRAPHQL_JSON),
        (APOLLO_DEFER, GRAPHQL_JSON),
        ("application/*", JSON),
        ("APPLICATION/Json;charset=utf-8", JSON),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("application/graphql-response+json;q=0, application/json", JSON),
        ("application/graphql-response+json;q=0, */*", JSON),
        ("application/json;q=0.5, application/graphql-response+json;q=0.5", GRAPHQL_JSON),
        ("application/graphql-response+json;q=0.5, */*;q=0.1", GRAPHQL_JSON),
        ("application/json;q=0, */*", GRAPHQL_JSON),
        ("application/json;q=nonsense", JSON),
        ("application/json;q=7, application/graphql-response+json;q=-1", GRAPHQL_JSON),
        ("application/json;q=nan", JSON),
        ('application/json;profile="a,b;q=0", text/html', JSON),
        (",;,;q=,", JSON),
        ("nonsense", JSON),
        ("\u00e4/\u00f6", JSON),
    ],
)
def test_which_json(header: str | None, json: str) -> None:
    accept = Accept(header)
    assert (accept.json, accept.single) == (json, Delivery.JSON)


@pytest.mark.parametrize(
    ("header", "single", "deferred", "subscription"),
    [
        ("*/*", Delivery.JSON, Delivery.JSON, None),
        ("text/*, multipart/*, application/*", Delivery.JSON, Delivery.JSON, None),
        (URQL, Delivery.JSON, Delivery.PARTS, Delivery.EVENTS),
        (URQL_SUBSCRIPTION, Delivery.EVENTS, Delivery.PARTS, Delivery.EVENTS),
        (APOLLO, Delivery.JSON, Delivery.JSON, None),
        (APOLLO_DEFER, Delivery.JSON, Delivery.PARTS, None),
        (APOLLO_OLD_DEFER, Delivery.JSON, Delivery.JSON, None),
        (APOLLO_SUBSCRIPTION, Delivery.JSON, Delivery.JSON, Delivery.PAYLOADS),
        ("multipart/mixed", Delivery.PARTS, Delivery.PARTS, None),
        ("multipart/mixed;q=0.5, application/json", Delivery.JSON, Delivery.JSON, None),
        ("multipart/mixed, application/json;q=0.5", Delivery.PARTS, Delivery.PARTS, None),
        ("multipart/mixed;q=0, */*", Delivery.JSON, Delivery.JSON, None),
        ("multipart/mixed;incrementalSpec=v9, application/json", Delivery.JSON, Delivery.JSON, None),
        ('multipart/mixed; subscriptionSpec="1.0"', Delivery.PAYLOADS, None, Delivery.PAYLOADS),
        ("multipart/mixed;subscriptionSpec=2.0, */*", Delivery.JSON, Delivery.JSON, None),
        ("multipart/mixed;subscriptionSpec=1.0, text/event-stream", Delivery.EVENTS, Delivery.EVENTS, Delivery.EVENTS),
        ("multipart/mixed;subscriptionSpec=1.0, text/event-stream;q=0.9", Delivery.PAYLOADS, Delivery.EVENTS, Delivery.PAYLOADS),
        ("text/event-stream", Delivery.EVENTS, Delivery.EVENTS, Delivery.EVENTS),
        ("TEXT/Event-Stream;charset=utf-8", Delivery.EVENTS, Delivery.EVENTS, Delivery.EVENTS),
        ("text/event-stream, application/json", Delivery.JSON, Delivery.EVENTS, Delivery.EVENTS),
        ("text/event-stream, application/json;q=0.9", Delivery.EVENTS, Delivery.EVENTS, Delivery.EVENTS),
        ("text/event-stream;q=0.5, application/json", Delivery.JSON, Delivery.JSON, Delivery.EVENTS),
        ("text/event-stream, */*;q=0.1", Delivery.EVENTS, Delivery.EVENTS, Delivery.EVENTS),
        ("text/event-stream, */*", Delivery.JSON, Delivery.EVENTS, Delivery.EVENTS),
        ("text/event-stream;q=0, */*", Delivery.JSON, Delivery.JSON, None),
        ("text/event-stream;q=nonsense", Delivery.EVENTS, Delivery.EVENTS, Delivery.EVENTS),
        ("text/html", None, None, None),
        ("image/png, application/xml", None, None, None),
        ("application/json;q=0", None, None, None),
        ("*/*;q=0", None, None, None),
        ("multipart/mixed;deferSpec=20220824", None, None, None),
    ],
)
def test_which_delivery(header: str, single: Delivery | None, deferred: Delivery | None, subscription: Delivery | None) -> None:
    accept = Accept(header)
    assert (accept.single, accept.deferred, accept.subscription) == (single, deferred, subscription)
    assert accept.takes_parts is (deferred in (Delivery.PARTS, Delivery.EVENTS))


@pytest.mark.parametrize("header", ['"' * 60_000, '"\\' * 30_000, 'a/b;x="' + "\\" * 60_000, "a/b;" * 15_000, "," * 60_000])
def test_nonsense_takes_no_time(header: str) -> None:
    """Each character is looked at once: with a step back for each, this would take minutes."""
    assert Accept(header).json == JSON
