import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from gateway.domain.capability import MailboxField
from gateway.domain.draft import MailboxChanges, MailboxDraft, secrets_in
from gateway.domain.errors import (
    GatewayError,
    OutcomeUnknownError,
    UnsupportedFieldsError,
    VendorNotFoundError,
    VendorRejectedError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import AutoReply, Mailbox
from gateway.domain.outcome import Updated, user_errors
from gateway.domain.secret import Secret
from gateway.domain.writable import names_given, writable_fields_of
from gateway.sandbox.server import Outage, Sandbox
from gateway.vendors.shipmail.adapter import ShipmailAdapter
from gateway.vendors.shipmail.details import ShipmailAutoReplyFields, ShipmailDetails, ShipmailFields
from tests.vendors.shipmail.conftest import recorded
from tests.vendors.shipmail.writing import KEY, PASSWORD, fleet, last_body, nth, scripted, sent

START = datetime(2026, 12, 23, tzinfo=UTC)
OWN = ShipmailFields(
    password=Secret(PASSWORD),
    auto_reply=ShipmailAutoReplyFields(enabled=True, body="Away.", from_date=START),
    spam_filter_threshold=9,
)
EVERYTHING = MailboxChanges(display_name="Neu", vendor_fields=OWN)
IN_ORDER = (MailboxField.DISPLAY_NAME, MailboxField.PASSWORD, MailboxField.AUTO_REPLY, MailboxField.SPAM_FILTER)


# ---------------------------------------------------------------------- what can be written
def test_the_own_fields_are_documented_and_named_as_the_details() -> None:
    names = {field.name for field in writable_fields_of(ShipmailFields)}
    assert names == {"password", "auto_reply", "spam_filter_threshold"}
    assert names - {"password"} <= set(ShipmailDetails.__struct_fields__)
    assert [field.name for field in writable_fields_of(ShipmailAutoReplyFields)] == ["enabled", "body", "from_date", "to_date"]
    assert [secret.reveal() for secret in secrets_in(EVERYTHING)] == [PASSWORD]
    assert names_given(ShipmailFields()) == ()


# ---------------------------------------------------------------------- one setting
async def test_a_display_name_is_set_and_cleared(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox = await nth(adapter, sandbox, 0)
    for name in ("Zoë ☕", None, ""):
        updated = await adapter.update_mailbox(mailbox, MailboxChanges(display_name=name))
        assert last_body(sandbox) == {"display_name": name}
        assert updated.mailbox is not None
        assert (updated.mailbox.display_name, updated.applied) == (name, (MailboxField.DISPLAY_NAME,))
    assert {request.method for request in sandbox.requests} == {"PATCH"}
    assert (await adapter.get_mailbox(mailbox.vendor_id)).display_name == ""


async def test_nothing_to_change_is_no_call(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox = await nth(adapter, sandbox, 0)
    assert await adapter.update_mailbox(mailbox, MailboxChanges(vendor_fields=ShipmailFields())) == Updated()
    assert sandbox.count() == 0


async def test_a_password_goes_to_the_vendor(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox = await nth(adapter, sandbox, 0)
    updated = await adapter.set_password(mailbox.vendor_id, Secret(PASSWORD))
    assert last_body(sandbox) == {"password": PASSWORD}
    assert sent(sandbox) == [("PATCH", "password")]
    assert updated.applied == (MailboxField.PASSWORD,)
    assert updated.mailbox is not None
    assert updated.mailbox.vendor_id == mailbox.vendor_id


async def test_an_automatic_answer_is_sent_whole(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox = await nth(adapter, sandbox, 0)
    east = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    updated = await adapter.set_auto_reply(mailbox.vendor_id, AutoReply(True, None, "Away.", east, START + timedelta(days=14)))
    assert last_body(sandbox) == {"enabled": True, "body": "Away.", "from_date": "2026-12-23T00:00:00Z", "to_date": "2027-01-06T00:00:00Z"}
    assert updated.mailbox is not None
    assert updated.mailbox.auto_reply == AutoReply(True, None, "Away.", START, START + timedelta(days=14))
    assert updated.applied == (MailboxField.AUTO_REPLY,)
    off = await adapter.set_auto_reply(mailbox.vendor_id, AutoReply(enabled=False))
    assert last_body(sandbox) == {"enabled": False, "body": None, "from_date": None, "to_date": None}
    assert off.mailbox is not None
    assert off.mailbox.auto_reply == AutoReply(enabled=False)


async def test_the_subject_of_an_automatic_answer_cannot_be_written(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    with pytest.raises(UnsupportedFieldsError) as caught:
        await adapter.set_auto_reply("mbx_1", AutoReply(True, "Away", "Away."))
    assert set(caught.value.fields) == {("subject",)}
    assert sandbox.count() == 0


async def test_a_threshold(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox = await nth(adapter, sandbox, 0)
    updated = await adapter.set_spam_threshold(mailbox.vendor_id, 14)
    assert (sent(sandbox), last_body(sandbox)) == ([("PATCH", "spam-filter")], {"threshold": 14})
    assert updated.mailbox is not None
    assert updated.mailbox.spam_filter is not None
    assert (updated.mailbox.spam_filter.threshold, updated.applied) == (14, (MailboxField.SPAM_FILTER,))


async def test_a_success_that_cannot_be_read_is_one(adapter: ShipmailAdapter) -> None:
    adapter, _ = scripted(lambda _: httpx.Response(200, content=b"<html>"))
    updated = await adapter.set_spam_threshold("mbx_1", 3)
    assert updated == Updated(mailbox=None, applied=(MailboxField.SPAM_FILTER,))


# ---------------------------------------------------------------------- refusals
Write = Callable[[ShipmailAdapter, Mailbox], Awaitable[object]]
REFUSED: list[tuple[Write, tuple[str, ...]]] = [
    (lambda adapter, mailbox: adapter.set_spam_threshold(mailbox.vendor_id, 15), ("threshold",)),
    (lambda adapter, mailbox: adapter.set_password(mailbox.vendor_id, Secret("short")), ("password",)),
    (lambda adapter, mailbox: adapter.set_auto_reply(mailbox.vendor_id, AutoReply(enabled=True)), ("body",)),
    (lambda adapter, mailbox: adapter.set_auto_reply(mailbox.vendor_id, AutoReply(True, None, "x" * 5001)), ("body",)),
    (lambda adapter, mailbox: adapter.set_auto_reply(mailbox.vendor_id, AutoReply(True, None, "x", START, START)), ("to",)),
    (lambda adapter, mailbox: adapter.update_mailbox(mailbox, MailboxChanges(display_name="x" * 201)), ("displayName",)),
    (
        lambda adapter, mailbox: adapter.update_mailbox(mailbox, own(spam_filter_threshold=0)),
        ("vendor", "shipmail", "spamFilterThreshold"),
    ),
    (lambda adapter, mailbox: adapter.update_mailbox(mailbox, own(password=Secret("Ab1"))), ("vendor", "shipmail", "password")),
    (
        lambda adapter, mailbox: adapter.update_mailbox(
            mailbox, own(auto_reply=ShipmailAutoReplyFields(enabled=True, body="x", from_date=START, to_date=START))
        ),
        ("vendor", "shipmail", "autoReply", "toDate"),
    ),
]


def own(**fields: Any) -> MailboxChanges:  # noqa: ANN401 - any of them
    return MailboxChanges(vendor_fields=ShipmailFields(**fields))


@pytest.mark.parametrize(("write", "path"), REFUSED)
async def test_a_refused_setting_points_into_the_arguments(
    adapter: ShipmailAdapter, sandbox: Sandbox, write: Write, path: tuple[str, ...]
) -> None:
    mailbox = await nth(adapter, sandbox, 0)
    with pytest.raises(VendorRejectedError) as caught:
        await write(adapter, mailbox)
    assert [error.field for error in user_errors(caught.value)] == [path]
    assert sandbox.count() == 1
    now = await adapter.get_mailbox(mailbox.vendor_id)
    assert (now.display_name, now.auto_reply, now.spam_filter) == (mailbox.display_name, mailbox.auto_reply, mailbox.spam_filter)


async def test_a_mailbox_that_is_not_there(adapter: ShipmailAdapter) -> None:
    for write in (adapter.set_spam_threshold("mbx_gone", 3), adapter.set_password("mbx_gone", Secret(PASSWORD))):
        with pytest.raises(VendorNotFoundError):
            await write


# ---------------------------------------------------------------------- several settings
async def test_several_settings_are_a_call_each_in_a_fixed_order(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox = await nth(adapter, sandbox, 0)
    updated = await adapter.update_mailbox(mailbox, EVERYTHING)
    assert [where for _, where in sent(sandbox)] == [mailbox.vendor_id, "password", "auto-reply", "spam-filter"]
    assert (updated.applied, updated.error) == (IN_ORDER, None)
    read = await adapter.get_mailbox(mailbox.vendor_id)
    assert updated.mailbox is not None
    assert updated.mailbox.details == read.details
    assert (read.display_name, read.auto_reply, read.spam_filter and read.spam_filter.threshold) == (
        "Neu",
        AutoReply(True, None, "Away.", START),
        9,
    )


@pytest.mark.parametrize(("path", "applied"), [("/password", IN_ORDER[:1]), ("/auto-reply", IN_ORDER[:2]), ("/spam-filter", IN_ORDER[:3])])
async def test_what_was_applied_before_a_failure_is_told(
    adapter: ShipmailAdapter, sandbox: Sandbox, path: str, applied: tuple[MailboxField, ...]
) -> None:
    mailbox = await nth(adapter, sandbox, 0)
    sandbox.outages.append(Outage(path=path, status=404, times=1))
    updated = await adapter.update_mailbox(mailbox, EVERYTHING)
    assert updated.applied == applied
    assert isinstance(updated.error, VendorNotFoundError)
    assert updated.mailbox is not None
    assert updated.mailbox.display_name == "Neu"
    assert sandbox.count() == len(applied) + 1


async def test_where_nothing_was_applied_the_failure_is_raised(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox = await nth(adapter, sandbox, 0)
    sandbox.outages.append(Outage(status=422, times=1))
    with pytest.raises(VendorRejectedError):
        await adapter.update_mailbox(mailbox, EVERYTHING)
    assert sandbox.count() == 1


async def test_a_lost_answer_in_the_middle_is_an_open_end(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox = await nth(adapter, sandbox, 0)
    sandbox.outages.append(Outage(path="/auto-reply", status=500, is_after=True, times=1))
    updated = await adapter.update_mailbox(mailbox, EVERYTHING)
    assert isinstance(updated.error, OutcomeUnknownError)
    assert updated.applied == IN_ORDER[:2]
    assert (await adapter.get_mailbox(mailbox.vendor_id)).auto_reply == AutoReply(True, None, "Away.", START)


# ---------------------------------------------------------------------- settings of a new mailbox
async def address(adapter: ShipmailAdapter, sandbox: Sandbox) -> str:
    found = next(domain.name for domain in await adapter.list_domains() if domain.verified)
    sandbox.requests.clear()
    return f"hello@{found}"


async def test_a_new_mailbox_gets_its_settings_after_it_was_made(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    draft = MailboxDraft(address=await address(adapter, sandbox), display_name="Hello", vendor_fields=OWN)
    created = await adapter.create_mailbox(draft, idempotency_key=KEY)
    assert [where for _, where in sent(sandbox)] == ["domains", "mailboxes", "password", "auto-reply", "spam-filter"]
    assert created.warnings == ()
    assert created.mailbox is not None
    assert created.mailbox.auto_reply == AutoReply(True, None, "Away.", START)
    assert created.mailbox.spam_filter is not None
    assert created.mailbox.spam_filter.threshold == 9


async def test_a_setting_that_fails_is_a_warning_since_the_mailbox_is_there(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    fields = ShipmailFields(password=Secret("CANARY-weak"), auto_reply=OWN.auto_reply, spam_filter_threshold=9)
    sandbox.outages.append(Outage(path="/auto-reply", status=500, times=1))
    draft = MailboxDraft(address=await address(adapter, sandbox), vendor_fields=fields)
    created = await adapter.create_mailbox(draft, idempotency_key=KEY)
    assert [warning.field for warning in created.warnings] == [("vendor", "shipmail", "password"), ("vendor", "shipmail", "autoReply")]
    assert "setting the password failed" in created.warnings[0].message
    assert "8 to 128 characters" in created.warnings[0].message
    assert "may or may not have" in created.warnings[1].message
    assert "CANARY" not in repr(created)
    assert created.mailbox is not None
    assert created.mailbox.spam_filter is not None
    assert created.mailbox.spam_filter.threshold == 9
    assert created.mailbox.vendor_id == (await fleet(adapter))[0].vendor_id


# ---------------------------------------------------------------------- secrets
async def test_a_password_is_seen_by_the_vendor_alone(adapter: ShipmailAdapter, sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    mailbox = await nth(adapter, sandbox, 0)
    weak = Secret("CANARY-weak-and-short-of-capitals".lower())
    updated = await adapter.set_password(mailbox.vendor_id, Secret(PASSWORD))
    with pytest.raises(VendorRejectedError) as caught:
        await adapter.set_password(mailbox.vendor_id, weak)
    assert weak.reveal() in sandbox.requests[-1].body.decode()
    read = await adapter.get_mailbox(mailbox.vendor_id)
    seen = [repr(updated), repr(caught.value), caught.value.message, repr(caught.value.fields), repr(read), caplog.text, repr(EVERYTHING)]
    assert not any(secret in text for secret in (PASSWORD, weak.reveal()) for text in seen)
    assert "[redacted] is not 8 to 128" in caught.value.fields[0].message


@pytest.mark.parametrize("error", [httpx.ReadError(PASSWORD), httpx.ReadTimeout(PASSWORD), httpx.ConnectError(PASSWORD)])
async def test_a_broken_wire_does_not_quote_a_password(error: httpx.HTTPError) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    adapter, requests = scripted(fail)
    with pytest.raises(GatewayError) as caught:
        await adapter.set_password("mbx_1", Secret(PASSWORD))
    assert isinstance(caught.value, VendorUnavailableError if isinstance(error, httpx.ConnectError) else OutcomeUnknownError)
    assert PASSWORD not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert len(requests) == 1


async def test_the_recorded_mailbox_is_what_an_update_answers() -> None:
    adapter, _ = scripted(lambda _: httpx.Response(200, json=recorded("mailbox_auto_reply_on").body))
    updated = await adapter.set_auto_reply("mbx_1", AutoReply(True, None, "Away."))
    assert updated.mailbox is not None
    assert updated.mailbox.auto_reply is not None
    assert updated.mailbox.auto_reply.enabled
