import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability
from gateway.domain.errors import (
    GatewayError,
    RateLimitedError,
    UnsupportedError,
    VendorAuthError,
    VendorConflictError,
    VendorError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorProtocolError,
    VendorRejectedError,
    VendorTimeoutError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import ChannelState, Mailbox, MailboxStatus
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.woodpecker import API_KEY, CLIENT_COMPANY, EMPTY_COMPANY, woodpecker_sandbox
from gateway.sandbox.world import World
from gateway.vendors.woodpecker import SPEC
from gateway.vendors.woodpecker.adapter import WoodpeckerAdapter
from gateway.vendors.woodpecker.details import AGENCY_PART, WoodpeckerDetails
from tests.vendors.woodpecker.conftest import Connect, recorded

SENDER, SHARING, DANGLING, ORPHAN, HALF = "700001", "700061", "700121", "700142", "700002"


async def pages(adapter: MailboxAdapter) -> list[Sequence[Mailbox]]:
    return [page async for page in adapter.list_mailboxes()]


async def fleet(adapter: MailboxAdapter) -> dict[str, Mailbox]:
    return {mailbox.vendor_id: mailbox for page in await pages(adapter) for mailbox in page}


def paths(sandbox: Sandbox) -> list[str]:
    return [request.path for request in sandbox.requests]


def own(mailbox: Mailbox) -> WoodpeckerDetails:
    assert isinstance(mailbox.details, WoodpeckerDetails)
    return mailbox.details


# ---------------------------------------------------------------------- reading
async def test_the_list_is_one_call_and_one_page(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    listed = await pages(adapter)
    assert [len(page) for page in listed] == [24]
    assert paths(sandbox) == ["/v2/mailboxes"]
    assert sandbox.requests[0].params == ()
    assert sandbox.requests[0].headers["x-api-key"] == API_KEY
    assert "x-company-id" not in sandbox.requests[0].headers


async def test_ten_thousand_mailboxes_are_still_one_call(connect: Connect) -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=10_000))
    assert len(await fleet(connect(sandbox))) == 10_000
    assert sandbox.count() == 1


@pytest.mark.parametrize("is_empty_204", [True, False])
async def test_an_account_without_mailboxes(connect: Connect, is_empty_204: bool) -> None:  # noqa: FBT001 - a parameter of the test
    sandbox = woodpecker_sandbox(World(mailboxes=0), is_empty_204=is_empty_204)
    assert await pages(connect(sandbox)) == [[]]


async def test_observed_at_is_the_time_of_the_answer(adapter: MailboxAdapter) -> None:
    before = datetime.now(UTC)
    observed = {mailbox.observed_at for mailbox in (await fleet(adapter)).values()}
    assert len(observed) == 1
    assert before <= observed.pop() <= datetime.now(UTC)


async def test_the_mess_is_read(adapter: MailboxAdapter) -> None:
    mailboxes = await fleet(adapter)
    assert {mailbox.status for mailbox in mailboxes.values()} == {MailboxStatus.ACTIVE, MailboxStatus.ERROR, MailboxStatus.UNKNOWN}
    assert {mailbox.health.sending.state for mailbox in mailboxes.values()} == set(ChannelState)
    assert own(mailboxes[SHARING]).shared_imap is True
    assert HALF not in mailboxes


async def test_a_mailbox_costs_one_call_for_each_half(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    listed = (await fleet(adapter))[SENDER]
    sandbox.requests.clear()
    read = await adapter.get_mailbox(SENDER)
    assert paths(sandbox) == ["/v2/mailboxes/700001", "/v2/mailboxes/700002"]
    details = msgspec.structs.replace(own(read), shared_imap=own(listed).shared_imap)
    assert msgspec.structs.replace(read, observed_at=listed.observed_at, details=details) == listed


async def test_a_dangling_half_is_no_half(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    mailbox = await adapter.get_mailbox(DANGLING)
    assert (mailbox.imap, own(mailbox).imap, own(mailbox).imap_id) == (None, None, 999)
    assert sandbox.count("/999") == 1


async def test_a_mailbox_without_imap_is_one_call(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    assert (await adapter.get_mailbox("700131")).health.receiving.state is ChannelState.UNKNOWN
    assert sandbox.count() == 1


async def test_a_half_that_fails_is_not_a_missing_half(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(path="/700002", status=500))
    with pytest.raises(VendorUnavailableError):
        await adapter.get_mailbox(SENDER)


async def test_an_orphan_is_a_mailbox(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    mailbox = await adapter.get_mailbox(ORPHAN)
    assert (mailbox.vendor_id, mailbox.smtp) == (ORPHAN, None)
    assert paths(sandbox) == [f"/v2/mailboxes/{ORPHAN}", "/v2/mailboxes"]


async def test_a_half_is_no_mailbox(adapter: MailboxAdapter) -> None:
    with pytest.raises(VendorNotFoundError):
        await adapter.get_mailbox(HALF)


@pytest.mark.parametrize("mailbox_id", ["", "..", "a/b", "-1", "１２", "x" * 5000])
async def test_an_id_that_cannot_be_costs_nothing(adapter: MailboxAdapter, sandbox: Sandbox, mailbox_id: str) -> None:
    with pytest.raises(VendorNotFoundError) as caught:
        await adapter.get_mailbox(mailbox_id)
    assert sandbox.count() == 0
    assert len(caught.value.message) < 300


async def test_an_unknown_id_is_the_vendors_404(adapter: MailboxAdapter) -> None:
    with pytest.raises(VendorNotFoundError, match="Mailbox 1 was not found") as caught:
        await adapter.get_mailbox("1")
    assert caught.value.status == 404


async def test_the_probe_is_the_list(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    assert (await adapter.probe()).mailbox_count == len(await fleet(adapter))
    assert paths(sandbox) == ["/v2/mailboxes", "/v2/mailboxes"]


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v2", "/v2/"])
async def test_a_base_url_may_name_a_version(connect: Connect, sandbox: Sandbox, suffix: str) -> None:
    adapter = connect(sandbox, base_url=f"http://woodpecker.test/rest{suffix}")
    await fleet(adapter)
    assert paths(sandbox) == ["/v2/mailboxes"]


async def test_parallel_reads_never_overflow_the_vendors_queue(connect: Connect) -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=24), is_serial=True, work_seconds=0.001)
    adapter = connect(sandbox)
    await asyncio.gather(*(adapter.get_mailbox(str(700_001 + 10 * index)) for index in range(12)))
    assert sandbox.most_running == 1


# ---------------------------------------------------------------------- agencies
async def test_the_company_goes_with_every_call(connect: Connect, sandbox: Sandbox) -> None:
    adapter = connect(sandbox, company_id=CLIENT_COMPANY)
    mailboxes = await fleet(adapter)
    await adapter.get_mailbox(next(iter(mailboxes)))
    await adapter.probe()
    assert {request.headers.get("x-company-id") for request in sandbox.requests} == {CLIENT_COMPANY}
    assert len(mailboxes) == 3
    assert {mailbox.client_id for mailbox in mailboxes.values()} == {CLIENT_COMPANY}


async def test_an_empty_company(connect: Connect, sandbox: Sandbox) -> None:
    assert await fleet(connect(sandbox, company_id=EMPTY_COMPANY)) == {}


async def test_a_strange_company_is_forbidden(connect: Connect, sandbox: Sandbox) -> None:
    with pytest.raises(VendorForbiddenError):
        await fleet(connect(sandbox, company_id="99"))


async def test_running_campaigns_of_all_come_with_one_call(connect: Connect, sandbox: Sandbox) -> None:
    adapter = connect(sandbox, company_id=CLIENT_COMPANY)
    details = await adapter.get_details(["800201", "800211", "5"], AGENCY_PART)
    assert details == {
        "800201": WoodpeckerDetails(running_campaigns=0),
        "800211": WoodpeckerDetails(running_campaigns=1),
        "5": WoodpeckerDetails(running_campaigns=None),
    }
    assert paths(sandbox) == ["/v2/agency/companies/42/email_accounts"]


async def test_without_a_company_campaigns_are_not_asked_for(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    assert await adapter.get_details([SENDER], AGENCY_PART) == {SENDER: WoodpeckerDetails()}
    assert sandbox.count() == 0


async def test_a_failure_of_the_agency_view_is_each_ones_error(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(path="/agency", status=403, body=recorded("error_403_v1")))
    details = await connect(sandbox, company_id=CLIENT_COMPANY).get_details(["1", "2"], AGENCY_PART)
    assert [type(each) for each in details.values()] == [VendorForbiddenError, VendorForbiddenError]


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"content": 5}', b"<html>"])
async def test_an_agency_view_of_the_wrong_shape(connect: Connect, sandbox: Sandbox, body: bytes) -> None:
    sandbox.outages.append(Outage(path="/agency", status=200, body=body))
    details = await connect(sandbox, company_id=CLIENT_COMPANY).get_details(["1"], AGENCY_PART)
    assert isinstance(details["1"], VendorProtocolError)


async def test_the_recorded_agency_view(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(path="/agency", status=200, body=recorded("agency_email_accounts")))
    details = await connect(sandbox, company_id=CLIENT_COMPANY).get_details(["800201", "800200"], AGENCY_PART)
    assert details == {"800201": WoodpeckerDetails(running_campaigns=2), "800200": WoodpeckerDetails()}


async def test_several_mailboxes_come_from_the_list(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    mailboxes = await adapter.get_mailboxes([SENDER, ORPHAN, HALF, "1"])
    assert paths(sandbox) == ["/v2/mailboxes"]
    assert [type(each) for each in mailboxes.values()] == [Mailbox, Mailbox, VendorNotFoundError, VendorNotFoundError]
    assert list(mailboxes) == [SENDER, ORPHAN, HALF, "1"]


async def test_a_single_mailbox_does_not_cost_the_list(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    assert isinstance((await adapter.get_mailboxes([SENDER]))[SENDER], Mailbox)
    assert sandbox.count() == sandbox.count("/v2/mailboxes/") == 2


async def test_a_failing_list_is_each_ones_error(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(status=500))
    assert [type(each) for each in (await adapter.get_mailboxes(["1", "2"])).values()] == [VendorUnavailableError] * 2


async def test_a_list_that_is_not_found_is_no_word_about_a_mailbox(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(status=404))
    assert [type(each) for each in (await adapter.get_mailboxes(["1", "2"])).values()] == [VendorProtocolError] * 2


async def test_an_undeclared_part_is_our_own_mistake(adapter: MailboxAdapter) -> None:
    with pytest.raises(NotImplementedError):
        await adapter.get_details([SENDER], "mailbox")


# ---------------------------------------------------------------------- faults
FAULTS: list[tuple[int, bytes, type[VendorError]]] = [
    (400, recorded("bulk_add_invalid_400"), VendorRejectedError),
    (400, recorded("error_401_v1"), VendorAuthError),
    (401, recorded("error_401"), VendorAuthError),
    (403, recorded("error_403_v1"), VendorForbiddenError),
    (404, recorded("error_404"), VendorNotFoundError),
    (409, recorded("bulk_add_conflict_409"), VendorConflictError),
    (409, recorded("error_429_v1_as_409"), RateLimitedError),
    (422, recorded("error_422_domains"), VendorRejectedError),
    (429, recorded("error_429"), RateLimitedError),
    (429, b"Too Many Requests", RateLimitedError),
    (500, recorded("error_500_bulk"), VendorUnavailableError),
    (502, b"<html><h1>Bad Gateway</h1></html>", VendorUnavailableError),
    (504, b"", VendorTimeoutError),
    (302, b"", VendorProtocolError),
]


@pytest.mark.parametrize(("status", "body", "error"), FAULTS)
async def test_statuses_become_errors(
    adapter: MailboxAdapter, sandbox: Sandbox, status: int, body: bytes, error: type[VendorError]
) -> None:
    sandbox.outages.append(Outage(status=status, body=body))
    asks: list[Callable[[], Awaitable[object]]] = [lambda: pages(adapter), lambda: adapter.get_mailbox(SENDER), adapter.probe]
    for ask in asks[:1] if error is RateLimitedError else asks:  # after a 429 the vendor is left alone
        with pytest.raises(VendorError) as caught:
            await ask()
        assert type(caught.value) is error
        assert (caught.value.status, caught.value.account) == (status, "agency")
        assert (caught.value.retry_at is not None) == (error is RateLimitedError)
        assert "<" not in caught.value.message


NO_LIST = [b"", b"{}", b"null", b'"text"', b"<html>fine</html>", b'[{"id": 1', recorded("error_401"), recorded("error_403_v1")]


@pytest.mark.parametrize("body", NO_LIST)
async def test_a_good_status_without_a_list(adapter: MailboxAdapter, sandbox: Sandbox, body: bytes) -> None:
    sandbox.outages.append(Outage(status=200, body=body))
    with pytest.raises(VendorProtocolError):
        await pages(adapter)


@pytest.mark.parametrize("body", [*NO_LIST, b"[]", b'{"id": 2}'])
async def test_a_good_status_without_the_mailbox(adapter: MailboxAdapter, sandbox: Sandbox, body: bytes) -> None:
    sandbox.outages.append(Outage(status=200, body=body))
    with pytest.raises(VendorProtocolError):
        await adapter.get_mailbox(SENDER)


async def test_a_mailbox_is_not_answered_with_204(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(status=204))
    with pytest.raises(VendorProtocolError):
        await adapter.get_mailbox(SENDER)


async def test_a_connection_that_breaks(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(status=200, body=b'[{"id":', hang_up=True))
    with pytest.raises(VendorError) as caught:
        await pages(adapter)
    assert type(caught.value) in {VendorUnavailableError, VendorProtocolError}


async def test_a_wrong_key(connect: Connect, sandbox: Sandbox) -> None:
    adapter = connect(sandbox, api_key="CANARY-WRONG-KEY")
    for attempt in (pages(adapter), adapter.get_mailbox(SENDER), adapter.probe()):
        with pytest.raises(VendorAuthError) as caught:
            await attempt
        assert "CANARY" not in caught.value.message


async def test_a_rate_limit_moves_no_status(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(status=429, times=1))
    with pytest.raises(RateLimitedError):
        await pages(adapter)
    assert (await adapter.get_mailbox(SENDER)).status is MailboxStatus.ACTIVE


async def test_an_echoed_key_is_cut_out(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(status=403, body=b'{"detail": "no add-on for %s"}' % API_KEY.encode()))
    with pytest.raises(VendorForbiddenError, match="no add-on for") as caught:
        await pages(adapter)
    assert API_KEY not in caught.value.message


async def test_no_planted_secret_gets_out(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    mailboxes = list((await fleet(adapter)).values())
    mailboxes += [await adapter.get_mailbox(mailbox.vendor_id) for mailbox in mailboxes]
    shown = msgspec.json.encode(mailboxes).decode() + repr(mailboxes)
    assert not [secret for secret in sandbox.secrets if secret in shown]


# ---------------------------------------------------------------------- what it can do
def test_capabilities() -> None:
    assert WoodpeckerAdapter.capabilities() >= {Capability.MAILBOX_GET, Capability.WARMUP_READ}


async def test_what_it_cannot_costs_nothing(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    with pytest.raises(UnsupportedError) as caught:
        await adapter.list_folders(SENDER)
    assert isinstance(caught.value, GatewayError)
    assert sandbox.count() == 0


def test_the_spec() -> None:
    assert set(SPEC.settings) == {"api_key", "company_id"}
    assert SPEC.settings["api_key"].is_secret
    assert (SPEC.concurrency, SPEC.quotas) == (1, ())
    assert SPEC.authorize({"api_key": "k", "company_id": ""}).headers == (("x-api-key", "k"),)
    assert SPEC.authorize({"api_key": "k"}).secrets == ("k",)
