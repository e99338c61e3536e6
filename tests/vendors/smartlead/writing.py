"""What the tests of Smartlead's writes share: drafts with planted secrets, and a look at what was sent."""

import json
from collections.abc import Callable
from typing import TypeAlias

import httpx

from gateway.domain.draft import MailboxDraft, OAuthToken, ServerDraft
from gateway.domain.mailbox import Mailbox
from gateway.domain.secret import Secret
from gateway.sandbox.server import Sandbox
from gateway.sandbox.smartlead import API_KEY, FIRST_ID
from gateway.vendors.smartlead.adapter import SmartleadAdapter
from gateway.vendors.smartlead.details import SmartleadDetails
from tests.vendors.smartlead.conftest import connect

Json: TypeAlias = dict[str, object]
Handler: TypeAlias = Callable[[httpx.Request], httpx.Response]

PASSWORD, IMAP_PASSWORD = "CANARY-pw-7f3a", "CANARY-imap-pw-91bc"
ACCESS, REFRESH, ID_TOKEN = "CANARY-access-5500", "CANARY-refresh-5501", "CANARY-id-5502"
PLAIN, FAILING, NEVER_WARMED, OAUTH, ODD, _, SUSPENDED, PAUSED = (str(FIRST_ID + index) for index in range(8))
ADDRESS = "new@quill-outreach.example"


def smtp(**more: object) -> ServerDraft:
    return ServerDraft(**{"host": "smtp.quill.example", "port": 587, "password": Secret(PASSWORD)} | more)  # type: ignore[arg-type] # by name


def imap(**more: object) -> ServerDraft:
    return ServerDraft(**{"host": "imap.quill.example", "port": 993} | more)  # type: ignore[arg-type] # by name


def draft(**more: object) -> MailboxDraft:
    given = {"address": ADDRESS, "display_name": "Nora Quill", "smtp": smtp(), "imap": imap()} | more
    return MailboxDraft(**given)  # type: ignore[arg-type] # by name


def oauth_draft(token: OAuthToken, **more: object) -> MailboxDraft:
    return draft(**{"smtp": None, "imap": None, "oauth": token} | more)


async def create(adapter: SmartleadAdapter, wanted: MailboxDraft | None = None) -> Mailbox:
    created = await adapter.create_mailbox(wanted or draft(), idempotency_key="key")
    assert created.mailbox is not None
    return created.mailbox


async def listed(adapter: SmartleadAdapter, mailbox_id: str) -> Mailbox:
    """As the list shows it: what the gateway knows when a write begins."""
    rows = [mailbox async for page in adapter.list_mailboxes() for mailbox in page]
    return next(row for row in rows if row.vendor_id == mailbox_id)


def calls(sandbox: Sandbox) -> list[str]:
    return [f"{request.method} {request.path}" for request in sandbox.requests]


def body(sandbox: Sandbox, number: int = -1) -> Json:
    """What was sent with one of the writes."""
    written = [request for request in sandbox.requests if request.body]
    read: Json = json.loads(written[number].body)
    return read


def details_of(mailbox: Mailbox | None) -> SmartleadDetails:
    assert mailbox is not None
    assert isinstance(mailbox.details, SmartleadDetails)
    return mailbox.details


def answering(handler: Handler) -> SmartleadAdapter:
    return connect(httpx.MockTransport(handler), api_key=API_KEY)


def canned(status: int, content: bytes, *, rows: list[Json] | None = None) -> tuple[list[httpx.Request], SmartleadAdapter]:
    """A vendor that answers every write so, lists `rows`, and knows no single mailbox."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if request.method != "GET":
            return httpx.Response(status, content=content)
        if request.url.path == "/api/v1/email-accounts/":
            return httpx.Response(200, json=rows or [])
        return httpx.Response(404, json={"error": "Email account not found"})

    return requests, answering(answer)
