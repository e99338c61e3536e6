"""What every adapter must do when it writes, and refuse where it cannot, in the same words for all.

An adapter is held to what it overrides: the suite needs no list of who can do what.
"""

import asyncio
import inspect
import logging
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx
import msgspec
import pytest

from gateway.app import connect
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import MailboxField
from gateway.domain.draft import FIELDS, MailboxChanges, MailboxDraft, TrackingDraft, WarmupSettings, fields_given, secrets_in
from gateway.domain.errors import (
    GatewayError,
    NotFoundError,
    OutcomeUnknownError,
    UnsupportedError,
    VendorError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import AutoReply, ChannelState, Mailbox, MailboxStatus, MailProvider, SendBurst
from gateway.domain.secret import Secret
from gateway.domain.vendor import Vendor
from gateway.domain.writes import Writes
from gateway.sandbox.server import Outage
from gateway.vendors.registry import SPECS
from tests.contract.conftest import Contract
from tests.contract.drafts import CANARY, RECIPES, listed

PATIENCE_SECONDS = 20.0
"""For a vendor that works by itself; sandboxes take a moment."""
DRAFT = MailboxDraft(address="x@northwind-demo.example")
CHANGES = MailboxChanges(signature="x")
SETTINGS = WarmupSettings(daily_target=20)

T = TypeVar("T")
Write = Callable[[MailboxAdapter, Mailbox], Awaitable[object]]


def those_that(method: str, *, with_field: MailboxField | None = None) -> pytest.MarkDecorator:
    """The vendors that can do what a method of the port does, and set a field with a new mailbox; the others must refuse, see below."""
    able = [
        vendor
        for vendor, spec in SPECS.items()
        if spec.adapter.overrides(method) and (with_field is None or with_field in spec.adapter.creatable_fields)
    ]
    assert able, f"no vendor does {method}"
    return pytest.mark.parametrize("contract", able, indirect=True, ids=[vendor.lower() for vendor in able])


WRITES: Mapping[str, Write] = {
    "create_mailbox": lambda adapter, _: adapter.create_mailbox(DRAFT, idempotency_key="key"),
    "create_mailboxes": lambda adapter, _: adapter.create_mailboxes([DRAFT]),
    "poll_created": lambda adapter, _: adapter.poll_created(["pending"]),
    "connect_mailbox": lambda adapter, _: adapter.connect_mailbox(MailProvider.GOOGLE),
    "update_mailbox": lambda adapter, mailbox: adapter.update_mailbox(mailbox, CHANGES),
    "delete_mailbox": lambda adapter, mailbox: adapter.delete_mailbox(mailbox.vendor_id),
    "suspend_mailbox": lambda adapter, mailbox: adapter.suspend_mailbox(mailbox.vendor_id),
    "resume_mailbox": lambda adapter, mailbox: adapter.resume_mailbox(mailbox.vendor_id),
    "test_sending": lambda adapter, mailbox: adapter.test_sending(mailbox.vendor_id),
    "test_receiving": lambda adapter, mailbox: adapter.test_receiving(mailbox.vendor_id),
    "set_password": lambda adapter, mailbox: adapter.set_password(mailbox.vendor_id, Secret(CANARY)),
    "set_auto_reply": lambda adapter, mailbox: adapter.set_auto_reply(mailbox.vendor_id, AutoReply(enabled=False)),
    "set_spam_threshold": lambda adapter, mailbox: adapter.set_spam_threshold(mailbox.vendor_id, 5),
    "link_ews_master_account": lambda adapter, mailbox: adapter.link_ews_master_account(mailbox.vendor_id),
    "unlink_ews_master_account": lambda adapter, mailbox: adapter.unlink_ews_master_account(mailbox.vendor_id),
    "start_warmup": lambda adapter, mailbox: adapter.start_warmup(mailbox, SETTINGS),
    "pause_warmup": lambda adapter, mailbox: adapter.pause_warmup(mailbox),
    "resume_warmup": lambda adapter, mailbox: adapter.resume_warmup(mailbox),
    "stop_warmup": lambda adapter, mailbox: adapter.stop_warmup(mailbox),
    "update_warmup": lambda adapter, mailbox: adapter.update_warmup(mailbox, SETTINGS),
    "create_folder": lambda adapter, mailbox: adapter.create_folder(mailbox.vendor_id, "Orders"),
    "rename_folder": lambda adapter, mailbox: adapter.rename_folder(mailbox.vendor_id, "fld", "Orders"),
    "delete_folder": lambda adapter, mailbox: adapter.delete_folder(mailbox.vendor_id, "fld"),
    "edit_rules": lambda adapter, mailbox: adapter.edit_rules(mailbox.vendor_id, lambda rules: rules),
    "update_message": lambda adapter, mailbox: adapter.update_message(mailbox.vendor_id, "msg", is_read=True, is_starred=None),
    "move_message": lambda adapter, mailbox: adapter.move_message(mailbox.vendor_id, "msg", folder_id="fld", role=None),
    "delete_message": lambda adapter, mailbox: adapter.delete_message(mailbox.vendor_id, "msg"),
}
"""Every method of the port that writes, with arguments that suffice to be refused."""

Shown = Callable[[Mailbox], object]

CHANGED: Mapping[MailboxField, tuple[dict[str, Any], Shown, object]] = {
    MailboxField.DISPLAY_NAME: ({"display_name": "Zoë Café"}, lambda mailbox: mailbox.display_name, "Zoë Café"),
    MailboxField.DAILY_LIMIT: ({"daily_limit": 42}, lambda mailbox: mailbox.sending.daily_limit, 42),
    MailboxField.WEEKLY_LIMIT: ({"weekly_limit": 420}, lambda mailbox: mailbox.sending.weekly_limit, 420),
    MailboxField.BURST: ({"burst": SendBurst(3, 90)}, lambda mailbox: mailbox.sending.burst, SendBurst(3, 90)),
    MailboxField.SEND_INTERVAL: ({"min_interval_seconds": 180.0}, lambda mailbox: mailbox.sending.min_interval_seconds, 180.0),
    MailboxField.SIGNATURE: ({"signature": "<p>Zoë</p>"}, lambda mailbox: mailbox.signature, "<p>Zoë</p>"),
    MailboxField.BCC: ({"bcc": "crm@quill.example"}, lambda mailbox: mailbox.bcc, "crm@quill.example"),
    MailboxField.TRACKING: (
        {"tracking": TrackingDraft(domain="t.quill.example")},
        lambda mailbox: mailbox.tracking and mailbox.tracking.domain,
        "t.quill.example",
    ),
    MailboxField.TAGS: ({"tags": ("contract",)}, lambda mailbox: mailbox.tags, ("contract",)),
    MailboxField.SENDING_ENABLED: (
        {"sending_enabled": False},
        lambda mailbox: mailbox.health.sending.state,
        ChannelState.DISABLED,
    ),
    MailboxField.RECEIVING_ENABLED: (
        {"receiving_enabled": False},
        lambda mailbox: mailbox.health.receiving.state,
        ChannelState.DISABLED,
    ),
}
"""What `update_mailbox` is given for a field, where that shows afterwards, and as what."""

ELSEWHERE: Mapping[MailboxField, str] = {
    MailboxField.SMTP: "its parts hang together differently at each vendor: tests/vendors/",
    MailboxField.IMAP: "as above",
    MailboxField.REPLY_TO: "as above: whoever has it wants the password said again",
    MailboxField.OWNER: "what can own a mailbox is the vendor's: tests/vendors/",
    MailboxField.VENDOR_FIELDS: "the vendor's own: tests/vendors/",
    MailboxField.PASSWORD: "set_password",
    MailboxField.AUTO_REPLY: "set_auto_reply",
    MailboxField.SPAM_FILTER: "set_spam_threshold",
    MailboxField.WARMUP: "update_warmup",
}
"""Fields that are tested elsewhere, or changed by a method of their own."""


# ---------------------------------------------------------------------- what a vendor can do
def test_no_write_of_the_port_is_forgotten() -> None:
    assert set(WRITES) == {name for name, member in vars(Writes).items() if inspect.iscoroutinefunction(member)}
    assert set(CHANGED) | set(ELSEWHERE) == set(MailboxField)
    assert set(RECIPES) == set(Vendor)


@pytest.mark.parametrize("method", list(WRITES))
async def test_what_it_cannot_do_is_refused_before_any_request(contract: Contract, method: str) -> None:
    if contract.adapter.overrides(method):
        return
    mailbox = (await listed(contract.adapter))[0]
    contract.sandbox.requests.clear()
    with pytest.raises(UnsupportedError) as caught:
        await WRITES[method](contract.adapter, mailbox)
    assert caught.value.vendor is contract.spec.vendor
    assert contract.sandbox.count() == 0


async def test_what_it_declares_hangs_together(contract: Contract) -> None:
    adapter = contract.adapter
    assert bool(adapter.batch_size) == adapter.overrides("create_mailboxes")
    assert not adapter.creatable_fields or adapter.overrides("create_mailbox")
    assert not adapter.updatable_fields & set(FIELDS.values()) or adapter.overrides("update_mailbox")
    methods = {MailboxField(name.upper()): method for name, method in _OWN_METHODS.items()}
    assert {field for field, method in methods.items() if adapter.overrides(method)} == adapter.updatable_fields & set(methods)


_OWN_METHODS = {
    "password": "set_password",
    "auto_reply": "set_auto_reply",
    "spam_filter": "set_spam_threshold",
    "warmup": "update_warmup",
}


# ---------------------------------------------------------------------- create, change, delete
async def test_a_new_mailbox_is_there_once(contract: Contract) -> None:
    draft = await drafted(contract)
    mailbox = await made(contract, draft)
    assert address_of(mailbox) == draft.address
    assert [row.id for row in await listed(contract.adapter) if address_of(row) == draft.address] == [mailbox.id]
    assert (await contract.adapter.get_mailbox(mailbox.vendor_id)).id == mailbox.id
    assert [row.id for row in await contract.adapter.find_mailboxes(draft.address.upper())] == [mailbox.id]


@those_that("create_mailboxes")
async def test_a_batch_of_mailboxes_is_there_once_each(contract: Contract) -> None:
    drafts = [await drafted(contract, f"batch{number}") for number in range(3)]
    assert all(contract.adapter.fits_batch(draft) for draft in drafts), "the recipes ask for nothing special"
    answers = await contract.adapter.create_mailboxes(drafts)
    assert [type(answer) for answer in answers if isinstance(answer, GatewayError)] == []
    addresses = {draft.address for draft in drafts}
    rows = await eventually(lambda: listed(contract.adapter), lambda rows: addresses <= {address_of(row) for row in rows})
    assert len([row for row in rows if address_of(row) in addresses]) == len(drafts)


@those_that("update_mailbox")
async def test_every_change_shows_in_a_later_read(contract: Contract) -> None:
    mailbox = await steady(contract)
    for field in changeable(contract):
        changes, shown, expected = CHANGED[field]
        assert shown(mailbox) != expected, field
        updated = await contract.adapter.update_mailbox(mailbox, MailboxChanges(**changes))
        assert (updated.applied, updated.error) == ((field,), None), field
        assert updated.mailbox is None or shown(updated.mailbox) == expected, field
        assert expected in [shown(told) for told in await reads_of(contract, mailbox)], field


@those_that("delete_mailbox")
async def test_a_deleted_mailbox_is_gone(contract: Contract) -> None:
    mailbox = await made(contract, await drafted(contract))
    await contract.adapter.delete_mailbox(mailbox.vendor_id)
    await eventually(lambda: listed(contract.adapter), lambda rows: mailbox.id not in {row.id for row in rows})
    with pytest.raises(NotFoundError):
        await contract.adapter.get_mailbox(mailbox.vendor_id)


# ---------------------------------------------------------------------- lost on the way
async def test_a_create_whose_answer_is_lost_is_unknown_and_made_once(contract: Contract) -> None:
    draft = await drafted(contract)
    contract.sandbox.requests.clear()
    break_writes(contract, status=200, is_after=True, hang_up=True)
    with pytest.raises(OutcomeUnknownError):
        await contract.adapter.create_mailbox(draft, idempotency_key="key")
    assert writes_of(contract) == 1
    assert len(await turned_up(contract, draft.address)) == 1


@those_that("update_mailbox")
async def test_a_change_whose_answer_is_lost_is_unknown_and_sent_once(contract: Contract) -> None:
    changes, shown, expected = CHANGED[changeable(contract)[0]]
    mailbox = await steady(contract)
    contract.sandbox.requests.clear()
    break_writes(contract, status=200, is_after=True, hang_up=True)
    with pytest.raises(OutcomeUnknownError):
        await contract.adapter.update_mailbox(mailbox, MailboxChanges(**changes))
    assert writes_of(contract) == 1
    contract.sandbox.outages.clear()
    assert expected in [shown(told) for told in await reads_of(contract, mailbox)]


async def test_a_create_that_the_vendor_stumbles_over_is_unknown_and_sent_once(contract: Contract) -> None:
    draft = await drafted(contract)
    contract.sandbox.requests.clear()
    break_writes(contract, status=500)
    with pytest.raises(OutcomeUnknownError):
        await contract.adapter.create_mailbox(draft, idempotency_key="key")
    assert writes_of(contract) == 1


class ReadsOnly(httpx.AsyncBaseTransport):
    """A wire that gets no connection for anything but a read."""

    def __init__(self, contract: Contract) -> None:
        self._wire = httpx.ASGITransport(app=contract.sandbox)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return await self._wire.handle_async_request(request)
        message = "refused"
        raise httpx.ConnectError(message)


async def test_a_refused_connection_means_that_nothing_happened(contract: Contract) -> None:
    draft = await drafted(contract)
    connected = connect(contract.settings, wire=ReadsOnly(contract))
    with pytest.raises(VendorUnavailableError):
        await connected.adapter.create_mailbox(draft, idempotency_key="key")
    await connected.http.close()
    assert await contract.adapter.find_mailboxes(draft.address) == []


# ---------------------------------------------------------------------- secrets
@those_that("create_mailbox", with_field=MailboxField.SMTP)
async def test_a_password_reaches_the_vendor_and_nobody_else(contract: Contract, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    draft = await drafted(contract)
    contract.sandbox.requests.clear()
    created = await contract.adapter.create_mailbox(draft, idempotency_key="key")
    assert reached(contract)
    mailbox = await settled(contract, draft, created.mailbox, created.pending)
    assert not is_leaked([draft, created, created.pending, mailbox, await listed(contract.adapter)], caplog)


@those_that("set_password")
async def test_a_password_that_is_set_reaches_the_vendor_and_nobody_else(contract: Contract, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    mailbox = await steady(contract)
    updated = await contract.adapter.set_password(mailbox.vendor_id, Secret(CANARY))
    assert reached(contract)
    assert not is_leaked([updated], caplog)


@pytest.mark.parametrize("status", [400, 409, 422, 500])
@pytest.mark.parametrize("secret", [CANARY, b64encode(CANARY.encode()).decode()], ids=["plain", "base64"])
async def test_a_password_that_the_vendor_echoes_is_cut_out(
    contract: Contract, caplog: pytest.LogCaptureFixture, status: int, secret: str
) -> None:
    caplog.set_level(logging.DEBUG)
    draft = await drafted(contract)
    words = f"could not log in as {draft.address} using {secret} there"
    break_writes(contract, status=status, body=echoing(words), headers={"content-type": "application/json"})
    attempts: list[Callable[[], Awaitable[object]]] = []
    if [*secrets_in(draft)]:
        attempts.append(lambda: contract.adapter.create_mailbox(draft, idempotency_key="key"))
    if contract.adapter.overrides("set_password"):
        attempts.append(lambda: contract.adapter.set_password("mbx_any", Secret(CANARY)))
    for attempt in attempts:
        with pytest.raises(VendorError) as caught:
            await attempt()
        assert not is_leaked([caught.value, caught.value.message, caught.value.fields], caplog)


# ---------------------------------------------------------------------- steps
async def drafted(contract: Contract, local: str = "contract") -> MailboxDraft:
    """A draft that the vendor takes, all of it declared as creatable."""
    draft = await RECIPES[contract.spec.vendor](contract.adapter, local)
    assert set(fields_given(draft).values()) <= contract.adapter.creatable_fields, "the recipe asks for what this vendor cannot write"
    return draft


async def made(contract: Contract, draft: MailboxDraft) -> Mailbox:
    """The new mailbox, once the vendor has it."""
    created = await contract.adapter.create_mailbox(draft, idempotency_key="key")
    return await settled(contract, draft, created.mailbox, created.pending)


async def settled(contract: Contract, draft: MailboxDraft, mailbox: Mailbox | None, pending: str | None) -> Mailbox:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while pending is not None:
            await asyncio.sleep(0.01)
            [answer] = await contract.adapter.poll_created([pending])
            if isinstance(answer, GatewayError):
                raise answer
            mailbox, pending = answer.mailbox or mailbox, answer.pending
    return mailbox or (await turned_up(contract, draft.address))[0]


async def turned_up(contract: Contract, address: str) -> list[Mailbox]:
    """The mailboxes with an address, as soon as there is one."""
    return [*await eventually(lambda: contract.adapter.find_mailboxes(address), lambda found: len(found) > 0)]


async def eventually(ask: Callable[[], Awaitable[T]], is_enough: Callable[[T], bool]) -> T:
    """The first answer that is enough."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = await ask()
            if is_enough(answer):
                return answer
            await asyncio.sleep(0.01)


async def steady(contract: Contract) -> Mailbox:
    """A mailbox that nothing is known to be wrong with, as complete as can be."""
    well = {MailboxStatus.ACTIVE, MailboxStatus.UNKNOWN}
    rows = [row for row in await listed(contract.adapter) if row.status in well]
    row = next(row for row in rows if row.health.sending.state in {ChannelState.OK, ChannelState.UNKNOWN})
    return await contract.adapter.get_mailbox(row.vendor_id)


async def reads_of(contract: Contract, mailbox: Mailbox) -> list[Mailbox]:
    """A mailbox as the list tells it and as it is told alone: some vendors show a field in one of them only."""
    rows = [row for row in await listed(contract.adapter) if row.id == mailbox.id]
    return [await contract.adapter.get_mailbox(mailbox.vendor_id), *rows]


def changeable(contract: Contract) -> list[MailboxField]:
    return [field for field in CHANGED if field in contract.adapter.updatable_fields]


def break_writes(contract: Contract, **how: Any) -> None:  # noqa: ANN401 - the parts of an outage
    contract.sandbox.outages.extend(Outage(method=method, **how) for method in ("POST", "PUT", "PATCH", "DELETE"))


def address_of(mailbox: Mailbox) -> str:
    return (mailbox.address or "").casefold()


def writes_of(contract: Contract) -> int:
    return sum(request.method != "GET" for request in contract.sandbox.requests)


def reached(contract: Contract) -> bool:
    spellings = (CANARY.encode(), b64encode(CANARY.encode()))
    return any(spelling in request.body for request in contract.sandbox.requests for spelling in spellings)


def is_leaked(things: list[object], caplog: pytest.LogCaptureFixture) -> bool:
    shown = f"{things!r}{[str(thing) for thing in things]}{caplog.text}{[vars(record) for record in caplog.records]}"
    shown += msgspec.json.encode([thing for thing in things if isinstance(thing, Mailbox)]).decode()
    return CANARY in shown or b64encode(CANARY.encode()).decode().rstrip("=") in shown


def echoing(words: str) -> bytes:
    """An error body in which every vendor finds its own words."""
    error = {"message": words, "type": "validation_error", "code": "VALIDATION", "details": {"reason": words}}
    return msgspec.json.encode(
        {
            "success": False,
            "ok": False,
            "message": words,
            "detail": words,
            "details": [words],
            "error": error,
            "errors": [{"id": "validationError", "title": words, "detail": words, "status": "422"}],
        }
    )
