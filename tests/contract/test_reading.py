"""What every adapter must do, in the same words for all."""

from base64 import b64encode
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability
from gateway.domain.details import MAILBOX_PART, fields_of, parts_of
from gateway.domain.errors import GatewayError, NotFoundError, UnsupportedError
from gateway.domain.identifier import Kind, decode
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.message import MessageQuery
from tests.contract.conftest import MAILBOXES, Contract

Read = Callable[[MailboxAdapter, str], Awaitable[object]]

READS: dict[Capability, tuple[Read, ...]] = {
    Capability.MAILBOX_GET: (lambda adapter, key: adapter.get_mailbox(key),),
    Capability.DOMAINS: (lambda adapter, _: adapter.list_domains(),),
    Capability.CAMPAIGNS: (lambda adapter, key: adapter.list_campaigns(key),),
    Capability.WARMUP_HISTORY: (lambda adapter, key: adapter.list_warmup_days(key, days=7),),
    Capability.FOLDERS: (lambda adapter, key: adapter.list_folders(key),),
    Capability.RULES: (lambda adapter, key: adapter.list_rules(key),),
    Capability.IDENTITIES: (lambda adapter, key: adapter.list_identities(key),),
    Capability.MESSAGES: (
        lambda adapter, key: adapter.list_messages(key, MessageQuery(), first=10, after=None),
        lambda adapter, key: adapter.get_thread(key, "thr_none"),
        lambda adapter, key: adapter.open_attachment(key, "blob", name=None),
    ),
}


async def listed(contract: Contract) -> list[Mailbox]:
    return [mailbox async for page in contract.adapter.list_mailboxes() for mailbox in page]


def leaks(contract: Contract, thing: object) -> list[str]:
    """The planted secrets, plain or in base64, that show in a thing."""
    shown = msgspec.json.encode(thing, enc_hook=repr).decode() + repr(thing)
    return [secret for secret in contract.sandbox.secrets if secret in shown or b64encode(secret.encode()).decode().rstrip("=") in shown]


async def test_the_list_brings_every_mailbox_once(contract: Contract) -> None:
    mailboxes = await listed(contract)
    assert len(mailboxes) >= MAILBOXES
    assert len({mailbox.vendor_id for mailbox in mailboxes}) == len(mailboxes)
    for mailbox in mailboxes:
        assert mailbox.vendor is contract.spec.vendor
        assert mailbox.account_name == "under-test"
        assert isinstance(mailbox.details, contract.spec.details)
        assert mailbox.details.mailbox_id == mailbox.id
        identifier = decode(mailbox.id, expected=Kind.MAILBOX)
        assert (identifier.account, identifier.parts) == ("under-test", (mailbox.vendor_id,))


async def test_the_list_costs_its_pages_and_nothing_else(contract: Contract) -> None:
    pages = [page async for page in contract.adapter.list_mailboxes()]
    paths = {request.path for request in contract.sandbox.requests}
    assert len(paths) == 1, "a list is one address, asked page by page"
    assert len(contract.sandbox.requests) == len(pages)


async def test_a_hint_of_the_size_costs_no_more(contract: Contract) -> None:
    await listed(contract)
    without_hint = len(contract.sandbox.requests)
    mailboxes = [mailbox async for page in contract.adapter.list_mailboxes(expected_count=MAILBOXES) for mailbox in page]
    assert len(mailboxes) == len({mailbox.vendor_id for mailbox in mailboxes})
    assert len(contract.sandbox.requests) - without_hint <= without_hint


async def test_the_mess_of_real_life_is_mapped(contract: Contract) -> None:
    mailboxes = await listed(contract)
    assert len({mailbox.status for mailbox in mailboxes}) > 1
    assert any(not f"{mailbox.display_name}{mailbox.signature}".isascii() for mailbox in mailboxes)
    assert any("<script" in (mailbox.signature or "") for mailbox in mailboxes) or not any(mailbox.signature for mailbox in mailboxes)


async def test_a_single_mailbox_agrees_with_its_row(contract: Contract) -> None:
    for row in (await listed(contract))[:24]:
        single = await contract.adapter.get_mailbox(row.vendor_id)
        assert single.id == row.id
        for name in ("address", "display_name", "login", "provider", "provider_raw", "signature", "reply_to", "bcc", "created_at"):
            assert getattr(single, name) == getattr(row, name), name
        merged = contract.adapter.merge(row, single)
        assert merged.id == row.id
        assert merged.observed_at == row.observed_at


async def test_several_mailboxes_at_once_are_the_same_as_one_by_one(contract: Contract) -> None:
    ids = [mailbox.vendor_id for mailbox in (await listed(contract))[:6]]
    several = await contract.adapter.get_mailboxes(ids)
    assert set(several) == set(ids)
    for mailbox_id in ids:
        found = several[mailbox_id]
        assert isinstance(found, Mailbox)
        one = await contract.adapter.get_mailbox(mailbox_id)
        assert (found.id, found.address, found.status) == (one.id, one.address, one.status)


@pytest.mark.parametrize("mailbox_id", ["999999999", "mbx_none", "0" * 24, "..", "a/b", "%2e%2e", "💌"])
async def test_an_unknown_mailbox_is_not_found(contract: Contract, mailbox_id: str) -> None:
    with pytest.raises(GatewayError) as caught:
        await contract.adapter.get_mailbox(mailbox_id)
    assert isinstance(caught.value, NotFoundError) or caught.value.code == "BAD_USER_INPUT"


@pytest.mark.parametrize("capability", list(READS), ids=str)
async def test_supported_works_and_unsupported_refuses_before_any_request(contract: Contract, capability: Capability) -> None:
    mailbox_id = (await listed(contract))[0].vendor_id
    before = len(contract.sandbox.requests)
    for read in READS[capability]:
        if capability in contract.adapter.capabilities():
            try:
                assert leaks(contract, await read(contract.adapter, mailbox_id)) == []
            except NotFoundError:
                assert len(contract.sandbox.requests) > before, "the vendor was asked"
        else:
            with pytest.raises(UnsupportedError):
                await read(contract.adapter, mailbox_id)
            assert len(contract.sandbox.requests) == before


async def test_every_part_of_the_details_can_be_loaded(contract: Contract) -> None:
    ids = [mailbox.vendor_id for mailbox in (await listed(contract))[:5]]
    for part in parts_of(contract.spec.details) - {MAILBOX_PART}:
        answers = await contract.adapter.get_details(ids, part)
        assert set(answers) == set(ids), part
        for answer in answers.values():
            assert isinstance(answer, Details | NotFoundError), part
            assert leaks(contract, answer) == []


async def test_a_detail_that_lists_lack_comes_with_the_single_mailbox(contract: Contract) -> None:
    names = [field.name for field in fields_of(contract.spec.details) if field.part == MAILBOX_PART]
    rows = (await listed(contract))[:24]
    singles = [await contract.adapter.get_mailbox(row.vendor_id) for row in rows]
    for name in names:
        assert any(getattr(single.details, name) is not None for single in singles), f"{name} is never filled"


async def test_no_planted_secret_gets_through(contract: Contract) -> None:
    rows = await listed(contract)
    assert contract.sandbox.secrets
    assert leaks(contract, rows) == [], "details are not read yet"
    assert leaks(contract, [row.details for row in rows]) == []
    for row in rows[:24]:
        assert leaks(contract, await contract.adapter.get_mailbox(row.vendor_id)) == []


async def test_the_probe_is_one_call(contract: Contract) -> None:
    reachability = await contract.adapter.probe()
    assert len(contract.sandbox.requests) == 1
    assert reachability.mailbox_count is None or reachability.mailbox_count >= MAILBOXES
