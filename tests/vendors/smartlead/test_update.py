import json
import logging
from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from gateway.domain.capability import MailboxField
from gateway.domain.draft import MailboxChanges, TrackingDraft
from gateway.domain.errors import (
    GatewayError,
    InvalidInputError,
    OutcomeUnknownError,
    UnsupportedFieldsError,
    VendorNotFoundError,
    VendorProtocolError,
    VendorRejectedError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import ChannelState, MailboxStatus, TransportSecurity
from gateway.domain.outcome import MailboxCheck, user_errors
from gateway.domain.secret import Secret
from gateway.sandbox.server import Outage
from gateway.sandbox.smartlead import FIRST_ID
from gateway.vendors.smartlead.details import SmartleadFields
from tests.vendors.smartlead.conftest import Recorded, open_sandbox
from tests.vendors.smartlead.writing import (
    FAILING,
    IMAP_PASSWORD,
    OAUTH,
    ODD,
    PASSWORD,
    PLAIN,
    answering,
    body,
    calls,
    canned,
    create,
    details_of,
    draft,
    imap,
    listed,
    smtp,
)

PATH = f"/email-accounts/{PLAIN}"
NO_SERVER = smtp(host=msgspec.UNSET, port=msgspec.UNSET)
"""A password alone."""


# ---------------------------------------------------------------------- settings
async def test_settings_are_one_write_and_one_read() -> None:
    sandbox, adapter = open_sandbox()
    before = await listed(adapter, PLAIN)
    sandbox.requests.clear()
    changes = MailboxChanges(
        display_name="Nora Q.",
        daily_limit=33,
        min_interval_seconds=300,
        signature="<p>N</p>",
        bcc="crm@quill.example",
        tracking=TrackingDraft(domain="go.quill.example"),
        vendor_fields=SmartleadFields(client_id=91),
    )
    updated = await adapter.update_mailbox(before, changes)
    assert calls(sandbox) == [f"POST {PATH}", f"GET {PATH}/"]
    assert body(sandbox) == {
        "from_name": "Nora Q.",
        "max_email_per_day": 33,
        "time_to_wait_in_mins": 5,
        "signature": "<p>N</p>",
        "bcc": "crm@quill.example",
        "custom_tracking_url": "go.quill.example",
        "client_id": 91,
    }
    assert (updated.error, updated.warnings) == (None, ())
    assert updated.applied == (
        MailboxField.DISPLAY_NAME,
        MailboxField.DAILY_LIMIT,
        MailboxField.SEND_INTERVAL,
        MailboxField.SIGNATURE,
        MailboxField.BCC,
        MailboxField.TRACKING,
        MailboxField.VENDOR_FIELDS,
    )
    now, row = updated.mailbox, await listed(adapter, PLAIN)
    assert now is not None
    for mailbox in (now, row):
        assert (mailbox.display_name, mailbox.sending.daily_limit, mailbox.sending.min_interval_seconds) == ("Nora Q.", 33, 300)
        assert (mailbox.signature, mailbox.bcc, mailbox.client_id) == ("<p>N</p>", "crm@quill.example", "91")
        assert mailbox.tracking is not None
        assert mailbox.tracking.domain == "go.quill.example"
    assert (now.tags, now.campaign_count) == (before.tags, before.campaign_count)
    assert before.updated_at is not None
    assert now.updated_at is not None
    assert now.updated_at > before.updated_at


async def test_clearing_sends_empty_text_and_never_null() -> None:
    sandbox, adapter = open_sandbox()
    changes = MailboxChanges(signature=None, bcc=None, tracking=None, display_name=None)
    updated = await adapter.update_mailbox(await listed(adapter, FAILING), changes)
    assert body(sandbox) == {"from_name": "", "signature": "", "bcc": "", "custom_tracking_url": ""}
    assert updated.mailbox is not None
    assert (updated.mailbox.signature, updated.mailbox.bcc, updated.mailbox.tracking) == (None, None, None)
    await adapter.update_mailbox(updated.mailbox, MailboxChanges(tracking=TrackingDraft(domain=None)))
    assert body(sandbox) == {"custom_tracking_url": ""}


async def test_nothing_to_change_asks_nobody() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    sandbox.requests.clear()
    for changes in (MailboxChanges(), MailboxChanges(tracking=TrackingDraft()), MailboxChanges(vendor_fields=SmartleadFields())):
        updated = await adapter.update_mailbox(known, changes)
        assert (updated.mailbox, updated.applied) == (known, ())
    assert sandbox.count() == 0


async def test_what_was_written_shows_while_reads_lag() -> None:
    sandbox, adapter = open_sandbox()
    sandbox.remembers = True
    known = await adapter.get_mailbox(PLAIN)
    sandbox.outages.append(Outage(path=f"{PATH}/", is_stale=True))
    updated = await adapter.update_mailbox(known, MailboxChanges(daily_limit=7, min_interval_seconds=60, tags=("Backup",)))
    assert updated.mailbox is not None
    assert updated.mailbox.updated_at == known.updated_at
    assert (updated.mailbox.sending.daily_limit, updated.mailbox.sending.min_interval_seconds) == (7, 60)
    assert updated.mailbox.tags == ("Backup",)


async def test_what_was_written_shows_when_it_cannot_be_read() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    sandbox.outages.append(Outage(path=f"{PATH}/", status=500))
    updated = await adapter.update_mailbox(known, MailboxChanges(daily_limit=7))
    assert updated.error is None
    assert updated.mailbox is not None
    assert updated.mailbox.sending == msgspec.structs.replace(known.sending, daily_limit=7)
    assert msgspec.structs.replace(updated.mailbox, sending=known.sending, details=known.details, observed_at=known.observed_at) == known


async def test_every_kind_of_mailbox_survives_an_update() -> None:
    sandbox, adapter = open_sandbox()
    for known in [mailbox async for page in adapter.list_mailboxes() for mailbox in page]:
        sandbox.outages.append(Outage(path=f"/{known.vendor_id}/", times=1, status=500))
        updated = await adapter.update_mailbox(known, MailboxChanges(daily_limit=7))
        assert updated.mailbox is not None
        assert (updated.mailbox.id, updated.mailbox.provider_raw, updated.mailbox.warmup) == (known.id, known.provider_raw, known.warmup)
        assert (updated.mailbox.created_at, updated.mailbox.tags) == (known.created_at, known.tags)


async def test_suspending_goes_with_the_settings() -> None:
    _, adapter = open_sandbox()
    changes = MailboxChanges(vendor_fields=SmartleadFields(is_suspended=True))
    updated = await adapter.update_mailbox(await listed(adapter, PLAIN), changes)
    assert updated.applied == (MailboxField.VENDOR_FIELDS,)
    assert (await adapter.get_mailbox(PLAIN)).status is MailboxStatus.SUSPENDED


REFUSED: list[tuple[MailboxChanges, set[tuple[str, ...]]]] = [
    (MailboxChanges(max_interval_seconds=60), {("maxIntervalSeconds",)}),
    (MailboxChanges(daily_limit=None, min_interval_seconds=None), {("dailyLimit",), ("minIntervalSeconds",)}),
    (MailboxChanges(smtp=None, imap=None), {("smtp",), ("imap",)}),
    (MailboxChanges(smtp=smtp(host=None, security=TransportSecurity.SSL)), {("smtp", "host"), ("smtp", "security")}),
    (MailboxChanges(tracking=TrackingDraft(unsubscribes=None, domain="a.example")), {("tracking", "unsubscribes")}),
]


@pytest.mark.parametrize(("changes", "places"), REFUSED)
async def test_what_cannot_be_written_is_refused_before_any_request(changes: MailboxChanges, places: set[tuple[str, ...]]) -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    with pytest.raises(UnsupportedFieldsError) as raised:
        await adapter.update_mailbox(known, changes)
    assert set(raised.value.fields) == places
    assert sandbox.count() == 1


# ---------------------------------------------------------------------- servers, logins, reply-to
async def test_servers_are_saved_with_all_that_is_known() -> None:
    sandbox, adapter = open_sandbox()
    await adapter.update_mailbox(await listed(adapter, PLAIN), MailboxChanges(bcc="crm@quill.example", min_interval_seconds=420))
    before = await listed(adapter, PLAIN)
    sandbox.requests.clear()
    changes = MailboxChanges(smtp=smtp(username="nora"), reply_to="replies@quill.example")
    updated = await adapter.update_mailbox(before, changes)
    assert calls(sandbox) == [f"GET {PATH}/", "POST /email-accounts/save", f"GET {PATH}/"]
    assert body(sandbox) == {
        "id": int(PLAIN),
        "from_name": before.display_name,
        "from_email": before.address,
        "user_name": "nora",
        "password": PASSWORD,
        "smtp_host": "smtp.quill.example",
        "smtp_port": 587,
        "imap_host": "imap.gmail.com",
        "imap_port": 993,
        "type": "GMAIL",
        "different_reply_to_address": "replies@quill.example",
        "max_email_per_day": before.sending.daily_limit,
        "time_to_wait_in_mins": 7,
        "bcc": "crm@quill.example",
        "signature": before.signature,
        "is_suspended": False,
        "warmup_enabled": True,
        "total_warmup_per_day": 30,
        "reply_rate_percentage": 30,
    }
    assert set(updated.applied) == {MailboxField.SMTP, MailboxField.REPLY_TO}
    after = await listed(adapter, PLAIN)
    assert (after.login, after.reply_to) == ("nora", "replies@quill.example")
    assert (after.signature, after.bcc, after.sending) == (before.signature, before.bcc, before.sending)
    assert updated.mailbox is not None
    assert (updated.mailbox.login, updated.mailbox.smtp, updated.mailbox.tags) == ("nora", after.smtp, before.tags)


async def test_a_suspended_mailbox_stays_suspended_and_its_warmup_off() -> None:
    sandbox, adapter = open_sandbox()
    await adapter.suspend_mailbox(FAILING)
    await adapter.update_mailbox(await listed(adapter, FAILING), MailboxChanges(smtp=smtp()))
    assert (body(sandbox)["is_suspended"], body(sandbox)["warmup_enabled"]) == (True, False)
    assert (await adapter.get_mailbox(FAILING)).status is MailboxStatus.SUSPENDED


async def test_clearing_the_reply_to_address() -> None:
    sandbox, adapter = open_sandbox()
    updated = await adapter.update_mailbox(await listed(adapter, PLAIN), MailboxChanges(reply_to=None, smtp=NO_SERVER))
    assert body(sandbox)["different_reply_to_address"] == ""
    assert updated.mailbox is not None
    assert updated.mailbox.reply_to is None


@pytest.mark.parametrize(
    "changes",
    [
        MailboxChanges(smtp=smtp(password=msgspec.UNSET)),
        MailboxChanges(imap=imap(password=Secret(IMAP_PASSWORD))),
        MailboxChanges(reply_to="a@b.example"),
    ],
)
async def test_the_password_has_to_be_said_again(changes: MailboxChanges) -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    with pytest.raises(InvalidInputError, match=r"Smartlead needs smtp.password: .* only together with the password") as raised:
        await adapter.update_mailbox(known, changes)
    assert raised.value.field == ("smtp", "password")
    assert all(request.method == "GET" for request in sandbox.requests)


async def test_an_imap_login_of_its_own_has_to_be_said_again_too() -> None:
    sandbox, adapter = open_sandbox()
    mailbox = await create(adapter, draft(imap=imap(username="nora-imap", password=Secret(IMAP_PASSWORD))))
    with pytest.raises(InvalidInputError) as raised:
        await adapter.update_mailbox(mailbox, MailboxChanges(smtp=smtp()))
    assert raised.value.field == ("imap", "password")
    await adapter.update_mailbox(mailbox, MailboxChanges(smtp=smtp(), imap=imap(password=Secret(IMAP_PASSWORD))))
    assert (body(sandbox)["imap_username"], body(sandbox)["imap_password"]) == ("nora-imap", IMAP_PASSWORD)


async def test_an_imap_password_alone_keeps_the_login() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    await adapter.update_mailbox(known, MailboxChanges(smtp=NO_SERVER, imap=imap(password=Secret(IMAP_PASSWORD))))
    assert (body(sandbox)["imap_username"], body(sandbox)["imap_password"]) == (known.login, IMAP_PASSWORD)


async def test_an_oauth_mailbox_needs_everything_said() -> None:
    _, adapter = open_sandbox()
    known = await listed(adapter, OAUTH)
    with pytest.raises(InvalidInputError) as raised:
        await adapter.update_mailbox(known, MailboxChanges(smtp=smtp(username="nora")))
    assert raised.value.field == ("imap", "host")
    updated = await adapter.update_mailbox(known, MailboxChanges(smtp=smtp(username="nora"), imap=imap()))
    assert updated.mailbox is not None
    assert updated.mailbox.login == "nora"


async def test_odd_rows_are_saved_in_the_words_of_the_page() -> None:
    sandbox, adapter = open_sandbox()
    await adapter.update_mailbox(await listed(adapter, ODD), MailboxChanges(smtp=smtp(port=msgspec.UNSET)))
    sent = body(sandbox)
    assert (sent["smtp_port"], sent["max_email_per_day"]) == (587, 25)
    assert not {"type", "client_id", "bcc", "custom_tracking_url", "imap_username"} & set(sent)


async def test_a_name_that_is_new_helps_a_mailbox_without_one() -> None:
    sandbox, adapter = open_sandbox()
    nameless = await listed(adapter, str(FIRST_ID + 2))
    await adapter.update_mailbox(nameless, MailboxChanges(smtp=smtp(), display_name="Nora"))
    assert body(sandbox, 0)["from_name"] == "Nora"
    assert body(sandbox, 1) == {"from_name": "Nora"}


async def test_a_refused_login_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "CANARY-wrong-77"
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    changes = MailboxChanges(smtp=smtp(password=Secret(secret)), daily_limit=3, tags=())
    with pytest.raises(VendorRejectedError) as raised:
        await adapter.update_mailbox(known, changes)
    assert body(sandbox)["password"] == secret
    (error,) = user_errors(raised.value)
    assert error.field == ("smtp",)
    assert secret not in f"{caplog.text}{raised.value!r}{error}{changes}"
    assert msgspec.structs.replace(await listed(adapter, PLAIN), observed_at=known.observed_at) == known


async def test_a_login_that_fails_in_spite_of_a_success_is_warned_of(recorded: Recorded) -> None:
    detail = json.loads(recorded("get_detail"))

    def answer(request: httpx.Request) -> httpx.Response:
        told = {"ok": True, "data": {"id": PLAIN, "is_smtp_success": False}}
        return httpx.Response(200, json=detail if request.method == "GET" else told)

    adapter = answering(answer)
    updated = await adapter.update_mailbox(await adapter.get_mailbox(PLAIN), MailboxChanges(smtp=smtp()))
    assert [warning.field for warning in updated.warnings] == [("smtp",)]
    assert updated.mailbox is not None
    assert updated.mailbox.health.sending.state is ChannelState.FAILING


# ---------------------------------------------------------------------- tags
async def test_tags_are_compared_with_those_that_are_there_now() -> None:
    sandbox, adapter = open_sandbox()
    stale = msgspec.structs.replace(await listed(adapter, PLAIN), tags=("Long gone",))
    sandbox.requests.clear()
    updated = await adapter.update_mailbox(stale, MailboxChanges(tags=("Nordics", "Backup", "New")))
    assert calls(sandbox) == [
        "POST /email-accounts/tag-list",
        "GET /email-accounts/tags",
        "POST /tags",
        "POST /email-accounts/tag-mapping",
        "DELETE /email-accounts/tag-mapping",
        f"GET {PATH}/",
    ]
    assert body(sandbox, 0) == {"email_ids": [stale.address]}
    assert body(sandbox, 2) == {"email_account_ids": [int(PLAIN)], "tag_ids": [32, 34]}
    assert body(sandbox, 3) == {"email_account_ids": [int(PLAIN)], "tag_ids": [33]}
    assert updated.applied == (MailboxField.TAGS,)
    assert updated.mailbox is not None
    assert updated.mailbox.tags == (await listed(adapter, PLAIN)).tags == ("Nordics", "Backup", "New")


@pytest.mark.parametrize("tags", [(), None])
async def test_all_tags_can_go(tags: tuple[str, ...] | None) -> None:
    sandbox, adapter = open_sandbox()
    updated = await adapter.update_mailbox(await listed(adapter, PLAIN), MailboxChanges(tags=tags))
    assert updated.mailbox is not None
    assert updated.mailbox.tags == (await listed(adapter, PLAIN)).tags == ()
    assert (sandbox.count("/tags"), sandbox.count("/tag-mapping")) == (0, 1)


async def test_tags_that_are_right_already_take_no_write() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    updated = await adapter.update_mailbox(known, MailboxChanges(tags=tuple(reversed(known.tags or ()))))
    assert updated.applied == (MailboxField.TAGS,)
    assert sandbox.count("tag-mapping") == 0


async def test_twins_keep_their_own_tags() -> None:
    _, adapter = open_sandbox()
    first = await create(adapter, draft(tags=("Nordics",)))
    second = await create(adapter, draft(tags=("Backup",)))
    await adapter.update_mailbox(second, MailboxChanges(tags=("New",)))
    assert (await listed(adapter, first.vendor_id)).tags == ("Nordics",)
    assert (await listed(adapter, second.vendor_id)).tags == ("New",)


async def test_a_vendor_that_does_not_tell_the_tags_is_taken_at_its_last_word() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    sandbox.outages.append(Outage(path="/tag-list", status=200, body=b'{"ok": true, "data": []}'))
    await adapter.update_mailbox(known, MailboxChanges(tags=("Nordics",)))
    assert body(sandbox) == {"email_account_ids": [int(PLAIN)], "tag_ids": [33]}
    by_name = msgspec.structs.replace(known, details=details_of(await create(adapter, draft(tags=("Nordics",)))))
    await adapter.update_mailbox(msgspec.structs.replace(by_name, vendor_id=PLAIN), MailboxChanges(tags=()))
    assert body(sandbox) == {"email_account_ids": [int(PLAIN)], "tag_ids": [31]}


async def test_a_tag_without_an_id_that_is_not_listed_is_not_guessed() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    told = {"data": [{"email_account_id": int(PLAIN), "tags": [{"name": "Ghost"}]}]}
    sandbox.outages.append(Outage(path="/tag-list", status=200, body=json.dumps(told).encode()))
    with pytest.raises(VendorProtocolError):
        await adapter.update_mailbox(known, MailboxChanges(tags=()))
    assert sandbox.count("/tag-mapping") == 0


async def test_a_refused_tag_is_told_at_the_tags() -> None:
    _, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    with pytest.raises(VendorRejectedError) as raised:
        await adapter.update_mailbox(known, MailboxChanges(tags=("",)))
    assert [error.field for error in user_errors(raised.value)] == [("tags",)]


# ---------------------------------------------------------------------- partial success
ALL = MailboxChanges(smtp=smtp(), daily_limit=9, tags=("Backup",), vendor_fields=SmartleadFields(warmup_key_id="heron"))
STAGES: list[tuple[str, str, tuple[MailboxField, ...]]] = [
    ("POST", "/tag-list", (MailboxField.SMTP, MailboxField.DAILY_LIMIT, MailboxField.VENDOR_FIELDS)),
    ("POST", "/tag-mapping", (MailboxField.SMTP, MailboxField.DAILY_LIMIT, MailboxField.VENDOR_FIELDS)),
    ("DELETE", "/tag-mapping", (MailboxField.SMTP, MailboxField.DAILY_LIMIT, MailboxField.VENDOR_FIELDS, MailboxField.TAGS)),
    ("POST", "/warmup", (MailboxField.SMTP, MailboxField.DAILY_LIMIT)),
    ("POST", PATH, (MailboxField.SMTP,)),
]


@pytest.mark.parametrize(("method", "path", "applied"), STAGES)
async def test_an_update_that_stops_half_way_says_how_far_it_came(method: str, path: str, applied: tuple[MailboxField, ...]) -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    sandbox.outages.append(Outage(path=path, method=method, times=1, status=422, body=b'{"error": "no"}'))
    updated = await adapter.update_mailbox(known, ALL)
    assert isinstance(updated.error, VendorRejectedError)
    assert set(updated.applied) == set(applied)
    now, row = updated.mailbox, await listed(adapter, PLAIN)
    assert now is not None
    assert (now.smtp, now.sending.daily_limit, set(now.tags or ())) == (row.smtp, row.sending.daily_limit, set(row.tags or ()))
    assert (now.sending.daily_limit == 9) is (MailboxField.DAILY_LIMIT in applied)


async def test_a_whole_update_writes_each_thing_once() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    sandbox.requests.clear()
    updated = await adapter.update_mailbox(known, ALL)
    assert updated.error is None
    assert set(updated.applied) == {MailboxField.SMTP, MailboxField.DAILY_LIMIT, MailboxField.TAGS, MailboxField.VENDOR_FIELDS}
    assert calls(sandbox) == [
        f"GET {PATH}/",
        "POST /email-accounts/save",
        f"POST {PATH}",
        f"GET {PATH}/",
        f"POST {PATH}/warmup",
        "POST /email-accounts/tag-list",
        "GET /email-accounts/tags",
        "POST /email-accounts/tag-mapping",
        "DELETE /email-accounts/tag-mapping",
        f"GET {PATH}/",
    ]
    warmup = details_of(updated.mailbox).warmup_details
    assert warmup is not None
    assert warmup.warmup_key_id == "heron"


async def test_an_unclear_second_write_is_told_as_one() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    sandbox.outages.append(Outage(path=PATH, method="POST", times=1, status=502, is_after=True))
    updated = await adapter.update_mailbox(known, MailboxChanges(smtp=smtp(), daily_limit=9))
    assert (updated.applied, type(updated.error)) == ((MailboxField.SMTP,), OutcomeUnknownError)
    sandbox.outages.append(Outage(path=PATH, method="POST", times=1, status=502, is_after=True))
    with pytest.raises(OutcomeUnknownError):
        await adapter.update_mailbox(known, MailboxChanges(daily_limit=8))
    assert sandbox.count(PATH, method="POST") == 2


# ---------------------------------------------------------------------- errors
@pytest.mark.parametrize(
    ("status", "content", "kind", "place"),
    [
        (422, b'{"error": "max_email_per_day must be a number"}', VendorRejectedError, ("dailyLimit",)),
        (400, b'{"error": "\\"client_id\\" is not allowed"}', VendorRejectedError, ("vendor", "smartlead", "clientId")),
        (400, b'{"error": "nonsense"}', VendorRejectedError, None),
        (404, b'{"error": "Email account not found"}', VendorNotFoundError, None),
        (200, b'{"ok": false, "message": "no"}', VendorRejectedError, None),
        (200, b'{"ok": tr', OutcomeUnknownError, None),
        (500, b"", OutcomeUnknownError, None),
    ],
)
async def test_errors(status: int, content: bytes, kind: type[GatewayError], place: tuple[str, ...] | None) -> None:
    _, knowing = open_sandbox()
    requests, adapter = canned(status, content)
    with pytest.raises(kind) as raised:
        await adapter.update_mailbox(await listed(knowing, PLAIN), MailboxChanges(daily_limit=1))
    assert [error.field for error in user_errors(raised.value)] == [place]
    assert len(requests) == 1


@pytest.mark.parametrize("content", [b"Email account updated successfully", b"", b'"ok"', b"null", b'{"message": "done"}'])
async def test_a_success_may_say_anything(content: bytes) -> None:
    _, knowing = open_sandbox()
    _, adapter = canned(200, content)
    updated = await adapter.update_mailbox(await listed(knowing, PLAIN), MailboxChanges(daily_limit=1))
    assert updated.applied == (MailboxField.DAILY_LIMIT,)


# ---------------------------------------------------------------------- suspend, resume, delete
async def test_suspend_and_resume() -> None:
    sandbox, adapter = open_sandbox()
    suspended = (await adapter.suspend_mailbox(PLAIN)).mailbox
    resumed = (await adapter.resume_mailbox(PLAIN)).mailbox
    assert suspended is not None
    assert resumed is not None
    assert (suspended.status, resumed.status) == (MailboxStatus.SUSPENDED, MailboxStatus.ACTIVE)
    assert calls(sandbox) == [
        f"PUT /email-accounts/suspend/{PLAIN}",
        f"GET {PATH}/",
        f"DELETE /email-accounts/unsuspend/{PLAIN}",
        f"GET {PATH}/",
    ]
    assert all(not request.body for request in sandbox.requests)


async def test_a_suspended_mailbox_shows_while_reads_lag_or_fail() -> None:
    sandbox, adapter = open_sandbox()
    sandbox.remembers = True
    await adapter.get_mailbox(PLAIN)
    sandbox.outages.append(Outage(path=f"{PATH}/", times=1, is_stale=True))
    suspended = (await adapter.suspend_mailbox(PLAIN)).mailbox
    assert suspended is not None
    assert suspended.status is MailboxStatus.SUSPENDED
    sandbox.outages.append(Outage(path=f"{PATH}/", status=500))
    assert (await adapter.resume_mailbox(PLAIN)).mailbox is None


async def test_a_mailbox_read_alone_is_completed_with_what_lists_say() -> None:
    _, adapter = open_sandbox()
    row = await listed(adapter, PLAIN)
    suspended = (await adapter.suspend_mailbox(PLAIN)).mailbox
    assert suspended is not None
    assert suspended.tags is None
    merged = adapter.merge(suspended, row)
    assert (merged.tags, merged.campaign_count, merged.status) == (row.tags, row.campaign_count, MailboxStatus.SUSPENDED)
    assert merged.sending == row.sending
    assert details_of(merged).tags == details_of(row).tags
    later = await listed(adapter, PLAIN)
    assert adapter.merge(later, merged).status is MailboxStatus.SUSPENDED


async def test_an_unknown_mailbox_cannot_be_suspended(recorded: Recorded) -> None:
    for _, adapter in (open_sandbox(), canned(400, recorded("suspend_not_found_400"))):
        for act in (adapter.suspend_mailbox, adapter.resume_mailbox):
            with pytest.raises(VendorNotFoundError, match="account not found"):
                await act("999999")
    _, adapter = canned(400, b'{"error": "Bad request"}')
    with pytest.raises(VendorRejectedError):
        await adapter.suspend_mailbox(PLAIN)


async def test_delete() -> None:
    sandbox, adapter = open_sandbox()
    await adapter.delete_mailbox(PLAIN)
    assert calls(sandbox) == [f"DELETE {PATH}"]
    assert PLAIN not in [mailbox.vendor_id async for page in adapter.list_mailboxes() for mailbox in page]
    for act in (adapter.get_mailbox, adapter.delete_mailbox):
        with pytest.raises(VendorNotFoundError):
            await act(PLAIN)


async def test_a_delete_whose_answer_is_lost_is_unclear() -> None:
    sandbox, adapter = open_sandbox()
    sandbox.outages.append(Outage(path=PATH, times=1, status=504, is_after=True))
    with pytest.raises(OutcomeUnknownError):
        await adapter.delete_mailbox(PLAIN)
    assert sandbox.count() == 1


@pytest.mark.parametrize("mailbox_id", ["", "tags", "..", "1/2", "save"])
async def test_what_is_no_number_is_not_written_to(mailbox_id: str) -> None:
    sandbox, adapter = open_sandbox()
    for act in (adapter.delete_mailbox, adapter.suspend_mailbox, adapter.resume_mailbox, adapter.test_sending):
        with pytest.raises(VendorNotFoundError):
            await act(mailbox_id)
    assert sandbox.count() == 0


async def test_recorded_successes(recorded: Recorded) -> None:
    for name in ("update_ok", "delete_ok", "suspend_ok", "unsuspend_ok", "tag_mapping_ok", "warmup_update_ok"):
        _, adapter = canned(200, recorded(name))
        await adapter.delete_mailbox(PLAIN)


# ---------------------------------------------------------------------- evidence
async def test_the_last_login_is_the_evidence() -> None:
    sandbox, adapter = open_sandbox()
    sending = await adapter.test_sending(FAILING)
    receiving = await adapter.test_receiving(FAILING)
    row = await listed(adapter, FAILING)
    assert (sending.check, sending.passed, sending.observed_at) == (MailboxCheck.SENDING, False, row.updated_at)
    assert sending.message == row.health.sending.message
    assert "CANARY" not in str(sending.message)
    assert (receiving.check, receiving.passed) == (MailboxCheck.RECEIVING, True)
    assert "no test" in str(receiving.message)
    untested = await adapter.test_sending(str(FIRST_ID + 10))
    assert (untested.passed, untested.observed_at) == (None, (await listed(adapter, str(FIRST_ID + 10))).updated_at)
    assert sandbox.count(method="GET") == sandbox.count()


async def test_evidence_that_cannot_be_read_is_no_result() -> None:
    sandbox, adapter = open_sandbox()
    sandbox.outages.append(Outage(status=500))
    with pytest.raises(VendorUnavailableError):
        await adapter.test_sending(PLAIN)


async def test_a_failure_without_words_is_told() -> None:
    told = {"id": PLAIN, "is_smtp_success": False, "updated_at": "2026-11-01T10:00:00.000Z"}
    result = await answering(lambda _: httpx.Response(200, json=told)).test_sending(PLAIN)
    assert (result.passed, result.observed_at) == (False, datetime(2026, 11, 1, 10, tzinfo=UTC))
    assert "last login failed" in str(result.message)
