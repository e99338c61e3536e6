"""Many mailboxes through the CSV import."""

import csv
import io
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email import policy
from email.message import Message
from email.parser import BytesParser

import httpx
import msgspec
import pytest

from gateway.domain.draft import MailboxDraft, ServerDraft, WarmupSettings
from gateway.domain.errors import (
    ConflictError,
    ErrorCode,
    GatewayError,
    LimitUsage,
    OutcomeUnknownError,
    VendorConflictError,
    VendorForbiddenError,
    VendorRejectedError,
)
from gateway.domain.mailbox import MailboxStatus, TransportSecurity
from gateway.domain.outcome import Created, user_errors
from gateway.domain.secret import Secret
from gateway.sandbox.sendkit import sendkit_sandbox
from gateway.sandbox.server import Outage, Recorded, Sandbox
from gateway.sandbox.world import World
from gateway.vendors.sendkit.adapter import SendkitAdapter
from gateway.vendors.sendkit.details import SendkitFields
from tests.vendors.sendkit.connecting import connect
from tests.vendors.sendkit.drafts import PASSWORD, WRONG_PASSWORD, draft, importable, server
from tests.vendors.sendkit.recordings import recorded

KEY = {"api_key": "sk_live_x"}
LIST = "/v1/mailboxes"


@pytest.fixture
def sandbox() -> Sandbox:
    return sendkit_sandbox(World(), verify_seconds=0.01)


def parts_of(request: Recorded) -> dict[str, str]:
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    form = BytesParser(policy=policy.HTTP).parsebytes(head + request.body)
    return {str(part.get_param("name", header="content-disposition")): _text(part) for part in form.iter_parts()}


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def lines_of(request: Recorded) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(parts_of(request)["file"], newline="")))


def mailboxes_of(answers: Sequence[Created | GatewayError]) -> list[str | None]:
    return [answer.mailbox.address if isinstance(answer, Created) and answer.mailbox else None for answer in answers]


# ---------------------------------------------------------------------- what is sent


async def test_one_upload_and_one_answer_for_each(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    answers = await adapter.create_mailboxes([importable(f"{name}@quill.example") for name in ("A", "b", "ç")])
    assert mailboxes_of(answers) == ["a@quill.example", "b@quill.example", "ç@quill.example"]
    assert [each.mailbox.status for each in answers if isinstance(each, Created) and each.mailbox] == [MailboxStatus.ACTIVE] * 3
    assert [each.pending for each in answers if isinstance(each, Created)] == [None] * 3
    upload = sandbox.requests[0]
    assert (upload.method, upload.path) == ("POST", "/v1/mailboxes/import/smtp")
    assert parts_of(upload).keys() == {"skipConnectionTest", "file"}
    assert parts_of(upload)["skipConnectionTest"] == "false"
    assert sandbox.count("/import/smtp") == 1
    assert [request.params for request in list(sandbox.requests)[1:]] == [(("limit", "1"),), (("limit", "100"),)]


async def test_a_line_says_what_a_single_creation_would(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    odd = MailboxDraft(
        address="b@quill.example",
        smtp=ServerDraft(
            host="smtp.b.example", port=465, security=TransportSecurity.TLS, username="B@quill.example", password=Secret(PASSWORD)
        ),
        imap=ServerDraft(host="imap.b.example", port=143, security=TransportSecurity.STARTTLS, password=Secret(PASSWORD)),
    )
    answers = await adapter.create_mailboxes([importable("a@quill.example"), odd])
    first, second = lines_of(sandbox.requests[0])
    assert first == {
        "email": "a@quill.example",
        "password": PASSWORD,
        "smtphost": "smtp.quill.example",
        "smtpport": "587",
        "smtpsecure": "true",
        "imaphost": "imap.quill.example",
        "imapport": "993",
        "imapsecure": "true",
        "displayname": "=Name, a@quill.example",
    }
    assert [second[name] for name in ("smtpport", "smtpsecure", "imapport", "imapsecure", "displayname")] == [
        "465",
        "true",
        "143",
        "false",
        "b",
    ]
    assert isinstance(answers[1], Created)
    assert [warning.field for warning in answers[1].warnings] == [("imap", "security")]


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"verify": True}, True),
        ({"verify": False}, False),
        ({"signature": "<p></p>"}, False),
        ({"daily_limit": 20}, False),
        ({"tags": ()}, False),
        ({"warmup": WarmupSettings()}, False),
        ({"vendor_fields": SendkitFields(provider="custom")}, False),
        ({"domain_vendor_id": "d"}, False),
        ({"imap": None}, False),
        ({"smtp": None}, False),
        ({"imap": ServerDraft()}, False),
        ({"imap": ServerDraft(host="imap.quill.example", password=Secret("another"))}, False),
        ({"imap": ServerDraft(host="imap.quill.example", username="someone")}, False),
        ({"imap": ServerDraft(host="imap.quill.example", security=TransportSecurity.UNKNOWN)}, False),
        ({"smtp": server(None)}, False),
        ({"smtp": ServerDraft(password=Secret(PASSWORD))}, False),
    ],
)
def test_which_drafts_a_line_can_say(adapter: SendkitAdapter, changes: dict[str, object], *, fits: bool) -> None:
    wanted = msgspec.structs.replace(importable("a@quill.example"), **changes)
    assert adapter.fits_batch(wanted) is fits


def test_the_size_of_a_batch(adapter: SendkitAdapter) -> None:
    assert adapter.batch_size == 100
    assert not adapter.fits_batch(draft())


# ---------------------------------------------------------------------- what became of each


async def test_refused_rows_say_why_without_the_password(adapter: SendkitAdapter, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wanted = [
        importable("a@quill.example"),
        importable("b@quill.example", password=WRONG_PASSWORD),
        importable("C@quill.example", host="smtp.nowhere.invalid"),
    ]
    answers = await adapter.create_mailboxes(wanted)
    assert mailboxes_of(answers) == ["a@quill.example", None, None]
    for answer in answers[1:]:
        assert isinstance(answer, VendorRejectedError)
        assert [error.field for error in user_errors(answer)] == [("smtp",)]
        assert "SMTP" in answer.message
        assert "CANARY" not in f"{answer.message}{answer.fields}"
    assert "CANARY" not in f"{answers}{caplog.text}"


async def test_an_address_that_was_there_is_a_conflict(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    await adapter.create_mailboxes([importable("a@quill.example")])
    answers = await adapter.create_mailboxes([importable(f"{name}@quill.example") for name in ("A", "b")])
    assert mailboxes_of(answers) == [None, "b@quill.example"]
    assert isinstance(answers[0], VendorConflictError)
    assert [(error.code, error.field) for error in user_errors(answers[0])] == [(ErrorCode.CONFLICT, ("address",))]
    again = await adapter.create_mailboxes([importable("A@quill.example"), importable("b@quill.example")])
    assert [type(each) for each in again] == [VendorConflictError] * 2
    assert sandbox.count("/import/smtp") == 3


async def test_an_address_that_stands_twice_is_sent_once(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    first, again = await adapter.create_mailboxes([importable("a@quill.example"), importable("A@quill.example")])
    assert isinstance(first, Created)
    assert isinstance(again, ConflictError)
    assert [line["email"] for line in lines_of(sandbox.requests[0])] == ["a@quill.example"]


async def test_an_upload_that_arrives_twice_made_its_mailboxes_once(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(path="/import/smtp", is_doubled=True, times=1))
    answers = await adapter.create_mailboxes([importable(f"{name}@quill.example") for name in ("a", "b")])
    assert mailboxes_of(answers) == ["a@quill.example", "b@quill.example"]


async def test_one_is_searched_and_few_among_many_are(sandbox: Sandbox, adapter: SendkitAdapter) -> None:
    await adapter.create_mailboxes([importable("a@quill.example")])
    assert [request.param("search") for request in list(sandbox.requests)[1:]] == ["a@quill.example"]
    big = sendkit_sandbox(World(mailboxes=250), verify_seconds=0)
    crowd = connect(httpx.ASGITransport(app=big), big.account)
    assert mailboxes_of(await crowd.create_mailboxes([importable(f"{name}@quill.example") for name in ("a", "b")])) != [None, None]
    assert [request.param("search") for request in list(big.requests)[1:]] == [None, "a@quill.example", "b@quill.example"]


async def test_a_look_that_fails_afterwards_leaves_it_open(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(method="GET", status=503))
    answers = await adapter.create_mailboxes([importable("a@quill.example"), importable("b@quill.example", password=WRONG_PASSWORD)])
    assert [type(each) for each in answers] == [OutcomeUnknownError, VendorRejectedError]


def importing(result: object, *rows: Mapping[str, object]) -> SendkitAdapter:
    """A vendor whose import ends so, and whose list shows these rows then."""

    def answer(request: httpx.Request) -> httpx.Response:
        listed = {"data": rows, "pagination": {"total": len(rows), "hasMore": False}}
        return httpx.Response(200, json={"success": True, **({"data": result} if request.method == "POST" else listed)})

    return connect(httpx.MockTransport(answer), KEY)


A, B = importable("a@quill.example"), importable("b@quill.example")


async def test_the_recorded_answer() -> None:
    recording = recorded("import_smtp")
    wanted = importable("broken@lakeside-demo.example")
    (answer,) = await connect(httpx.MockTransport(lambda _: httpx.Response(200, content=recording.content)), KEY).create_mailboxes([wanted])
    assert isinstance(answer, VendorRejectedError)
    assert "Login rejected" in answer.message


async def test_a_mailbox_that_does_not_show_yet_is_open() -> None:
    row = {"_id": "1", "email": "a@quill.example", "status": "active"}
    answers = await importing({"imported": 2, "skipped": 0, "failed": 0, "errors": []}, row).create_mailboxes([A, B])
    assert mailboxes_of(answers) == ["a@quill.example", None]
    assert isinstance(answers[1], OutcomeUnknownError)


async def test_a_row_that_failed_without_being_named() -> None:
    row = {"_id": "1", "email": "a@quill.example", "status": "active"}
    answers = await importing({"imported": 1, "skipped": 0, "failed": 1}, row).create_mailboxes([A, B])
    assert mailboxes_of(answers) == ["a@quill.example", None]
    assert isinstance(answers[1], VendorRejectedError)


async def test_of_those_that_are_there_the_newest_are_new() -> None:
    rows = [
        {"_id": "1", "email": "a@quill.example", "status": "active", "createdAt": "2020-01-02T00:00:00.000Z"},
        {"_id": "2", "email": "b@quill.example", "status": "active", "createdAt": "2020-01-01T00:00:00.000Z"},
    ]
    answers = await importing({"imported": 1, "skipped": 1, "failed": 0}, *rows).create_mailboxes([B, A])
    assert [type(each) for each in answers] == [VendorConflictError, Created]


async def test_an_imported_mailbox_that_is_still_tested_is_pending() -> None:
    row = {"_id": "1", "email": "a@quill.example", "status": "pending", "createdAt": datetime.now(UTC).isoformat()}
    (answer,) = await importing({"imported": 1, "skipped": 0, "failed": 0}, row).create_mailboxes([A])
    assert isinstance(answer, Created)
    assert answer.pending == '{"id":"1","address":"a@quill.example"}'


@pytest.mark.parametrize("result", [None, [], "done"])
async def test_an_import_without_a_result_is_open(result: object) -> None:
    with pytest.raises(OutcomeUnknownError):
        await importing(result).create_mailboxes([A])


# ---------------------------------------------------------------------- the whole batch


async def test_the_plan_is_full_for_all_of_them() -> None:
    sandbox = sendkit_sandbox(World(), max_mailboxes=25)
    adapter = connect(httpx.ASGITransport(app=sandbox), sandbox.account)
    with pytest.raises(VendorForbiddenError) as raised:
        await adapter.create_mailboxes([A, B])
    assert raised.value.limit == LimitUsage(used=24, max=25, requested=2)
    assert sandbox.count() == 1


async def test_a_lost_answer_leaves_all_open_and_is_not_repeated(adapter: SendkitAdapter, sandbox: Sandbox) -> None:
    sandbox.outages.append(Outage(path="/import/smtp", status=504, is_after=True))
    with pytest.raises(OutcomeUnknownError):
        await adapter.create_mailboxes([A, B])
    assert sandbox.count() == 1
    assert len(await adapter.find_mailboxes("b@quill.example")) == 1
