import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

import httpx
import msgspec
import pytest

from gateway.domain.capability import Capability
from gateway.domain.errors import (
    ErrorCode,
    FieldFault,
    GatewayError,
    LimitUsage,
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
from gateway.domain.mailbox import Details, Mailbox, MailboxStatus
from gateway.domain.secret import Secret
from gateway.sandbox.sendkit import PLATFORM_KEY, WORKSPACE_ID, WORKSPACE_KEY, object_id, sendkit_sandbox
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.world import World
from gateway.vendors.sendkit import SPEC
from gateway.vendors.sendkit.adapter import SendkitAdapter
from gateway.vendors.sendkit.details import SendkitDetails
from tests.vendors.sendkit.connecting import connect
from tests.vendors.sendkit.recordings import recorded

Json: TypeAlias = dict[str, object]
KEY = {"api_key": "sk_live_x"}


async def all_of(adapter: SendkitAdapter) -> list[Mailbox]:
    return [mailbox async for page in adapter.list_mailboxes() for mailbox in page]


def answering(answer: Callable[[httpx.Request], object]) -> SendkitAdapter:
    """An adapter whose vendor answers every request with this JSON."""
    return connect(httpx.MockTransport(lambda request: httpx.Response(200, json=answer(request))), KEY)


def page_of(*ids: str, **pagination: object) -> Json:
    return {"success": True, "data": [{"_id": each} for each in ids], "pagination": pagination}


def sendkit_details(answer: Details | GatewayError) -> SendkitDetails:
    assert isinstance(answer, SendkitDetails)
    return answer


# ---------------------------------------------------------------------- the list


async def test_the_whole_list_in_the_vendors_largest_pages() -> None:
    sandbox = sendkit_sandbox(World(mailboxes=250))
    adapter = connect(httpx.ASGITransport(app=sandbox), sandbox.account)
    mailboxes = await all_of(adapter)
    assert [mailbox.vendor_id for mailbox in mailboxes] == [object_id(index) for index in range(250)]
    assert sandbox.count() == 3
    first, second, third = sandbox.requests
    assert first.params == (("limit", "100"),)
    assert second.params == (("limit", "100"), ("cursor", object_id(99)))
    assert third.params == (("limit", "100"), ("cursor", object_id(199)))


async def test_an_empty_page_is_not_the_end() -> None:
    sandbox = sendkit_sandbox(World(mailboxes=1150))
    adapter = connect(httpx.ASGITransport(app=sandbox), sandbox.account)
    sizes = [len(page) async for page in adapter.list_mailboxes()]
    assert sizes == [*[100] * 10, 0, 100, 50]


async def test_pages_arrive_one_by_one_and_an_error_comes_in_place_of_the_next() -> None:
    sandbox = sendkit_sandbox(World(mailboxes=250))
    sandbox.outages.append(Outage(path="/v1/mailboxes", skip=1, status=503))
    adapter = connect(httpx.ASGITransport(app=sandbox), sandbox.account)
    pages = adapter.list_mailboxes()
    assert len(await anext(pages)) == 100
    with pytest.raises(VendorUnavailableError):
        await anext(pages)


async def test_the_older_paging_is_followed() -> None:
    def answer(request: httpx.Request) -> Json:
        page = int(request.url.params.get("page", "1"))
        return page_of(f"m{page}", page=page, limit=100, total=3, pages=3)

    assert [mailbox.vendor_id for mailbox in await all_of(answering(answer))] == ["m1", "m2", "m3"]


async def test_recorded_pages_of_both_generations() -> None:
    pages = {None: "mailboxes_first_page", "6701a0b1c2d3e4f5a6b7c802": "mailboxes_last_page"}
    bodies = {cursor: recorded(name).content for cursor, name in pages.items()}
    wire = httpx.MockTransport(lambda request: httpx.Response(200, content=bodies[request.url.params.get("cursor")]))
    assert len(await all_of(connect(wire, KEY))) == 3
    older = httpx.MockTransport(lambda _: httpx.Response(200, content=recorded("mailboxes_older_paging").content))
    assert len(await all_of(connect(older, KEY))) == 1
    sparse = httpx.MockTransport(
        lambda request: httpx.Response(
            200, content=recorded("mailboxes_last_page" if "cursor" in request.url.params else "mailboxes_sparse_page").content
        )
    )
    assert len(await all_of(connect(sparse, KEY))) == 1


@pytest.mark.parametrize("data", [[[1]], ["a", 2, None], [{"email": "a@b.example"}]])
async def test_rows_without_a_mailbox_among_them_are_no_empty_account(data: list[object]) -> None:
    with pytest.raises(VendorProtocolError):
        await all_of(answering(lambda _: {"success": True, "data": data, "pagination": {"limit": 100, "hasMore": False}}))


@pytest.mark.parametrize("pagination", [{}, {"hasMore": False, "nextCursor": "b"}, {"nextCursor": None}, {"page": 1, "pages": 1}])
async def test_the_last_page(pagination: Json) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> Json:
        asked.append(request)
        return page_of("a", **pagination)

    assert len(await all_of(answering(answer))) == 1
    assert len(asked) == 1


async def test_no_paging_object_is_the_last_page() -> None:
    assert len(await all_of(answering(lambda _: {"success": True, "data": [{"_id": "a"}]}))) == 1


async def test_without_has_more_a_cursor_that_comes_back_is_the_end() -> None:
    assert len(await all_of(answering(lambda _: page_of("a", nextCursor="b")))) == 2


@pytest.mark.parametrize(
    "pagination",
    [{"hasMore": True, "nextCursor": "b"}, {"hasMore": True, "nextCursor": None}, {"hasMore": True}, {"page": 1, "pages": 9}],
)
async def test_more_that_is_promised_and_never_comes(pagination: Json) -> None:
    with pytest.raises(VendorProtocolError):
        await all_of(answering(lambda _: page_of("a", **pagination)))


async def test_cursors_in_a_circle() -> None:
    circle = {None: "b", "b": "c", "c": "b"}
    with pytest.raises(VendorProtocolError):
        await all_of(answering(lambda request: page_of("a", hasMore=True, nextCursor=circle[request.url.params.get("cursor")])))


@pytest.mark.parametrize("paging", [{"hasMore": True}, {}])
async def test_a_page_that_comes_again_under_another_cursor(paging: Json) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> Json:
        asked.append(str(request.url))
        return page_of("a", **paging, nextCursor=str(len(asked)))

    with pytest.raises(VendorProtocolError, match="repeated a page"):
        await all_of(answering(answer))
    assert len(asked) == 2


async def test_pages_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.vendors.sendkit.client.MAX_PAGES", 20)
    asked: list[str] = []

    def answer(request: httpx.Request) -> Json:
        asked.append(str(request.url))
        return page_of(f"m{len(asked)}", hasMore=True, nextCursor=str(len(asked)))

    with pytest.raises(VendorProtocolError):
        await all_of(answering(answer))
    assert len(asked) == 20


async def test_a_mailbox_that_shifts_between_pages_comes_again() -> None:
    def answer(request: httpx.Request) -> Json:
        return page_of("b", "c", hasMore=False) if "cursor" in request.url.params else page_of("a", "b", "b", hasMore=True, nextCursor="b")

    assert [mailbox.vendor_id for mailbox in await all_of(answering(answer))] == ["a", "b", "b", "b", "c"]


async def test_one_bad_row_costs_only_itself() -> None:
    body = {"success": True, "data": [{"_id": "a"}, 7, None, {"email": "nobody@x.example"}, {"id": "b", "tags": "none"}]}
    assert [mailbox.vendor_id for mailbox in await all_of(answering(lambda _: body))] == ["a", "b"]


async def test_the_first_mailboxes_show_the_mess_and_no_secret(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    mailboxes = await all_of(adapter)
    assert len(mailboxes) == 24
    assert {mailbox.status for mailbox in mailboxes} == set(MailboxStatus)
    assert len({mailbox.warmup.state for mailbox in mailboxes if mailbox.warmup}) == 7
    details = await asyncio.gather(*(adapter.get_mailbox(mailbox.vendor_id) for mailbox in mailboxes))
    parts = [await adapter.get_details([each.vendor_id for each in mailboxes], part) for part in ("health", "connection_test")]
    shown = f"{mailboxes}{details}{parts}"
    assert "CANARY" not in shown
    assert not [secret for secret in sandbox.secrets if secret in shown]


# ---------------------------------------------------------------------- one mailbox


async def test_one_mailbox(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    row = (await all_of(adapter))[1]
    mailbox = await adapter.get_mailbox(row.vendor_id)
    assert (row.smtp, row.updated_at) == (None, None)
    assert mailbox.smtp is not None
    assert mailbox.imap is not None
    assert (mailbox.smtp.host, mailbox.imap.port) == (f"smtp.{str(mailbox.address).partition('@')[2]}", 993)
    assert mailbox.updated_at is not None
    merged = adapter.merge(row, mailbox)
    assert (merged.smtp, merged.imap, merged.updated_at) == (mailbox.smtp, mailbox.imap, None)
    assert msgspec.structs.replace(merged, smtp=None, imap=None) == row
    assert sandbox.count(f"/v1/mailboxes/{row.vendor_id}") == 1


async def test_a_mailbox_under_either_name_of_its_id(adapter: SendkitAdapter) -> None:
    assert (await adapter.get_mailbox(object_id(12))).vendor_id == object_id(12)


async def test_an_unknown_mailbox(adapter: SendkitAdapter) -> None:
    with pytest.raises(VendorNotFoundError, match="NOT_FOUND: No such mailbox"):
        await adapter.get_mailbox("6701a0b1c2d3e4f5a6b7c8ff")


@pytest.mark.parametrize("mailbox_id", ["", "..", "."])
async def test_what_would_be_another_path_is_not_sent(adapter: SendkitAdapter, sandbox: Sandbox, mailbox_id: str) -> None:
    for ask in (adapter.get_mailbox(mailbox_id), adapter.list_warmup_days(mailbox_id, days=7)):
        with pytest.raises(GatewayError):
            await ask
    answers = await adapter.get_details([mailbox_id], "health")
    assert isinstance(answers[mailbox_id], GatewayError)
    assert sandbox.count() == 0


@pytest.mark.parametrize("mailbox_id", ["a/b", "a?b=c", "../workspaces", "é", "x" * 65])
async def test_an_odd_id_is_one_segment_of_the_path(adapter: SendkitAdapter, sandbox: Sandbox, mailbox_id: str) -> None:
    with pytest.raises(VendorNotFoundError):
        await adapter.get_mailbox(mailbox_id)
    assert sandbox.requests[-1].path == f"/v1/mailboxes/{mailbox_id}"


@pytest.mark.parametrize("data", [{"_id": "another"}, {"email": "a@b.example"}, {}, None, [], [{"_id": "a"}], "a", 7])
async def test_another_mailbox_or_none_is_no_answer(data: object) -> None:
    with pytest.raises(VendorProtocolError):
        await answering(lambda _: {"success": True, "data": data}).get_mailbox("a")


# ---------------------------------------------------------------------- parts and warm-up days


async def test_health_of_several(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    unknown = "6701a0b1c2d3e4f5a6b7c8ff"
    answers = await adapter.get_details([object_id(2), object_id(0), unknown, object_id(2)], "health")
    assert list(answers) == [object_id(2), object_id(0), unknown]
    failing, fine = sendkit_details(answers[object_id(2)]).health, sendkit_details(answers[object_id(0)]).health
    assert failing is not None
    assert failing.deliverability is not None
    assert failing.deliverability.consecutive_failures == 3
    assert fine is not None
    assert fine.dns is not None
    assert fine.dns.mx is not None
    assert fine.dns.mx.records is not None
    assert [record.priority for record in fine.dns.mx.records] == [10, 20]
    assert isinstance(answers[unknown], VendorNotFoundError)
    assert sandbox.count("/health") == 3


async def test_calls_for_a_part_run_side_by_side_and_no_more_than_the_limit(sandbox: Sandbox, adapter: SendkitAdapter) -> None:
    sandbox.outages.append(Outage(path="/health", delay_seconds=0.01))
    await adapter.get_details([object_id(index) for index in range(12)], "health")
    assert sandbox.most_running == SPEC.concurrency


@pytest.mark.parametrize(("index", "status"), [(0, "passed"), (1, "inactive"), (2, "failed"), (8, "failed"), (9, "pending")])
async def test_connection_tests(adapter: SendkitAdapter, index: int, status: str) -> None:
    answers = await adapter.get_details([object_id(index)], "connection_test")
    test = sendkit_details(answers[object_id(index)]).connection_test
    assert test is not None
    assert test.status == status
    assert (test.message is not None) == (index == 8)


async def test_warmup_statistics(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    answers = await adapter.get_details([object_id(0)], "warmup_stats")
    stats = sendkit_details(answers[object_id(0)]).warmup_stats
    assert stats is not None
    assert stats.started_at is not None
    assert stats.days == 30
    assert stats.daily_stats
    assert stats.daily_stats[0].opened is not None
    assert sandbox.requests[-1].params == (("days", "30"),)


async def test_analytics_of_all_mailboxes_are_one_call(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    ids = [object_id(index) for index in range(24)]
    answers = await adapter.get_details([*ids, "elsewhere"], "analytics")
    assert sandbox.count() == 1
    assert sandbox.requests[-1].params == ()
    analytics = [sendkit_details(answers[each]).analytics for each in ids]
    assert all(each is not None for each in analytics)
    rates = [each.rates for each in analytics if each and each.rates]
    assert rates
    assert all(isinstance(each.open, str) for each in rates)
    assert any(each and each.rates is None for each in analytics)
    assert sendkit_details(answers["elsewhere"]).analytics is None


async def test_analytics_of_nobody_cost_nothing(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    assert await adapter.get_details([], "analytics") == {}
    assert sandbox.count() == 0


async def test_analytics_that_fail_fail_for_each(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(path="/analytics", status=503))
    answers = await adapter.get_details(["a", "b"], "analytics")
    assert [type(each) for each in answers.values()] == [VendorUnavailableError, VendorUnavailableError]


async def test_a_part_that_is_not_declared(adapter: SendkitAdapter) -> None:
    with pytest.raises(NotImplementedError):
        await adapter.get_details([object_id(0)], "horoscope")


@pytest.mark.parametrize(("asked", "sent"), [(7, "7"), (90, "90"), (365, "90"), (0, "1")])
async def test_warmup_days(adapter: SendkitAdapter, sandbox: Sandbox, asked: int, sent: str) -> None:
    days = await adapter.list_warmup_days(object_id(0), days=asked)
    assert [day.date for day in days] == sorted({day.date for day in days})
    assert all(day.sent is not None and day.inbox is not None and day.received is None for day in days)
    assert sandbox.requests[-1].path == f"/v1/warmup/stats/{object_id(0)}"
    assert sandbox.requests[-1].params == (("days", sent),)


async def test_warmup_days_of_a_mailbox_that_never_warmed_up(adapter: SendkitAdapter) -> None:
    assert await adapter.list_warmup_days(object_id(1), days=30) == []


@pytest.mark.parametrize("data", [{}, {"dailyStats": None}, {"dailyStats": "none"}, [], None])
async def test_statistics_without_days_are_no_answer(data: object) -> None:
    with pytest.raises(VendorProtocolError):
        await answering(lambda _: {"success": True, "data": data}).list_warmup_days("a", days=7)


# ---------------------------------------------------------------------- credentials, probe, what is not there


async def test_the_probe_is_one_cheap_call(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    assert (await adapter.probe()).mailbox_count == 24
    assert [request.params for request in sandbox.requests] == [(("limit", "1"),)]


@pytest.mark.parametrize(("pagination", "count"), [(None, None), ({}, None), ({"total": "7"}, 7), ({"total": 2**40}, None), ([], None)])
async def test_the_probe_tells_what_the_vendor_counts(pagination: object, count: int | None) -> None:
    body = {"success": True, "data": [], "pagination": pagination}
    assert (await answering(lambda _: body).probe()).mailbox_count == count


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({"api_key": WORKSPACE_KEY}, (WORKSPACE_KEY, None)),
        ({"api_key": WORKSPACE_KEY, "workspace_id": WORKSPACE_ID}, (WORKSPACE_KEY, None)),
        ({"api_key": PLATFORM_KEY, "workspace_id": WORKSPACE_ID}, (PLATFORM_KEY, WORKSPACE_ID)),
    ],
)
async def test_both_kinds_of_keys(sandbox: Sandbox, settings: Mapping[str, str], sent: tuple[str, str | None]) -> None:
    adapter = connect(httpx.ASGITransport(app=sandbox), settings)
    assert (await adapter.probe()).mailbox_count == 24
    headers = sandbox.requests[-1].headers
    assert (headers["x-api-key"], headers.get("x-workspace-id")) == sent
    assert "authorization" not in headers


async def test_a_platform_key_without_workspace_is_told_so(sandbox: Sandbox) -> None:
    with pytest.raises(VendorRejectedError, match="WORKSPACE_REQUIRED"):
        await connect(httpx.ASGITransport(app=sandbox), {"api_key": PLATFORM_KEY}).probe()


async def test_a_foreign_workspace(sandbox: Sandbox) -> None:
    settings = {"api_key": PLATFORM_KEY, "workspace_id": "66f0aa11bb22cc33dd44ee99"}
    with pytest.raises(VendorForbiddenError):
        await connect(httpx.ASGITransport(app=sandbox), settings).probe()


async def test_a_wrong_key(sandbox: Sandbox) -> None:
    with pytest.raises(VendorAuthError):
        await connect(httpx.ASGITransport(app=sandbox), {"api_key": "sk_live_nobody"}).probe()


@pytest.mark.parametrize("base_url", [f"{SPEC.base_url}{end}" for end in ("", "/", "/v1", "/v1/")])
async def test_a_base_url_with_or_without_the_version(sandbox: Sandbox, base_url: str) -> None:
    adapter = connect(httpx.ASGITransport(app=sandbox), sandbox.account, base_url=base_url)
    await adapter.probe()
    assert sandbox.requests[-1].path == "/v1/mailboxes"


def test_what_sendkit_can_do() -> None:
    assert SendkitAdapter.capabilities() == {
        Capability.MAILBOX_GET,
        Capability.MAILBOX_CREATE,
        Capability.MAILBOX_BULK_CREATE,
        Capability.MAILBOX_CONNECT,
        Capability.MAILBOX_UPDATE,
        Capability.MAILBOX_DELETE,
        Capability.TEST_SENDING,
        Capability.TEST_RECEIVING,
        Capability.WARMUP_READ,
        Capability.WARMUP_CONTROL,
        Capability.WARMUP_HISTORY,
        Capability.TAGS,
    }
    assert (SPEC.adapter, SPEC.details, set(SPEC.settings)) == (SendkitAdapter, SendkitDetails, {"api_key", "workspace_id"})
    assert SPEC.settings["api_key"].is_secret
    assert WORKSPACE_KEY not in repr(SPEC.authorize({"api_key": WORKSPACE_KEY}))


async def test_what_sendkit_cannot_do_is_refused_before_any_request(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    reads = (adapter.list_folders("a"), adapter.list_rules("a"), adapter.list_domains(), adapter.list_campaigns("a"))
    writes = (adapter.suspend_mailbox("a"), adapter.set_password("a", Secret("x")), adapter.set_spam_threshold("a", 5))
    for ask in (*reads, *writes):
        with pytest.raises(UnsupportedError):
            await ask
    assert sandbox.count() == 0


# ---------------------------------------------------------------------- faults

_HTML = b"<html>Internal error</html>"
_FAULTS: Sequence[tuple[str, Outage, type[VendorError]]] = (
    ("401", Outage(status=401, body=recorded("error_unauthorized").content), VendorAuthError),
    ("403", Outage(status=403, body=recorded("error_forbidden_flat").content), VendorForbiddenError),
    ("404", Outage(status=404, body=recorded("error_not_found").content), VendorNotFoundError),
    ("409", Outage(status=409, body=recorded("error_conflict").content), VendorConflictError),
    ("422", Outage(status=422, body=recorded("error_validation").content), VendorRejectedError),
    ("429", Outage(status=429, body=recorded("error_rate_limited").content, headers={"retry-after": "12"}), RateLimitedError),
    ("429 as plain text", Outage(status=429, body=b"Too Many Requests", headers={"retry-after": "5"}), RateLimitedError),
    ("500 as HTML", Outage(status=500, body=_HTML, headers={"content-type": "text/html"}), VendorUnavailableError),
    ("503", Outage(status=503), VendorUnavailableError),
    ("504", Outage(status=504), VendorTimeoutError),
    ("HTML as 200", Outage(status=200, body=_HTML, headers={"content-type": "text/html"}), VendorProtocolError),
    ("an empty 200", Outage(status=200), VendorProtocolError),
    ("half a body", Outage(status=200, body=b'{"success":true,"data":[{"_id":"a"'), VendorProtocolError),
    ("a list", Outage(status=200, body=b"[]"), VendorProtocolError),
    ("null", Outage(status=200, body=b"null"), VendorProtocolError),
    ("no data", Outage(status=200, body=b'{"success":true}'), VendorProtocolError),
    ("a word as data", Outage(status=200, body=b'{"success":true,"data":"many"}'), VendorProtocolError),
    ("an error as 200", Outage(status=200, body=recorded("error_unauthorized").content), VendorProtocolError),
    ("the flat error as 200", Outage(status=200, body=recorded("error_forbidden_flat").content), VendorProtocolError),
    ("data that is said to be an error", Outage(status=200, body=b'{"success":false,"data":[]}'), VendorProtocolError),
    ("a redirect", Outage(status=302, headers={"location": "https://elsewhere.example"}), VendorProtocolError),
)


@pytest.mark.parametrize(("outage", "error"), [pytest.param(outage, error, id=name) for name, outage, error in _FAULTS])
async def test_faults(sandbox: Sandbox, outage: Outage, error: type[VendorError]) -> None:
    """Each question by an adapter of its own: after a 429 the vendor is left alone."""
    sandbox.outages.append(outage)
    mailbox_id = object_id(0)
    asks: tuple[Callable[[SendkitAdapter], Awaitable[object]], ...] = (
        all_of,
        lambda adapter: adapter.probe(),
        lambda adapter: adapter.get_mailbox(mailbox_id),
        lambda adapter: adapter.list_warmup_days(mailbox_id, days=7),
    )
    for ask in asks:
        with pytest.raises(VendorError) as raised:
            await ask(connect(httpx.ASGITransport(app=sandbox), sandbox.account))
        assert type(raised.value) is error
        assert raised.value.account == "kit"
    for part in ("health", "connection_test", "warmup_stats", "analytics"):
        answers = await connect(httpx.ASGITransport(app=sandbox), sandbox.account).get_details([mailbox_id], part)
        assert type(answers[mailbox_id]) is error
    assert sandbox.count() == 8


async def test_a_body_that_breaks_off(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(status=200, body=b'{"success":true,"data":[', hang_up=True))
    with pytest.raises(VendorError):
        await all_of(adapter)


async def test_no_answer_in_time(sandbox: Sandbox) -> None:
    def hang(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("")

    with pytest.raises(VendorTimeoutError):
        await connect(httpx.MockTransport(hang), sandbox.account).probe()


async def test_an_error_tells_what_the_vendor_told() -> None:
    def refuse(name: str) -> SendkitAdapter:
        recording = recorded(name)
        return connect(
            httpx.MockTransport(lambda _: httpx.Response(recording.status, content=recording.content, headers=recording.headers)), KEY
        )

    with pytest.raises(VendorForbiddenError) as limit:
        await refuse("error_limit_reached").probe()
    assert (limit.value.reason, limit.value.limit) == (ErrorCode.LIMIT_REACHED, LimitUsage(used=25, max=25, requested=1))
    with pytest.raises(VendorForbiddenError) as subscription:
        await refuse("error_subscription_required").probe()
    assert subscription.value.reason is ErrorCode.SUBSCRIPTION_REQUIRED
    with pytest.raises(VendorRejectedError) as rejected:
        await refuse("error_validation").probe()
    assert rejected.value.fields == (FieldFault("smtp.host", "Required"),)
    with pytest.raises(RateLimitedError) as limited:
        await refuse("error_rate_limited").probe()
    assert limited.value.retry_at is not None


async def test_an_echoed_key_is_not_passed_on() -> None:
    body = {"success": False, "error": {"code": "UNAUTHORIZED", "message": f"{KEY['api_key']} is not a key"}}
    for status in (200, 401):
        wire = httpx.MockTransport(lambda _, status=status: httpx.Response(status, json=body))
        with pytest.raises(VendorError) as raised:
            await connect(wire, KEY).probe()
        assert KEY["api_key"] not in raised.value.message
