import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import msgspec
import pytest

from gateway.domain.account import Account
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability, MailboxField
from gateway.domain.draft import MailboxChanges, MailboxDraft, OAuthToken, ServerDraft, TrackingDraft
from gateway.domain.errors import (
    GatewayError,
    InvalidInputError,
    OutcomeUnknownError,
    RateLimitedError,
    UnsupportedFieldsError,
    VendorAuthError,
    VendorConflictError,
    VendorError,
    VendorNotFoundError,
    VendorProtocolError,
    VendorRejectedError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import Mailbox, TransportSecurity
from gateway.domain.outcome import Created, user_errors
from gateway.domain.secret import Secret
from gateway.domain.vault import MemoryVault
from gateway.domain.vendor import Vendor
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.woodpecker import CLIENT_COMPANY, woodpecker_sandbox
from gateway.sandbox.world import World
from gateway.transport.client import VendorHttp
from gateway.vendors.woodpecker import SPEC
from gateway.vendors.woodpecker.adapter import WoodpeckerAdapter
from gateway.vendors.woodpecker.details import WoodpeckerDetails, WoodpeckerFields
from gateway.vendors.woodpecker.settlement import MOST_LOOKS
from tests.limits import one_attempt
from tests.vendors.woodpecker.conftest import Connect, recorded

CANARY, OTHER_CANARY = "CANARY-pass-4417", "CANARY-imap-9021"
BULK = "/v2/mailboxes/manual_connection/bulk"
SENDER, ORPHAN = "700001", "700142"


def draft(address: str = "neu@ostwind-leads.example", **parts: Any) -> MailboxDraft:  # noqa: ANN401 - any part of a draft
    servers = {
        "smtp": ServerDraft(host="mail.postbox.example", port=587, password=Secret(CANARY)),
        "imap": ServerDraft(host="imap.postbox.example", port=993),
    }
    return MailboxDraft(address=address, **{**servers, **parts})


def at_server(host: str, password: str = CANARY) -> ServerDraft:
    return ServerDraft(host=host, port=587, password=Secret(password))


@pytest.fixture
def sandbox() -> Sandbox:
    return woodpecker_sandbox(World(mailboxes=24), connect_seconds=0.02)


async def created(adapter: MailboxAdapter, wanted: MailboxDraft) -> Created:
    return await adapter.create_mailbox(wanted, idempotency_key="k")


async def settled(adapter: MailboxAdapter, pending: Sequence[str]) -> list[Created | GatewayError]:
    """Asked until nothing is pending any more."""
    tickets, ends = dict(enumerate(pending)), dict[int, Created | GatewayError]()
    while tickets:
        await asyncio.sleep(0.005)
        for index, answer in zip(list(tickets), await adapter.poll_created([*tickets.values()]), strict=True):
            if isinstance(answer, Created) and answer.pending:
                tickets[index] = answer.pending
            else:
                del tickets[index]
                ends[index] = answer
    return [ends[index] for index in sorted(ends)]


async def end_of(adapter: MailboxAdapter, wanted: MailboxDraft) -> Created | GatewayError:
    ticket = (await created(adapter, wanted)).pending
    assert ticket is not None
    return (await settled(adapter, [ticket]))[0]


def tickets_of(answers: Sequence[Created | GatewayError]) -> list[str]:
    tickets = [answer.pending for answer in answers if isinstance(answer, Created)]
    return [ticket for ticket in tickets if ticket is not None]


def mailbox_of(answer: Created | GatewayError) -> Mailbox:
    assert isinstance(answer, Created)
    assert answer.mailbox is not None
    return answer.mailbox


def sent(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in sandbox.requests]


def bodies(sandbox: Sandbox) -> list[Any]:
    return [json.loads(request.body) for request in sandbox.requests if request.method == "POST"]


def canned(respond: Callable[[httpx.Request], httpx.Response]) -> MailboxAdapter:
    account = Account("agency", Vendor.WOODPECKER)
    settings = {"api_key": "k"}
    http = VendorHttp(
        account, "http://woodpecker.test/rest", SPEC.authorize(settings), one_attempt(concurrency=1), wire=httpx.MockTransport(respond)
    )
    return SPEC.build(account, http, settings, MemoryVault())


# ---------------------------------------------------------------------- what it can do
def test_what_it_can_write() -> None:
    assert WoodpeckerAdapter.capabilities() >= {Capability.MAILBOX_CREATE, Capability.MAILBOX_BULK_CREATE, Capability.MAILBOX_UPDATE}
    assert not WoodpeckerAdapter.overrides("delete_mailbox")
    assert WoodpeckerAdapter.updatable_fields == {MailboxField.SIGNATURE}
    assert WoodpeckerAdapter.batch_size == 200


# ---------------------------------------------------------------------- what is sent
async def test_one_mailbox_is_a_batch_of_one(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    answer = await created(adapter, draft())
    assert sent(sandbox) == [("GET", "/v2/mailboxes"), ("POST", BULK)]
    assert (answer.mailbox, answer.warnings) == (None, ())
    assert answer.pending is not None
    assert json.loads(answer.pending) == {"batch": "55012", "address": "neu@ostwind-leads.example", "before": [], "looks": 0}
    assert bodies(sandbox) == [
        {
            "mailboxes": [
                {
                    "smtp_email": "neu@ostwind-leads.example",
                    "smtp_password": CANARY,
                    "smtp_server": "mail.postbox.example",
                    "smtp_port": 587,
                    "imap_email": "neu@ostwind-leads.example",
                    "imap_password": CANARY,
                    "imap_server": "imap.postbox.example",
                    "imap_port": 993,
                }
            ]
        }
    ]


async def test_everything_that_the_page_names_is_sent_and_read_back(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    wanted = draft(
        display_name="Neu",
        smtp=ServerDraft(host="mail.postbox.example", port=465, username="neu.login", password=Secret(CANARY)),
        imap=ServerDraft(host="imap.postbox.example", port=143, password=Secret(OTHER_CANARY)),
        daily_limit=60,
        min_interval_seconds=60.0,
        max_interval_seconds=120,
        signature="<b>Neu</b>",
        bcc="crm@ostwind-leads.example",
        tracking=TrackingDraft(domain="t.ostwind-leads.example", clicks="c.ostwind-leads.example"),
        vendor_fields=WoodpeckerFields(completion_notification_types=("MAIL", "IN_APP"), imap_email="inbox@ostwind-leads.example"),
    )
    mailbox = mailbox_of(await end_of(adapter, wanted))
    [body] = bodies(sandbox)
    assert body["completion_notification_types"] == ["MAIL", "IN_APP"]
    assert body["mailboxes"][0] == {
        "smtp_email": "neu@ostwind-leads.example",
        "smtp_login": "neu.login",
        "smtp_password": CANARY,
        "smtp_server": "mail.postbox.example",
        "smtp_port": 465,
        "smtp_from_name": "Neu",
        "imap_email": "inbox@ostwind-leads.example",
        "imap_password": OTHER_CANARY,
        "imap_server": "imap.postbox.example",
        "imap_port": 143,
        "footer": "<b>Neu</b>",
        "bcc": "crm@ostwind-leads.example",
        "sending_wait_time_from": 60,
        "sending_wait_time_to": 120,
        "daily_sending_limit": 60,
        "open_tracking_domain": "t.ostwind-leads.example",
        "click_tracking_domain": "c.ostwind-leads.example",
        "unsubscribe_tracking_domain": "t.ostwind-leads.example",
    }
    assert (mailbox.display_name, mailbox.login, mailbox.signature) == ("Neu", "neu.login", "<b>Neu</b>")
    assert (mailbox.sending.min_interval_seconds, mailbox.sending.max_interval_seconds, mailbox.sending.daily_limit) == (60, 120, 60)
    assert mailbox.tracking is not None
    assert mailbox.tracking.clicks == "c.ostwind-leads.example"
    assert isinstance(mailbox.details, WoodpeckerDetails)
    assert mailbox.details.imap is not None
    assert mailbox.details.imap.email == "inbox@ostwind-leads.example"


async def test_blank_optional_values_are_not_sent(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    blank = draft(display_name=" ", signature="", bcc="", tracking=TrackingDraft(domain="", opens=None))
    await created(adapter, blank)
    assert set(bodies(sandbox)[0]["mailboxes"][0]) == {
        f"{half}_{part}" for half in ("smtp", "imap") for part in ("email", "password", "server", "port")
    }


async def test_two_hundred_are_two_calls(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    drafts = [draft(f"n{index}@x.example") for index in range(200)]
    tickets = tickets_of(await adapter.create_mailboxes(drafts))
    assert (len(tickets), sandbox.count()) == (200, 2)
    ends = await settled(adapter, tickets)
    assert [mailbox_of(end).address for end in ends] == [each.address for each in drafts]
    assert len({mailbox_of(end).vendor_id for end in ends}) == 200


async def test_notifications_of_a_batch_are_those_of_all(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    fields = [WoodpeckerFields(completion_notification_types=words) for words in (("MAIL",), ("IN_APP", "MAIL"))]
    await adapter.create_mailboxes([draft(f"n{index}@x.example", vendor_fields=each) for index, each in enumerate(fields)])
    assert bodies(sandbox)[0]["completion_notification_types"] == ["MAIL", "IN_APP"]


async def test_a_company_is_written_to_as_itself(connect: Connect, sandbox: Sandbox) -> None:
    adapter = connect(sandbox, company_id=CLIENT_COMPANY)
    assert mailbox_of(await end_of(adapter, draft())).client_id == CLIENT_COMPANY
    assert {request.headers.get("x-company-id") for request in sandbox.requests} == {CLIENT_COMPANY}


# ---------------------------------------------------------------------- what is not sent
@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"smtp": None}, ("smtp", "host")),
        ({"imap": None}, ("imap", "host")),
        ({"smtp": ServerDraft(host="h.example", port=587)}, ("smtp", "password")),
        ({"smtp": ServerDraft(host="h.example", password=Secret(CANARY))}, ("smtp", "port")),
        ({"smtp": ServerDraft(host=" ", port=587, password=Secret(CANARY))}, ("smtp", "host")),
        ({"imap": ServerDraft(host="h.example")}, ("imap", "port")),
        ({"min_interval_seconds": 60.5}, ("minIntervalSeconds",)),
        ({"max_interval_seconds": float("inf")}, ("maxIntervalSeconds",)),
        ({"address": ""}, ("address",)),
    ],
)
async def test_what_is_missing_costs_no_request(
    adapter: MailboxAdapter, sandbox: Sandbox, parts: dict[str, Any], path: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await created(adapter, draft(**parts))
    assert caught.value.field == path
    assert ".".join(path).rpartition(".")[2] in caught.value.message or "whole" in caught.value.message
    assert sandbox.count() == 0


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"smtp": ServerDraft(security=TransportSecurity.TLS)}, ("smtp", "security")),
        ({"imap": ServerDraft(security=TransportSecurity.NONE)}, ("imap", "security")),
        ({"imap": ServerDraft(username="someone")}, ("imap", "username")),
        ({"oauth": OAuthToken(access_token=Secret("a"), refresh_token=Secret("b"))}, ("oauth",)),
        ({"domain_vendor_id": "1"}, ("domainId",)),
        ({"verify": False}, ("verify",)),
    ],
)
async def test_what_cannot_be_said_costs_no_request(
    adapter: MailboxAdapter, sandbox: Sandbox, parts: dict[str, Any], path: tuple[str, ...]
) -> None:
    with pytest.raises(UnsupportedFieldsError) as caught:
        await created(adapter, draft(**parts))
    assert list(caught.value.fields) == [path]
    assert sandbox.count() == 0


async def test_verification_may_be_asked_for(adapter: MailboxAdapter) -> None:
    assert (await created(adapter, draft(verify=True))).pending


async def test_what_cannot_be_sent_costs_only_itself(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    drafts = [draft("a@x.example", smtp=None), draft("b@x.example"), draft("B@x.example"), draft("c@x.example")]
    first, second, third, fourth = await adapter.create_mailboxes(drafts)
    assert isinstance(first, InvalidInputError)
    assert isinstance(third, InvalidInputError)
    assert third.field == ("address",)
    assert [json.loads(ticket)["address"] for ticket in tickets_of([second, fourth])] == ["b@x.example", "c@x.example"]
    assert [item["smtp_email"] for item in bodies(sandbox)[0]["mailboxes"]] == ["b@x.example", "c@x.example"]


async def test_a_batch_of_nothing_that_can_be_sent_is_no_request(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    assert isinstance((await adapter.create_mailboxes([draft(smtp=None)]))[0], InvalidInputError)
    assert sandbox.count() == 0


# ---------------------------------------------------------------------- what became of them
async def test_polling_is_one_call_while_the_batch_runs_and_two_at_its_end(connect: Connect) -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=5), connect_seconds=0.2)
    adapter = connect(sandbox)
    tickets = tickets_of(await adapter.create_mailboxes([draft("a@x.example"), draft("b@x.example")]))
    sandbox.requests.clear()
    assert [each.pending for each in await adapter.poll_created(tickets) if isinstance(each, Created)] == tickets
    assert sent(sandbox) == [("GET", f"{BULK}/55012/summary")]
    await asyncio.sleep(0.2)
    sandbox.requests.clear()
    assert len({mailbox_of(end).id for end in await adapter.poll_created(tickets)}) == 2
    assert sent(sandbox) == [("GET", f"{BULK}/55012/summary"), ("GET", "/v2/mailboxes")]


async def test_batches_are_asked_once_each_and_the_list_once(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    tickets = [ticket for name in "abc" for ticket in tickets_of([await created(adapter, draft(f"{name}@x.example"))])]
    await asyncio.sleep(0.03)
    sandbox.requests.clear()
    assert len({mailbox_of(end).id for end in await adapter.poll_created([*tickets, tickets[0]])}) == 3
    assert sorted(sent(sandbox)) == [("GET", "/v2/mailboxes"), *(("GET", f"{BULK}/{batch}/summary") for batch in (55012, 55013, 55014))]


async def test_a_ticket_outlives_the_process(connect: Connect, sandbox: Sandbox) -> None:
    ticket = (await created(connect(sandbox), draft("Neu@Ostwind-Leads.example"))).pending
    assert ticket is not None
    assert mailbox_of((await settled(connect(sandbox), [ticket]))[0]).address == "Neu@Ostwind-Leads.example"


async def test_a_mailbox_that_was_there_before_is_not_the_new_one(connect: Connect) -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=24), connect_seconds=0.0, is_duplicate_refused=False)
    adapter = connect(sandbox)
    old = (await adapter.get_mailbox(SENDER)).address
    assert old is not None
    end = await end_of(adapter, draft(old.upper()))
    assert isinstance(end, VendorRejectedError)
    assert "already connected" in end.message
    assert json.loads(tickets_of(await adapter.create_mailboxes([draft(old)]))[0])["before"] == [SENDER]


async def test_conditionally_connected_is_connected_with_a_warning(adapter: MailboxAdapter) -> None:
    end = await end_of(adapter, draft(smtp=at_server("smtp.slow.example")))
    assert mailbox_of(end).address == "neu@ostwind-leads.example"
    assert isinstance(end, Created)
    assert [warning.field for warning in end.warnings] == [("smtp",)]
    assert "Connected conditionally." in end.warnings[0].message


@pytest.mark.parametrize(("host", "password"), [("mail.gone.invalid", CANARY), ("mail.postbox.example", f"{CANARY}-wrong")])
@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_failure_is_told_without_what_it_echoes(
    connect: Connect,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    host: str,
    password: str,
    is_restarted: bool,  # noqa: FBT001
) -> None:
    caplog.set_level(logging.DEBUG)
    adapter = connect(sandbox)
    ticket = (await created(adapter, draft(smtp=at_server(host, password)))).pending
    assert ticket is not None
    assert password in json.dumps(bodies(sandbox))
    [error] = await settled(connect(sandbox) if is_restarted else adapter, [ticket])
    assert isinstance(error, VendorRejectedError)
    [told] = user_errors(error)
    assert told.field == ("smtp",)
    assert told.message.startswith("Woodpecker could not connect this mailbox: ")
    assert "CANARY" not in f"{error!r}{error.fields}{told}{ticket}{caplog.text}"


async def test_words_are_withheld_where_the_password_cannot_be_cut_out(connect: Connect, sandbox: Sandbox) -> None:
    wordlike = "CANARYwithoutdigits"
    adapter = connect(sandbox)
    drafts = [draft("a@x.example", smtp=at_server("a.invalid", wordlike)), draft("b@x.example", smtp=at_server("b.slow.example"))]
    tickets = tickets_of(await adapter.create_mailboxes(drafts))
    failed, conditional = await settled(connect(sandbox), tickets)
    assert isinstance(failed, VendorRejectedError)
    assert "its words are not shown" in failed.message
    assert isinstance(conditional, Created)
    assert "Connected conditionally." in conditional.warnings[0].message
    [failed] = await adapter.poll_created(tickets[:1])
    assert isinstance(failed, VendorRejectedError)
    assert "Could not connect to a.invalid as a@x.example with password [redacted]" in failed.message


async def test_the_passwords_of_a_whole_batch_are_cut_out(adapter: MailboxAdapter) -> None:
    letters = "abcdefghijklmnopqrst"
    names = [f"{first}{second}" for first in letters for second in letters[:10]]
    drafts = [
        draft(
            f"{name}@x.example",
            smtp=at_server("x.invalid", f"CANARYsmtp{name}z"),
            imap=ServerDraft(host="i.example", port=993, password=Secret(f"CANARYimap{name}z")),
        )
        for name in names
    ]
    ends = await settled(adapter, tickets_of(await adapter.create_mailboxes(drafts)))
    assert [type(end) for end in ends] == [VendorRejectedError] * 200
    assert not [end for end in ends if "CANARY" in str(end)]


async def test_some_of_a_batch_fail(adapter: MailboxAdapter) -> None:
    drafts = [draft("a@x.example"), draft("b@x.example", smtp=at_server("b.invalid")), draft("c@x.example")]
    first, second, third = await settled(adapter, tickets_of(await adapter.create_mailboxes(drafts)))
    assert isinstance(second, VendorRejectedError)
    assert [mailbox_of(each).address for each in (first, third)] == ["a@x.example", "c@x.example"]


async def test_a_list_that_lags_is_waited_for(connect: Connect) -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=5), connect_seconds=0.0, list_lag_seconds=0.03)
    adapter = connect(sandbox)
    [ticket] = tickets_of([await created(adapter, draft())])
    [looked] = await adapter.poll_created([ticket])
    assert isinstance(looked, Created)
    assert looked.pending is not None
    assert json.loads(looked.pending)["looks"] == 1
    await asyncio.sleep(0.04)
    assert mailbox_of((await adapter.poll_created([looked.pending]))[0])


async def test_a_mailbox_that_never_turns_up_is_an_unknown_outcome(connect: Connect) -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=5), connect_seconds=0.0, list_lag_seconds=60.0)
    adapter = connect(sandbox)
    [ticket] = tickets_of([await created(adapter, draft())])
    for _ in range(MOST_LOOKS - 1):
        [ticket] = tickets_of(await adapter.poll_created([ticket]))
    [end] = await adapter.poll_created([ticket])
    assert isinstance(end, OutcomeUnknownError)


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_forgotten_batch_is_decided_by_the_list(connect: Connect, is_there: bool) -> None:  # noqa: FBT001 - a parameter of the test
    sandbox = woodpecker_sandbox(World(mailboxes=5), connect_seconds=0.0 if is_there else 60.0)
    adapter = connect(sandbox)
    tickets = tickets_of([await created(adapter, draft())])
    sandbox.outages.append(Outage(path="/summary", status=404, body=recorded("error_404")))
    end = (await settled(adapter, tickets))[0]
    assert isinstance(end, Created if is_there else OutcomeUnknownError)
    assert not isinstance(end, Created) or end.mailbox is not None


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_poll_that_fails_says_nothing_of_the_mailbox(adapter: MailboxAdapter, sandbox: Sandbox, status: int) -> None:
    tickets = tickets_of([await created(adapter, draft())])
    sandbox.outages.append(Outage(path="/summary", status=status))
    with pytest.raises((VendorAuthError, RateLimitedError, VendorUnavailableError)):
        await adapter.poll_created(tickets)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>", b'{"processing_finished": "perhaps"}'])
async def test_a_summary_that_cannot_be_read(adapter: MailboxAdapter, sandbox: Sandbox, body: bytes) -> None:
    tickets = tickets_of([await created(adapter, draft())])
    sandbox.outages.append(Outage(path="/summary", status=200, body=body))
    with pytest.raises(VendorProtocolError):
        await adapter.poll_created(tickets)


async def test_a_note_that_cannot_be_read_is_an_unknown_outcome(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    assert [type(end) for end in await adapter.poll_created(["", "{}"])] == [OutcomeUnknownError] * 2
    assert sandbox.count() == 0


@pytest.mark.parametrize("name", ["batch_summary_mixed", "batch_summary_mixed_strings"])
async def test_the_recorded_summaries_with_a_failure(connect: Connect, name: str) -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=5), connect_seconds=60.0)
    adapter = connect(sandbox)
    tickets = tickets_of(await adapter.create_mailboxes([draft("bad@ostwind-leads.example"), draft("good@ostwind-leads.example")]))
    sandbox.outages.append(Outage(path="/summary", status=200, body=recorded("batch_summary_pending"), times=1))
    assert tickets_of(await adapter.poll_created(tickets)) == tickets
    sandbox.outages.append(Outage(path="/summary", status=200, body=recorded(name)))
    bad, good = await adapter.poll_created(tickets)
    assert isinstance(bad, VendorRejectedError)
    assert isinstance(good, Created)
    assert good.pending not in {None, tickets[1]}, "finished, and not in the list yet"


@pytest.mark.parametrize(("name", "warnings"), [("batch_summary_mixed", 1), ("batch_summary_finished", 0)])
async def test_the_recorded_summaries_with_a_condition(adapter: MailboxAdapter, sandbox: Sandbox, name: str, warnings: int) -> None:
    tickets = tickets_of([await created(adapter, draft("cond@ostwind-leads.example"))])
    await asyncio.sleep(0.03)
    sandbox.outages.append(Outage(path="/summary", status=200, body=recorded(name)))
    [end] = await adapter.poll_created(tickets)
    assert isinstance(end, Created)
    assert len(end.warnings) == warnings
    assert mailbox_of(end)


FAILURES: list[tuple[object, str]] = [
    ("neu@ostwind-leads.example", "does not say why"),
    ("NEU@ostwind-leads.example: Authentication failed", "Authentication failed"),
    ({"email": "neu@ostwind-leads.example", "reason": "no such host"}, "no such host"),
    ({"address": "neu@ostwind-leads.example", "message": "no such host"}, "no such host"),
    ({"smtp_email": "neu@ostwind-leads.example", "error": None, "details": ["no", "such host"]}, "no; such host"),
    ({"smtp_email": "neu@ostwind-leads.example", "error": "", "details": "no such host", "id": 7}, "no such host"),
    (["odd"], "does not say why"),
]


# A million letters without an "@": an address is not looked for in all of them, which would take time that grows with their square.
@pytest.mark.parametrize(("entry", "words"), [*FAILURES, pytest.param("x" * 1_000_000, "does not say why", id="long")], ids=str)
async def test_failures_in_every_shape_that_they_could_have(connect: Connect, entry: object, words: str) -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=5), connect_seconds=60.0)
    adapter = connect(sandbox)
    tickets = tickets_of([await created(adapter, draft())])
    body = {"processing_finished": True, "batch_size": 1, "failed_mailboxes_count": 1, "failed_mailboxes": [entry]}
    sandbox.outages.append(Outage(path="/summary", status=200, body=msgspec.json.encode(body)))
    [end] = await adapter.poll_created(tickets)
    assert isinstance(end, VendorRejectedError)
    assert words in end.message


async def test_an_address_that_is_listed_twice_is_warned_of() -> None:
    rows = [{"id": number, "type": "SMTP", "details": {"email": "neu@x.example"}} for number in (9, 8)]

    def respond(request: httpx.Request) -> httpx.Response:
        summary = {"processing_finished": True}
        return httpx.Response(200, json=summary if request.url.path.endswith("summary") else rows)

    [end] = await canned(respond).poll_created(['{"batch": "1", "address": "neu@x.example"}'])
    assert mailbox_of(end).vendor_id == "8"
    assert isinstance(end, Created)
    assert [warning.field for warning in end.warnings] == [("address",)]


@pytest.mark.parametrize("answer", ["bulk_add_accepted", "bulk_add_accepted_string_id"])
async def test_the_recorded_acceptances(adapter: MailboxAdapter, sandbox: Sandbox, answer: str) -> None:
    sandbox.outages.append(Outage(path="/bulk", method="POST", status=202, body=recorded(answer), is_after=True))
    [ticket] = tickets_of([await created(adapter, draft())])
    assert json.loads(ticket)["batch"] == str(json.loads(recorded(answer))["batch_id"])
    assert mailbox_of((await settled(adapter, [ticket]))[0])


# ---------------------------------------------------------------------- refusals
async def test_the_vendors_lines_find_their_places(adapter: MailboxAdapter) -> None:
    wanted = draft(
        smtp=ServerDraft(host="mail.postbox.example", port=70_000, password=Secret(CANARY)),
        min_interval_seconds=200,
        max_interval_seconds=100,
        daily_limit=9000,
        tracking=TrackingDraft(domain="nonsense", opens="o.x.example"),
        vendor_fields=WoodpeckerFields(imap_email="nobody", completion_notification_types=("PIGEON",)),
    )
    with pytest.raises(VendorRejectedError) as caught:
        await created(adapter, wanted)
    assert {error.field for error in user_errors(caught.value)} == {
        ("smtp", "port"),
        ("minIntervalSeconds",),
        ("dailyLimit",),
        ("tracking", "domain"),
        ("vendor", "woodpecker", "imapEmail"),
        ("vendor", "woodpecker", "completionNotificationTypes"),
    }
    assert "smtp_port must be between 1 and 65535" in {fault.message for fault in caught.value.fields}
    assert caught.value.status == 400


async def test_a_refused_batch_is_sent_again_without_the_guilty(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    drafts = [draft("a@x.example", smtp=None), draft("b@x.example"), draft("c@x.example", bcc="nobody")]
    _, innocent, guilty = await adapter.create_mailboxes(drafts)
    assert isinstance(guilty, VendorRejectedError)
    assert [fault.path for fault in guilty.fields] == [("bcc",)]
    assert isinstance(innocent, Created)
    assert innocent.pending is not None
    assert sandbox.count(method="POST") == 2
    assert b"c@x.example" not in sandbox.requests[-1].body


async def test_a_second_try_that_is_lost_leaves_the_first_refusal_as_it_was(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(method="POST", skip=1, status=500, is_after=True))
    innocent, guilty = await adapter.create_mailboxes([draft("b@x.example"), draft("c@x.example", bcc="nobody")])
    assert isinstance(innocent, OutcomeUnknownError)
    assert isinstance(guilty, VendorRejectedError)


async def test_the_recorded_refusal(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(method="POST", status=400, body=recorded("bulk_add_invalid_400")))
    with pytest.raises(VendorRejectedError) as caught:
        await created(adapter, draft(signature="x"))
    assert [fault.path for fault in caught.value.fields] == [("smtp", "port"), ("signature",)]


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (b'{"code": "VALIDATION_ERROR", "details": ["smtp_port is odd"]}', [("smtp", "port")]),
        (b'{"code": "VALIDATION_ERROR", "details": ["too many"]}', [None]),
        (b'{"code": "VALIDATION_ERROR", "details": ["mailboxes[7].bcc is odd"]}', [None]),
        (b'{"code": "VALIDATION_ERROR", "details": []}', []),
        (b'{"title": "Bad Request", "status": 400, "detail": "no"}', []),
        (b"<html>", []),
    ],
)
async def test_a_refusal_without_a_culprit_is_everybodys(adapter: MailboxAdapter, sandbox: Sandbox, body: bytes, paths: list[Any]) -> None:
    sandbox.outages.append(Outage(method="POST", status=400, body=body))
    with pytest.raises(VendorRejectedError) as caught:
        await adapter.create_mailboxes([draft("a@x.example"), draft("b@x.example")])
    assert [fault.path for fault in caught.value.fields] == paths


async def test_an_address_inside_of_another_is_not_named(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    body = b'{"code": "CONFLICT", "details": ["Mailbox ab@x.example is blocked."]}'
    sandbox.outages.append(Outage(method="POST", times=1, status=409, body=body))
    inside, meant = await adapter.create_mailboxes([draft("b@x.example"), draft("ab@x.example")])
    assert "blocked" in str(meant)
    assert isinstance(inside, Created)


async def test_an_address_that_is_connected_is_a_conflict(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    old = (await adapter.get_mailbox(SENDER)).address
    assert old is not None
    first, second = await adapter.create_mailboxes([draft("a@x.example"), draft(old)])
    assert isinstance(first, Created)
    assert isinstance(second, VendorConflictError)
    assert old in second.message
    assert sandbox.count(method="POST") == 2


async def test_an_address_that_is_being_connected_is_a_conflict(connect: Connect) -> None:
    adapter = connect(woodpecker_sandbox(World(mailboxes=5), connect_seconds=60.0))
    await created(adapter, draft())
    with pytest.raises(VendorConflictError):
        await created(adapter, draft())


async def test_a_failed_mailbox_can_be_added_again(adapter: MailboxAdapter) -> None:
    assert isinstance(await end_of(adapter, draft(smtp=at_server("b.invalid"))), VendorRejectedError)
    assert mailbox_of(await end_of(adapter, draft()))


async def test_a_running_batch_is_a_conflict(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(method="POST", status=409, body=b'{"code": "CONFLICT", "details": ["Another batch is running"]}'))
    with pytest.raises(VendorConflictError):
        await created(adapter, draft())
    assert sandbox.count(method="POST") == 1


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, recorded("error_401"), VendorAuthError),
        (409, recorded("error_429_v1_as_409"), RateLimitedError),
        (422, recorded("error_422_domains"), VendorRejectedError),
        (429, b"Too Many Requests", RateLimitedError),
        (500, recorded("error_500_bulk"), OutcomeUnknownError),
        (500, b'{"status": {"status": "ERROR", "code": "E_UNKNOWN"}}', OutcomeUnknownError),
        (502, b"<html>", OutcomeUnknownError),
        (302, b"", OutcomeUnknownError),
        (202, b"", OutcomeUnknownError),
        (202, b"{}", OutcomeUnknownError),
        (202, b'{"batch_id": null}', OutcomeUnknownError),
    ],
)
async def test_other_answers_to_a_write(
    adapter: MailboxAdapter, sandbox: Sandbox, status: int, body: bytes, error: type[VendorError]
) -> None:
    sandbox.outages.append(Outage(method="POST", status=status, body=body))
    with pytest.raises(VendorError) as caught:
        await created(adapter, draft())
    assert type(caught.value) is error
    assert sandbox.count(method="POST") == 1


async def test_a_list_that_fails_means_that_nothing_was_sent(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(path="/v2/mailboxes", method="GET", status=500))
    with pytest.raises(VendorUnavailableError):
        await created(adapter, draft())
    assert sandbox.count(method="POST") == 0


# ---------------------------------------------------------------------- lost and doubled requests
async def test_a_lost_answer_is_an_unknown_outcome_and_one_mailbox(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(path="/bulk", method="POST", status=202, hang_up=True, is_after=True, times=1))
    with pytest.raises(OutcomeUnknownError):
        await created(adapter, draft())
    await asyncio.sleep(0.03)
    assert sandbox.count(method="POST") == 1
    assert len(await adapter.find_mailboxes("NEU@ostwind-leads.example")) == 1


@pytest.mark.parametrize("is_duplicate_refused", [True, False])
async def test_a_doubled_request_is_never_called_a_failure(connect: Connect, is_duplicate_refused: bool) -> None:  # noqa: FBT001 - a parameter of the test
    sandbox = woodpecker_sandbox(World(mailboxes=5), connect_seconds=0.02, is_duplicate_refused=is_duplicate_refused)
    adapter = connect(sandbox)
    sandbox.outages.append(Outage(path="/bulk", method="POST", is_doubled=True, times=1))
    if is_duplicate_refused:
        with pytest.raises(OutcomeUnknownError):
            await created(adapter, draft())
        await asyncio.sleep(0.03)
        assert len(await adapter.find_mailboxes(draft().address)) == 1
    else:
        assert mailbox_of(await end_of(adapter, draft()))


async def test_an_echo_that_never_turns_up_is_a_failure_after_all(connect: Connect) -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=5), connect_seconds=60.0)
    adapter = connect(sandbox)
    tickets = tickets_of([await created(adapter, draft())])
    entry = {"smtp_email": draft().address, "error": "is already connected"}
    body = {"processing_finished": True, "failed_mailboxes": [entry]}
    sandbox.outages.append(Outage(path="/summary", status=200, body=msgspec.json.encode(body)))
    [end] = await settled(adapter, tickets)
    assert isinstance(end, VendorRejectedError)
    assert sandbox.count("/summary") == MOST_LOOKS


async def test_writes_take_their_turn(connect: Connect) -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=5), is_serial=True, work_seconds=0.001, connect_seconds=0.0)
    adapter = connect(sandbox)
    answers = await asyncio.gather(*(created(adapter, draft(f"n{index}@x.example")) for index in range(10)))
    assert len(await settled(adapter, tickets_of(answers))) == 10
    assert sandbox.most_running == 1


# ---------------------------------------------------------------------- the signature
@pytest.mark.parametrize(("signature", "shown"), [("<p>Neu</p>", "<p>Neu</p>"), (None, None), ("", None)])
async def test_the_signature_can_be_changed(adapter: MailboxAdapter, sandbox: Sandbox, signature: str | None, shown: str | None) -> None:
    mailbox = await adapter.get_mailbox("700021")
    assert mailbox.signature
    sandbox.requests.clear()
    updated = await adapter.update_mailbox(mailbox, MailboxChanges(signature=signature))
    assert (updated.mailbox, updated.applied, updated.error) == (None, (MailboxField.SIGNATURE,), None)
    assert sent(sandbox) == [("PATCH", "/v2/mailboxes/700021")]
    assert json.loads(sandbox.requests[-1].body) == {"footer": signature}
    assert (await adapter.get_mailbox("700021")).signature == shown


async def test_a_mailbox_that_only_receives_has_no_signature(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    orphan = await adapter.get_mailbox(ORPHAN)
    sandbox.requests.clear()
    with pytest.raises(UnsupportedFieldsError) as caught:
        await adapter.update_mailbox(orphan, MailboxChanges(signature="x"))
    assert list(caught.value.fields) == [("signature",)]
    assert sandbox.count() == 0


async def test_changes_that_say_nothing_cost_nothing(adapter: MailboxAdapter, sandbox: Sandbox) -> None:
    mailbox = await adapter.get_mailbox(SENDER)
    sandbox.requests.clear()
    assert (await adapter.update_mailbox(mailbox, MailboxChanges())).applied == ()
    with pytest.raises(UnsupportedFieldsError):
        await adapter.update_mailbox(mailbox, MailboxChanges(signature="x", verify=True))
    assert sandbox.count() == 0


@pytest.mark.parametrize(
    ("status", "body", "error", "path"),
    [
        (400, b'{"title": "Bad Request", "status": 400, "detail": "too long"}', VendorRejectedError, ("signature",)),
        (404, recorded("error_404"), VendorNotFoundError, None),
        (429, recorded("error_429"), RateLimitedError, None),
        (500, b"", OutcomeUnknownError, None),
    ],
)
async def test_a_signature_that_is_not_taken(
    adapter: MailboxAdapter, sandbox: Sandbox, status: int, body: bytes, error: type[VendorError], path: tuple[str, ...] | None
) -> None:
    mailbox = await adapter.get_mailbox(SENDER)
    sandbox.outages.append(Outage(method="PATCH", status=status, body=body))
    with pytest.raises(VendorError) as caught:
        await adapter.update_mailbox(mailbox, MailboxChanges(signature="x"))
    assert type(caught.value) is error
    assert user_errors(caught.value)[0].field == path
    assert sandbox.count(method="PATCH") == 1
