import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from gateway.domain.account import Owner
from gateway.domain.capability import Capability
from gateway.domain.errors import (
    FieldFault,
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
from gateway.domain.mailbox import Mailbox
from gateway.sandbox.outreach import (
    ACCESS_TOKEN,
    EXPIRED_TOKEN,
    GONE_USER_ID,
    MAILBOXES_ONLY_TOKEN,
    MEDIA_TYPE,
    UNSCOPED_TOKEN,
    outreach_sandbox,
)
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.world import World
from gateway.vendors.outreach import client as outreach_client
from gateway.vendors.outreach.adapter import OutreachAdapter
from gateway.vendors.outreach.details import OutreachDetails, OutreachUser
from tests.vendors.outreach.conftest import OpenAdapter, answering, recorded, recorded_answer


async def listed(adapter: OutreachAdapter) -> list[Mailbox]:
    return [mailbox async for page in adapter.list_mailboxes() for mailbox in page]


def details(mailbox: object) -> OutreachDetails:
    assert isinstance(mailbox, Mailbox)
    assert isinstance(mailbox.details, OutreachDetails)
    return mailbox.details


# ---------------------------------------------------------------- the list
async def test_a_page_is_one_call_with_nothing_but_what_is_documented(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    mailboxes = await listed(open_adapter(sandbox))
    assert [mailbox.vendor_id for mailbox in mailboxes] == [str(number) for number in range(41, 65)]
    (request,) = sandbox.requests
    assert (request.method, request.path) == ("GET", "/api/v2/mailboxes")
    assert request.params == (("page[size]", "1000"), ("count", "false"))
    assert request.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"
    assert request.headers["content-type"] == request.headers["accept"] == MEDIA_TYPE


async def test_all_pages_come_once_each(open_adapter: OpenAdapter) -> None:
    sandbox = outreach_sandbox(World(mailboxes=2500))
    pages = [len(page) async for page in open_adapter(sandbox).list_mailboxes()]
    assert pages == [1000, 1000, 500]
    assert sandbox.count() == 3


async def test_the_next_link_s_host_is_never_asked(open_adapter: OpenAdapter) -> None:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        is_first = len(asked) == 1
        body = {
            "data": [{"id": len(asked)}],
            "links": {"next": "https://evil.example/steal?page%5Bafter%5D=x&count=false"} if is_first else {},
        }
        return httpx.Response(200, json=body)

    assert len(await listed(open_adapter(answer))) == 2
    assert {(url.host, url.path) for url in asked} == {("outreach.test", "/api/v2/mailboxes")}
    assert dict(asked[1].params) == {"page[after]": "x", "count": "false"}


async def test_rows_that_shift_between_pages_come_again(open_adapter: OpenAdapter) -> None:
    first, last = recorded("mailboxes_list_page1"), recorded("mailboxes_list_page2_last")
    last["data"].insert(0, first["data"][1])
    assert [mailbox.vendor_id for mailbox in await listed(open_adapter(answering(first, last)))] == ["41", "42", "42", "57"]


@pytest.mark.parametrize("body", [{"data": []}, {"data": [], "links": None}, {"data": [], "links": {"next": None}}])
async def test_an_empty_account(body: object, open_adapter: OpenAdapter) -> None:
    assert await listed(open_adapter(answering(body))) == []


async def test_a_bad_row_costs_only_itself(open_adapter: OpenAdapter) -> None:
    body: object = {"data": [{"id": 1}, "row", None, {"attributes": {}}, {"id": "2", "attributes": []}], "links": []}
    assert [mailbox.vendor_id for mailbox in await listed(open_adapter(answering(body)))] == ["1", "2"]


@pytest.mark.parametrize(
    "link", ["https://x.example/mailboxes", "https://x.example/?count=false&page[size]=1000", 5, True, {"href": "/a?b=c"}]
)
async def test_a_next_page_that_leads_nowhere_is_an_error_behind_the_first_page(link: object, open_adapter: OpenAdapter) -> None:
    pages = open_adapter(answering({"data": [{"id": 1}], "links": {"next": link}})).list_mailboxes()
    assert len(await anext(pages)) == 1
    with pytest.raises(VendorProtocolError, match="nowhere"):
        await anext(pages)


async def test_pages_that_go_in_circles_end(open_adapter: OpenAdapter) -> None:
    links = [{"data": [], "links": {"next": f"https://x.example/?page[after]={token}"}} for token in ("a", "b", "a")]
    with pytest.raises(VendorProtocolError, match="nowhere new"):
        await listed(open_adapter(answering(*links)))


async def test_a_page_that_comes_again_under_another_link(open_adapter: OpenAdapter) -> None:
    numbers = iter(range(100))
    adapter = open_adapter(lambda _: httpx.Response(200, json={"data": [{"id": 1}], "links": {"next": f"/?page[after]={next(numbers)}"}}))
    with pytest.raises(VendorProtocolError, match="nowhere new"):
        await listed(adapter)
    assert next(numbers) == 2


async def test_a_list_that_is_not_found_is_no_word_about_a_mailbox(open_adapter: OpenAdapter) -> None:
    answers = await open_adapter(lambda _: httpx.Response(404)).get_mailboxes(["1", "2"])
    assert [type(answer) for answer in answers.values()] == [VendorProtocolError] * 2


async def test_pages_without_end_end(open_adapter: OpenAdapter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outreach_client, "MAX_PAGES", 3)
    numbers = iter(range(100))
    adapter = open_adapter(lambda _: httpx.Response(200, json={"data": [], "links": {"next": f"/?page[after]={next(numbers)}"}}))
    with pytest.raises(VendorProtocolError, match="more than 3 pages"):
        await listed(adapter)


async def test_no_secret_is_listed(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    text = repr([*await listed(adapter), *(await adapter.get_mailboxes([str(number) for number in range(41, 65)])).values()])
    assert "søren@büro.example" in text
    assert "CANARY-" not in text


# ---------------------------------------------------------------- one mailbox, several mailboxes
async def test_one_mailbox_with_its_people(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    mailbox = await open_adapter(sandbox).get_mailbox("41")
    (request,) = sandbox.requests
    assert request.path == "/api/v2/mailboxes/41"
    assert dict(request.params) == {"include": "user,creator,updater", "fields[user]": "name,email", "provideAuthorizationMeta": "true"}
    assert mailbox.owner is not None
    assert mailbox.owner.name
    assert mailbox.owner.email == mailbox.address
    assert details(mailbox).creator == OutreachUser("3", "Ada Admin", "ada.admin@meridian.example")
    assert (details(mailbox).can_write, details(mailbox).can_delete) == (True, False)


async def test_without_the_scope_for_users_a_mailbox_is_read_alone(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox, {"access_token": MAILBOXES_ONLY_TOKEN})
    mailbox = await adapter.get_mailbox("41")
    assert mailbox.owner == Owner("7", account_name="outbound")
    assert details(mailbox).creator == OutreachUser("3")
    assert details(mailbox).can_write is None
    assert [len(request.params) for request in sandbox.requests] == [3, 0]
    assert details((await adapter.get_mailboxes(["41"]))["41"]) == mailbox.details
    assert len(await listed(adapter)) == 24


async def test_a_token_that_may_nothing_is_asked_twice_at_most(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    with pytest.raises(VendorForbiddenError, match=r"mailboxes\.read"):
        await open_adapter(sandbox, {"access_token": UNSCOPED_TOKEN}).get_mailbox("41")
    assert sandbox.count() == 2


async def test_many_mailboxes_come_fifty_to_a_call(open_adapter: OpenAdapter) -> None:
    sandbox = outreach_sandbox(World(mailboxes=120))
    ids = [str(number) for number in range(41, 161)]
    answers = await open_adapter(sandbox).get_mailboxes([*ids, "999", "4,1", "..", "41"])
    assert list(answers) == [*ids, "999", "4,1", ".."]
    assert all(details(answers[each]).creator for each in ids if each not in {"48", "49"} and int(each) < 60)
    for missing in ("999", "4,1", ".."):
        assert isinstance(answers[missing], VendorNotFoundError)
    assert sandbox.count() == 3
    assert all(request.param("page[size]") == str(len((request.param("filter[id]") or "").split(","))) for request in sandbox.requests)


async def test_a_chunk_that_fails_costs_its_own_mailboxes(open_adapter: OpenAdapter) -> None:
    sandbox = outreach_sandbox(World(mailboxes=60))
    sandbox.outages.append(Outage(times=1, status=500))
    answers = await open_adapter(sandbox).get_mailboxes([str(number) for number in range(41, 101)])
    failed = [each for each in answers.values() if isinstance(each, VendorUnavailableError)]
    assert len(failed) in {10, 50}
    assert len(failed) + sum(isinstance(each, Mailbox) for each in answers.values()) == 60


@pytest.mark.parametrize("mailbox_id", ["", "..", "4/1", "4,1", "1..9", "é", "x" * 65])
async def test_an_id_that_cannot_be_is_not_asked_for(mailbox_id: str, sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    for ask in (adapter.get_mailbox, adapter.list_campaigns):
        with pytest.raises(VendorNotFoundError):
            await ask(mailbox_id)
    for part in ("aliases", "mailings"):
        assert isinstance((await adapter.get_details([mailbox_id], part))[mailbox_id], VendorNotFoundError)
    assert sandbox.count() == 0


# ---------------------------------------------------------------- what hangs on a mailbox
async def test_aliases(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    answers = await open_adapter(sandbox).get_details(["41", "44"], "aliases")
    told = answers["44"]
    assert isinstance(told, OutreachDetails)
    assert told.mail_aliases
    assert all(alias.id and alias.created_at for alias in told.mail_aliases)
    assert sandbox.count("/mailAliases") == 2
    assert {request.param("filter[mailbox][id]") for request in sandbox.requests} == {"41", "44"}


async def test_aliases_of_several_pages(open_adapter: OpenAdapter) -> None:
    first = {**recorded("mail_aliases_list"), "links": {"next": "https://x.example/?page[after]=1"}}
    told = (await open_adapter(answering(first, {"data": [{"id": 9}]})).get_details(["41"], "aliases"))["41"]
    assert isinstance(told, OutreachDetails)
    assert [alias.id for alias in told.mail_aliases or ()] == ["5", "6", "9"]


async def test_mailings_are_counted_by_the_vendor(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    answers = await open_adapter(sandbox).get_details(["44", "46", "47"], "mailings")
    counted = answers["44"]
    assert isinstance(counted, OutreachDetails)
    assert counted.mailings is not None
    assert counted.mailings.delivered_last_7_days
    assert counted.mailings.delivered_today is not None
    assert counted.mailings.delivered_today <= counted.mailings.delivered_last_7_days
    for shed_or_uncounted in ("46", "47"):
        told = answers[shed_or_uncounted]
        assert isinstance(told, OutreachDetails)
        assert told.mailings is not None
        assert (told.mailings.delivered_today, told.mailings.delivered_last_7_days) == (None, None)
    of_44 = [dict(request.params) for request in sandbox.requests if request.param("filter[mailbox][id]") == "44"]
    since = [datetime.fromisoformat(params.pop("filter[deliveredAt]").removesuffix("..inf")) for params in of_44]
    assert since[0] == before.replace(hour=0, minute=0, second=0)
    assert timedelta(0) <= since[1] + timedelta(days=7) - before < timedelta(seconds=10)
    expected = {"filter[mailbox][id]": "44", "count": "true", "page[size]": "1", "fields[mailing]": "state"}
    assert of_44 == [expected, expected]


async def test_details_that_fail_fail_alone(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox, {"access_token": MAILBOXES_ONLY_TOKEN})
    assert isinstance((await adapter.get_details(["41"], "aliases"))["41"], VendorForbiddenError)


async def test_owners(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    owners = await open_adapter(sandbox).get_owners(["7", "11", str(GONE_USER_ID), "7", "a,b"])
    assert set(owners) == {"7", "11"}
    assert owners["7"].name
    assert owners["7"].email
    assert owners["11"].name is None
    (request,) = sandbox.requests
    assert dict(request.params) == {"filter[id]": f"7,11,{GONE_USER_ID}", "page[size]": "3", "count": "false", "fields[user]": "name,email"}


async def test_campaigns(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    campaigns = {each: await adapter.list_campaigns(str(each)) for each in range(41, 65)}
    found = {campaign.vendor_id: campaign for several in campaigns.values() for campaign in several}
    assert all(len({each.vendor_id for each in several}) == len(several) for several in campaigns.values())
    assert (found["12"].name, found["12"].active) == ("Spring trial follow-up", True)
    assert found["14"].active is False
    assert (found["15"].name, found["15"].active) == (None, True)
    assert (found["18"].name, found["18"].active) == (None, None)
    assert sandbox.count("/sequenceStates") == sandbox.count() == 24


async def test_the_probe_counts(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    assert (await open_adapter(sandbox).probe()).mailbox_count == 24
    assert dict(sandbox.requests[0].params) == {"count": "true", "page[size]": "1", "fields[mailbox]": "email"}
    assert (await open_adapter(answering(recorded("mailboxes_list_count_truncated"))).probe()).mailbox_count is None


def test_capabilities() -> None:
    assert OutreachAdapter.capabilities() == {
        Capability.MAILBOX_GET,
        Capability.CAMPAIGNS,
        Capability.MAILBOX_CREATE,
        Capability.MAILBOX_UPDATE,
        Capability.MAILBOX_DELETE,
        Capability.TEST_SENDING,
        Capability.TEST_RECEIVING,
        Capability.EWS_MASTER_ACCOUNT,
    }


async def test_what_is_not_supported_costs_no_call(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    with pytest.raises(UnsupportedError):
        await open_adapter(sandbox).list_folders("41")
    assert sandbox.count() == 0


# ---------------------------------------------------------------- errors
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
        ("error_422_validate_send", VendorRejectedError, "could not send"),
        ("error_429_delta_seconds", RateLimitedError, "Limit exceeded"),
        ("error_429_epoch", RateLimitedError, "Limit of 10,000 exceeded"),
        ("error_502_html", VendorUnavailableError, r"HTTP 502\)\.$"),
        ("error_503_maintenance", VendorUnavailableError, "Maintenance until"),
    ],
)
async def test_each_error_answer_has_its_error(name: str, kind: type[VendorError], words: str, open_adapter: OpenAdapter) -> None:
    said = recorded_answer(name)
    asks: tuple[Callable[[OutreachAdapter], Awaitable[object]], ...] = (
        lambda adapter: adapter.probe(),
        lambda adapter: adapter.get_mailbox("41"),
        listed,
        lambda adapter: adapter.list_campaigns("41"),
        lambda adapter: adapter.get_owners(["7"]),
    )
    for ask in asks:  # each by an adapter of its own: after a 429 the vendor is left alone
        with pytest.raises(kind, match=words) as caught:
            await ask(open_adapter(lambda _: httpx.Response(said.status, headers=said.headers, content=said.body)))
        assert type(caught.value) is kind
        assert caught.value.status == said.status


async def test_fields_that_are_refused_are_named(open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(answering(httpx.Response(422, json=recorded("error_422_multi"))))
    with pytest.raises(VendorRejectedError) as caught:
        await adapter.probe()
    assert caught.value.fields == (
        FieldFault("email", "Email can't be empty."),
        FieldFault("sendMethod", "Send method is not in the allowed list."),
    )


@pytest.mark.parametrize("spelling", ["delta", "epoch", "iso"])
async def test_when_to_come_back_is_read_in_every_spelling(spelling: str, sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=30)
    text = {"delta": "1800", "epoch": str(int(at.timestamp())), "iso": at.isoformat().replace("+00:00", "Z")}[spelling]
    sandbox.outages.append(Outage(status=503 if spelling == "iso" else 429, headers={"retry-after": text}))
    with pytest.raises(VendorError) as caught:
        await open_adapter(sandbox).probe()
    assert caught.value.retry_at is not None
    assert abs(caught.value.retry_at - at) < timedelta(seconds=10)


GOOD_STATUS_BAD_BODY = [
    b"",
    b"<html><body>Welcome</body></html>",
    b'{"data": [{"id": 1}',
    b"[]",
    b"null",
    b'"text"',
    b'{"errors": [{"id": "x", "title": "Y"}]}',
    b'{"data": null}',
    b'{"data": 7}',
]


@pytest.mark.parametrize("body", GOOD_STATUS_BAD_BODY)
async def test_a_good_status_with_a_bad_body(body: bytes, sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    sandbox.outages.append(Outage(status=200, body=body))
    adapter = open_adapter(sandbox)
    asked = (adapter.probe(), adapter.get_mailbox("41"), listed(adapter), adapter.list_campaigns("41"), adapter.get_owners(["7"]))
    for ask in asked:
        with pytest.raises(VendorProtocolError):
            await ask
    for part in ("aliases", "mailings"):
        assert isinstance((await adapter.get_details(["41"], part))["41"], VendorProtocolError)
    assert isinstance((await adapter.get_mailboxes(["41"]))["41"], VendorProtocolError)


async def test_a_list_where_a_mailbox_belongs(open_adapter: OpenAdapter) -> None:
    with pytest.raises(VendorProtocolError, match="without a mailbox"):
        await open_adapter(answering({"data": [{"id": 41}]})).get_mailbox("41")


async def test_a_connection_that_breaks_behind_a_page_ends_the_list(open_adapter: OpenAdapter) -> None:
    sandbox = outreach_sandbox(World(mailboxes=1500))
    sandbox.outages.append(Outage(skip=1, status=200, body=b'{"data": [', hang_up=True))
    pages = open_adapter(sandbox).list_mailboxes()
    assert len(await anext(pages)) == 1000
    with pytest.raises(VendorUnavailableError):
        await anext(pages)


async def test_a_wire_that_times_out(open_adapter: OpenAdapter) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(VendorTimeoutError):
        await open_adapter(answer).probe()


async def test_an_error_that_echoes_the_token_is_cleaned(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    detail = f'{{"errors": [{{"id": "x", "detail": "cannot use {ACCESS_TOKEN} today"}}]}}'.encode()
    sandbox.outages.append(Outage(status=500, body=detail))
    adapter = open_adapter(sandbox)
    with pytest.raises(VendorUnavailableError, match=r"cannot use .* today") as caught:
        await adapter.probe()
    assert "CANARY" not in f"{caught.value!r} {adapter!r} {vars(adapter._client.http)!r}"


async def test_a_given_token_that_has_expired_is_tried_once(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    with pytest.raises(VendorAuthError, match=re.escape("expired")):
        await open_adapter(sandbox, {"access_token": EXPIRED_TOKEN}).probe()
    assert sandbox.count() == 1


async def test_identical_reads_at_once_are_one_call(sandbox: Sandbox, open_adapter: OpenAdapter) -> None:
    adapter = open_adapter(sandbox)
    await asyncio.gather(*(adapter.get_mailbox("41") for _ in range(5)))
    assert sandbox.count() == 1
