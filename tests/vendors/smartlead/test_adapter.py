import asyncio
import json
import logging
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
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
from gateway.domain.mailbox import Mailbox, MailboxStatus
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.smartlead import API_KEY, FIRST_ID, smartlead_sandbox
from gateway.sandbox.world import World
from gateway.vendors.smartlead import SPEC, client
from gateway.vendors.smartlead.adapter import SmartleadAdapter
from gateway.vendors.smartlead.details import SmartleadDetails
from tests.limits import one_attempt
from tests.vendors.smartlead.conftest import Recorded, at_base_path, connect, open_sandbox

Handler = Callable[[httpx.Request], httpx.Response]
PLAIN, FAILING, NEVER_WARMED, SUSPENDED, WORDS = (str(FIRST_ID + index) for index in (0, 1, 2, 6, 8))


async def every(adapter: MailboxAdapter, *, expected_count: int = 0) -> list[Mailbox]:
    return [mailbox async for page in adapter.list_mailboxes(expected_count=expected_count) for mailbox in page]


def answering(handler: Handler) -> SmartleadAdapter:
    return connect(httpx.MockTransport(handler), api_key=API_KEY)


def always(status: int, body: bytes, **headers: str) -> SmartleadAdapter:
    return answering(lambda _: httpx.Response(status, content=body, headers={"content-type": "application/json", **headers}))


def details_of(mailbox: Mailbox) -> SmartleadDetails:
    assert isinstance(mailbox.details, SmartleadDetails)
    return mailbox.details


def offsets(sandbox: Sandbox) -> list[int]:
    return [int(request.param("offset") or -1) for request in sandbox.requests]


# ---------------------------------------------------------------------- listing
@pytest.mark.parametrize(("mailboxes", "calls"), [(0, 1), (24, 1), (99, 1), (100, 2), (101, 2), (250, 3)])
async def test_all_pages(mailboxes: int, calls: int) -> None:
    sandbox, adapter = open_sandbox(mailboxes)
    read = await every(adapter)
    assert [each.vendor_id for each in read] == [str(FIRST_ID + index) for index in range(mailboxes)]
    assert offsets(sandbox) == [100 * page for page in range(calls)]
    assert {request.path for request in sandbox.requests} == {"/email-accounts/"}
    sent = [("offset", "0"), ("limit", "100"), ("api_key", API_KEY)]
    assert list(sandbox.requests[0].params) == sent


@pytest.mark.parametrize(
    ("mailboxes", "expected_count", "calls"),
    [
        (24, 24, 1),
        (100, 100, 2),
        (101, 100, 2),
        (250, 250, 3),
        (450, 250, 5),
        (1050, 1050, 11),
        (1000, 1000, 11),
        (1001, 1000, 11),
        (999, 1000, 10),
    ],
)
async def test_what_was_there_before_makes_pages_come_at_once_and_no_more_calls(mailboxes: int, expected_count: int, calls: int) -> None:
    sandbox, adapter = open_sandbox(mailboxes)
    read = await every(adapter, expected_count=expected_count)
    assert [each.vendor_id for each in read] == [str(FIRST_ID + index) for index in range(mailboxes)]
    assert sandbox.count() == calls
    assert len(set(offsets(sandbox))) == calls


@pytest.mark.parametrize("mailboxes", [24, 101, 250, 300])
async def test_an_account_that_shrank_wastes_one_call_at_most(mailboxes: int) -> None:
    sandbox, adapter = open_sandbox(mailboxes)
    assert len(await every(adapter, expected_count=1050)) == mailboxes
    assert sandbox.count() == mailboxes // 100 + 2


async def test_two_pages_take_the_time_of_one() -> None:
    sandbox, adapter = open_sandbox(100)
    sandbox.outages.append(Outage(delay_seconds=0.05))
    assert len(await every(adapter, expected_count=100)) == 100
    assert sandbox.most_running == 2


async def test_pages_under_way_stay_below_the_limit() -> None:
    sandbox, adapter = open_sandbox(1050)
    sandbox.outages.append(Outage(delay_seconds=0.01))
    read = await every(adapter, expected_count=1050)
    assert len(read) == 1050
    assert sandbox.most_running == SPEC.concurrency


@pytest.mark.parametrize("odd", [rb'"from_name": "half \ud83d"', b'"message_per_day": ' + b"9" * 5000])
async def test_what_only_lenient_eyes_can_read_ends_no_list(odd: bytes) -> None:
    """On a page that is not full, where what came is counted."""
    (mailbox,) = await every(always(200, b'[{"id": 7, "from_email": "a@b.example", ' + odd + b"}]"))
    assert (mailbox.vendor_id, mailbox.address) == ("7", "a@b.example")


@pytest.mark.parametrize("body", [b"[[1]]", b'["a", 2, null]', b'[{"from_email": "a@b.example"}]'])
async def test_rows_without_a_mailbox_among_them_are_no_empty_account(body: bytes) -> None:
    with pytest.raises(VendorProtocolError):
        await every(always(200, body))


async def test_pages_come_one_after_the_other_when_nothing_is_known() -> None:
    sandbox, adapter = open_sandbox(450)
    sandbox.outages.append(Outage(delay_seconds=0.005))
    await every(adapter)
    assert sandbox.most_running == 1


async def test_a_row_that_shifted_between_pages_comes_again() -> None:
    def shifting(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        first = max(offset - 1, 0)  # one was added in front after the first page
        return httpx.Response(200, json=[{"id": number} for number in range(first, min(first + 100, 150))])

    read = await every(answering(shifting))
    assert [each.vendor_id for each in read] == [str(number) for number in (*range(100), *range(99, 150))]


async def test_a_vendor_that_repeats_its_pages_is_stopped() -> None:
    calls: list[str] = []

    def repeating(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.params["offset"])
        return httpx.Response(200, json=[{"id": number} for number in range(100)])

    with pytest.raises(VendorProtocolError, match="repeats its pages"):
        await every(answering(repeating))
    assert calls == ["0", "100"]


async def test_pages_without_end_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_PAGES", 3)

    def endless(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        return httpx.Response(200, json=[{"id": number} for number in range(offset, offset + 100)])

    with pytest.raises(VendorProtocolError, match="without end"):
        await every(answering(endless))


async def test_rows_that_cannot_be_read_do_not_end_the_list() -> None:
    def holey(request: httpx.Request) -> httpx.Response:
        rows = [None, {"id": ""}, {"no": "id"}, *({"id": number} for number in range(97))]
        return httpx.Response(200, json=rows if request.url.params["offset"] == "0" else [{"id": 97}])

    assert len(await every(answering(holey))) == 98


async def test_a_wrapped_list_is_read_too(recorded: Recorded) -> None:
    read = await every(always(200, recorded("list_envelope_data")))
    assert [each.vendor_id for each in read] == ["40118"]


async def test_an_error_comes_in_place_of_its_page() -> None:
    sandbox, adapter = open_sandbox(250)
    sandbox.outages.append(Outage(skip=1, status=500, body=b'{"error": "Internal Server Error"}'))
    pages = adapter.list_mailboxes()
    assert len(await anext(pages)) == 100
    with pytest.raises(VendorUnavailableError):
        await anext(pages)


async def test_an_error_among_pages_at_once_keeps_the_order() -> None:
    sandbox, adapter = open_sandbox(1050)
    sandbox.outages.append(Outage(skip=4, times=1, status=503))
    got: list[Mailbox] = []

    async def collect() -> None:
        async for page in adapter.list_mailboxes(expected_count=1050):
            got.extend(page)

    with pytest.raises(VendorUnavailableError):
        await collect()
    assert [each.vendor_id for each in got] == [str(FIRST_ID + index) for index in range(len(got))]


async def test_who_stops_listening_leaves_nothing_behind() -> None:
    sandbox, adapter = open_sandbox(2050)
    sandbox.outages.append(Outage(skip=3, delay_seconds=30))
    pages = adapter.list_mailboxes(expected_count=2050)
    await anext(pages)
    await anext(pages)
    assert sandbox.running == 3
    async with asyncio.timeout(5):
        await pages.aclose()  # type: ignore[attr-defined] # an async generator, which the port calls an iterator
        await adapter._http.close()  # what is on the wire keeps its place until then
    assert sandbox.running == 0


# ---------------------------------------------------------------------- errors
ERRORS: list[tuple[int, bytes, type[VendorError], str]] = [
    (400, b'{"error": "\\"colour\\" is not allowed"}', VendorRejectedError, "colour"),
    (401, b'{"message": "Invalid API Key"}', VendorAuthError, "Invalid API Key"),
    (401, b'{"success": false, "error": {"code": "UNAUTHORIZED", "message": "Invalid or missing API key"}}', VendorAuthError, "missing"),
    (403, b'{"error": {"code": "FORBIDDEN", "message": "Plan has no API"}}', VendorForbiddenError, "Plan has no API"),
    (404, b'{"error": "Email account not found"}', VendorNotFoundError, "Email account not found"),
    (409, b'{"error": "Exists"}', VendorConflictError, "Exists"),
    (422, b'{"error": "limit must be less than or equal to 100"}', VendorRejectedError, "limit must be"),
    (429, b'{"message": "Too many requests"}', RateLimitedError, "Too many requests"),
    (500, b'{"error": "Internal Server Error"}', VendorUnavailableError, "Internal Server Error"),
    (503, b"<html><head><title>503 Down</title></head><body><h1>503</h1></body></html>", VendorUnavailableError, "503 Down"),
    (503, b"plain words", VendorUnavailableError, "plain words"),
    (500, b"\xff\xfe\x00", VendorUnavailableError, "HTTP 500"),
    (500, b"", VendorUnavailableError, "HTTP 500"),
    (504, b"[]", VendorTimeoutError, "HTTP 504"),
    (302, b"", VendorProtocolError, "HTTP 302"),
]


@pytest.mark.parametrize(("status", "body", "kind", "words"), ERRORS)
async def test_errors(status: int, body: bytes, kind: type[VendorError], words: str) -> None:
    for ask in (every, lambda adapter: adapter.probe(), lambda adapter: adapter.get_mailbox("1")):
        with pytest.raises(kind) as raised:
            await ask(always(status, body))
        assert type(raised.value) is kind
        assert raised.value.status == status
        assert words in raised.value.message
        assert (raised.value.vendor, raised.value.account) == (SPEC.vendor, "sales-eu")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("error_422_structured", "from_email"),
        ("error_422_limit", "limit"),
        ("error_422_warmup", "total_warmup_per_day"),
        ("error_400_unknown_key", "colour"),
    ],
)
async def test_a_refused_field_is_named(recorded: Recorded, body: str, field: str) -> None:
    with pytest.raises(VendorRejectedError) as raised:
        await always(422, recorded(body)).probe()
    assert [fault.field for fault in raised.value.fields] == [field]


@pytest.mark.parametrize("headers", [{"retry-after": "7"}, {}])
async def test_too_many_requests_says_when_to_come_back(recorded: Recorded, headers: dict[str, str]) -> None:
    with pytest.raises(RateLimitedError) as raised:
        await always(429, recorded("error_429"), **headers).probe()
    assert raised.value.retry_at is not None
    wait = raised.value.retry_at - datetime.now(UTC)
    assert timedelta(seconds=5) < wait <= timedelta(seconds=7)


async def test_too_many_requests_may_say_nothing(recorded: Recorded) -> None:
    with pytest.raises(RateLimitedError) as raised:
        await always(429, recorded("error_429_bare")).probe()
    assert raised.value.retry_at is not None
    assert raised.value.retry_at < datetime.now(UTC) + timedelta(seconds=2), "a pause of our own"


async def test_rows_behind_an_error_status_are_never_quoted(recorded: Recorded) -> None:
    for body in (recorded("list_page_full"), recorded("get_detail")[:400]):
        with pytest.raises(VendorUnavailableError) as raised:
            await always(500, body).probe()
        assert raised.value.message.endswith("(HTTP 500).")


GARBLED = [b"", b"null", b"<html>ok</html>", b'[{"id": 1}', b'"success"', b'{"success": false, "error": "no"}', b'{"data": 5}', b"{}"]


@pytest.mark.parametrize("body", GARBLED)
async def test_a_good_status_with_another_body_is_a_protocol_error(body: bytes) -> None:
    adapter = always(200, body)
    for ask in (
        lambda: every(adapter),
        adapter.probe,
        lambda: adapter.get_mailbox("1"),
        adapter.list_tags,
        lambda: adapter.list_warmup_days("1", days=7),
    ):
        with pytest.raises(VendorProtocolError):
            await ask()


async def test_a_list_where_an_object_belongs_and_the_other_way_round(recorded: Recorded) -> None:
    with pytest.raises(VendorProtocolError):
        await always(200, recorded("list_page_full")).get_mailbox("40118")
    with pytest.raises(VendorProtocolError):
        await every(always(200, recorded("get_detail")))


async def test_a_broken_connection_and_a_timeout() -> None:
    sandbox, adapter = open_sandbox()
    sandbox.outages.append(Outage(times=1, status=200, body=b"[", hang_up=True))
    with pytest.raises(VendorUnavailableError):
        await every(adapter)
    sandbox.outages.append(Outage(delay_seconds=5))
    hurried = connect(at_base_path(sandbox), api_key=API_KEY, limits=one_attempt(read_seconds=0.05))
    with pytest.raises(VendorTimeoutError):
        await every(hurried)


async def test_the_key_is_never_seen(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sandbox, _ = open_sandbox()
    wrong = connect(at_base_path(sandbox), api_key="wrong-key-123456")
    with pytest.raises(VendorAuthError) as raised:
        await wrong.probe()
    echoing = answering(lambda request: httpx.Response(400, json={"error": f"bad request {request.url}"}))
    with pytest.raises(VendorRejectedError) as echoed:
        await echoing.probe()
    assert "/email-accounts/" in caplog.text
    shown = caplog.text + repr(raised.value) + raised.value.message + echoed.value.message + repr(wrong._http.__dict__)
    assert "wrong-key-123456" not in shown
    assert API_KEY not in shown


# ---------------------------------------------------------------------- one mailbox
async def test_probe_is_one_small_call() -> None:
    sandbox, adapter = open_sandbox()
    reachability = await adapter.probe()
    assert reachability.mailbox_count is None
    assert [(request.path, request.param("limit")) for request in sandbox.requests] == [("/email-accounts/", "1")]


async def test_get_mailbox() -> None:
    sandbox, adapter = open_sandbox()
    mailbox = await adapter.get_mailbox(PLAIN)
    assert mailbox.status is MailboxStatus.ACTIVE
    assert details_of(mailbox).campaign_ids is not None
    request = sandbox.requests[0]
    assert (request.path, request.params) == (f"/email-accounts/{PLAIN}/", (("fetch_campaigns", "true"), ("api_key", API_KEY)))
    assert (await adapter.get_mailbox(SUSPENDED)).status is MailboxStatus.SUSPENDED


async def test_an_unknown_mailbox() -> None:
    sandbox, adapter = open_sandbox()
    with pytest.raises(VendorNotFoundError):
        await adapter.get_mailbox("999999")
    assert sandbox.count() == 1


@pytest.mark.parametrize("mailbox_id", ["", "tags", "..", "1/2", "٤٢", "-1", "1 "])
async def test_what_is_no_number_is_not_asked_for(mailbox_id: str) -> None:
    sandbox, adapter = open_sandbox()
    for ask in (adapter.get_mailbox, adapter.list_campaigns):
        with pytest.raises(VendorNotFoundError):
            await ask(mailbox_id)
    assert sandbox.count() == 0


async def test_merge_keeps_the_suspended_flag_until_something_changes() -> None:
    _, adapter = open_sandbox()
    rows = {row.vendor_id: row for row in await every(adapter)}
    for mailbox_id, status in ((SUSPENDED, MailboxStatus.SUSPENDED), (PLAIN, MailboxStatus.ACTIVE), (FAILING, MailboxStatus.ERROR)):
        row, known = rows[mailbox_id], await adapter.get_mailbox(mailbox_id)
        merged = adapter.merge(row, known)
        assert merged.status is status
        assert details_of(merged).is_suspended is (status is MailboxStatus.SUSPENDED)
        assert (merged.tags, merged.campaign_count) == (row.tags, row.campaign_count)
        assert adapter.merge(row, merged).status is status
        later = msgspec.structs.replace(row, updated_at=datetime.now(UTC))
        assert adapter.merge(later, known) == later


async def test_merge_needs_a_time_to_compare() -> None:
    _, adapter = open_sandbox()
    rows = {row.vendor_id: row for row in await every(adapter)}
    assert rows[WORDS].updated_at is None
    assert adapter.merge(rows[WORDS], await adapter.get_mailbox(WORDS)) == rows[WORDS]


# ---------------------------------------------------------------------- details
async def test_details_of_part_mailbox() -> None:
    sandbox, adapter = open_sandbox()
    answers = await adapter.get_details([PLAIN, "999999", SUSPENDED], "mailbox")
    suspended = answers[SUSPENDED]
    assert isinstance(suspended, SmartleadDetails)
    assert suspended.is_suspended is True
    assert isinstance(answers["999999"], VendorNotFoundError)
    assert sandbox.count() == 3


async def test_details_of_part_warmup_stats() -> None:
    sandbox, adapter = open_sandbox()
    answers = await adapter.get_details([PLAIN, NEVER_WARMED], "warmup_stats")
    plain, never = answers[PLAIN], answers[NEVER_WARMED]
    assert isinstance(plain, SmartleadDetails)
    assert plain.warmup_stats is not None
    assert plain.warmup_stats.sent_count is not None
    assert never == SmartleadDetails()
    assert sandbox.count("/warmup-stats") == sandbox.count() == 2


async def test_health_metrics_of_all_in_one_call() -> None:
    sandbox, adapter = open_sandbox()
    rows = await every(adapter)
    answers = await adapter.get_details([row.vendor_id for row in rows], "health_metrics")
    assert sandbox.count() == 2
    request = sandbox.requests[-1]
    assert request.path == "/analytics/mailbox/name-wise-health-metrics"
    assert [name for name, _ in request.params] == ["start_date", "end_date", "full_data", "api_key"]
    today = datetime.now(UTC).date()
    assert (request.param("start_date"), request.param("end_date")) == ((today - timedelta(days=29)).isoformat(), today.isoformat())
    for row in rows:
        details = answers[row.vendor_id]
        assert isinstance(details, SmartleadDetails)
        assert (details.health_metrics is None) is ((int(row.vendor_id) - FIRST_ID) % 5 == 4)
        assert details.health_metrics is None or details.health_metrics.from_email == row.address


async def test_health_metrics_of_a_mailbox_not_seen_before() -> None:
    sandbox, adapter = open_sandbox()
    answers = await adapter.get_details([PLAIN, "999999"], "health_metrics")
    assert isinstance(answers["999999"], VendorNotFoundError)
    plain = answers[PLAIN]
    assert isinstance(plain, SmartleadDetails)
    assert plain.health_metrics is not None
    assert sandbox.count() == 3


async def test_health_metrics_that_fail_fail_for_all() -> None:
    sandbox, adapter = open_sandbox()
    await every(adapter)
    sandbox.outages.append(Outage(path="/analytics", status=500))
    answers = await adapter.get_details([PLAIN, FAILING], "health_metrics")
    assert all(isinstance(answer, VendorUnavailableError) for answer in answers.values())


# ---------------------------------------------------------------------- the rest of the port
async def test_warmup_days() -> None:
    sandbox, adapter = open_sandbox()
    days = await adapter.list_warmup_days(PLAIN, days=7)
    assert days is not None
    assert len(days) == 7
    assert [day.date for day in days] == sorted(day.date for day in days)
    assert await adapter.list_warmup_days(PLAIN, days=2) == days[-2:]
    assert await adapter.list_warmup_days(PLAIN, days=90) == days
    assert sandbox.requests[0].params == (("api_key", API_KEY),)
    documented = await adapter.list_warmup_days(FAILING, days=7)
    assert documented is not None
    assert [day.date for day in documented] == [day.date for day in days]
    assert await adapter.list_warmup_days(NEVER_WARMED, days=7) is None
    assert await adapter.list_warmup_days(WORDS, days=7) == ()


async def test_tags(recorded: Recorded) -> None:
    sandbox, adapter = open_sandbox()
    assert await adapter.list_tags() == ("Nordics", "Backup", "Été 🌞")
    assert [request.path for request in sandbox.requests] == ["/email-accounts/tags"]
    assert await always(200, b'{"ok": true, "data": %s}' % recorded("tags_all")).list_tags() == ("Nordics", "Backup")


async def test_campaigns(recorded: Recorded) -> None:
    sandbox, adapter = open_sandbox()
    rows = await every(adapter)
    for row in rows[:4]:
        assert len(await adapter.list_campaigns(row.vendor_id)) == row.campaign_count
    assert sandbox.count() == 5
    campaigns = await always(200, recorded("get_detail")).list_campaigns("40118")
    assert [(each.vendor_id, each.name, each.active) for each in campaigns] == [("9001", None, None), ("9014", None, None)]


async def test_campaigns_that_are_not_told(recorded: Recorded) -> None:
    body = {key: value for key, value in json.loads(recorded("get_detail")).items() if key != "campaign_ids"}
    with pytest.raises(VendorProtocolError):
        await always(200, json.dumps(body).encode()).list_campaigns("40118")


async def test_what_the_vendor_lacks_is_refused_without_a_call() -> None:
    sandbox, adapter = open_sandbox()
    for ask in (adapter.list_domains, lambda: adapter.list_folders(PLAIN), lambda: adapter.list_rules(PLAIN)):
        with pytest.raises(UnsupportedError):
            await ask()
    assert sandbox.count() == 0
    assert SmartleadAdapter.capabilities() == {
        Capability.MAILBOX_GET,
        Capability.MAILBOX_CREATE,
        Capability.MAILBOX_UPDATE,
        Capability.MAILBOX_DELETE,
        Capability.MAILBOX_SUSPEND,
        Capability.TEST_SENDING,
        Capability.TEST_RECEIVING,
        Capability.WARMUP_CONTROL,
        Capability.WARMUP_READ,
        Capability.WARMUP_HISTORY,
        Capability.TAGS,
        Capability.CAMPAIGNS,
    }


async def test_no_planted_secret_gets_through() -> None:
    sandbox, adapter = open_sandbox(48)
    rows = await every(adapter)
    ids = [row.vendor_id for row in rows]
    seen: list[object] = [
        *rows,
        *(await adapter.get_details(ids, "mailbox")).values(),
        *(await adapter.get_details(ids, "health_metrics")).values(),
    ]
    assert not [each for each in seen if isinstance(each, GatewayError)]
    shown = msgspec.json.encode(seen).decode() + "".join(map(str, seen))
    assert len(sandbox.secrets) > 70
    for secret in sandbox.secrets:
        assert secret not in shown
        assert b64encode(secret.encode()).decode() not in shown
    assert "CANARY" not in shown
    assert rows[5].health.receiving.message == "A1 NO Invalid credentials after AUTH PLAIN [redacted]"


async def test_the_gateway_keeps_inside_the_quota() -> None:
    sandbox = smartlead_sandbox(World(mailboxes=1150), quota=True)
    paced = connect(at_base_path(sandbox), api_key=API_KEY, limits=one_attempt(quotas=SPEC.quotas, concurrency=SPEC.concurrency))
    assert len(await every(paced, expected_count=1150)) == 1150
    assert sandbox.count() == 12  # more than ten, so it took two seconds and no refusal


async def test_without_pace_the_quota_refuses() -> None:
    sandbox = smartlead_sandbox(World(mailboxes=1150), quota=True)
    hasty = connect(at_base_path(sandbox), api_key=API_KEY)
    with pytest.raises(RateLimitedError) as raised:
        await every(hasty)
    assert raised.value.retry_at is not None
