"""One mailbox, from the draft to the end of its verification."""

import asyncio
import logging

import httpx
import msgspec
import pytest

from gateway.domain.draft import MailboxDraft, OAuthToken, ServerDraft
from gateway.domain.errors import (
    ErrorCode,
    GatewayError,
    InvalidInputError,
    LimitUsage,
    OutcomeUnknownError,
    RateLimitedError,
    UnsupportedFieldsError,
    VendorAuthError,
    VendorConflictError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorProtocolError,
    VendorRejectedError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import MailboxStatus, MailProvider, TransportSecurity
from gateway.domain.outcome import Created, WriteWarning, user_errors
from gateway.domain.secret import Secret
from gateway.sandbox.sendkit import sendkit_sandbox
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.world import World
from gateway.vendors.sendkit.adapter import SendkitAdapter
from gateway.vendors.sendkit.details import SendkitDetails, SendkitFields
from tests.vendors.sendkit.conftest import Clock
from tests.vendors.sendkit.connecting import connect
from tests.vendors.sendkit.drafts import HOST, PASSWORD, WRONG_PASSWORD, draft, server
from tests.vendors.sendkit.recordings import recorded

KEY = {"api_key": "sk_live_x"}


async def create(adapter: SendkitAdapter, wanted: MailboxDraft) -> Created:
    return await adapter.create_mailbox(wanted, idempotency_key="once")


def restarted(sandbox: Sandbox) -> SendkitAdapter:
    """An adapter that knows nothing but the account's settings."""
    return connect(httpx.ASGITransport(app=sandbox), sandbox.account)


def sent_by(sandbox: Sandbox) -> dict[str, object]:
    return msgspec.json.decode(sandbox.requests[-1].body, type=dict[str, object])


def answering(status: int, content: bytes) -> SendkitAdapter:
    return connect(httpx.MockTransport(lambda _: httpx.Response(status, content=content)), KEY)


async def pending_of(adapter: SendkitAdapter, wanted: MailboxDraft) -> str:
    pending = (await create(adapter, wanted)).pending
    assert pending is not None
    return pending


async def polled(adapter: SendkitAdapter, token: str) -> Created | GatewayError:
    (answer,) = await adapter.poll_created([token])
    return answer


# ---------------------------------------------------------------------- what is sent


async def test_a_whole_draft_in_the_vendors_words(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    wanted = MailboxDraft(
        address="New.One@quill.example",
        display_name="New One",
        smtp=ServerDraft(host=HOST, port=465, security=TransportSecurity.SSL, username="one", password=Secret(PASSWORD)),
        imap=ServerDraft(
            host="imap.quill.example", port=993, security=TransportSecurity.NONE, username="two", password=Secret("other-CANARY")
        ),
        daily_limit=30,
        signature="<p>One</p>",
        tags=("a", "b"),
        verify=True,
        vendor_fields=SendkitFields(provider="outlook"),
    )
    created = await create(adapter, wanted)
    assert sent_by(sandbox) == {
        "email": "New.One@quill.example",
        "displayName": "New One",
        "provider": "outlook",
        "smtp": {"host": HOST, "port": 465, "secure": True, "username": "one", "password": PASSWORD},
        "imap": {"host": "imap.quill.example", "port": 993, "secure": False, "username": "two", "password": "other-CANARY"},
        "dailySendLimit": 30,
        "signature": "<p>One</p>",
        "tags": ["a", "b"],
    }
    assert sandbox.count() == 1
    mailbox = created.mailbox
    assert mailbox is not None
    assert (mailbox.address, mailbox.status, mailbox.provider) == ("new.one@quill.example", MailboxStatus.PENDING, MailProvider.MICROSOFT)
    assert (mailbox.display_name, mailbox.tags, mailbox.sending.daily_limit) == ("New One", ("a", "b"), 30)
    assert created.warnings == ()
    assert "idempotency-key" not in sandbox.requests[-1].headers


async def test_a_short_draft_logs_in_with_the_address_and_leaves_imap_to_the_vendor(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    await create(adapter, draft())
    smtp = {"host": HOST, "username": "New.One@quill.example", "password": PASSWORD}
    assert sent_by(sandbox) == {"email": "New.One@quill.example", "smtp": smtp}


async def test_imap_without_a_login_has_that_of_smtp(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    wanted = msgspec.structs.replace(draft(), imap=ServerDraft(host="imap.quill.example"))
    await create(adapter, wanted)
    assert sent_by(sandbox)["imap"] == {"host": "imap.quill.example", "username": "New.One@quill.example", "password": PASSWORD}


@pytest.mark.parametrize(
    ("security", "secure"),
    [
        (TransportSecurity.TLS, True),
        (TransportSecurity.SSL, True),
        (TransportSecurity.ENCRYPTED, True),
        (TransportSecurity.STARTTLS, False),
        (TransportSecurity.NONE, False),
    ],
)
async def test_security_is_a_flag(adapter: SendkitAdapter, sandbox: Sandbox, security: TransportSecurity, *, secure: bool) -> None:
    created = await create(adapter, MailboxDraft(address="x@quill.example", smtp=server(security=security)))
    smtp = sent_by(sandbox)["smtp"]
    assert isinstance(smtp, dict)
    assert smtp["secure"] is secure
    assert [(each.field, each.value) for each in created.warnings] == (
        [(("smtp", "security"), "NONE")] if security is TransportSecurity.STARTTLS else []
    )


async def test_what_sendkit_cannot_say_is_refused_before_any_request(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    token = OAuthToken(access_token=Secret("a"), refresh_token=Secret("b"))
    wanted = MailboxDraft(
        address="x@quill.example",
        verify=False,
        oauth=token,
        domain_vendor_id="d",
        smtp=server(security=TransportSecurity.UNKNOWN),
        imap=server(security=TransportSecurity.UNKNOWN),
    )
    with pytest.raises(UnsupportedFieldsError) as raised:
        await create(adapter, wanted)
    assert list(raised.value.fields) == [("verify",), ("oauth",), ("domainId",), ("smtp", "security"), ("imap", "security")]
    assert "mailboxConnect" in raised.value.message_about(("oauth",))
    assert sandbox.count() == 0


# ---------------------------------------------------------------------- the daily limit


@pytest.mark.parametrize(("asked", "became"), [(80, 50), (0, 1), (-3, 1), (51, 50)])
async def test_a_limit_that_is_cut_is_told(adapter: SendkitAdapter, sandbox: Sandbox, asked: int, became: int) -> None:
    created = await create(adapter, msgspec.structs.replace(draft(), daily_limit=asked))
    assert sent_by(sandbox)["dailySendLimit"] == asked
    message = f"SendKit keeps the daily limit between 1 and 50: {asked} became {became}."
    assert created.warnings == (WriteWarning(message, ("dailyLimit",), became),)


@pytest.mark.parametrize("limit", [1, 15, 50])
async def test_a_limit_that_is_kept_is_no_news(adapter: SendkitAdapter, limit: int) -> None:
    assert (await create(adapter, msgspec.structs.replace(draft(), daily_limit=limit))).warnings == ()


async def test_an_answer_without_the_limit_is_judged_by_the_page() -> None:
    adapter = answering(202, b'{"success":true,"data":{"_id":"a","status":"inactive"}}')
    (warning,) = (await create(adapter, msgspec.structs.replace(draft(), daily_limit=80))).warnings
    assert warning.value == 50


# ---------------------------------------------------------------------- the answer


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_the_recorded_answer_under_any_success(status: int) -> None:
    adapter = answering(status, recorded("mailbox_queued").content)
    created = await create(adapter, draft("Tomas.Reyes@Lakeside-Demo.example"))
    assert created.mailbox is not None
    assert created.mailbox.smtp is not None
    assert (created.mailbox.status, created.mailbox.smtp.host) == (MailboxStatus.PENDING, "smtp.lakeside-demo.example")
    assert created.pending is not None


async def test_a_mailbox_that_is_active_at_once_is_settled() -> None:
    """As in the older pages."""
    created = await create(answering(200, b'{"success":true,"data":{"_id":"a","status":"active","sendingEnabled":true}}'), draft())
    assert created.pending is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"success":true}',
        b'{"success":true,"data":[]}',
        b'{"success":true,"data":{"email":"new.one@quill.example"}}',
        b'{"success":true,"data":{"_id":"a","email":"somebody.else@quill.example"}}',
        b'{"success":false,"error":{"code":"INTERNAL","message":"oops"}}',
    ],
)
async def test_a_success_without_the_mailbox_leaves_it_open(content: bytes) -> None:
    with pytest.raises(OutcomeUnknownError):
        await create(answering(201, content), draft())


@pytest.mark.parametrize("status", [302, 408, 500, 502, 504])
async def test_a_stumble_leaves_it_open_and_is_not_repeated(adapter: SendkitAdapter, sandbox: Sandbox, status: int) -> None:
    sandbox.outages.append(Outage(method="POST", status=status, is_after=True))
    with pytest.raises(OutcomeUnknownError):
        await create(adapter, draft())
    assert sandbox.count() == 1
    assert len(await adapter.find_mailboxes("NEW.one@quill.example")) == 1


# ---------------------------------------------------------------------- refusals


async def test_the_plan_is_full() -> None:
    sandbox = sendkit_sandbox(World(), max_mailboxes=24)
    with pytest.raises(VendorForbiddenError) as raised:
        await create(restarted(sandbox), draft())
    (error,) = user_errors(raised.value)
    assert (error.code, error.limit) == (ErrorCode.LIMIT_REACHED, LimitUsage(used=24, max=24, requested=1))
    assert "Mailbox limit reached" in error.message


async def test_no_subscription() -> None:
    sandbox = sendkit_sandbox(World(), is_subscribed=False)
    with pytest.raises(VendorForbiddenError) as raised:
        await create(restarted(sandbox), draft())
    assert [each.code for each in user_errors(raised.value)] == [ErrorCode.SUBSCRIPTION_REQUIRED]


async def test_an_address_that_is_there_already(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    await create(adapter, draft())
    with pytest.raises(VendorConflictError) as raised:
        await create(adapter, draft("NEW.ONE@quill.example"))
    (error,) = user_errors(raised.value)
    assert (error.code, error.field) == (ErrorCode.CONFLICT, ("address",))
    assert "already exists" in error.message
    assert [request.method for request in sandbox.requests] == ["POST", "POST"]


async def test_two_who_want_the_same_address_at_once(adapter: SendkitAdapter) -> None:
    answers = await asyncio.gather(create(adapter, draft()), create(adapter, draft()), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["Created", "VendorConflictError"]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (MailboxDraft(address="x@quill.example"), ("smtp",)),
        (MailboxDraft(address="x@quill.example", smtp=ServerDraft(password=Secret(PASSWORD))), ("smtp", "host")),
        (MailboxDraft(address="x@quill.example", smtp=ServerDraft(host=HOST)), ("smtp", "password")),
        (MailboxDraft(address="x@quill.example", smtp=ServerDraft(host=HOST, port=0, password=Secret(PASSWORD))), ("smtp", "port")),
        (msgspec.structs.replace(draft(), imap=ServerDraft(port=993)), ("imap", "host")),
        (draft("nobody"), ("address",)),
        (msgspec.structs.replace(draft(), vendor_fields=SendkitFields(provider="aol")), ("vendor", "sendkit", "provider")),
    ],
)
async def test_a_refused_field_is_pointed_at(adapter: SendkitAdapter, wanted: MailboxDraft, field: tuple[str, ...]) -> None:
    with pytest.raises(VendorRejectedError) as raised:
        await create(adapter, wanted)
    assert [error.field for error in user_errors(raised.value)] == [field]


@pytest.mark.parametrize(
    ("detail", "field"),
    [
        ({"field": "smtpHost"}, ("smtp", "host")),
        ({"field": "imapSecure"}, ("imap", "security")),
        ({"path": ["imap", "password"]}, ("imap", "password")),
        ({"path": "displayName"}, ("displayName",)),
        ({"field": "horoscope"}, None),
        ({}, None),
    ],
)
async def test_other_spellings_of_a_field(detail: dict[str, object], field: tuple[str, ...] | None) -> None:
    body = {"success": False, "error": {"code": "VALIDATION_ERROR", "details": [{**detail, "message": "Bad"}]}}
    with pytest.raises(VendorRejectedError) as raised:
        await create(answering(400, msgspec.json.encode(body)), draft())
    assert [error.field for error in user_errors(raised.value)] == [field]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("error_unauthorized", VendorAuthError),
        ("error_forbidden_flat", VendorForbiddenError),
        ("error_not_found", VendorNotFoundError),
        ("error_conflict", VendorConflictError),
        ("error_validation", VendorRejectedError),
        ("error_rate_limited", RateLimitedError),
        ("error_workspace_required", VendorRejectedError),
    ],
)
async def test_documented_errors_of_a_write(name: str, kind: type[GatewayError]) -> None:
    with pytest.raises(GatewayError) as raised:
        await create(answering(recorded(name).status, recorded(name).content), draft())
    assert type(raised.value) is kind


# ---------------------------------------------------------------------- verification


async def test_pending_then_active(clock: Clock) -> None:
    sandbox = sendkit_sandbox(World())
    adapter = restarted(sandbox)
    token = await pending_of(adapter, draft())
    assert await polled(adapter, token) == Created(pending=token)
    assert sandbox.count() == 2
    clock.seconds = 3
    answer = await polled(adapter, token)
    assert isinstance(answer, Created)
    assert answer.mailbox is not None
    assert (answer.pending, answer.mailbox.status) == (None, MailboxStatus.ACTIVE)
    assert sandbox.count() == 4
    mailbox = await adapter.get_mailbox(answer.mailbox.vendor_id)
    assert isinstance(mailbox.details, SendkitDetails)
    assert mailbox.details.setup_status is None
    clock.seconds = 6
    mailbox = await adapter.get_mailbox(answer.mailbox.vendor_id)
    assert isinstance(mailbox.details, SendkitDetails)
    assert mailbox.details.setup_status is not None


async def test_the_token_is_text_without_secrets(adapter: SendkitAdapter) -> None:
    created = await create(adapter, draft())
    assert created.pending is not None
    assert created.mailbox is not None
    assert msgspec.json.decode(created.pending) == {"id": created.mailbox.vendor_id, "address": "New.One@quill.example"}


@pytest.mark.parametrize(("host", "password"), [(HOST, WRONG_PASSWORD), ("smtp.nowhere.invalid", PASSWORD)])
async def test_a_failure_is_told_without_the_password_and_the_mailbox_is_gone(clock: Clock, host: str, password: str) -> None:
    sandbox = sendkit_sandbox(World())
    adapter = restarted(sandbox)
    created = await create(adapter, draft(host=host, password=password))
    assert created.pending is not None
    assert created.mailbox is not None
    clock.seconds = 3
    answer = await polled(adapter, created.pending)
    assert isinstance(answer, VendorRejectedError)
    (error,) = user_errors(answer)
    assert (error.field, error.code) == (("smtp",), ErrorCode.VENDOR_REJECTED)
    assert "SendKit could not log in to the mail servers of New.One@quill.example and has deleted the mailbox: SMTP" in error.message
    assert password not in f"{error}{answer!r}{answer.fields}"
    assert sandbox.count() == 2
    with pytest.raises(VendorNotFoundError):
        await adapter.get_mailbox(created.mailbox.vendor_id)
    test = (await adapter.get_details([created.mailbox.vendor_id], "connection_test"))[created.mailbox.vendor_id]
    assert isinstance(test, SendkitDetails)
    assert test.connection_test is not None
    assert test.connection_test.status == "failed"
    assert password not in str(test)


async def test_after_a_restart_the_same_token_is_enough(clock: Clock) -> None:
    sandbox = sendkit_sandbox(World())
    tokens = [await pending_of(restarted(sandbox), draft(f"{name}@quill.example")) for name in ("a", "b")]
    assert await restarted(sandbox).poll_created(tokens) == [Created(pending=token) for token in tokens]
    clock.seconds = 3
    answers = await restarted(sandbox).poll_created(tokens)
    assert [each.mailbox.address for each in answers if isinstance(each, Created) and each.mailbox] == [
        "a@quill.example",
        "b@quill.example",
    ]


async def test_after_a_restart_the_words_of_a_failure_cannot_be_cleaned_and_are_withheld(clock: Clock) -> None:
    sandbox = sendkit_sandbox(World())
    token = await pending_of(restarted(sandbox), draft(host="smtp.nowhere.invalid"))
    clock.seconds = 3
    answer = await polled(restarted(sandbox), token)
    assert isinstance(answer, VendorRejectedError)
    assert "could not log in" in answer.message
    assert "words are not shown" in answer.message
    assert "CANARY" not in f"{answer.message}{answer.fields}"


async def test_a_password_that_the_transport_has_forgotten_is_still_hidden(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = sendkit_sandbox(World())
    adapter = restarted(sandbox)
    token = await pending_of(adapter, draft(host="smtp.nowhere.invalid"))
    monkeypatch.setattr("gateway.transport.recent_secrets.LASTS_SECONDS", -1.0)
    clock.seconds = 3
    answer = await polled(adapter, token)
    assert isinstance(answer, VendorRejectedError)
    assert "could not be reached" in answer.message
    assert "CANARY" not in answer.message


def telling(test: httpx.Response, mailbox: httpx.Response) -> SendkitAdapter:
    """A vendor with this verification and this mailbox."""
    return connect(httpx.MockTransport(lambda request: test if request.url.path.endswith("/connection-test") else mailbox), KEY)


def found(**data: object) -> httpx.Response:
    return httpx.Response(200, json={"success": True, "data": data})


GONE = httpx.Response(404, content=recorded("error_not_found").content)
TOKEN = '{"id":"a","address":"a@quill.example"}'


@pytest.mark.parametrize("word", ["pending", "inactive", " Pending "])
async def test_words_for_pending(word: str) -> None:
    assert await polled(telling(found(status=word), GONE), TOKEN) == Created(pending=TOKEN)


@pytest.mark.parametrize("word", ["passed", "verified", None])
async def test_a_verdict_is_believed_when_the_mailbox_says_the_same(word: str | None) -> None:
    answer = await polled(telling(found(status=word), found(_id="a", status="active")), TOKEN)
    assert isinstance(answer, Created)
    assert answer.pending is None
    still = await polled(telling(found(status=word), found(_id="a", status="inactive", sendingEnabled=False)), TOKEN)
    assert isinstance(still, Created)
    assert still.pending == TOKEN


@pytest.mark.parametrize("test", [GONE, found(status="passed")])
async def test_a_mailbox_that_is_gone_has_failed(test: httpx.Response) -> None:
    answer = await polled(telling(test, GONE), TOKEN)
    assert isinstance(answer, VendorRejectedError)
    assert "no longer has a@quill.example" in answer.message


async def test_a_test_that_is_forgotten_says_nothing_against_a_mailbox_that_is_there() -> None:
    answer = await polled(telling(GONE, found(_id="a", status="active")), TOKEN)
    assert isinstance(answer, Created)
    assert answer.mailbox is not None


async def test_a_failure_without_words() -> None:
    answer = await polled(telling(httpx.Response(200, content=recorded("connection_test_failed").content), GONE), TOKEN)
    assert isinstance(answer, VendorRejectedError)
    assert "It does not say why" in answer.message


async def test_a_poll_that_learns_nothing_raises_and_one_that_learns_something_does_not(clock: Clock) -> None:
    sandbox = sendkit_sandbox(World())
    adapter = restarted(sandbox)
    first, second = [await pending_of(adapter, draft(f"{name}@quill.example")) for name in ("a", "b")]
    clock.seconds = 3
    sandbox.outages.append(Outage(path="/connection-test", status=503, times=1))
    with pytest.raises(VendorUnavailableError):
        await adapter.poll_created([first])
    sandbox.outages.append(Outage(path=f"{msgspec.json.decode(first)['id']}/connection-test", status=503))
    waiting, settled = await adapter.poll_created([first, second])
    assert waiting == Created(pending=first)
    assert isinstance(settled, Created)
    assert settled.mailbox is not None


async def test_passwords_of_creations_that_nobody_asks_about_are_not_kept_for_ever(
    adapter: SendkitAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.vendors.sendkit.verification.MOST_KEPT", 2)
    ids = []
    for name in ("a", "b", "c"):
        mailbox = (await create(adapter, draft(f"{name}@quill.example"))).mailbox
        assert mailbox is not None
        ids.append(mailbox.vendor_id)
    assert list(adapter._verification._secrets) == ids[1:]


async def test_nothing_to_poll_costs_nothing(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    assert await adapter.poll_created([]) == []
    assert sandbox.count() == 0


async def test_the_password_is_nowhere_but_in_the_request(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sandbox = sendkit_sandbox(World())
    adapter = restarted(sandbox)
    created = await create(adapter, draft(password=WRONG_PASSWORD))
    clock.seconds = 3
    answers = await adapter.poll_created([str(created.pending)])
    assert WRONG_PASSWORD.encode() in sandbox.requests[0].body
    assert WRONG_PASSWORD not in f"{created}{answers}{caplog.text}{draft(password=WRONG_PASSWORD)}"
    assert WRONG_PASSWORD.encode() not in b"".join(request.body for request in list(sandbox.requests)[1:])


async def test_a_refusal_that_quotes_the_password() -> None:
    def quote(request: httpx.Request) -> httpx.Response:
        return httpx.Response(422, json={"success": False, "error": {"code": "VALIDATION_ERROR", "message": request.content.decode()}})

    with pytest.raises(VendorRejectedError) as raised:
        await create(connect(httpx.MockTransport(quote), KEY), draft())
    assert "CANARY" not in f"{raised.value}{raised.value.fields}"


# ---------------------------------------------------------------------- by address, and by consent


async def test_a_mailbox_is_found_by_its_whole_address(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    for address in ("one@quill.example", "someone@quill.example", "one@quill.example.org"):
        await create(adapter, draft(address))
    before = sandbox.count()
    found = await adapter.find_mailboxes("ONE@Quill.example")
    assert [mailbox.address for mailbox in found] == ["one@quill.example"]
    assert sandbox.count() == before + 1
    assert sandbox.requests[-1].params == (("limit", "100"), ("search", "ONE@Quill.example"))
    assert await adapter.find_mailboxes("nobody@quill.example") == []


async def test_an_address_with_a_plus_is_searched_as_it_is(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    await create(adapter, draft("one+tag@quill.example"))
    assert len(await adapter.find_mailboxes("one+tag@quill.example")) == 1
    assert sandbox.requests[-1].param("search") == "one+tag@quill.example"


@pytest.mark.parametrize(("provider", "path"), [(MailProvider.GOOGLE, "google"), (MailProvider.MICROSOFT, "outlook")])
async def test_a_consent_page(adapter: SendkitAdapter, sandbox: Sandbox, provider: MailProvider, path: str) -> None:
    assert (await adapter.connect_mailbox(provider)).startswith("https://")
    (request,) = sandbox.requests
    assert (request.method, request.path, request.body) == ("POST", f"/v1/mailboxes/connect/{path}", b"")


@pytest.mark.parametrize("provider", [each for each in MailProvider if each not in (MailProvider.GOOGLE, MailProvider.MICROSOFT)])
async def test_a_provider_without_consent_page(adapter: SendkitAdapter, sandbox: Sandbox, provider: MailProvider) -> None:
    with pytest.raises(InvalidInputError) as raised:
        await adapter.connect_mailbox(provider)
    assert raised.value.field == ("provider",)
    assert sandbox.count() == 0


@pytest.mark.parametrize(
    "address", [None, "", "http://accounts.example/", "javascript:alert(1)", "https://", "https://a b", "https://[", "/o/auth"]
)
async def test_what_is_no_page_to_send_people_to(address: str | None) -> None:
    with pytest.raises(VendorProtocolError):
        await telling(GONE, found(authUrl=address)).connect_mailbox(MailProvider.GOOGLE)


async def test_a_consent_page_that_did_not_come_leaves_nothing_open(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(status=502))
    with pytest.raises(VendorUnavailableError, match="ask again"):
        await adapter.connect_mailbox(MailProvider.GOOGLE)


async def test_the_recorded_consent_page() -> None:
    adapter = answering(200, recorded("connect_google").content)
    assert (await adapter.connect_mailbox(MailProvider.GOOGLE)).startswith("https://accounts.google.example/")
