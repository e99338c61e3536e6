"""The API: who may call and whose turn it is, the paths and the errors."""

import asyncio
from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.sandbox.server import Sandbox
from gateway.sandbox.woodpecker.answer import company_id, json_answer, problem
from gateway.sandbox.woodpecker.bulk import Bulk
from gateway.sandbox.woodpecker.mess import PASSWORD
from gateway.sandbox.woodpecker.pair import Record, details
from gateway.sandbox.woodpecker.queue import Queue
from gateway.sandbox.woodpecker.rows import Company, seeded_companies
from gateway.sandbox.world import World

API_KEY = "CANARY-WP-KEY-4f1c9a27"  # made up


def woodpecker_sandbox(  # noqa: PLR0913 - the vendor's moods, all by keyword
    world: World,
    *,
    is_serial: bool = False,
    work_seconds: float = 0.0,
    is_empty_204: bool = True,
    connect_seconds: float = 4.0,
    list_lag_seconds: float = 0.0,
    is_duplicate_refused: bool = True,
) -> Sandbox:
    """Woodpecker with `world.mailboxes` mailboxes at HQ, three in company 42 and none in company 43.

    `is_serial`: one request runs, six wait, the rest gets 429; `work_seconds`: how long one request runs then;
    `is_empty_204`: an account without mailboxes answers 204, otherwise `[]` (both are reported).
    `connect_seconds`: how long a batch of new mailboxes takes; `list_lag_seconds`: how much later the list shows them;
    `is_duplicate_refused`: an address that is there already is a 409 for the whole batch, otherwise it fails alone.
    """
    companies = seeded_companies(world, list_lag_seconds=list_lag_seconds)
    bulk = Bulk(companies=companies, now=world.now, connect_seconds=connect_seconds, is_duplicate_refused=is_duplicate_refused)
    app = _app(companies, world.now, bulk.routes(), is_empty_204=is_empty_204)
    gate = _Gate(app, companies, world.now, is_serial=is_serial, work_seconds=work_seconds)
    return Sandbox(gate, account={"api_key": API_KEY}, secrets=frozenset({API_KEY, PASSWORD}))


# ---------------------------------------------------------------------- the front: key, company, queue
class _Gate:
    """Who calls, for which company, and whether there is room: all of it before any path is looked at."""

    def __init__(self, app: ASGIApp, companies: dict[str, Company], now: datetime, *, is_serial: bool, work_seconds: float) -> None:
        self._app = app
        self._companies = companies
        self._now = now
        self._is_serial = is_serial
        self._work_seconds = work_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refusal = self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, send)
        elif self._is_serial:
            await self._wait(self._companies[company_id(request)].queue, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if not _has_key(request):
            return problem(request, self._now, 401, "Invalid or missing API key", legacy_code="E_SESSION")
        if company_id(request) not in self._companies:
            return problem(request, self._now, 403, "This company does not belong to your agency", legacy_code="E_NO_PERMISSION")
        return None

    async def _wait(self, queue: Queue, scope: Scope, receive: Receive, send: Send) -> None:
        if not await queue.enter():
            await problem(Request(scope), self._now, 429, "Too many requests")(scope, receive, send)
            return
        try:
            await asyncio.sleep(self._work_seconds)
            await self._app(scope, receive, send)
        finally:
            queue.leave()


def _has_key(request: Request) -> bool:
    """`x-api-key`, or HTTP Basic with the key as password; some v1 clients send it as user name."""
    if request.headers.get("x-api-key") == API_KEY:
        return True
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        user, _, password = b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:
        return False
    return API_KEY in {user, password}


# ---------------------------------------------------------------------- the paths
def _app(companies: dict[str, Company], now: datetime, writes: Sequence[Route], *, is_empty_204: bool) -> Starlette:
    async def show_user(_request: Request) -> Response:
        return json_answer({"id": 1, "email": "owner@ostwind-leads.example"})

    async def list_mailboxes(request: Request) -> Response:
        records = companies[company_id(request)].listed()
        return Response(status_code=204) if not records and is_empty_204 else json_answer([*records])

    async def get_mailbox(request: Request) -> Response:
        mailbox_id = request.path_params["mailbox_id"]
        record = companies[company_id(request)].record(mailbox_id)
        return json_answer(record) if record else problem(request, now, 404, f"Mailbox {mailbox_id} was not found")

    async def list_agency_accounts(request: Request) -> Response:
        company = companies.get(request.path_params["company_id"])
        if company is None:
            return problem(request, now, 404, "Company was not found")
        return json_answer({"content": [_agency_view(record) for record in company.listed()]})

    async def refuse(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return problem(request, now, status, "No such URL", legacy_code="E_URL_NOT_FOUND")

    return Starlette(
        routes=[
            *writes,
            Route("/v1/me", show_user),
            Route("/v2/mailboxes", list_mailboxes),
            Route("/v2/mailboxes/{mailbox_id}", get_mailbox),
            Route("/v2/agency/companies/{company_id}/email_accounts", list_agency_accounts),
        ],
        exception_handlers={404: refuse, 405: refuse},
    )


def _agency_view(record: Record) -> Record:
    """Fewer fields, the provider in title case, and the number of running campaigns of a sender."""
    fields = details(record)
    view: Record = {"email": fields.get("email"), "provider": str(fields.get("provider")).title(), "error": fields.get("error")}
    if record["type"] != "IMAP":
        campaigns = msgspec.convert(record["id"], int) // 10 % 4
        view.update(from_name=fields.get("from_name"), imap_id=fields.get("imap_id"), running_campaigns=campaigns)
    return {"id": record["id"], "type": record["type"], "details": view}
