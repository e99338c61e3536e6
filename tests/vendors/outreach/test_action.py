"""Tests of sending and receiving, and the Exchange master account."""

import httpx
import pytest

from gateway.domain.draft import MailboxDraft, ServerDraft
from gateway.domain.errors import OutcomeUnknownError, RateLimitedError, VendorNotFoundError, VendorRejectedError
from gateway.domain.outcome import CheckResult, MailboxCheck
from gateway.domain.secret import Secret
from gateway.sandbox.outreach import MEDIA_TYPE
from gateway.sandbox.server import Outage, Sandbox
from gateway.vendors.outreach.adapter import OutreachAdapter
from gateway.vendors.outreach.details import OutreachDetails
from tests.vendors.outreach.conftest import OpenAdapter, answering, recorded


async def check(adapter: OutreachAdapter, what: MailboxCheck, mailbox_id: str = "41") -> CheckResult:
    return await (adapter.test_sending if what is MailboxCheck.SENDING else adapter.test_receiving)(mailbox_id)


@pytest.mark.parametrize(("what", "action"), [(MailboxCheck.SENDING, "testSend"), (MailboxCheck.RECEIVING, "testSync")])
async def test_a_test_that_passes(what: MailboxCheck, action: str, sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    before = (await adapter.get_mailbox("43")).health
    result = await check(adapter, what, "43")
    assert (result.check, result.passed, result.message) == (what, True, None)
    after = (await adapter.get_mailbox("43")).health
    moved = {name for name in ("sending", "receiving") if getattr(after, name) != getattr(before, name)}
    assert moved == {what.lower()}
    channel = after.sending if what is MailboxCheck.SENDING else after.receiving
    assert channel.last_success_at is not None
    assert result.observed_at is not None
    assert abs((channel.last_success_at - result.observed_at).total_seconds()) < 5
    asked = [(request.method, request.path) for request in sandbox.requests]
    assert asked[1:3] == [("GET", "/api/v2/mailboxes/43"), ("POST", f"/api/v2/mailboxes/43/actions/{action}")]
    assert len(asked) == 4
    assert (sandbox.requests[2].body, sandbox.requests[2].params) == (b"", ())
    assert sandbox.requests[2].headers["content-type"] == MEDIA_TYPE


@pytest.mark.parametrize("what", MailboxCheck)
async def test_a_test_that_fails_tells_outreach_s_words_without_the_login(
    what: MailboxCheck, sandbox: Sandbox, open_adapter: OpenAdapter
) -> None:
    server = ServerDraft(host="mail.quill.example", username="t.renn", password=Secret("CANARY-wrong-password"))
    draft = MailboxDraft(address="t.renn@quill.example", imap=server, smtp=server)
    await open_adapter(sandbox).create_mailbox(draft, idempotency_key="k")
    after_a_restart = open_adapter(sandbox)
    result = await check(after_a_restart, what, "65")
    assert result.passed is False
    assert result.message is not None
    assert "535 5.7.8 authentication failed" in result.message
    assert "t.renn" not in result.message
    assert "CANARY" not in repr(result)
    health = (await after_a_restart.get_mailbox("65")).health
    channel = health.sending if what is MailboxCheck.SENDING else health.receiving
    assert channel.last_error_at is not None
    assert result.observed_at is not None
    assert abs((channel.last_error_at - result.observed_at).total_seconds()) < 5


async def test_the_recorded_failure(open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(answering(recorded("mailbox_get"), httpx.Response(422, json=recorded("action_test_send_422"))))
    result = await adapter.test_sending("57")
    assert (result.passed, result.message) == (False, "Sending could not be verified: authentication failed.")


async def test_a_failure_without_words(open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(answering(recorded("mailbox_get"), httpx.Response(422, content=b"<html>")))
    assert (await adapter.test_sending("57")).message == "Outreach does not say why."


async def test_a_newer_error_speaks_against_a_good_answer(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    for _ in range(2):
        result = await adapter.test_sending("46")
        assert result.passed is False
        assert result.observed_at == (await adapter.get_mailbox("46")).health.sending.last_error_at


async def test_the_recorded_newer_error(open_adapter: OpenAdapter) -> None:
    answer = recorded("action_test_sync_200_but_errored")
    before = recorded("action_test_sync_200_but_errored")
    before["data"]["attributes"]["syncErroredAt"] = None
    assert (await open_adapter(answering(before, answer)).test_receiving("42")).passed is False
    assert (await open_adapter(answering(answer, answer)).test_receiving("42")).passed is True
    assert (await open_adapter(answering(before, answer)).test_sending("42")).passed is True
    assert (await open_adapter(answering(recorded("mailbox_get"), recorded("action_test_send_200"))).test_sending("41")).passed is True


@pytest.mark.parametrize("body", [{}, {"data": None}])
async def test_an_answer_without_a_mailbox_is_completed_by_reading(body: object, open_adapter: OpenAdapter) -> None:
    errored = recorded("action_test_sync_200_but_errored")
    assert (await open_adapter(answering(recorded("action_test_send_200"), body, errored)).test_receiving("42")).passed is False


async def test_a_test_is_sent_once(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    sandbox.outages.append(Outage(path="/actions", status=200, hang_up=True, is_after=True))
    with pytest.raises(OutcomeUnknownError):
        await open_adapter(sandbox).test_sending("43")
    assert sandbox.count("/actions") == 1


async def test_an_answer_that_cannot_be_read_proves_nothing(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    sandbox.outages.append(Outage(path="/actions", status=200, body=b"<html>"))
    with pytest.raises(OutcomeUnknownError):
        await open_adapter(sandbox).test_sending("43")


async def test_other_errors_of_a_test_are_errors(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    with pytest.raises(VendorNotFoundError):
        await adapter.test_sending("999")
    assert sandbox.count("/actions") == 0
    sandbox.outages.append(Outage(path="/actions", status=429))
    with pytest.raises(RateLimitedError):
        await adapter.test_receiving("43")


async def test_the_exchange_master_account(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    for ask, is_linked in ((adapter.link_ews_master_account, True), (adapter.unlink_ews_master_account, False)):
        answer = await ask("41")
        assert (answer.mailbox, answer.applied, answer.error) == (None, (), None)
        details = (await adapter.get_mailbox("41")).details
        assert isinstance(details, OutreachDetails)
        assert details.ews_impersonation is is_linked
    paths = [request.path for request in sandbox.requests if request.method == "POST"]
    assert paths == [f"/api/v2/mailboxes/41/actions/{name}" for name in ("linkEwsMasterAccount", "unlinkEwsMasterAccount")]
    with pytest.raises(VendorRejectedError, match="not connected to a master account"):
        await adapter.unlink_ews_master_account("41")
    with pytest.raises(VendorRejectedError, match="no Exchange"):
        await adapter.link_ews_master_account("43")
    with pytest.raises(VendorNotFoundError):
        await adapter.link_ews_master_account("999")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"data": {"type": "mailbox", "id": 41}}'])
async def test_the_master_account_s_answer_may_be_empty_or_a_mailbox(body: bytes, open_adapter: OpenAdapter) -> None:
    assert (await open_adapter(lambda _: httpx.Response(200, content=body)).link_ews_master_account("41")).error is None
