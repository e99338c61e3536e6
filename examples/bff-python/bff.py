"""A backend for one page of a frontend: how the fleet is, and whether a mailbox sends and receives. Your users' login belongs before it."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import httpx
from gateway_client import Client, FleetMailboxesNodes, FleetMailboxesSources, GraphQLClientError, GraphQLClientGraphQLMultiError, StartTest
from gateway_client.enums import MailboxStatus, SourceStatus
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HEADERS = {"X-Request-Timeout-Ms": "4000"}  # what is not there by then says so; httpx, below the client, waits for 5 s
if key := os.environ.get("GATEWAY_KEY"):  # a gateway on the same machine may do without
    HEADERS["Authorization"] = f"Bearer {key}"
STATUS_CODES = {"BAD_USER_INPUT": 400, "NOT_FOUND": 404, "CONFLICT": 409}

gateway = Client(os.environ.get("GATEWAY_URL", "http://127.0.0.1:8000/graphql"), HEADERS)


class FleetPage(BaseModel):
    """One page of the fleet, and which accounts it does not show as they are now."""

    total: int | None
    """None: some account was never read."""
    mailboxes: list[FleetMailboxesNodes]
    next: str | None
    notFresh: list[FleetMailboxesSources]  # noqa: N815 - JavaScript reads it


async def fleet(request: Request) -> Response:
    """GET /fleet?status=ERROR&after=…"""
    status = cast("list[MailboxStatus]", request.query_params.getlist("status"))  # the gateway checks the words
    found = (await gateway.fleet(after=request.query_params.get("after"), status=status or None)).mailboxes
    page = FleetPage(
        total=found.total_count,
        mailboxes=found.nodes,
        next=found.page_info.end_cursor if found.page_info.has_next_page else None,
        notFresh=[source for source in found.sources if source.status is not SourceStatus.FRESH],
    )
    return _json(page)


async def start_test(request: Request) -> Response:
    """POST /mailboxes/<id>/tests"""
    key = request.headers.get("idempotency-key")  # no page of another origin can send it: this is no door for CSRF either
    if key is None:
        return JSONResponse({"error": "Send an Idempotency-Key, the same one when you repeat the request."}, 400)
    started = (await _start(request.path_params["id"], key)).mailbox_bulk_test
    return _json(started, 202 if started.operation else 422)


async def _start(mailbox_id: str, key: str) -> StartTest:
    """A write that is lost on the way is sent once more: its idempotency key lets it happen once."""
    try:
        return await gateway.start_test(mailbox_id, key)
    except httpx.TransportError:
        return await gateway.start_test(mailbox_id, key)


async def test_outcome(request: Request) -> Response:
    """GET /tests/<id>"""
    found = (await gateway.test_outcome(request.path_params["id"])).operation
    return _json(found) if found else JSONResponse({"error": "There is nothing here."}, 404)


def _json(body: BaseModel, status: int = 200) -> Response:
    return Response(body.model_dump_json(by_alias=True), status, {"Cache-Control": "no-store"}, "application/json")


def refused(_: Request, error: Exception) -> Response:
    """The gateway's own words."""
    first = cast("GraphQLClientGraphQLMultiError", error).errors[0]
    code = str((first.extensions or {}).get("code"))
    return JSONResponse({"error": first.message, "code": code}, STATUS_CODES.get(code, 502))


def no_answer(_: Request, error: Exception) -> Response:
    """It cannot be reached in time, or does not take our key."""
    logging.getLogger("uvicorn.error").error("The gateway gave no answer: %r", error)
    return JSONResponse({"error": "The gateway gave no answer."}, 502)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    """Closes the connections to the gateway in the end."""
    async with gateway:
        yield


app = Starlette(
    routes=[
        Route("/fleet", fleet),
        Route("/mailboxes/{id}/tests", start_test, methods=["POST"]),
        Route("/tests/{id}", test_outcome),
    ],
    exception_handlers={GraphQLClientGraphQLMultiError: refused, GraphQLClientError: no_answer, httpx.HTTPError: no_answer},
    lifespan=lifespan,
)
