from typing import Any

import httpx
import msgspec
import pytest

from gateway.domain.draft import MailboxDraft, OAuthToken
from gateway.domain.errors import (
    ErrorCode,
    InvalidInputError,
    LimitUsage,
    OutcomeUnknownError,
    RateLimitedError,
    UnsupportedFieldsError,
    VendorAuthError,
    VendorConflictError,
    VendorError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorRejectedError,
)
from gateway.domain.mailbox import MailboxStatus
from gateway.domain.outcome import Created, user_errors
from gateway.domain.secret import Secret
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.shipmail import NARROW_API_KEY, shipmail_sandbox
from gateway.sandbox.world import World
from gateway.vendors.shipmail.adapter import ShipmailAdapter
from gateway.vendors.shipmail.domains import LASTS_SECONDS
from tests.vendors.shipmail.conftest import connected, recorded
from tests.vendors.shipmail.writing import KEY, READS, fleet, last_body, nth, refusing, scripted, sent

ADDRESS = "hello@larkfield.example"


async def verified(adapter: ShipmailAdapter, sandbox: Sandbox) -> tuple[str, str]:
    """The name and id of a domain that takes mailboxes; the request that found it is forgotten."""
    found = next((domain.name, domain.vendor_id) for domain in await adapter.list_domains() if domain.verified)
    sandbox.requests.clear()
    return found


async def create(adapter: ShipmailAdapter, address: str = ADDRESS, **more: Any) -> Created:  # noqa: ANN401 - a draft's
    return await adapter.create_mailbox(MailboxDraft(address=address, **more), idempotency_key=KEY)


def created_answer(**changes: object) -> httpx.Response:
    return httpx.Response(201, json=recorded("mailbox_created_201").body | changes)


# ---------------------------------------------------------------------- creating
async def test_a_mailbox_is_made_of_its_local_part_and_the_domain_that_the_address_names(
    adapter: ShipmailAdapter, sandbox: Sandbox
) -> None:
    name, domain_id = await verified(adapter, sandbox)
    created = await create(adapter, f"hello.there@{name.upper()}", display_name="Hello")
    assert sent(sandbox) == [("GET", "domains"), ("POST", "mailboxes")]
    assert last_body(sandbox) == {"domain_id": domain_id, "address": "hello.there", "display_name": "Hello"}
    assert sandbox.requests[-1].headers["idempotency-key"] == KEY
    assert created.mailbox is not None
    assert created.warnings == ()
    assert (created.mailbox.address, created.mailbox.display_name) == (f"hello.there@{name}", "Hello")
    assert (created.mailbox.status, created.mailbox.domain_vendor_id) == (MailboxStatus.ACTIVE, domain_id)
    read = await adapter.get_mailbox(created.mailbox.vendor_id)
    assert read == msgspec.structs.replace(created.mailbox, observed_at=read.observed_at)
    assert read.vendor_id == (await fleet(adapter))[0].vendor_id


async def test_the_domains_are_asked_for_once_a_minute_or_when_one_is_not_known(
    adapter: ShipmailAdapter, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("gateway.vendors.shipmail.domains.time.monotonic", lambda: now)
    name, _ = await verified(adapter, sandbox)
    await create(adapter, f"a@{name}")
    await adapter.create_mailbox(MailboxDraft(address=f"b@{name}"), idempotency_key="key-2")
    assert sandbox.count("/domains") == 1
    with pytest.raises(InvalidInputError):
        await create(adapter, "c@gone.example")
    assert sandbox.count("/domains") == 2
    now += LASTS_SECONDS + 1
    await adapter.create_mailbox(MailboxDraft(address=f"d@{name}"), idempotency_key="key-3")
    assert sandbox.count("/domains") == 3


async def test_a_domain_that_is_not_there_is_refused_before_the_write(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    with pytest.raises(InvalidInputError, match=r"no domain gone\.example.*add and verify") as caught:
        await create(adapter, "hello@gone.example")
    assert caught.value.field == ("address",)
    assert sent(sandbox) == [("GET", "domains")]


async def test_a_domain_can_be_named_and_must_fit_the_address(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    name, domain_id = await verified(adapter, sandbox)
    other = next(domain.vendor_id for domain in await adapter.list_domains() if domain.name != name)
    for wrong in (other, "dom_gone"):
        with pytest.raises(InvalidInputError, match="leave domainId out") as caught:
            await create(adapter, f"hello@{name}", domain_vendor_id=wrong)
        assert caught.value.field == ("domainId",)
    assert sandbox.count(method="POST") == 0
    await create(adapter, f"hello@{name}", domain_vendor_id=domain_id)
    assert last_body(sandbox) == {"domain_id": domain_id, "address": "hello"}


@pytest.mark.parametrize("address", ["hello", "@larkfield.example", "hello@", ""])
async def test_no_whole_address_is_refused_without_a_request(adapter: ShipmailAdapter, sandbox: Sandbox, address: str) -> None:
    with pytest.raises(InvalidInputError, match="whole address") as caught:
        await create(adapter, address)
    assert caught.value.field == ("address",)
    assert sandbox.count() == 0


async def test_a_login_elsewhere_is_refused_without_a_request(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    token = OAuthToken(access_token=Secret("CANARY-access"), refresh_token=Secret("CANARY-refresh"))
    with pytest.raises(UnsupportedFieldsError) as caught:
        await create(adapter, oauth=token)
    assert set(caught.value.fields) == {("oauth",)}
    assert sandbox.count() == 0


async def test_an_address_that_the_vendor_writes_otherwise_is_a_warning(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    name, _ = await verified(adapter, sandbox)
    created = await create(adapter, f"Hello@{name}")
    assert [(warning.field, warning.value) for warning in created.warnings] == [(("address",), f"hello@{name}")]
    adapter, _ = scripted(lambda request: httpx.Response(200, json=READS["domains"]) if request.method == "GET" else created_answer())
    created = await create(adapter, display_name=" Hello ")
    assert [(warning.field, warning.value) for warning in created.warnings] == [(("displayName",), "Hello")]


# ---------------------------------------------------------------------- refusals of a new mailbox
async def test_what_the_vendor_refuses_points_into_the_input(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    name, _ = await verified(adapter, sandbox)
    taken = (await fleet(adapter))[0].address or ""
    parked = next(domain.name for domain in await adapter.list_domains() if domain.status_raw == "pending")
    for address, more, path in (
        (f"-@{name}", {}, ("address",)),
        (f"{'x' * 65}@{name}", {}, ("address",)),
        (f"a b@{name}", {}, ("address",)),
        (taken if taken.endswith(name) else f"x@{name}", {"display_name": "x" * 201}, ("displayName",)),
        (f"hello@{parked}", {}, None),
    ):
        with pytest.raises(VendorRejectedError) as caught:
            await create(adapter, address, **more)
        assert [error.field for error in user_errors(caught.value)] == [path]
        assert user_errors(caught.value)[0].code is ErrorCode.VENDOR_REJECTED


async def test_a_taken_address(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    name, _ = await verified(adapter, sandbox)
    await create(adapter, f"hello@{name}")
    with pytest.raises(VendorConflictError, match="conflicts") as caught:
        await adapter.create_mailbox(MailboxDraft(address=f"HELLO@{name}"), idempotency_key="another")
    assert [(fault.path, fault.message) for fault in caught.value.fields] == [(("address",), "This address is taken.")]


async def test_a_key_replays_its_answer_and_takes_no_other_input(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    name, _ = await verified(adapter, sandbox)
    first, again = await create(adapter, f"hello@{name}"), await create(adapter, f"hello@{name}")
    assert first.mailbox is not None
    assert again.mailbox is not None
    assert first.mailbox.vendor_id == again.mailbox.vendor_id
    with pytest.raises(VendorConflictError, match="different body"):
        await create(adapter, f"other@{name}")


async def test_a_doubled_request_makes_one_mailbox(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    name, _ = await verified(adapter, sandbox)
    sandbox.outages.append(Outage(path="/mailboxes", method="POST", is_doubled=True, times=1))
    created = await create(adapter, f"hello@{name}")
    assert created.mailbox is not None
    assert len(await adapter.find_mailboxes(f"hello@{name}")) == 1


async def test_a_full_plan_is_told_apart_from_a_key_that_may_not() -> None:
    sandbox = shipmail_sandbox(World(), max_mailboxes=24)
    adapter = connected(httpx.ASGITransport(app=sandbox), api_key=sandbox.account["api_key"])
    name, _ = await verified(adapter, sandbox)
    with pytest.raises(VendorForbiddenError) as caught:
        await create(adapter, f"hello@{name}")
    assert caught.value.reason is ErrorCode.LIMIT_REACHED
    narrow = connected(httpx.ASGITransport(app=sandbox), api_key=NARROW_API_KEY)
    with pytest.raises(VendorForbiddenError) as caught:
        await create(narrow, f"hello@{name}")
    assert [error.code for error in user_errors(caught.value)] == [ErrorCode.VENDOR_FORBIDDEN]
    assert NARROW_API_KEY not in caught.value.message


async def test_the_plan_s_numbers_are_told_where_the_vendor_tells_them() -> None:
    adapter, _ = refusing("error_403_quota_newer_api")
    with pytest.raises(VendorForbiddenError) as caught:
        await create(adapter)
    (error,) = user_errors(caught.value)
    assert (error.code, error.limit) == (ErrorCode.LIMIT_REACHED, LimitUsage(used=10, max=10))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("error_400_malformed_json_unsure", VendorRejectedError),
        ("error_401", VendorAuthError),
        ("error_403_scope", VendorForbiddenError),
        ("error_409_idempotency_key_reused", VendorConflictError),
        ("error_422_no_details", VendorRejectedError),
        ("error_429", RateLimitedError),
    ],
)
async def test_every_refusal_says_that_nothing_was_made(name: str, kind: type[VendorError]) -> None:
    adapter, requests = refusing(name)
    with pytest.raises(kind) as caught:
        await create(adapter)
    assert type(caught.value) is kind
    assert recorded(name).body["error"]["message"].rstrip(".") in caught.value.message
    assert (caught.value.retry_at is not None) == (kind is RateLimitedError)
    assert [request.method for request in requests] == ["GET", "POST"]


async def test_several_refused_fields_are_told_each_at_its_place() -> None:
    adapter, _ = refusing("error_422")
    with pytest.raises(VendorRejectedError) as caught:
        await create(adapter)
    assert [error.field for error in user_errors(caught.value)] == [("address",), ("displayName",)]


@pytest.mark.parametrize("domain_vendor_id", [None, "dom_1"])
async def test_a_refused_domain_is_where_the_caller_named_it(domain_vendor_id: str | None) -> None:
    body = {"error": {"type": "validation_error", "message": "No.", "details": [{"field": "domain_id", "message": "Not yours."}]}}
    adapter, _ = scripted(
        lambda request: httpx.Response(200, json=READS["domains"]) if request.method == "GET" else httpx.Response(422, json=body)
    )
    with pytest.raises(VendorRejectedError) as caught:
        await create(adapter, domain_vendor_id=domain_vendor_id)
    assert [fault.path for fault in caught.value.fields] == [("domainId",) if domain_vendor_id else ("address",)]


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(201), httpx.Response(201, json={"ok": True}), httpx.Response(302)])
async def test_an_answer_that_names_no_mailbox_leaves_it_open(answer: httpx.Response) -> None:
    adapter, requests = scripted(lambda request: httpx.Response(200, json=READS["domains"]) if request.method == "GET" else answer)
    with pytest.raises(OutcomeUnknownError):
        await create(adapter)
    assert [request.method for request in requests] == ["GET", "POST"]


async def test_a_lost_answer_leaves_it_open_and_the_mailbox_can_be_found(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    name, _ = await verified(adapter, sandbox)
    sandbox.outages.append(Outage(path="/mailboxes", method="POST", is_after=True, status=502, times=1))
    with pytest.raises(OutcomeUnknownError):
        await create(adapter, f"hello@{name}")
    assert sandbox.count(method="POST") == 1
    (found,) = await adapter.find_mailboxes(f"hello@{name}")
    assert found.address == f"hello@{name}"


# ---------------------------------------------------------------------- finding
async def test_an_address_is_looked_for_on_its_own_domain(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    wanted = await nth(adapter, sandbox, 0)
    assert wanted.address is not None
    assert [mailbox.vendor_id for mailbox in await adapter.find_mailboxes(wanted.address.upper())] == [wanted.vendor_id]
    assert sent(sandbox) == [("GET", "domains"), ("GET", "mailboxes")]
    assert sandbox.requests[-1].params == (("domain_id", str(wanted.domain_vendor_id)), ("limit", "100"))


async def test_an_address_on_a_domain_that_cannot_be_seen_is_looked_for_everywhere(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    wanted = await nth(adapter, sandbox, 0)
    sandbox.outages.append(Outage(path="/domains", status=403, times=1))
    assert [mailbox.vendor_id for mailbox in await adapter.find_mailboxes(wanted.address or "")] == [wanted.vendor_id]
    assert sandbox.requests[-1].params == (("limit", "100"),)
    assert await adapter.find_mailboxes("nobody@gone.example") == []
    assert sandbox.requests[-1].params == (("limit", "100"),)


# ---------------------------------------------------------------------- deleting
async def test_a_deleted_mailbox_is_gone(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox = await nth(adapter, sandbox, 9)  # its id holds what a path must encode
    await adapter.delete_mailbox(mailbox.vendor_id)
    assert [(request.method, request.body) for request in sandbox.requests] == [("DELETE", b"")]
    assert "idempotency-key" not in sandbox.requests[-1].headers
    with pytest.raises(VendorNotFoundError):
        await adapter.delete_mailbox(mailbox.vendor_id)
    assert mailbox.vendor_id not in {each.vendor_id for each in await fleet(adapter)}


async def test_a_mailbox_that_goes_between_two_pages_moves_nothing() -> None:
    sandbox = shipmail_sandbox(World(mailboxes=250))
    adapter = connected(httpx.ASGITransport(app=sandbox), api_key=sandbox.account["api_key"])
    found: list[str] = []
    async for page in adapter.list_mailboxes():
        found += [mailbox.vendor_id for mailbox in page]
        await adapter.delete_mailbox(page[-1].vendor_id)
    assert len(found) == len(set(found)) == 250
