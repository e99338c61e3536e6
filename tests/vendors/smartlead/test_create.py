import json
import logging
from base64 import b64encode
from datetime import UTC, datetime

import msgspec
import pytest

from gateway.domain.draft import MailboxDraft, OAuthToken, TrackingDraft, WarmupSettings
from gateway.domain.errors import (
    InvalidInputError,
    OutcomeUnknownError,
    RateLimitedError,
    UnsupportedFieldsError,
    VendorAuthError,
    VendorConflictError,
    VendorError,
    VendorForbiddenError,
    VendorRejectedError,
)
from gateway.domain.mailbox import ChannelState, MailboxStatus, TransportSecurity
from gateway.domain.outcome import user_errors
from gateway.domain.secret import Secret
from gateway.domain.warmup import WarmupState
from gateway.sandbox.server import Outage
from gateway.sandbox.smartlead import FIRST_ID, smartlead_sandbox
from gateway.sandbox.world import World
from gateway.vendors.smartlead.details import SmartleadFields
from tests.limits import one_attempt
from tests.vendors.smartlead.conftest import Recorded, at_base_path, connect, open_sandbox
from tests.vendors.smartlead.writing import (
    ACCESS,
    ADDRESS,
    ID_TOKEN,
    IMAP_PASSWORD,
    PASSWORD,
    REFRESH,
    body,
    calls,
    canned,
    create,
    details_of,
    draft,
    imap,
    listed,
    oauth_draft,
    smtp,
)

NEW = str(FIRST_ID + 24)
TLS = TransportSecurity.TLS
EXPIRES = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
TOKEN = OAuthToken(
    access_token=Secret(ACCESS),
    refresh_token=Secret(REFRESH),
    expires_at=EXPIRES,
    scope="https://mail.google.com/",
    id_token=Secret(ID_TOKEN),
)
GMAIL = SmartleadFields(type="GMAIL", use_whitelabel_credentials=True)


# ---------------------------------------------------------------------- with a password
async def test_a_mailbox_with_a_password_takes_one_write_and_one_read() -> None:
    sandbox, adapter = open_sandbox()
    created = await adapter.create_mailbox(draft(), idempotency_key="key")
    assert created.pending is None
    assert created.warnings == ()
    assert calls(sandbox) == ["POST /email-accounts/save", f"GET /email-accounts/{NEW}/"]
    assert body(sandbox) == {
        "id": None,
        "from_name": "Nora Quill",
        "from_email": ADDRESS,
        "user_name": ADDRESS,
        "password": PASSWORD,
        "smtp_host": "smtp.quill.example",
        "smtp_port": 587,
        "imap_host": "imap.quill.example",
        "imap_port": 993,
        "warmup_enabled": False,
    }
    mailbox = created.mailbox
    assert mailbox is not None
    assert (mailbox.vendor_id, mailbox.address, mailbox.login, mailbox.status) == (NEW, ADDRESS, ADDRESS, MailboxStatus.ACTIVE)
    assert mailbox.warmup is None
    assert (await listed(adapter, NEW)).address == ADDRESS


async def test_all_that_a_draft_can_say() -> None:
    sandbox, adapter = open_sandbox()
    wanted = draft(
        smtp=smtp(username="nora"),
        imap=imap(username="nora-imap", password=Secret(IMAP_PASSWORD)),
        daily_limit=40,
        min_interval_seconds=120.0,
        signature="<p>Nora</p>",
        reply_to="replies@quill.example",
        bcc="crm@quill.example",
        tracking=TrackingDraft(domain="go.quill.example"),
        warmup=WarmupSettings(daily_target=20, daily_increase=5, reply_rate_target=0.35),
        vendor_fields=SmartleadFields(client_id=88, type="SMTP", is_suspended=True),
    )
    mailbox = await create(adapter, wanted)
    sent = body(sandbox)
    plain = body_without_servers(sent)
    assert plain == {
        "max_email_per_day": 40,
        "time_to_wait_in_mins": 2,
        "signature": "<p>Nora</p>",
        "different_reply_to_address": "replies@quill.example",
        "bcc": "crm@quill.example",
        "custom_tracking_url": "go.quill.example",
        "warmup_enabled": True,
        "total_warmup_per_day": 20,
        "daily_rampup": 5,
        "reply_rate_percentage": 35,
        "client_id": 88,
        "type": "SMTP",
        "is_suspended": True,
    }
    assert (sent["user_name"], sent["imap_username"], sent["imap_password"]) == ("nora", "nora-imap", IMAP_PASSWORD)
    assert sandbox.count() == 2
    assert mailbox.status is MailboxStatus.SUSPENDED
    assert (mailbox.sending.daily_limit, mailbox.sending.min_interval_seconds) == (40, 120)
    assert (mailbox.reply_to, mailbox.bcc, mailbox.client_id) == ("replies@quill.example", "crm@quill.example", "88")
    assert mailbox.warmup is not None
    assert (mailbox.warmup.state, mailbox.warmup.reply_rate_target) == (WarmupState.RUNNING, 0.35)
    row = await listed(adapter, NEW)
    assert (row.sending.daily_limit, row.sending.min_interval_seconds, row.signature) == (40, 120, "<p>Nora</p>")


def body_without_servers(sent: dict[str, object]) -> dict[str, object]:
    servers = ("smtp_", "imap_", "from_", "user_name", "password", "id")
    return {key: value for key, value in sent.items() if not key.startswith(servers)}


NEEDED: list[tuple[MailboxDraft, tuple[str, ...]]] = [
    (draft(display_name=None), ("displayName",)),
    (draft(display_name=""), ("displayName",)),
    (draft(smtp=None), ("smtp", "password")),
    (draft(smtp=smtp(host=None)), ("smtp", "host")),
    (draft(smtp=smtp(port=msgspec.UNSET)), ("smtp", "port")),
    (draft(smtp=smtp(password=msgspec.UNSET)), ("smtp", "password")),
    (draft(imap=None), ("imap", "host")),
    (draft(imap=imap(port=None)), ("imap", "port")),
    (draft(min_interval_seconds=90), ("minIntervalSeconds",)),
    (oauth_draft(TOKEN), ("vendor", "smartlead", "type")),
    (oauth_draft(TOKEN, vendor_fields=SmartleadFields(type="GMAIL")), ("vendor", "smartlead", "useWhitelabelCredentials")),
    (oauth_draft(msgspec.structs.replace(TOKEN, scope=None), vendor_fields=GMAIL), ("oauth", "scope")),
    (oauth_draft(msgspec.structs.replace(TOKEN, expires_at=None), vendor_fields=GMAIL), ("oauth", "expiresAt")),
]


@pytest.mark.parametrize(("wanted", "place"), NEEDED, ids=[".".join(place) for _, place in NEEDED])
async def test_what_the_page_requires_is_asked_for_before_any_request(wanted: MailboxDraft, place: tuple[str, ...]) -> None:
    sandbox, adapter = open_sandbox()
    with pytest.raises(InvalidInputError) as raised:
        await create(adapter, wanted)
    assert raised.value.field == place
    assert raised.value.message.startswith("Smartlead ")
    assert sandbox.count() == 0


async def test_seconds_that_are_no_minutes_get_the_nearest_choices() -> None:
    _, adapter = open_sandbox()
    for seconds, words in ((90, "say 60 or 120 seconds, not 90"), (20, "say 60 seconds, not 20"), (150.5, "120 or 180 seconds, not 150.5")):
        with pytest.raises(InvalidInputError, match=words):
            await create(adapter, draft(min_interval_seconds=seconds))


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (draft(max_interval_seconds=60.0), {("maxIntervalSeconds",)}),
        (draft(domain_vendor_id="7"), {("domainId",)}),
        (draft(smtp=smtp(security=TLS), imap=imap(security=TLS)), {("smtp", "security"), ("imap", "security")}),
        (draft(tracking=TrackingDraft(opens="a.example", clicks="b.example")), {("tracking", "opens"), ("tracking", "clicks")}),
        (draft(oauth=TOKEN, vendor_fields=GMAIL), {("smtp",), ("imap",)}),
        (oauth_draft(TOKEN, vendor_fields=GMAIL, reply_to="a@b.example"), {("replyTo",)}),
        (oauth_draft(TOKEN, vendor_fields=SmartleadFields(is_suspended=True)), {("vendor", "smartlead", "isSuspended")}),
    ],
)  # fmt: skip
async def test_what_cannot_be_written_is_refused_before_any_request(wanted: MailboxDraft, places: set[tuple[str, ...]]) -> None:
    sandbox, adapter = open_sandbox()
    with pytest.raises(UnsupportedFieldsError) as raised:
        await create(adapter, wanted)
    assert set(raised.value.fields) == places
    assert all(len(error.message) > 60 for error in user_errors(raised.value))
    assert sandbox.count() == 0


async def test_verification_cannot_be_left_out() -> None:
    _, adapter = open_sandbox()
    created = await adapter.create_mailbox(draft(verify=False), idempotency_key="key")
    assert [(warning.field, warning.value) for warning in created.warnings] == [(("verify",), True)]
    assert (await adapter.create_mailbox(draft(verify=True), idempotency_key="key")).warnings == ()


# ---------------------------------------------------------------------- with a token
async def test_a_mailbox_with_a_token() -> None:
    sandbox, adapter = open_sandbox()
    mailbox = await create(adapter, oauth_draft(TOKEN, vendor_fields=GMAIL, daily_limit=30, warmup=WarmupSettings()))
    assert calls(sandbox) == ["POST /email-accounts/save-oauth", f"GET /email-accounts/{NEW}/"]
    assert body(sandbox) == {
        "id": None,
        "from_name": "Nora Quill",
        "from_email": ADDRESS,
        "username": ADDRESS,
        "type": "GMAIL",
        "use_whitelabel_credentials": True,
        "max_email_per_day": 30,
        "warmup_enabled": True,
        "token": {
            "scope": "https://mail.google.com/",
            "token_type": "Bearer",
            "access_token": ACCESS,
            "refresh_token": REFRESH,
            "expiry_date": 1795694400000,
            "id_token": ID_TOKEN,
        },
    }
    assert (mailbox.provider_raw, mailbox.smtp, details_of(mailbox).use_whitelabel_credentials) == ("GMAIL", None, True)


async def test_a_bad_token_is_told_at_the_token_without_it() -> None:
    _, adapter = open_sandbox()
    bad = msgspec.structs.replace(TOKEN, access_token=Secret("CANARY-wrong-token"))
    with pytest.raises(VendorRejectedError) as raised:
        await create(adapter, oauth_draft(bad, vendor_fields=GMAIL))
    (error,) = user_errors(raised.value)
    assert error.field == ("oauth",)
    assert "Invalid OAuth token" in error.message
    assert "CANARY" not in repr(error) + raised.value.message


# ---------------------------------------------------------------------- more calls than one
async def test_tags_are_assigned_by_name_and_made_where_they_are_missing() -> None:
    sandbox, adapter = open_sandbox()
    mailbox = await create(adapter, draft(tags=("Backup", "Brand new", "Backup")))
    assert calls(sandbox) == [
        "POST /email-accounts/save",
        "GET /email-accounts/tags",
        "POST /tags",
        "POST /email-accounts/tag-mapping",
        f"GET /email-accounts/{NEW}/",
    ]
    assert (body(sandbox, 1), body(sandbox, 2)) == ({"name": "Brand new"}, {"email_account_ids": [int(NEW)], "tag_ids": [32, 34]})
    assert set(mailbox.tags or ()) == {"Backup", "Brand new"}
    assert (await listed(adapter, NEW)).tags == ("Backup", "Brand new")


@pytest.mark.parametrize("path", ["/email-accounts/tags", "/tags", "/tag-mapping"])
async def test_a_mailbox_that_cannot_be_tagged_is_there_all_the_same(path: str) -> None:
    sandbox, adapter = open_sandbox()
    sandbox.outages.append(Outage(path=path, status=503, body=b"down"))
    created = await adapter.create_mailbox(draft(tags=("Fresh",)), idempotency_key="key")
    assert [warning.field for warning in created.warnings] == [("tags",)]
    assert "was created, but not tagged" in created.warnings[0].message
    assert created.mailbox is not None
    assert created.mailbox.tags is None
    assert sandbox.count("/save") == 1


async def test_a_tag_that_is_made_without_an_answer_is_looked_up() -> None:
    sandbox, adapter = open_sandbox()
    sandbox.outages.append(Outage(path="/tags", method="POST", times=1, status=200, body=b"Tag created", is_after=True))
    mailbox = await create(adapter, draft(tags=("Fresh",)))
    assert mailbox.tags == ("Fresh",)
    assert sandbox.count("/email-accounts/tags") == 2


async def test_warmup_switches_need_the_warmup_page() -> None:
    sandbox, adapter = open_sandbox()
    wanted = draft(
        warmup=WarmupSettings(daily_target=20, ramp_up=True, auto_adjust=False), vendor_fields=SmartleadFields(warmup_key_id="heron")
    )
    mailbox = await create(adapter, wanted)
    assert calls(sandbox)[1] == f"POST /email-accounts/{NEW}/warmup"
    assert body(sandbox) == {
        "warmup_enabled": True,
        "total_warmup_per_day": 20,
        "is_rampup_enabled": True,
        "auto_adjust_warmup": False,
        "warmup_key_id": "heron",
    }
    warmup = details_of(mailbox).warmup_details
    assert warmup is not None
    assert warmup.warmup_key_id == "heron"


async def test_warmup_that_is_refused_afterwards_is_a_warning() -> None:
    _, adapter = open_sandbox()
    created = await adapter.create_mailbox(draft(warmup=WarmupSettings(daily_target=99, ramp_up=True)), idempotency_key="key")
    assert [warning.field for warning in created.warnings] == [("warmup",)]
    assert "less than or equal to 50" in created.warnings[0].message


# ---------------------------------------------------------------------- what the vendor answers
async def test_a_mailbox_that_cannot_be_read_afterwards_is_told_as_it_was_written(recorded: Recorded) -> None:
    requests, adapter = canned(200, recorded("create_ok"))
    mailbox = await create(adapter, draft(daily_limit=40, min_interval_seconds=60.0, tags=None))
    assert len(requests) == 2
    assert (mailbox.vendor_id, mailbox.address, mailbox.display_name) == ("60001", ADDRESS, "Nora Quill")
    assert (mailbox.sending.daily_limit, mailbox.sending.min_interval_seconds) == (40, 60)
    assert mailbox.smtp is not None
    assert mailbox.smtp.host == "smtp.quill.example"
    assert mailbox.health.sending.state is ChannelState.OK
    assert mailbox.status is MailboxStatus.UNKNOWN


async def test_a_mailbox_that_was_taken_without_a_login_is_warned_of() -> None:
    told = {"ok": True, "data": {"id": "60001", "is_smtp_success": False, "is_imap_success": False}}
    _, adapter = canned(200, json.dumps(told).encode())
    created = await adapter.create_mailbox(draft(), idempotency_key="key")
    assert [(warning.field, warning.value) for warning in created.warnings] == [(("smtp",), False), (("imap",), False)]
    assert created.mailbox is not None
    assert created.mailbox.status is MailboxStatus.ERROR


WITHOUT_ID = [
    b"Email account added successfully",
    b"",
    b'"success"',
    b'{"ok": true, "message": "done"}',
    b'{"ok": true, "data": {"id": null}}',
    b'{"data": []}',
]


@pytest.mark.parametrize("content", WITHOUT_ID)
async def test_a_success_without_an_id_is_found_by_address(content: bytes) -> None:
    twin = {"id": 5, "from_email": ADDRESS.upper(), "username": ADDRESS}
    other = {"id": 90, "from_email": f"x{ADDRESS}", "username": f"x{ADDRESS}"}
    requests, adapter = canned(200, content, rows=[twin, other, {**twin, "id": 77}])
    assert (await create(adapter)).vendor_id == "77"
    assert [request.method for request in requests] == ["POST", "GET", "GET"]
    assert requests[1].url.params["username"] == ADDRESS


@pytest.mark.parametrize("content", WITHOUT_ID)
async def test_a_success_without_an_id_that_is_not_listed_is_unclear(content: bytes) -> None:
    requests, adapter = canned(200, content)
    with pytest.raises(OutcomeUnknownError):
        await create(adapter)
    assert [request.method for request in requests] == ["POST", "GET", "GET"]


async def test_a_success_without_an_id_is_unclear_when_the_list_cannot_be_read() -> None:
    sandbox, adapter = open_sandbox()
    sandbox.outages.append(Outage(path="/save", times=1, status=200, body=b"OK", is_after=True))
    sandbox.outages.append(Outage(path="/email-accounts/", method="GET", status=500))
    with pytest.raises(OutcomeUnknownError):
        await create(adapter)


@pytest.mark.parametrize("content", [b'{"ok": true, "data": {"id"', b"<html><h1>200 OK</h1></html>", b'{"ok": \xff}'])
async def test_a_success_that_cannot_be_read_is_unclear(content: bytes) -> None:
    requests, adapter = canned(200, content)
    with pytest.raises(OutcomeUnknownError):
        await create(adapter)
    assert len(requests) == 1


REFUSED = [
    (200, b'{"ok": false, "message": "Account limit reached"}', VendorRejectedError, ("smtp",), "Account limit reached"),
    (200, b'{"success": false, "error": {"message": "IMAP login failed"}}', VendorRejectedError, ("imap",), "IMAP login failed"),
    (200, b'{"error": "SMTP down"}', VendorRejectedError, ("smtp",), "SMTP down"),
    (400, b'{"error": "Could not log in"}', VendorRejectedError, ("smtp",), "Could not log in"),
    (400, b"Connection failed", VendorRejectedError, ("smtp",), "Connection failed"),
    (400, b'{"error": {"code": "X", "message": "IMAP connection failed"}}', VendorRejectedError, ("imap",), "IMAP connection"),
    (400, b'{"error": "\\"colour\\" is not allowed"}', VendorRejectedError, None, "colour"),
    (400, b'{"error": {"message": "bad", "details": {"field": "smtp_port"}}}', VendorRejectedError, ("smtp", "port"), "bad"),
    (400, b'{"error": {"code": "ACCOUNT_ALREADY_EXIST", "message": "It already exists"}}', VendorConflictError, ("address",), "already"),
    (409, b'{"error": "Duplicate"}', VendorConflictError, ("address",), "Duplicate"),
    (401, b'{"message": "Invalid API Key"}', VendorAuthError, None, "Invalid API Key"),
    (403, b'{"error": {"message": "Plan has no API"}}', VendorForbiddenError, None, "Plan has no API"),
    (422, b'{"error": "\\"smtp_host\\" is required"}', VendorRejectedError, ("smtp", "host"), "required"),
    (422, b'{"error": "max_email_per_day must be a number"}', VendorRejectedError, ("dailyLimit",), "a number"),
    (422, b'{"error": "\\"token.refresh_token\\" is required"}', VendorRejectedError, ("oauth", "refreshToken"), "required"),
    (422, b'{"error": "total_warmup_per_day must be less than or equal to 50"}', VendorRejectedError, ("warmup", "dailyTarget"), "50"),
    (429, b'{"message": "Too many requests"}', RateLimitedError, None, "Too many"),
    (500, b'{"error": "Internal Server Error"}', OutcomeUnknownError, None, "HTTP 500"),
    (503, b"", OutcomeUnknownError, None, "HTTP 503"),
    (302, b"", OutcomeUnknownError, None, "HTTP 302"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "content", "kind", "place", "words"), REFUSED)
async def test_refusals(status: int, content: bytes, kind: type[VendorError], place: tuple[str, ...] | None, words: str) -> None:
    requests, adapter = canned(status, content)
    with pytest.raises(kind) as raised:
        await create(adapter)
    assert type(raised.value) is kind
    (error,) = user_errors(raised.value)
    assert error.field == place
    assert words in error.message
    assert len(requests) == 1
    assert (raised.value.retry_at is not None) == (kind is RateLimitedError)


async def test_recorded_refusals(recorded: Recorded) -> None:
    for name, place in (("create_connection_failed", ("smtp",)), ("error_422_structured", ("address",))):
        _, adapter = canned(422 if "422" in name else 400, recorded(name))
        with pytest.raises(VendorRejectedError) as raised:
            await create(adapter)
        assert [error.field for error in user_errors(raised.value)] == [place]


async def test_both_servers_may_be_to_blame() -> None:
    _, adapter = canned(400, b'{"error": "SMTP and IMAP connection failed"}')
    with pytest.raises(VendorRejectedError) as raised:
        await create(adapter)
    assert [error.field for error in user_errors(raised.value)] == [("smtp",), ("imap",)]


async def test_an_address_that_is_there_already() -> None:
    sandbox = smartlead_sandbox(World(), allows_twins=False)
    adapter = connect(at_base_path(sandbox), api_key=sandbox.account["api_key"])
    await create(adapter)
    with pytest.raises(VendorConflictError) as raised:
        await create(adapter)
    assert [error.field for error in user_errors(raised.value)] == [("address",)]


# ---------------------------------------------------------------------- faults under way
async def test_an_answer_that_is_lost_leaves_it_unclear_and_nothing_is_sent_again() -> None:
    sandbox, adapter = open_sandbox()
    sandbox.outages.append(Outage(path="/save", times=1, status=502, is_after=True))
    with pytest.raises(OutcomeUnknownError):
        await create(adapter)
    assert sandbox.count("/save") == 1
    assert [mailbox.vendor_id for mailbox in await adapter.find_mailboxes(ADDRESS)] == [NEW]


async def test_a_login_that_takes_too_long_leaves_it_unclear() -> None:
    sandbox = smartlead_sandbox(World(), login_seconds=0.5)
    hurried = connect(at_base_path(sandbox), api_key=sandbox.account["api_key"], limits=one_attempt(write_seconds=0.05))
    with pytest.raises(OutcomeUnknownError):
        await create(hurried)
    assert sandbox.count() == 1


# ---------------------------------------------------------------------- finding
async def test_find_asks_for_the_login_and_compares_the_address() -> None:
    sandbox, adapter = open_sandbox()
    await create(adapter)
    await create(adapter, draft(address=f"x{ADDRESS}"))
    sandbox.requests.clear()
    (found,) = await adapter.find_mailboxes(ADDRESS.upper())
    assert found.vendor_id == NEW
    assert [request.param("username") for request in sandbox.requests] == [ADDRESS.upper()]


async def test_find_reads_the_whole_list_when_the_login_is_another() -> None:
    sandbox, adapter = open_sandbox(130)
    await create(adapter, draft(smtp=smtp(username="nora")))
    sandbox.requests.clear()
    (found,) = await adapter.find_mailboxes(ADDRESS)
    assert found.login == "nora"
    assert [request.param("username") for request in sandbox.requests] == [ADDRESS, None, None]
    assert await adapter.find_mailboxes("nobody@quill.example") == []


async def test_find_follows_the_pages_of_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.vendors.smartlead.client.PAGE_ROWS", 1)
    sandbox, adapter = open_sandbox(2)
    for name in ("x", ""):
        await create(adapter, draft(address=f"{name}{ADDRESS}"))
    sandbox.requests.clear()
    assert len(await adapter.find_mailboxes(ADDRESS)) == 1
    assert [request.param("offset") for request in sandbox.requests] == ["0", "1", "2"]


# ---------------------------------------------------------------------- secrets
@pytest.mark.parametrize("host", ["smtp.quill.example", "smtp.quill.invalid"])
async def test_a_password_reaches_the_vendor_and_nothing_else(host: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret, imap_secret = "CANARY-wrong-3f9", "CANARY-imap-3f9"
    sandbox, adapter = open_sandbox()
    wanted = draft(smtp=smtp(host=host, password=Secret(secret)), imap=imap(password=Secret(imap_secret)))
    with pytest.raises(VendorRejectedError) as raised:
        await create(adapter, wanted)
    assert (body(sandbox)["password"], body(sandbox)["imap_password"]) == (secret, imap_secret)
    (error,) = user_errors(raised.value)
    assert error.field == ("smtp",)
    assert "SMTP connection failed" in error.message
    seen = caplog.text + repr(raised.value) + repr(error) + repr(raised.value.__context__) + repr(wanted)
    for each in (secret, imap_secret):
        assert each not in seen
        assert b64encode(each.encode()).decode().rstrip("=") not in seen


async def test_written_secrets_show_in_no_read(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sandbox, adapter = open_sandbox()
    first = await adapter.create_mailbox(draft(imap=imap(password=Secret(IMAP_PASSWORD))), idempotency_key="key")
    second = await adapter.create_mailbox(oauth_draft(TOKEN, vendor_fields=GMAIL), idempotency_key="key")
    rows = [mailbox async for page in adapter.list_mailboxes() for mailbox in page]
    seen = f"{first}{second}{rows}{caplog.text}" + msgspec.json.encode([first, second, rows]).decode()
    sent = b"".join(request.body for request in sandbox.requests).decode()
    for secret in (PASSWORD, IMAP_PASSWORD, ACCESS, REFRESH, ID_TOKEN):
        assert secret in sent
        assert secret not in seen
        assert b64encode(secret.encode()).decode() not in seen


async def test_a_late_echo_of_a_password_is_hidden_too() -> None:
    row = {"id": 60001, "from_email": ADDRESS, "is_smtp_success": False, "smtp_failure_error": f"535 no {PASSWORD}"}
    _, adapter = canned(200, b'{"ok": true}', rows=[row])
    created = await adapter.create_mailbox(draft(), idempotency_key="key")
    (found,) = await adapter.find_mailboxes(ADDRESS)
    assert "535" in str(found.health.sending.message)
    assert PASSWORD not in f"{created}{found}"
