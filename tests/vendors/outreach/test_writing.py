"""Mailboxes written through the adapter, over the sandbox and over canned answers."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateway.domain.capability import MailboxField
from gateway.domain.draft import MailboxChanges, MailboxDraft, ServerDraft
from gateway.domain.errors import (
    FieldFault,
    OutcomeUnknownError,
    RateLimitedError,
    VendorAuthError,
    VendorConflictError,
    VendorError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorRejectedError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import ChannelState, Mailbox, MailboxStatus, SendBurst, ServerSettings, TransportSecurity
from gateway.domain.outcome import UserError, user_errors
from gateway.domain.secret import Secret
from gateway.sandbox.outreach import ACCESS_TOKEN, EXPIRED_TOKEN, MAILBOXES_ONLY_TOKEN, MEDIA_TYPE, OAUTH_ACCOUNT
from gateway.sandbox.outreach.attribute import BOOLEANS, INTEGERS, TEXT
from gateway.sandbox.server import Outage, Sandbox
from gateway.vendors.outreach.adapter import OutreachAdapter
from gateway.vendors.outreach.body import body_from_changes, body_from_draft
from gateway.vendors.outreach.details import OutreachDetails, OutreachFields
from tests.vendors.outreach.conftest import (
    CANARIES,
    EVERYTHING_CHANGED,
    EVERYTHING_DRAFTED,
    OpenAdapter,
    answering,
    known_mailbox,
    recorded,
    recorded_answer,
    recorded_request,
)

DRAFT = MailboxDraft(address="new.rep@quill.example")
CHANGES = MailboxChanges(daily_limit=50)
KEY = "a-key"


async def create(adapter: OutreachAdapter, draft: MailboxDraft = DRAFT) -> Mailbox:
    created = await adapter.create_mailbox(draft, idempotency_key=KEY)
    assert created.pending is None
    assert created.mailbox is not None
    return created.mailbox


def details(mailbox: Mailbox) -> OutreachDetails:
    assert isinstance(mailbox.details, OutreachDetails)
    return mailbox.details


# ---------------------------------------------------------------- creating
async def test_a_mailbox_with_everything(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    answer = await adapter.create_mailbox(EVERYTHING_DRAFTED, idempotency_key=KEY)
    (request,) = sandbox.requests
    assert (request.method, request.path, request.params) == ("POST", "/api/v2/mailboxes", ())
    assert request.headers["content-type"] == request.headers["accept"] == MEDIA_TYPE
    assert KEY not in str(request.headers)
    body = json.loads(request.body)
    assert set(body["data"]) == {"type", "attributes", "relationships"}
    assert body["data"]["relationships"] == {"user": {"data": {"type": "user", "id": 7}}}
    assert set(body["data"]["attributes"]) == {*TEXT, *INTEGERS, *BOOLEANS}
    mailbox = answer.mailbox
    assert mailbox is not None
    assert (answer.pending, answer.warnings) == (None, ())
    assert (mailbox.vendor_id, mailbox.address, mailbox.login) == ("65", "new.rep@quill.example", "new.rep")
    assert mailbox.smtp == ServerSettings("smtp.quill.example", 587, TransportSecurity.ENCRYPTED, None, "relay")
    assert mailbox.owner is not None
    assert mailbox.owner.vendor_id == "7"
    read = await adapter.get_mailbox("65")
    assert read.sending == mailbox.sending
    assert (details(read).email_provider, details(read).sync_outreach_folder) == ("exchange_server", True)


async def test_the_recorded_create(open_adapter: OpenAdapter) -> None:
    said = recorded_request("mailbox_create_201")
    attributes = said["data"]["attributes"]
    server = {"username": attributes["username"], "password": Secret(attributes["password"]), "security": TransportSecurity.SSL}
    draft = MailboxDraft(
        address=attributes["email"],
        smtp=ServerDraft(host=attributes["smtpHost"], port=attributes["smtpPort"], **server),
        imap=ServerDraft(host=attributes["imapHost"], port=attributes["imapPort"], **server),
        daily_limit=300,
        owner_id="7",
        verify=True,
        vendor_fields=OutreachFields(send_method="smtp", sync_method="imap", send_threshold=2, send_period=60),
    )
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return httpx.Response(201, json=recorded("mailbox_create_201"))

    mailbox = await create(open_adapter(answer), draft)
    assert asked == [said]
    assert (mailbox.vendor_id, mailbox.status, mailbox.health.sending.state) == ("73", MailboxStatus.ACTIVE, ChannelState.UNKNOWN)


async def test_a_duplicate_is_refused_at_its_address(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    await create(adapter)
    with pytest.raises(VendorConflictError) as caught:
        await create(adapter, MailboxDraft(address="NEW.Rep@quill.example"))
    assert caught.value.fields == (FieldFault("email", "Email has already been taken.", ("address",)),)
    assert len(await adapter.find_mailboxes("new.rep@quill.example")) == 1


async def test_a_mailbox_that_does_not_work_is_not_saved(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    imap = ServerDraft(host="imap.quill.invalid", username="t.renn", password=Secret("CANARY-a-wrong-one"))
    with pytest.raises(VendorRejectedError) as caught:
        await create(adapter, MailboxDraft(address="t.renn@quill.example", imap=imap, verify=True))
    assert [fault.path for fault in caught.value.fields] == [("verify",), ("verify",)]
    assert [fault.field for fault in caught.value.fields] == ["validateSend", "validateSync"]
    assert "no connection to imap.quill.invalid" in caught.value.fields[1].message
    assert b"CANARY-a-wrong-one" in sandbox.requests[-1].body
    assert "CANARY" not in f"{caught.value!r} {caught.value} {caught.value.fields}"
    assert await adapter.find_mailboxes("t.renn@quill.example") == []
    await create(adapter, MailboxDraft(address="t.renn@quill.example", imap=imap))


async def test_only_the_asked_half_is_verified(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    imap = ServerDraft(host="imap.quill.example", username="jonas", password=Secret("right"))
    draft = MailboxDraft(address="jonas@quill.example", imap=imap, vendor_fields=OutreachFields(validate_sync=True))
    assert (await create(open_adapter(sandbox), draft)).vendor_id == "65"


# ---------------------------------------------------------------- changing
async def test_a_mailbox_changed_in_everything(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    mailbox = await create(adapter, EVERYTHING_DRAFTED)
    updated = await adapter.update_mailbox(mailbox, EVERYTHING_CHANGED)
    request = sandbox.requests[-1]
    assert (request.method, request.path, request.params) == ("PATCH", "/api/v2/mailboxes/65", ())
    assert request.headers["content-type"] == MEDIA_TYPE
    assert json.loads(request.body)["data"]["id"] == 65
    assert sandbox.count() == 2
    assert (updated.error, updated.warnings) == (None, ())
    assert set(updated.applied) == OutreachAdapter.updatable_fields
    assert updated.mailbox is not None
    assert updated.mailbox.address == "newer.rep@quill.example"
    assert updated.mailbox.sending.burst == SendBurst(2, 60)
    assert updated.mailbox.owner is not None
    assert updated.mailbox.owner.vendor_id == "8"
    assert (await adapter.get_mailbox("65")).address == "newer.rep@quill.example"


async def test_the_recorded_change(open_adapter: OpenAdapter) -> None:
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return httpx.Response(200, json=recorded("mailbox_patch_200_send_disabled"))

    updated = await open_adapter(answer).update_mailbox(known_mailbox(), MailboxChanges(sending_enabled=False))
    assert asked == [recorded_request("mailbox_patch_200_send_disabled")]
    assert updated.applied == (MailboxField.SENDING_ENABLED,)
    assert updated.mailbox is not None
    assert updated.mailbox.health.sending.state is ChannelState.DISABLED


async def test_suspending_by_hand_and_back(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    mailbox = await create(adapter)
    for is_enabled, status in ((False, MailboxStatus.SUSPENDED), (True, MailboxStatus.ACTIVE)):
        updated = await adapter.update_mailbox(mailbox, MailboxChanges(sending_enabled=is_enabled, receiving_enabled=is_enabled))
        assert updated.mailbox is not None
        assert updated.mailbox.status is status


async def test_an_owner_who_is_taken_away_and_one_who_is_not_there(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    mailbox = await create(adapter)
    with pytest.raises(VendorRejectedError) as caught:
        await adapter.update_mailbox(mailbox, MailboxChanges(owner_id="999"))
    assert caught.value.fields == (FieldFault("user", "User must exist.", ("ownerId",)),)
    updated = await adapter.update_mailbox(mailbox, MailboxChanges(owner_id=None))
    assert updated.mailbox is not None
    assert updated.mailbox.owner is None
    assert updated.applied == (MailboxField.OWNER,)


async def test_nothing_to_change_costs_no_call(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    mailbox = await create(adapter)
    updated = await adapter.update_mailbox(mailbox, MailboxChanges())
    assert (updated.mailbox, updated.applied) == (mailbox, ())
    assert sandbox.count() == 1


async def test_a_cleared_secret_is_gone(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    mailbox = await create(adapter, EVERYTHING_DRAFTED)
    await adapter.update_mailbox(mailbox, MailboxChanges(imap=ServerDraft(password=None)))
    assert json.loads(sandbox.requests[-1].body)["data"]["attributes"] == {"password": None}
    assert (await adapter.test_receiving("65")).passed is False


async def test_what_outreach_keeps_otherwise_is_warned_of(open_adapter: OpenAdapter) -> None:
    """An organisation's limits cap those of its mailboxes; what the answer does not show is no news."""
    answer = recorded("mailbox_get")
    answer["data"]["attributes"].update(maxMailingsPerDay=200, sendDisabled=True, imapSsl=False, maxMailingsPerWeek=None)
    adapter = open_adapter(answering(recorded("mailbox_get"), answer))
    mailbox = await adapter.get_mailbox("41")
    changes = MailboxChanges(
        daily_limit=900,
        weekly_limit=9000,
        sending_enabled=True,
        imap=ServerDraft(security=TransportSecurity.SSL, password=Secret("hidden")),
        signature=mailbox.signature,
    )
    updated = await adapter.update_mailbox(mailbox, changes)
    assert {(warning.field, warning.value) for warning in updated.warnings} == {
        (("dailyLimit",), 200),
        (("sendingEnabled",), False),
        (("imap", "security"), "NONE"),
    }


# ---------------------------------------------------------------- deleting
async def test_a_deleted_mailbox_is_gone(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    await create(adapter)
    await adapter.delete_mailbox("65")
    request = sandbox.requests[-1]
    assert (request.method, request.path, request.body) == ("DELETE", "/api/v2/mailboxes/65", b"")
    assert request.headers["content-type"] == MEDIA_TYPE
    for ask in (adapter.get_mailbox, adapter.delete_mailbox):
        with pytest.raises(VendorNotFoundError):
            await ask("65")


async def test_a_queued_deletion_shows_until_it_is_done(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    sandbox._app.state.vendor.rows.deletion_seconds = 0.05  # type: ignore[attr-defined]
    await adapter.delete_mailbox("42")
    dying = await adapter.get_mailbox("42")
    assert details(dying).delete_queued_at is not None
    assert dying.status is MailboxStatus.UNKNOWN
    await asyncio.sleep(0.06)
    with pytest.raises(VendorNotFoundError):
        await adapter.get_mailbox("42")


# ---------------------------------------------------------------- finding by address
async def test_a_mailbox_is_found_by_its_address_in_one_call(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    await create(adapter)
    (found,) = await adapter.find_mailboxes("New.Rep@quill.example")
    assert found.vendor_id == "65"
    request = sandbox.requests[-1]
    assert request.params == (
        ("filter[email][]", "New.Rep@quill.example"),
        ("filter[email][]", "new.rep@quill.example"),
        ("newFilterSyntax", "true"),
        ("page[size]", "1000"),
        ("count", "false"),
    )
    assert sandbox.count() == 2


@pytest.mark.parametrize("address", ["a,b@quill.example", "a..b@quill.example", "__null__", "neginf..inf", "%x@quill.example"])
async def test_odd_addresses_are_taken_literally(address: str, sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    assert await adapter.find_mailboxes(address) == []
    await create(adapter, MailboxDraft(address=address))
    (found,) = await adapter.find_mailboxes(address)
    assert found.address == address


async def test_what_does_not_have_the_address_is_left_out(open_adapter: OpenAdapter) -> None:
    rows = {"data": [{"id": 1, "attributes": {"email": "A@x.example"}}, {"id": 2, "attributes": {"email": "b@x.example"}}, {"id": 3}]}
    assert [each.vendor_id for each in await open_adapter(answering(rows)).find_mailboxes("a@X.example")] == ["1"]


# ---------------------------------------------------------------- errors
Write = Callable[[OutreachAdapter], Coroutine[Any, Any, object]]


WRITES: dict[str, Write] = {
    "create": lambda adapter: adapter.create_mailbox(DRAFT, idempotency_key=KEY),
    "update": lambda adapter: adapter.update_mailbox(known_mailbox(), CHANGES),
    "delete": lambda adapter: adapter.delete_mailbox("41"),
    "link": lambda adapter: adapter.link_ews_master_account("41"),
    "unlink": lambda adapter: adapter.unlink_ews_master_account("41"),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("error_401_gateway", VendorAuthError, r"Invalid JWT token\.: Token could not be decoded\."),
        ("error_401_jsonapi", VendorAuthError, "Access token has expired"),
        ("error_403_governance", VendorForbiddenError, "not permitted for you"),
        ("error_403_scope", VendorForbiddenError, r"mailboxes\.read"),
        ("error_404", VendorNotFoundError, "No 'mailbox' with ID"),
        ("error_409_assumed", VendorConflictError, "Mailbox is in use"),
        ("error_415_details_plural", VendorRejectedError, "Content-Type must be"),
        ("error_422_multi", VendorRejectedError, r"Email can't be empty\. Send method is not in the allowed list\."),
        ("error_429_delta_seconds", RateLimitedError, "Limit exceeded"),
        ("error_429_epoch", RateLimitedError, "Limit of 10,000 exceeded"),
        ("error_502_html", OutcomeUnknownError, r"HTTP 502\)\.$"),
        ("error_503_maintenance", OutcomeUnknownError, "Maintenance until"),
    ],
)
async def test_each_error_answer_has_its_error(
    write: str, name: str, kind: type[VendorError], words: str, open_adapter: OpenAdapter
) -> None:
    said, asked = recorded_answer(name), 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(said.status, headers=said.headers, content=said.body)

    with pytest.raises(kind, match=words) as caught:
        await WRITES[write](open_adapter(answer))
    assert type(caught.value) is kind
    assert caught.value.status == said.status
    assert asked == 1


async def test_several_refused_attributes_are_several_errors_at_their_places(open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(answering(httpx.Response(422, json=recorded("error_422_multi"))))
    with pytest.raises(VendorRejectedError) as caught:
        await create(adapter)
    assert [(error.message, error.field) for error in user_errors(caught.value)] == [
        ("Outreach: Email can't be empty.", ("address",)),
        ("Outreach: Send method is not in the allowed list.", ("vendor", "outreach", "sendMethod")),
    ]


@pytest.mark.parametrize("attribute", sorted({*TEXT, *INTEGERS, *BOOLEANS}))
async def test_each_attribute_is_refused_at_the_place_where_it_was_said(attribute: str, open_adapter: OpenAdapter) -> None:
    error = {"id": "validationError", "title": "V", "detail": "No.", "source": {"pointer": f"/data/attributes/{attribute}"}}
    adapter = open_adapter(answering(httpx.Response(422, json={"errors": [error]})))
    known = known_mailbox()
    drafted, changed = body_from_draft(EVERYTHING_DRAFTED), body_from_changes(EVERYTHING_CHANGED, known)
    for ask, body in (
        (adapter.create_mailbox(EVERYTHING_DRAFTED, idempotency_key=KEY), drafted),
        (adapter.update_mailbox(known, EVERYTHING_CHANGED), changed),
    ):
        with pytest.raises(VendorRejectedError) as caught:
            await ask
        assert caught.value.fields == (FieldFault(attribute, "No.", body.attributes[attribute].path),)


@pytest.mark.parametrize(
    ("pointer", "field", "path"),
    [
        ("/data/relationships/user", "user", ("ownerId",)),
        ("/data/relationships/user/data/id", "user", ("ownerId",)),
        ("/data/attributes/userId", "userId", ("ownerId",)),
        ("/data/attributes/smtpHost/0", "smtpHost", ("smtp", "host")),
        ("/data/attributes/brandNew", "brandNew", None),
        ("/data/attributes/createdAt", "createdAt", None),
        ("/data/id", "data.id", None),
        ("", None, None),
    ],
)
async def test_odd_pointers(pointer: str, field: str | None, path: tuple[str, ...] | None, open_adapter: OpenAdapter) -> None:
    error = {"detail": "No.", "source": {"pointer": pointer}}
    with pytest.raises(VendorRejectedError) as caught:
        await create(open_adapter(answering(httpx.Response(422, json={"errors": [error]}))))
    assert caught.value.fields == (FieldFault(field, "No.", path),)


async def test_the_recorded_failed_validation(open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(answering(httpx.Response(422, json=recorded("error_422_validate_send"))))
    with pytest.raises(VendorRejectedError) as caught:
        await adapter.update_mailbox(known_mailbox(), MailboxChanges(verify=True))
    assert user_errors(caught.value) == (
        UserError("Outreach: Mailbox could not send with these settings.", caught.value.code, ("verify",)),
    )


@pytest.mark.parametrize("write", WRITES)
async def test_a_token_without_the_scope(write: str, sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    with pytest.raises(VendorForbiddenError, match=r"mailboxes\.(write|delete)"):
        await WRITES[write](open_adapter(sandbox, {"access_token": MAILBOXES_ONLY_TOKEN}))
    assert sandbox.count() == 1


@pytest.mark.parametrize("mailbox_id", ["", "..", "4/1", "4,1", "é"])
async def test_an_id_that_cannot_be_is_not_asked_for(mailbox_id: str, sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    for ask in (adapter.delete_mailbox, adapter.link_ews_master_account, adapter.unlink_ews_master_account, adapter.test_sending):
        with pytest.raises(VendorNotFoundError):
            await ask(mailbox_id)
    assert sandbox.count() == 0


# ---------------------------------------------------------------- lost answers
@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "outage",
    [
        {"status": 500, "body": b"{}"},
        {"status": 502, "body": b"<html>"},
        {"status": 504},
        {"status": 200, "body": b'{"data": {', "hang_up": True},
        {"status": 302, "headers": {"location": "https://evil.example/"}},
        {"status": 200, "body": b"<html>Welcome</html>"},
    ],
)
async def test_a_lost_answer_leaves_it_open_and_nothing_is_sent_twice(
    write: str, outage: dict[str, Any], sandbox: Sandbox, open_adapter: OpenAdapter
) -> None:
    sandbox.outages.append(Outage(is_after=True, **outage))
    with pytest.raises(OutcomeUnknownError):
        await WRITES[write](open_adapter(sandbox))
    assert sandbox.count() == 1


async def test_a_lost_create_happened_and_is_found_by_its_address(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    sandbox.outages.append(Outage(method="POST", times=1, status=200, hang_up=True, is_after=True))
    with pytest.raises(OutcomeUnknownError):
        await create(adapter)
    assert [mailbox.vendor_id for mailbox in await adapter.find_mailboxes(DRAFT.address)] == ["65"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"data": null}', b'{"data": [{"id": 41}]}', b'{"data": {"attributes": {}}}'])
async def test_a_success_without_a_mailbox_leaves_it_open(body: bytes, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(lambda _: httpx.Response(201, content=body))
    with pytest.raises(OutcomeUnknownError, match="without a mailbox"):
        await create(adapter)
    changing = open_adapter(lambda _: httpx.Response(200, content=body))
    with pytest.raises(OutcomeUnknownError, match="without a mailbox"):
        await changing.update_mailbox(known_mailbox(), CHANGES)


async def test_a_change_answered_with_another_mailbox_leaves_it_open(open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(answering({"data": {"type": "mailbox", "id": 42}}))
    with pytest.raises(OutcomeUnknownError, match="another mailbox"):
        await adapter.update_mailbox(known_mailbox(), CHANGES)


async def test_no_connection_means_that_it_did_not_happen(open_adapter: OpenAdapter) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    for write in WRITES.values():
        with pytest.raises(VendorUnavailableError):
            await write(open_adapter(answer))


# ---------------------------------------------------------------- tokens
async def test_a_write_with_a_refused_token_is_sent_again_once_with_a_new_one(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox, OAUTH_ACCOUNT)
    await adapter.probe()
    vendor = sandbox._app.state.vendor  # type: ignore[attr-defined]
    vendor.oauth.tokens.clear()
    vendor.oauth.grant_gap_seconds = 0
    tokens = adapter._client._tokens
    assert tokens is not None
    tokens._now = lambda: datetime.now(UTC) + timedelta(seconds=61)
    mailbox = await create(adapter)
    assert mailbox.vendor_id == "65"
    assert sandbox.count("/mailboxes", method="POST") == 2
    assert sandbox.count("/oauth/token") == 2
    assert len(await adapter.find_mailboxes(DRAFT.address)) == 1


async def test_a_given_token_that_has_expired_is_tried_once(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    with pytest.raises(VendorAuthError):
        await create(open_adapter(sandbox, {"access_token": EXPIRED_TOKEN}))
    assert sandbox.count() == 1


async def test_a_write_that_gets_no_token_did_not_happen(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    sandbox.outages.append(Outage(path="/oauth", status=500))
    with pytest.raises(VendorUnavailableError, match="no token"):
        await create(open_adapter(sandbox, OAUTH_ACCOUNT))
    assert sandbox.count("/mailboxes") == 0


# ---------------------------------------------------------------- secrets
async def test_secrets_reach_outreach_and_nothing_else(
    sandbox: Sandbox, open_adapter: OpenAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    adapter = open_adapter(sandbox)
    created = await adapter.create_mailbox(EVERYTHING_DRAFTED, idempotency_key=KEY)
    assert created.mailbox is not None
    updated = await adapter.update_mailbox(created.mailbox, EVERYTHING_CHANGED)
    for request in sandbox.requests:
        assert all(canary.encode() in request.body for canary in CANARIES)
    read = [await adapter.get_mailbox("65"), *await adapter.find_mailboxes("newer.rep@quill.example")]
    assert len(read) == 2
    shown = f"{created!r} {updated!r} {read!r} {EVERYTHING_CHANGED!r} {caplog.text} {vars(adapter)!r} {vars(adapter._client)!r}"
    assert "newer.rep@quill.example" in shown
    assert "CANARY" not in shown


@pytest.mark.parametrize("canary", [*CANARIES, ACCESS_TOKEN])
async def test_a_refusal_that_echoes_a_secret_is_cleaned(canary: str, open_adapter: OpenAdapter) -> None:
    error = {"detail": f"Rejected {canary} as it is.", "source": {"pointer": "/data/attributes/password"}}
    adapter = open_adapter(lambda _: httpx.Response(422, json={"errors": [error]}), {"access_token": ACCESS_TOKEN})
    known = known_mailbox()
    for ask in (adapter.create_mailbox(EVERYTHING_DRAFTED, idempotency_key=KEY), adapter.update_mailbox(known, EVERYTHING_CHANGED)):
        with pytest.raises(VendorRejectedError, match=r"Rejected .* as it is") as caught:
            await ask
        assert "CANARY" not in f"{caught.value!r} {caught.value.fields!r} {user_errors(caught.value)!r}"
