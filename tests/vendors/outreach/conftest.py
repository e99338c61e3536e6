"""Recorded bodies, and adapters over the sandbox or over canned answers."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import structs

from gateway.domain.account import Account
from gateway.domain.draft import MailboxChanges, MailboxDraft, ServerDraft
from gateway.domain.mailbox import Mailbox, SendBurst, TransportSecurity
from gateway.domain.secret import Secret
from gateway.domain.vault import MemoryVault
from gateway.domain.vendor import Vendor
from gateway.sandbox.outreach import outreach_sandbox
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World
from gateway.transport.call import Answer
from gateway.transport.client import VendorHttp
from gateway.vendors.outreach import SPEC
from gateway.vendors.outreach.adapter import OutreachAdapter
from gateway.vendors.outreach.details import OutreachFields
from gateway.vendors.outreach.mapping import mailbox_from_wire
from gateway.vendors.outreach.wire import Attributes, MailboxResource
from tests.limits import one_attempt

RECORDED = Path(__file__).parent / "recorded"
ACCOUNT = Account("outbound", Vendor.OUTREACH)
BASE_URL = "https://outreach.test/api/v2"

NOW = datetime(2026, 3, 13, 12, tzinfo=UTC)
_SMTP = ServerDraft(
    host="smtp.quill.example",
    port=587,
    security=TransportSecurity.TLS,
    username="relay",
    password=Secret("CANARY-written-smtp-password"),
)
_IMAP = ServerDraft(
    host="imap.quill.example",
    port=993,
    security=TransportSecurity.SSL,
    username="new.rep",
    password=Secret("CANARY-written-password"),
)
_FIELDS = OutreachFields(
    auth_id=9002,
    email_hash="0" * 32,
    email_provider="exchange_server",
    ews_endpoint="https://mail.quill.example/EWS/Exchange.asmx",
    ews_ssl_verify_mode=2,
    exchange_version="Exchange2007_SP1",
    max_emails_per_day=800,
    opt_out_message="Press the button.",
    opt_out_signature="<p>%unsubscribe_url%</p>",
    prospect_email_exclusions="*@quill.example\nana@demo.example",
    send_max_retries=4,
    send_method="smtp",
    send_requires_sync=False,
    sendgrid_api_key=Secret("CANARY-written-sendgrid-key"),
    sync_active_frequency=300,
    sync_method="imap",
    sync_outreach_folder=True,
    sync_passive_frequency=900,
)
EVERYTHING_DRAFTED = MailboxDraft(
    address="new.rep@quill.example",
    smtp=_SMTP,
    imap=_IMAP,
    daily_limit=300,
    signature="<p>New</p>",
    owner_id="7",
    verify=True,
    vendor_fields=structs.replace(
        _FIELDS, max_mailings_per_week=1500, send_disabled=False, sync_disabled=False, send_period=60, send_threshold=2
    ),
)
"""Every attribute that can be written while a mailbox is created, with a canary for each secret."""
EVERYTHING_CHANGED = MailboxChanges(
    smtp=_SMTP,
    imap=_IMAP,
    daily_limit=300,
    weekly_limit=1500,
    burst=SendBurst(2, 60),
    signature="<p>New</p>",
    sending_enabled=True,
    receiving_enabled=True,
    owner_id="8",
    verify=True,
    vendor_fields=structs.replace(_FIELDS, email="newer.rep@quill.example"),
)
"""Every attribute that can be changed afterwards, likewise."""
CANARIES = ("CANARY-written-password", "CANARY-written-smtp-password", "CANARY-written-sendgrid-key")

OpenAdapter = Callable[..., OutreachAdapter]


def recorded(name: str) -> Any:  # noqa: ANN401 - any JSON body
    return json.loads((RECORDED / f"{name}.json").read_text())["body"]


def recorded_request(name: str) -> Any:  # noqa: ANN401 - any JSON body
    """What a recorded write was asked with."""
    return json.loads((RECORDED / f"{name}.json").read_text())["request_body"]


def recorded_answer(name: str) -> Answer:
    entry = json.loads((RECORDED / f"{name}.json").read_text())
    body = entry["text"].encode() if "text" in entry else json.dumps(entry["body"]).encode()
    return Answer(entry["status"], httpx.Headers(entry["headers"]), body)


def known_mailbox(**attributes: Any) -> Mailbox:  # noqa: ANN401 - any attribute
    """Mailbox 41 as a list would have told it."""
    return mailbox_from_wire(MailboxResource(41, Attributes(**attributes)), account=ACCOUNT, observed_at=NOW)


@pytest.fixture
def sandbox() -> Sandbox:
    return outreach_sandbox(World())


@pytest.fixture
async def open_adapter() -> AsyncIterator[OpenAdapter]:
    """An adapter over a sandbox, or over a function from request to response."""
    opened: list[VendorHttp] = []

    def open_one(wire: Sandbox | Callable[[httpx.Request], httpx.Response], settings: Mapping[str, str] | None = None) -> OutreachAdapter:
        chosen = settings or (wire.account if isinstance(wire, Sandbox) else {"access_token": "an-access-token"})
        transport = httpx.ASGITransport(app=wire) if isinstance(wire, Sandbox) else httpx.MockTransport(wire)
        http = VendorHttp(ACCOUNT, BASE_URL + "/", SPEC.authorize(chosen), one_attempt(), wire=transport)
        opened.append(http)
        adapter = SPEC.build(ACCOUNT, http, chosen, MemoryVault())
        assert isinstance(adapter, OutreachAdapter)
        return adapter

    yield open_one
    for http in opened:
        await http.close()


def answering(*bodies: object) -> Callable[[httpx.Request], httpx.Response]:
    """A vendor that says one thing after the other, the last one for ever."""
    left = list(bodies)

    def answer(request: httpx.Request) -> httpx.Response:
        del request
        body = left.pop(0) if len(left) > 1 else left[0]
        return body if isinstance(body, httpx.Response) else httpx.Response(200, json=body)

    return answer
