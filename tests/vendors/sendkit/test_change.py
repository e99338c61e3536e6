"""Changing, deleting, warming up and checking a mailbox."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import httpx
import msgspec
import pytest
from msgspec import UNSET

from gateway.domain.capability import MailboxField
from gateway.domain.draft import MailboxChanges, WarmupSettings
from gateway.domain.errors import (
    ErrorCode,
    GatewayError,
    OutcomeUnknownError,
    UnsupportedFieldsError,
    VendorConflictError,
    VendorNotFoundError,
    VendorRejectedError,
)
from gateway.domain.mailbox import Mailbox
from gateway.domain.outcome import CheckResult, MailboxCheck, Updated, user_errors
from gateway.domain.warmup import WarmupState
from gateway.sandbox.sendkit import object_id
from gateway.sandbox.server import Outage, Sandbox
from gateway.vendors.sendkit.adapter import SendkitAdapter
from gateway.vendors.sendkit.details import SendkitDetails, SendkitFields, SendkitWarmupConfigFields, SendkitWarmupFields
from tests.vendors.sendkit.connecting import connect
from tests.vendors.sendkit.recordings import recorded

Ask: TypeAlias = Callable[[SendkitAdapter, Mailbox], Awaitable[object]]
KEY = {"api_key": "sk_live_x"}
WARMING, UNVERIFIED, FAILING, SUSPENDED, FAILED, STOPPED, PAUSED = (object_id(index) for index in (0, 1, 2, 7, 8, 14, 22))
FIRST_DAY = SendkitFields(warmup=SendkitWarmupFields(config=SendkitWarmupConfigFields(starting_volume=8)))


@pytest.fixture
async def mailbox(adapter: SendkitAdapter, sandbox: Sandbox) -> Mailbox:
    found = await adapter.get_mailbox(WARMING)
    sandbox.requests.clear()
    return found


def sent(sandbox: Sandbox) -> list[tuple[str, str, object]]:
    return [
        (request.method, request.path, msgspec.json.decode(request.body) if request.body else None)
        for request in sandbox.requests
        if request.method != "GET"
    ]


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> SendkitAdapter:
    return connect(httpx.MockTransport(answer), KEY)


# ---------------------------------------------------------------------- changes


async def test_all_that_can_be_changed_in_one_call(adapter: SendkitAdapter, sandbox: Sandbox, mailbox: Mailbox) -> None:
    changes = MailboxChanges(display_name="Né", daily_limit=30, signature="<p>S</p>", sending_enabled=False, tags=("x", "y"))
    updated = await adapter.update_mailbox(mailbox, changes)
    body = {"displayName": "Né", "dailySendLimit": 30, "signature": "<p>S</p>", "sendingEnabled": False, "tags": ["x", "y"]}
    assert sent(sandbox) == [("PATCH", f"/v1/mailboxes/{WARMING}", body)]
    assert sandbox.count() == 1
    assert (updated.mailbox, updated.warnings, updated.error) == (None, (), None)
    assert set(updated.applied) == {
        MailboxField.DISPLAY_NAME,
        MailboxField.DAILY_LIMIT,
        MailboxField.SIGNATURE,
        MailboxField.SENDING_ENABLED,
        MailboxField.TAGS,
    }
    after = await adapter.get_mailbox(WARMING)
    assert (after.display_name, after.sending.daily_limit, after.signature, after.tags) == ("Né", 30, "<p>S</p>", ("x", "y"))


async def test_what_is_not_said_is_not_sent(adapter: SendkitAdapter, sandbox: Sandbox, mailbox: Mailbox) -> None:
    assert (await adapter.update_mailbox(mailbox, MailboxChanges(sending_enabled=False))).applied == (MailboxField.SENDING_ENABLED,)
    assert sent(sandbox) == [("PATCH", f"/v1/mailboxes/{WARMING}", {"sendingEnabled": False})]
    assert await adapter.update_mailbox(mailbox, MailboxChanges()) == Updated()
    assert sandbox.count() == 1


async def test_tags_and_signature_can_be_cleared(adapter: SendkitAdapter, sandbox: Sandbox, mailbox: Mailbox) -> None:
    await adapter.update_mailbox(mailbox, MailboxChanges(tags=None, signature=None))
    assert sent(sandbox) == [("PATCH", f"/v1/mailboxes/{WARMING}", {"signature": "", "tags": []})]
    assert (await adapter.get_mailbox(WARMING)).tags == ()


async def test_the_rest_cannot_be_cleared(adapter: SendkitAdapter, sandbox: Sandbox, mailbox: Mailbox) -> None:
    with pytest.raises(UnsupportedFieldsError) as raised:
        await adapter.update_mailbox(mailbox, MailboxChanges(display_name=None, daily_limit=None, sending_enabled=None, tags=()))
    assert list(raised.value.fields) == [("displayName",), ("dailyLimit",), ("sendingEnabled",)]
    assert sandbox.count() == 0


@pytest.mark.parametrize(("asked", "became"), [(80, 50), (0, 1), (50, None), (1, None)])
async def test_a_limit_that_is_cut_is_told(adapter: SendkitAdapter, mailbox: Mailbox, asked: int, became: int | None) -> None:
    updated = await adapter.update_mailbox(mailbox, MailboxChanges(daily_limit=asked))
    assert [(each.field, each.value) for each in updated.warnings] == ([] if became is None else [(("dailyLimit",), became)])
    assert (await adapter.get_mailbox(WARMING)).sending.daily_limit == (became or asked)


async def test_a_limit_that_nobody_changed_is_no_news(mailbox: Mailbox) -> None:
    adapter = answering(lambda _: httpx.Response(200, content=recorded("mailbox_patched").content))
    assert (await adapter.update_mailbox(mailbox, MailboxChanges(display_name="Mira H."))).warnings == ()


@pytest.mark.parametrize("content", [b"", b'{"success":true}', b'{"success":true,"data":null}', b'{"success":true,"data":{"_id":"a"}}'])
async def test_an_answer_that_shows_nothing_is_as_good(mailbox: Mailbox, content: bytes) -> None:
    adapter = answering(lambda _: httpx.Response(200, content=content))
    updated = await adapter.update_mailbox(mailbox, MailboxChanges(daily_limit=90))
    assert updated.applied == (MailboxField.DAILY_LIMIT,)
    assert [warning.value for warning in updated.warnings] == [50]


@pytest.mark.parametrize(
    ("changes", "theirs", "field"),
    [
        (MailboxChanges(daily_limit=1), "dailySendLimit", ("dailyLimit",)),
        (MailboxChanges(tags=("a",)), "tags", ("tags",)),
        (MailboxChanges(sending_enabled=True), "sendingEnabled", ("sendingEnabled",)),
    ],
)
async def test_a_refused_field_is_pointed_at(mailbox: Mailbox, changes: MailboxChanges, theirs: str, field: tuple[str, ...]) -> None:
    body = {"success": False, "error": {"code": "VALIDATION_ERROR", "details": [{"field": theirs, "message": "No"}]}}
    with pytest.raises(VendorRejectedError) as raised:
        await answering(lambda _: httpx.Response(422, json=body)).update_mailbox(mailbox, changes)
    assert [error.field for error in user_errors(raised.value)] == [field]


async def test_the_first_days_volume_is_a_setting_of_warm_up(adapter: SendkitAdapter, sandbox: Sandbox, mailbox: Mailbox) -> None:
    updated = await adapter.update_mailbox(mailbox, MailboxChanges(vendor_fields=FIRST_DAY))
    assert sent(sandbox) == [("PATCH", f"/v1/warmup/config/{WARMING}", {"startingVolume": 8})]
    assert updated == Updated(applied=(MailboxField.VENDOR_FIELDS,))
    details = (await adapter.get_mailbox(WARMING)).details
    assert isinstance(details, SendkitDetails)
    assert details.warmup is not None
    assert details.warmup.config is not None
    assert details.warmup.config.starting_volume == 8


async def test_what_was_written_before_a_second_call_failed_is_told(adapter: SendkitAdapter, sandbox: Sandbox, mailbox: Mailbox) -> None:
    sandbox.outages.append(Outage(path="/warmup/config", status=422, body=recorded("error_validation").content))
    updated = await adapter.update_mailbox(mailbox, MailboxChanges(daily_limit=99, vendor_fields=FIRST_DAY))
    assert updated.applied == (MailboxField.DAILY_LIMIT,)
    assert [warning.value for warning in updated.warnings] == [50]
    assert isinstance(updated.error, VendorRejectedError)
    with pytest.raises(VendorRejectedError):
        await adapter.update_mailbox(mailbox, MailboxChanges(vendor_fields=FIRST_DAY))
    sandbox.outages[:] = [Outage(path="/v1/mailboxes", status=503)]
    sandbox.requests.clear()
    with pytest.raises(OutcomeUnknownError):
        await adapter.update_mailbox(mailbox, MailboxChanges(daily_limit=99, vendor_fields=FIRST_DAY))
    assert sandbox.count() == 1


@pytest.mark.parametrize("fields", [SendkitFields(), SendkitFields(warmup=SendkitWarmupFields()), SendkitFields(warmup=UNSET)])
async def test_vendor_fields_that_say_nothing(adapter: SendkitAdapter, sandbox: Sandbox, mailbox: Mailbox, fields: SendkitFields) -> None:
    assert await adapter.update_mailbox(mailbox, MailboxChanges(vendor_fields=fields)) == Updated()
    assert sandbox.count() == 0


# ---------------------------------------------------------------------- deleting


async def test_delete(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    await adapter.delete_mailbox(SUSPENDED)
    assert sent(sandbox) == [("DELETE", f"/v1/mailboxes/{SUSPENDED}", None)]
    with pytest.raises(VendorNotFoundError):
        await adapter.get_mailbox(SUSPENDED)
    with pytest.raises(VendorNotFoundError):
        await adapter.delete_mailbox(SUSPENDED)
    assert SUSPENDED not in [mailbox.vendor_id async for page in adapter.list_mailboxes() for mailbox in page]


async def test_a_mailbox_in_an_active_campaign_stays(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="https://api.sendkit.ai") as client:
        listed = await client.get("/v1/mailboxes?inActiveCampaign=true", headers={"x-api-key": sandbox.account["api_key"]})
    used = listed.json()["data"][0]["_id"]
    with pytest.raises(VendorConflictError, match="Mailbox belongs to an active campaign") as raised:
        await adapter.delete_mailbox(used)
    assert [error.code for error in user_errors(raised.value)] == [ErrorCode.CONFLICT]
    assert (await adapter.get_mailbox(used)).vendor_id == used


async def test_a_refusal_to_delete_under_the_other_status() -> None:
    body = {"success": False, "error": {"code": "BAD_REQUEST", "message": "Mailbox belongs to an active campaign"}}
    with pytest.raises(VendorRejectedError, match="active campaign"):
        await answering(lambda _: httpx.Response(400, json=body)).delete_mailbox("a")


@pytest.mark.parametrize(("status", "content"), [(200, recorded("mailbox_deleted").content), (200, b""), (204, b"")])
async def test_ends_of_a_deletion(status: int, content: bytes) -> None:
    await answering(lambda _: httpx.Response(status, content=content)).delete_mailbox("a")


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"success":false,"error":{"code":"INTERNAL"}}'])
async def test_a_success_that_says_something_else_leaves_it_open(content: bytes) -> None:
    with pytest.raises(OutcomeUnknownError):
        await answering(lambda _: httpx.Response(200, content=content)).delete_mailbox("a")


# ---------------------------------------------------------------------- warm-up


async def test_warm_up_from_start_to_stop(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    mailbox = await adapter.get_mailbox(STOPPED)
    settings = WarmupSettings(daily_target=30, daily_increase=2)
    steps: list[tuple[Awaitable[Updated], WarmupState]] = [
        (adapter.start_warmup(mailbox, settings), WarmupState.RUNNING),
        (adapter.pause_warmup(mailbox), WarmupState.PAUSED),
        (adapter.resume_warmup(mailbox), WarmupState.RUNNING),
        (adapter.stop_warmup(mailbox), WarmupState.DISABLED),
    ]
    for step, state in steps:
        assert await step == Updated(applied=(MailboxField.WARMUP,))
        warmup = (await adapter.get_mailbox(STOPPED)).warmup
        assert warmup is not None
        assert (warmup.state, warmup.daily_target, warmup.daily_increase) == (state, 30, 2)
    start = ("POST", f"/v1/warmup/start/{STOPPED}", {"config": {"dailyIncrease": 2, "targetVolume": 30}})
    assert sent(sandbox) == [start, *(("POST", f"/v1/warmup/{verb}/{STOPPED}", None) for verb in ("pause", "resume", "stop"))]


@pytest.mark.parametrize("settings", [None, WarmupSettings()])
async def test_a_start_without_settings_has_no_body(adapter: SendkitAdapter, sandbox: Sandbox, settings: WarmupSettings | None) -> None:
    await adapter.start_warmup(await adapter.get_mailbox(STOPPED), settings)
    assert sent(sandbox) == [("POST", f"/v1/warmup/start/{STOPPED}", None)]


async def test_settings_alone(adapter: SendkitAdapter, sandbox: Sandbox, mailbox: Mailbox) -> None:
    assert (await adapter.update_warmup(mailbox, WarmupSettings(daily_target=33))).applied == (MailboxField.WARMUP,)
    assert sent(sandbox) == [("PATCH", f"/v1/warmup/config/{WARMING}", {"targetVolume": 33})]
    after = (await adapter.get_mailbox(WARMING)).warmup
    assert after is not None
    assert mailbox.warmup is not None
    assert (after.daily_target, after.daily_increase) == (33, mailbox.warmup.daily_increase)
    assert await adapter.update_warmup(mailbox, WarmupSettings()) == Updated()
    assert len(sent(sandbox)) == 1


async def test_settings_that_sendkit_has_not_are_refused_before_any_request(
    adapter: SendkitAdapter, sandbox: Sandbox, mailbox: Mailbox
) -> None:
    settings = WarmupSettings(daily_target=30, reply_rate_target=0.3, ramp_up=True, auto_adjust=False)
    for ask in (adapter.start_warmup(mailbox, settings), adapter.update_warmup(mailbox, settings)):
        with pytest.raises(UnsupportedFieldsError) as raised:
            await ask
        assert list(raised.value.fields) == [("settings", name) for name in ("replyRateTarget", "rampUp", "autoAdjust")]
    assert sandbox.count() == 0


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (lambda adapter, mailbox: adapter.update_warmup(mailbox, WarmupSettings(daily_target=0)), ("settings", "dailyTarget")),
        (lambda adapter, mailbox: adapter.start_warmup(mailbox, WarmupSettings(daily_increase=0)), ("settings", "dailyIncrease")),
        (
            lambda adapter, mailbox: adapter.update_mailbox(
                mailbox,
                MailboxChanges(
                    vendor_fields=SendkitFields(warmup=SendkitWarmupFields(config=SendkitWarmupConfigFields(starting_volume=0)))
                ),
            ),
            ("vendor", "sendkit", "warmup", "config", "startingVolume"),
        ),
    ],
)
async def test_a_refused_setting_is_pointed_at(adapter: SendkitAdapter, mailbox: Mailbox, ask: Ask, field: tuple[str, ...]) -> None:
    with pytest.raises(VendorRejectedError) as raised:
        await ask(adapter, mailbox)
    assert [error.field for error in user_errors(raised.value)] == [field]


async def test_refusals_of_warm_up(adapter: SendkitAdapter, mailbox: Mailbox) -> None:
    with pytest.raises(VendorConflictError, match="in_progress"):
        await adapter.start_warmup(mailbox, None)
    with pytest.raises(VendorRejectedError, match="not active"):
        await adapter.start_warmup(await adapter.get_mailbox(UNVERIFIED), None)
    with pytest.raises(VendorNotFoundError):
        await adapter.stop_warmup(msgspec.structs.replace(mailbox, vendor_id="6701a0b1c2d3e4f5a6b7c8ff"))


async def test_the_recorded_end_of_a_start(mailbox: Mailbox) -> None:
    adapter = answering(lambda _: httpx.Response(200, content=recorded("warmup_started").content))
    assert (await adapter.start_warmup(mailbox, None)).applied == (MailboxField.WARMUP,)


# ---------------------------------------------------------------------- writes in general

_WRITES: tuple[tuple[str, Ask], ...] = (
    ("update", lambda adapter, mailbox: adapter.update_mailbox(mailbox, MailboxChanges(tags=()))),
    ("delete", lambda adapter, mailbox: adapter.delete_mailbox(mailbox.vendor_id)),
    ("start", lambda adapter, mailbox: adapter.start_warmup(mailbox, None)),
    ("pause", lambda adapter, mailbox: adapter.pause_warmup(mailbox)),
    ("resume", lambda adapter, mailbox: adapter.resume_warmup(mailbox)),
    ("stop", lambda adapter, mailbox: adapter.stop_warmup(mailbox)),
    ("settings", lambda adapter, mailbox: adapter.update_warmup(mailbox, WarmupSettings(daily_target=5))),
)


@pytest.mark.parametrize("ask", [pytest.param(ask, id=name) for name, ask in _WRITES])
@pytest.mark.parametrize("status", [302, 500, 503, 504])
async def test_a_write_that_stumbles_is_open_and_sent_once(
    adapter: SendkitAdapter, sandbox: Sandbox, mailbox: Mailbox, ask: Ask, status: int
) -> None:
    sandbox.outages.append(Outage(status=status))
    with pytest.raises(OutcomeUnknownError):
        await ask(adapter, mailbox)
    assert sandbox.count() == 1


@pytest.mark.parametrize("ask", [pytest.param(ask, id=name) for name, ask in _WRITES])
async def test_what_would_be_another_path_is_not_sent(adapter: SendkitAdapter, sandbox: Sandbox, mailbox: Mailbox, ask: Ask) -> None:
    with pytest.raises(GatewayError):
        await ask(adapter, msgspec.structs.replace(mailbox, vendor_id=".."))
    assert sandbox.count() == 0


# ---------------------------------------------------------------------- checks


async def both(adapter: SendkitAdapter, mailbox_id: str) -> tuple[CheckResult, CheckResult]:
    return await asyncio.gather(adapter.test_sending(mailbox_id), adapter.test_receiving(mailbox_id))


@pytest.mark.parametrize(
    ("mailbox_id", "sending", "receiving", "words"),
    [
        (WARMING, True, True, "the verification after its creation has passed"),
        (UNVERIFIED, None, None, "still verifying"),
        (FAILING, False, False, "Token refresh was refused"),
        (object_id(6), False, None, "reports a failure"),
        (FAILED, False, False, "reports a failure"),
    ],
)
async def test_both_checks_are_two_reads(
    adapter: SendkitAdapter, sandbox: Sandbox, mailbox_id: str, words: str, *, sending: bool | None, receiving: bool | None
) -> None:
    results = await both(adapter, mailbox_id)
    assert [result.passed for result in results] == [sending, receiving]
    assert [result.check for result in results] == [MailboxCheck.SENDING, MailboxCheck.RECEIVING]
    assert all(words in str(result.message) and result.observed_at for result in results)
    assert "CANARY" not in str(results)
    assert sorted(request.path for request in sandbox.requests) == [
        f"/v1/mailboxes/{mailbox_id}",
        f"/v1/mailboxes/{mailbox_id}/connection-test",
    ]


def telling(test: httpx.Response, **mailbox: object) -> SendkitAdapter:
    body = {"success": True, "data": {"_id": "a", "status": "active", "sendingEnabled": True, **mailbox}}
    return answering(lambda request: test if request.url.path.endswith("/connection-test") else httpx.Response(200, json=body))


PASSED = httpx.Response(200, content=recorded("connection_test_passed").content)
GONE = httpx.Response(404, content=recorded("error_not_found").content)
REASON = httpx.Response(200, content=recorded("connection_test_failed_with_reason").content)


async def test_a_later_failure_beats_the_verification() -> None:
    sending, receiving = await both(telling(PASSED, lastError="535 rejected"), "a")
    assert (sending.passed, receiving.passed) == (False, None)
    assert sending.message == receiving.message == "SendKit reports a failure of this mailbox: 535 rejected"
    assert (await telling(PASSED, status="error").test_sending("a")).passed is False
    assert (await telling(PASSED, sendingEnabled=False, lastError="535").test_sending("a")).passed is False
    assert (await telling(PASSED, sendingEnabled=False).test_sending("a")).passed is True


async def test_a_failed_verification_with_its_reason() -> None:
    result = await telling(REASON).test_receiving("a")
    assert result.passed is False
    assert "has failed: SMTP login was rejected" in str(result.message)


async def test_no_verification_to_show() -> None:
    result = await telling(GONE).test_sending("a")
    assert (result.passed, result.message) == (None, "SendKit tests no mailbox on demand, and has no verification of this one to show.")


async def test_a_check_of_nobody(adapter: SendkitAdapter) -> None:
    with pytest.raises(VendorNotFoundError):
        await adapter.test_sending("6701a0b1c2d3e4f5a6b7c8ff")
