"""The API: who may call and whose turn it is, the paths and the errors."""

import asyncio
from base64 import b64decode
from datetime import datetime

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.sandbox.server import Sandbox
from gateway.sandbox.woodpecker.mess import PASSWORD
from gateway.sandbox.woodpecker.pair import Json, Record, details, iso
from gateway.sandbox.woodpecker.queue import Queue
from gateway.sandbox.woodpecker.rows import Company, seeded_companies
from gateway.sandbox.world import World

API_KEY = "CANARY-WP-KEY-4f1c9a27"  # made up


def woodpecker_sandbox(world: World, *, is_serial: bool = False, work_seconds: float = 0.0, is_empty_204: bool = True) -> Sandbox:
    """Woodpecker with `world.mailboxes` mailboxes at HQ, three in company 42 and none in company 43.

    `is_serial`: one request runs, six wait, the rest gets 429; `work_seconds`: how long one request runs then;
    `is_empty_204`: an account without mailboxes answers 204, otherwise `[]` (both are reported).
    """
    companies = seeded_companies(world)
    app = _app(companies, world.now, is_empty_204=is_empty_204)
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
            await self._wait(self._companies[_company_id(request)].queue, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if not _has_key(request):
            return _problem(request, self._now, 401, "Invalid or missing API key", legacy_code="E_SESSION")
        if _company_id(request) not in self._companies:
            return _problem(request, self._now, 403, "This company does not belong to your agency", legacy_code="E_NO_PERMISSION")
        return None

    async def _wait(self, queue: Queue, scope: Scope, receive: Receive, send: Send) -> None:
        if not await queue.enter():
            await _problem(Request(scope), self._now, 429, "Too many requests")(scope, receive, send)
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


def _company_id(request: Request) -> str:
    return request.headers.get("x-company-id", "")


def _is_legacy(request: Request) -> bool:
    return "/v1" in request.url.path


def _problem(request: Request, now: datetime, status: int, words: str, *, legacy_code: str = "E_UNKNOWN") -> Response:
    """v2: `status` is a number; v1: `status` is an object."""
    if _is_legacy(request):
        return _json({"status": {"status": "ERROR", "code": legacy_code, "msg": words}}, status)
    title = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 429: "Too Many Requests"}[status]
    return _json({"title": title, "status": status, "detail": words, "timestamp": iso(now, colon=False)}, status)


def _json(value: Json, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


# ---------------------------------------------------------------------- the paths
def _app(companies: dict[str, Company], now: datetime, *, is_empty_204: bool) -> Starlette:
    async def show_user(_request: Request) -> Response:
        return _json({"id": 1, "email": "owner@ostwind-leads.example"})

    async def list_mailboxes(request: Request) -> Response:
        records = list(companies[_company_id(request)].records.values())
        return Response(status_code=204) if not records and is_empty_204 else _json([*records])

    async def get_mailbox(request: Request) -> Response:
        mailbox_id = request.path_params["mailbox_id"]
        record = companies[_company_id(request)].records.get(int(mailbox_id)) if mailbox_id.isdecimal() else None
        return _json(record) if record else _problem(request, now, 404, f"Mailbox {mailbox_id} was not found")

    async def list_agency_accounts(request: Request) -> Response:
        company = companies.get(request.path_params["company_id"])
        if company is None:
            return _problem(request, now, 404, "Company was not found")
        return _json({"content": [_agency_view(record) for record in company.records.values()]})

    async def refuse(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return _problem(request, now, status, "No such URL", legacy_code="E_URL_NOT_FOUND")

    return Starlette(
        routes=[
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
