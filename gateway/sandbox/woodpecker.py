"""Woodpecker imitated: SMTP and IMAP records in one array, one request at a time per account, agencies with client companies.

Shapes: developers.woodpecker.co/docs/mailboxes (records), docs/getting-started (keys, the queue), docs.woodpecker.co (older forms, errors).
What no page shows (the body of `/v1/me`, the texts of errors) is invented here and must not be relied upon.
"""

import asyncio
import random
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import TypeAlias

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import Person, World

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Record: TypeAlias = dict[str, "Json"]

API_KEY = "CANARY-WP-KEY-4f1c9a27"  # made up
PASSWORD = "CANARY-WP-PASSWORD-7731"  # noqa: S105 - made up, planted to be looked for
FIRST_ID = 700_000
CLIENT_COMPANY = "42"
EMPTY_COMPANY = "43"
QUEUE_LENGTH = 6
QUEUE_SECONDS = 15.0
_CET = timezone(timedelta(hours=1))
_MAIL_SERVERS = {
    "GOOGLE": ("smtp.gmail.com", 465, "imap.gmail.com"),
    "MAILGUN": ("smtp.mailgun.org", 587, "imap.postbox.example"),
    "CUSTOM": ("mail.postbox.example", 587, "imap.postbox.example"),
}


class Pair(msgspec.Struct):
    """One person's records; either half may be missing."""

    smtp: Record | None
    imap: Record | None

    @property
    def sender(self) -> Record:
        return _details(self.smtp)

    @property
    def receiver(self) -> Record:
        return _details(self.imap)


class Company(msgspec.Struct):
    """HQ or one client company: its records by id, in the order of the list, and its own queue."""

    records: dict[int, Record]
    turn: asyncio.Semaphore = msgspec.field(default_factory=lambda: asyncio.Semaphore(1))
    waiting: int = 0


def woodpecker_sandbox(world: World, *, is_serial: bool = False, work_seconds: float = 0.0, is_empty_204: bool = True) -> Sandbox:
    """Woodpecker with `world.mailboxes` mailboxes at HQ, three in company 42 and none in company 43.

    `is_serial`: one request runs, six wait, the rest gets 429; `work_seconds`: how long one request runs then;
    `is_empty_204`: an account without mailboxes answers 204, otherwise `[]` (both are reported).
    """
    client_world = msgspec.structs.replace(world, seed=world.seed + 1, mailboxes=3)
    companies = {
        "": Company(_records(world, first_id=FIRST_ID)),
        CLIENT_COMPANY: Company(_records(client_world, first_id=800_200)),
        EMPTY_COMPANY: Company({}),
    }
    app = _app(companies, world.now, is_empty_204=is_empty_204)
    gate = _Gate(app, companies, world.now, is_serial=is_serial, work_seconds=work_seconds)
    return Sandbox(gate, account={"api_key": API_KEY}, secrets=frozenset({API_KEY, PASSWORD}))


# ---------------------------------------------------------------------- records
def _records(world: World, *, first_id: int) -> dict[int, Record]:
    records: dict[int, Record] = {}
    for person in world.people("woodpecker"):
        for record in _person(person, world, first_id):
            records[msgspec.convert(record["id"], int)] = record
    return records


def _person(person: Person, world: World, first_id: int) -> Iterator[Record]:
    """The first people have one mess each, in order; of the others, three of four are clean."""
    chance = world.chance("woodpecker/row", person.index)
    pair = _clean(person, chance, first_id + 10 * person.index)
    if person.index < len(_MESSES):
        _MESSES[person.index](pair, world.now)
    elif chance.random() < 0.25:  # noqa: PLR2004 - said above
        chance.choice(_MESSES)(pair, world.now)
    halves = [half for half in (pair.smtp, pair.imap) if half is not None]
    yield from halves if chance.random() < 0.7 else reversed(halves)  # noqa: PLR2004 - the pages show both orders


def _clean(person: Person, chance: random.Random, number: int) -> Pair:
    """A pair of records as the current page shows them."""
    provider = chance.choice(("CUSTOM", "CUSTOM", "GOOGLE", "MAILGUN"))
    smtp_server, smtp_port, imap_server = _MAIL_SERVERS[provider]
    limit = chance.choice((30, 50, 100, 100, 250))
    tracking = f"t.{person.domain}" if chance.random() < 0.5 else ""  # noqa: PLR2004 - half of them
    shared: Record = {"email": person.address, "provider": provider, "login": person.address}
    sender: Record = {
        **shared,
        "server": smtp_server,
        "port": smtp_port,
        "from_name": person.name,
        "error": None,
        "daily_limit": limit,
        "sent_today": chance.randint(0, limit),
        "frequency_from": 300_000,
        "frequency_to": chance.choice((600_000, 900_000)),
        "bcc_crm": chance.choice(("", f"in@crm.{person.domain}")),
        "signature": chance.choice(("", f"<div>{person.name}</div><div>{person.domain}</div>")),
        "open_url": tracking,
        "click_url": tracking,
        "unsubscribe_url": tracking,
        "freeze_account": [],
        "in_slot": chance.random() < 0.9,  # noqa: PLR2004 - most are paid for
        "warmup_data": {"status": chance.choice(("RUNNING", "RUNNING", "PAUSED", "DISABLED", "BLOCKED"))},
        "imap_id": number + 2,
    }
    receiver: Record = {**shared, "server": imap_server, "port": 993, "error": None}
    return Pair(
        smtp={"id": number + 1, "type": "SMTP", "details": sender},
        imap={"id": number + 2, "type": "IMAP", "details": receiver},
    )


def _details(record: Record | None) -> Record:
    details = record["details"] if record is not None else None
    return details if isinstance(details, dict) else {}


# ---------------------------------------------------------------------- the mess of real life
def _paused(pair: Pair, now: datetime) -> None:
    pair.sender["freeze_account"] = [{"date_from": _iso(now + timedelta(days=7)), "date_to": _iso(now + timedelta(days=17))}]
    pair.sender["warmup_data"] = {"status": "RUNNING"}


def _google_without_port(pair: Pair, _now: datetime) -> None:
    pair.sender.update(provider="GOOGLE", server="smtp.gmail.com", port=None, warmup_data={"status": "PAUSED"})
    pair.receiver.update(provider="GOOGLE", server="imap.gmail.com", port=None)


def _signature(pair: Pair, _now: datetime) -> None:
    pair.sender["signature"] = "<p>Grüße aus Zürich 👋</p><script>alert(document.cookie)</script><img src=x onerror=alert(1)>"
    pair.sender["warmup_data"] = {"status": "DISABLED"}


def _blocked(pair: Pair, _now: datetime) -> None:
    pair.sender["warmup_data"] = {"status": "BLOCKED"}


def _sending_fails(pair: Pair, _now: datetime) -> None:
    pair.sender["error"] = f"535 5.7.8 Authentication failed for user {pair.sender['login']} (password: {PASSWORD})"


def _sending_fails_in_base64(pair: Pair, _now: datetime) -> None:
    login = b64encode(f"\0{pair.sender['login']}\0{PASSWORD}".encode()).decode()
    pair.sender["error"] = f"<b>Could not connect</b>: AUTH PLAIN {login} was refused, see https://postbox.example/help?password={PASSWORD}"


def _receiving_fails(pair: Pair, _now: datetime) -> None:
    pair.receiver["error"] = f"IMAP: LOGIN failed, password={PASSWORD} not accepted"


def _conditional(pair: Pair, _now: datetime) -> None:
    pair.sender["error"] = "Connected conditionally."


def _conditional_receiving(pair: Pair, _now: datetime) -> None:
    pair.receiver["error"] = "Connected conditionally."


def _legacy(pair: Pair, now: datetime) -> None:
    """The older help sample: other names in the pauses, no warm-up, an IMAP half with `private` and without `error`."""
    sender, receiver = pair.sender, pair.receiver
    sender.update(error="", login=str(sender["login"]).partition("@")[0])
    sender["freeze_account"] = [{"from": _iso(now - timedelta(days=9), colon=False), "to": _iso(now - timedelta(days=2), colon=False)}]
    del sender["warmup_data"], receiver["error"]
    receiver["private"] = False


def _legacy_unfrozen(pair: Pair, _now: datetime) -> None:
    pair.sender.update(error="", freeze_account="", provider="Google", from_name="", open_url="", click_url="", unsubscribe_url="")


def _dangling(pair: Pair, _now: datetime) -> None:
    pair.sender["imap_id"] = 999
    pair.imap = None


def _nulls(pair: Pair, _now: datetime) -> None:
    """Connected by OAuth in the app: no host, no login, and most of the rest null."""
    kept = {"email", "daily_limit", "sent_today", "in_slot"}
    pair.sender.update({key: None for key in pair.sender if key not in kept}, provider="OFFICE365")
    pair.imap = None


def _orphan(pair: Pair, _now: datetime) -> None:
    pair.smtp = None
    pair.receiver.update(provider="Other", port=143, private=True)
    del pair.receiver["error"]


def _healthy_orphan(pair: Pair, _now: datetime) -> None:
    pair.smtp = None
    pair.receiver["from_name"] = "Inbox only"


def _strings(pair: Pair, _now: datetime) -> None:
    for key in ("port", "daily_limit", "sent_today", "frequency_from", "frequency_to", "imap_id"):
        pair.sender[key] = str(pair.sender[key])


def _unknown_words(pair: Pair, _now: datetime) -> None:
    """New words and keys; a password where none is documented, as the purchased mailboxes of the domains API show one."""
    pair.sender.update(
        provider="PIGEON", warmup_data={"status": "COOLING_DOWN", "score": 71}, smtp_password=PASSWORD, brand_new_key={"a": [1]}
    )
    pair.receiver.update(imap_password=PASSWORD, authenticator=PASSWORD)


def _silent(pair: Pair, _now: datetime) -> None:
    del pair.sender["error"], pair.sender["in_slot"], pair.sender["sent_today"]
    pair.sender["warmup_data"] = {}


def _new_type(pair: Pair, _now: datetime) -> None:
    if pair.smtp is not None:
        pair.smtp["type"] = "EXCHANGE"
    pair.sender["provider"] = "Exchange"


def _nonsense(pair: Pair, _now: datetime) -> None:
    """Values of the wrong type or size cost themselves only."""
    pair.sender.update(daily_limit=2**40, in_slot="often", freeze_account=[None, {"date_from": "soon"}], bcc_crm=["a"], warmup_data=None)
    pair.imap = None
    pair.sender["imap_id"] = ""


def _shared(pair: Pair, _now: datetime) -> None:
    """Several senders read their answers from one inbox: one IMAP can serve many SMTPs (get-mailbox page)."""
    pair.sender["imap_id"] = FIRST_ID + 10 * _INBOX_OWNER + 2
    pair.imap = None


def _unchanged(_pair: Pair, _now: datetime) -> None:
    """A clean row among the messy."""


_INBOX_OWNER = 5
_MESSES: tuple[Callable[[Pair, datetime], None], ...] = (
    _paused, _google_without_port, _signature, _blocked, _sending_fails, _unchanged, _shared, _shared,
    _receiving_fails, _conditional, _legacy, _legacy_unfrozen, _dangling, _nulls, _orphan, _healthy_orphan,
    _strings, _unknown_words, _silent, _new_type, _conditional_receiving, _nonsense, _sending_fails_in_base64, _unchanged,
)  # fmt: skip


def _iso(at: datetime, *, colon: bool = True) -> str:
    """`2022-07-06T00:00:00+02:00`; the older sample writes the offset without a colon."""
    local = at.astimezone(_CET)
    return local.isoformat(timespec="seconds") if colon else local.strftime("%Y-%m-%dT%H:%M:%S%z")


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
            await self._queue(self._companies[_company_id(request)], scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if not _has_key(request):
            return _problem(request, self._now, 401, "Invalid or missing API key", legacy_code="E_SESSION")
        if _company_id(request) not in self._companies:
            return _problem(request, self._now, 403, "This company does not belong to your agency", legacy_code="E_NO_PERMISSION")
        return None

    async def _queue(self, company: Company, scope: Scope, receive: Receive, send: Send) -> None:
        """One runs, six wait at most 15 s each, the rest is dropped (docs/getting-started/rate-limiting); per company, not per key."""
        if company.waiting >= QUEUE_LENGTH and company.turn.locked():
            await _problem(Request(scope), self._now, 429, "Too many requests")(scope, receive, send)
            return
        company.waiting += 1
        try:
            async with asyncio.timeout(QUEUE_SECONDS):
                await company.turn.acquire()
        except TimeoutError:  # what the vendor says then is not documented
            await _problem(Request(scope), self._now, 429, "Too many requests")(scope, receive, send)
            return
        finally:
            company.waiting -= 1
        try:
            await asyncio.sleep(self._work_seconds)
            await self._app(scope, receive, send)
        finally:
            company.turn.release()


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
    return _json({"title": title, "status": status, "detail": words, "timestamp": _iso(now, colon=False)}, status)


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
    details = _details(record)
    view: Record = {"email": details.get("email"), "provider": str(details.get("provider")).title(), "error": details.get("error")}
    if record["type"] != "IMAP":
        campaigns = msgspec.convert(record["id"], int) // 10 % 4
        view.update(from_name=details.get("from_name"), imap_id=details.get("imap_id"), running_campaigns=campaigns)
    return {"id": record["id"], "type": record["type"], "details": view}
