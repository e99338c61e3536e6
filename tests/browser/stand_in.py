"""Until `gateway demo` is there: the page over a schema just big enough for the examples' words."""

import asyncio
import sys
from collections.abc import AsyncIterator

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL

from gateway.web.graphiql import ExampleQuery, GraphiqlPage

PAGE = GraphiqlPage(
    [
        ExampleQuery("Mailboxes.", "query Mailboxes($first: Int!) { mailboxes(first: $first) }", {"first": 3}),
        ExampleQuery("Twice.", "query Twice { a: mailboxes(first: 1) b: mailboxes(first: 2) }"),
        ExampleQuery("Names.", "query Names { __typename }"),
        ExampleQuery("Live.", "subscription Count { count(to: 3) }"),
    ]
)


@strawberry.type
class Query:
    @strawberry.field
    def mailboxes(self, first: int) -> list[str]:
        return [f"mailbox-{number}@example.com" for number in range(first)]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncIterator[int]:
        for number in range(to):
            yield number
            await asyncio.sleep(0.05)


graphql: GraphQL[None, None] = GraphQL(strawberry.Schema(Query, subscription=Subscription), graphql_ide=None)


class Endpoint:
    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        if scope["type"] == "http" and "text/html" in Request(scope).headers.get("accept", ""):
            await PAGE.response()(scope, receive, send)
        else:
            await graphql(scope, receive, send)


def healthy(_request: Request) -> Response:
    return PlainTextResponse("ok")


if __name__ == "__main__":
    endpoint = Endpoint()
    routes = [Route("/healthz", healthy), Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint), PAGE.routes()]
    uvicorn.run(Starlette(routes=routes), port=int(sys.argv[1]))
