import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gateway.domain import identifier
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability
from gateway.domain.errors import (
    GatewayError,
    InvalidInputError,
    RateLimitedError,
    UnsupportedError,
    VendorAuthError,
    VendorConflictError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorProtocolError,
    VendorRejectedError,
    VendorTimeoutError,
    VendorUnavailableError,
)
from gateway.domain.folder import FolderKind, FolderRole
from gateway.domain.identifier import Kind
from gateway.domain.mailbox import Mailbox, MailboxStatus
from gateway.domain.message import Message, MessagePage, MessageQuery
from gateway.domain.redaction import redact
from gateway.domain.rule import RuleConditionType
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.shipmail import CURSOR_INBOX, LONG_INBOX, NARROW_API_KEY, shipmail_sandbox
from gateway.sandbox.world import World
from gateway.vendors.shipmail import SPEC
from gateway.vendors.shipmail.adapter import ShipmailAdapter
from gateway.vendors.shipmail.client import MAX_PAGES
from tests.vendors.shipmail.conftest import answering, connected, recorded

ALL = MessageQuery()
INBOX = MessageQuery(role=FolderRole.INBOX)
END = {"next_cursor": None, "has_more": False, "limit": 100}


async def pages(adapter: MailboxAdapter) -> list[Sequence[Mailbox]]:
    return [page async for page in adapter.list_mailboxes()]


async def collect(adapter: MailboxAdapter, arrived: list[Sequence[Mailbox]]) -> None:
    """Puts every page into `arrived`, so that those before an error can be looked at."""
    async for page in adapter.list_mailboxes():
        arrived.append(page)  # noqa: PERF401 - a comprehension would lose them


async def fleet(adapter: MailboxAdapter) -> list[Mailbox]:
    return [mailbox for page in await pages(adapter) for mailbox in page]


async def nth(adapter: MailboxAdapter, index: int) -> str:
    return (await fleet(adapter))[index].vendor_id


async def whole(adapter: MailboxAdapter, mailbox_id: str, query: MessageQuery, *, first: int) -> list[MessagePage]:
    """All pages of a list, each opened with the last cursor of the one before."""
    found = [await adapter.list_messages(mailbox_id, query, first=first, after=None)]
    while found[-1].has_next:
        found.append(await adapter.list_messages(mailbox_id, query, first=first, after=found[-1].cursors[-1]))
    return found


def ids(found: Sequence[MessagePage]) -> list[str]:
    return [message.vendor_id for page in found for message in page.messages]


def ids_of(messages: Sequence[Message]) -> list[str]:
    return [message.vendor_id for message in messages]


def asked(sandbox: Sandbox, path: str) -> list[dict[str, str]]:
    return [dict(request.params) for request in sandbox.requests if request.path.endswith(path)]


def row(number: int) -> dict[str, Any]:
    return {"id": f"eml_{number}", "thread_id": f"thr_{number}"}


def by_position(rows: Sequence[dict[str, Any]], position: int, *, total: int, following: int | None) -> dict[str, Any]:
    pagination = {"position": position, "limit": len(rows), "total": total, "has_more": following is not None, "next_position": following}
    return {"object": "inbox_messages", "data": list(rows), "pagination": pagination}


# ---------------------------------------------------------------------- mailboxes
async def test_what_the_adapter_can_do() -> None:
    assert ShipmailAdapter.capabilities() == {
        Capability.MAILBOX_GET,
        Capability.MAILBOX_CREATE,
        Capability.MAILBOX_UPDATE,
        Capability.MAILBOX_DELETE,
        Capability.PASSWORD_SET,
        Capability.DOMAINS,
        Capability.FOLDERS,
        Capability.RULES,
        Capability.IDENTITIES,
        Capability.MESSAGES,
        Capability.AUTO_REPLY,
        Capability.SPAM_FILTER,
    }


async def test_what_shipmail_has_not_is_refused_without_a_request(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    with pytest.raises(UnsupportedError):
        await adapter.list_campaigns("mbx_1")
    with pytest.raises(UnsupportedError):
        await adapter.list_warmup_days("mbx_1", days=7)
    assert sandbox.count() == 0


async def test_one_page_of_24_is_one_call_with_the_largest_limit(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    assert [len(page) for page in await pages(adapter)] == [24]
    (request,) = sandbox.requests
    assert (request.method, request.path, request.params) == ("GET", "/mailboxes", (("limit", "100"),))
    assert request.headers["authorization"] == f"Bearer {sandbox.account['api_key']}"


async def test_many_pages_are_as_many_calls_and_nothing_is_lost() -> None:
    sandbox = shipmail_sandbox(World(mailboxes=250))
    adapter = connected(httpx.ASGITransport(app=sandbox), api_key=sandbox.account["api_key"])
    found = await pages(adapter)
    assert [len(page) for page in found] == [100, 100, 50]
    assert len({mailbox.id for page in found for mailbox in page}) == 250
    assert sandbox.count() == 3
    assert [set(params) for params in asked(sandbox, "/mailboxes")] == [{"limit"}, {"limit", "cursor"}, {"limit", "cursor"}]


async def test_an_account_without_mailboxes() -> None:
    sandbox = shipmail_sandbox(World(mailboxes=0))
    adapter = connected(httpx.ASGITransport(app=sandbox), api_key=sandbox.account["api_key"])
    assert await fleet(adapter) == []
    assert await adapter.list_domains() == []


async def test_the_recorded_pages() -> None:
    adapter, requests = answering(recorded("mailbox_list_page1").body, recorded("mailbox_list_page2_last").body)
    assert [[mailbox.vendor_id for mailbox in page] for page in await pages(adapter)] == [
        ["mbx_7h2kqv0d", "mbx_0c9trm5s"],
        ["mbx_x5p1bn8e", "mbx_e3w6ja2f"],
    ]
    assert requests[1].url.raw_path == b"/mailboxes?limit=100&cursor=bWJ4XzBjOXRybTVz.2-_Q%253D"


async def test_a_row_that_shifted_to_the_next_page_comes_again() -> None:
    first, second = recorded("mailbox_list_page1").body, recorded("mailbox_list_page2_last").body
    adapter, _ = answering(first, second | {"data": [first["data"][1], *second["data"]]})
    told = [[mailbox.vendor_id for mailbox in page] for page in await pages(adapter)]
    assert [len(page) for page in told] == [2, 3]
    assert told[1][0] == told[0][1]


async def test_one_bad_row_costs_only_itself() -> None:
    adapter, _ = answering({"data": ["junk", {"id": "mbx_1", "address": {}}, {"address": "a@b"}, None, {"id": 7}], "pagination": END})
    assert [mailbox.vendor_id for mailbox in await fleet(adapter)] == ["mbx_1", "7"]


async def test_a_list_row_is_as_complete_as_a_read_of_one(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    listed = await fleet(adapter)
    for mailbox in listed[:12]:
        read = await adapter.get_mailbox(mailbox.vendor_id)
        assert msgspec.structs.replace(read, observed_at=mailbox.observed_at) == mailbox
    assert sandbox.count() == 13


async def test_the_first_24_show_the_mess() -> None:
    sandbox = shipmail_sandbox(World())
    found = await fleet(connected(httpx.ASGITransport(app=sandbox), api_key=sandbox.account["api_key"]))
    assert {mailbox.status for mailbox in found} == {MailboxStatus.ACTIVE, MailboxStatus.SUSPENDED, MailboxStatus.UNKNOWN}
    assert {mailbox.display_name for mailbox in found} >= {None, ""}
    assert any(mailbox.auto_reply is None for mailbox in found)
    assert any(mailbox.auto_reply is not None and mailbox.auto_reply.enabled for mailbox in found)
    assert any(mailbox.spam_filter is None for mailbox in found)
    shown = msgspec.json.encode(found).decode()
    assert "<script>" in shown
    assert "CANARY" not in shown


async def test_the_probe_is_one_cheap_call(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    assert (await adapter.probe()).mailbox_count is None
    assert [request.params for request in sandbox.requests] == [(("limit", "1"),)]


# ---------------------------------------------------------------------- paging that misleads
@pytest.mark.parametrize(
    ("bodies", "told"),
    [
        ([recorded("mailbox_list_messy_has_more_null_cursor").body], 1),
        ([{"data": [{"id": "1"}], "pagination": {"next_cursor": "", "has_more": True}}], 1),
        ([{"data": [{"id": "1"}], "pagination": {"next_cursor": "same", "has_more": True}}], 2),
        ([{"data": [{"id": "1"}], "pagination": {"next_cursor": new, "has_more": True}} for new in "ab"], 2),
        ([{"data": [{"id": "1"}]}], 1),
        ([{"data": None, "pagination": END}], 0),
        ([{"data": {}, "pagination": END}], 0),
        ([{"error": {"type": "internal_error"}}], 0),
        ([[]], 0),
        ([b""], 0),
        ([b"<!doctype html><title>Just a moment</title>"], 0),
        ([b'{"data": [{"id": "1"}'], 0),
        ([{"data": [{"id": "1"}], "pagination": {"next_cursor": "2", "has_more": True}}, b"{}"], 1),
    ],
)
async def test_a_list_that_is_not_what_was_promised_ends_in_an_error_after_what_was_good(bodies: list[Any], told: int) -> None:
    adapter, _ = answering(*bodies)
    arrived: list[Sequence[Mailbox]] = []
    with pytest.raises(VendorProtocolError):
        await collect(adapter, arrived)
    assert len(arrived) == told


@pytest.mark.parametrize("pagination", [{"has_more": False, "next_cursor": "left over"}, {"has_more": None, "next_cursor": None}, {}])
async def test_where_a_list_ends(pagination: dict[str, Any]) -> None:
    adapter, requests = answering({"data": [{"id": "1"}], "pagination": pagination})
    assert len(await fleet(adapter)) == 1
    assert not (await adapter.list_messages("mbx_1", ALL, first=5, after=None)).has_next
    assert len(requests) == 2


async def test_a_next_page_without_has_more_is_a_next_page() -> None:
    adapter, requests = answering({"data": [{"id": "1"}], "pagination": {"next_cursor": "2"}}, {"data": [{"id": "2"}], "pagination": END})
    assert len(await fleet(adapter)) == len(requests) == 2
    adapter, requests = answering(
        {"data": [row(1)], "pagination": {"next_position": 1}}, {"data": [row(2)], "pagination": {"position": 1, "has_more": False}}
    )
    assert len((await adapter.list_messages("mbx_1", ALL, first=5, after=None)).messages) == len(requests) == 2


async def test_pages_without_end_end() -> None:
    asked_for = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal asked_for
        asked_for += 1
        return httpx.Response(200, json={"data": [], "pagination": {"next_cursor": str(asked_for), "has_more": True}})

    with pytest.raises(VendorProtocolError, match="1000 pages"):
        await pages(connected(httpx.MockTransport(answer)))
    assert asked_for == MAX_PAGES


# ---------------------------------------------------------------------- domains, folders, identities, rules
async def test_all_pages_of_domains() -> None:
    sandbox = shipmail_sandbox(World(mailboxes=1000))
    adapter = connected(httpx.ASGITransport(app=sandbox), api_key=sandbox.account["api_key"])
    domains = await adapter.list_domains()
    assert len({domain.id for domain in domains}) == len(domains) == 131
    assert sandbox.count("/domains") == 2
    assert {domain.verified for domain in domains} == {True, False, None}
    assert "paused_by_owner" in {domain.status_raw for domain in domains}
    held = {domain.vendor_id for domain in domains}
    assert {mailbox.domain_vendor_id for mailbox in await fleet(adapter)} <= held | {None}


async def test_folders_identities_and_rules_cost_a_call_each(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = await nth(adapter, 0)
    sandbox.requests.clear()
    folders, identities, rules = await asyncio.gather(
        adapter.list_folders(mailbox_id), adapter.list_identities(mailbox_id), adapter.list_rules(mailbox_id)
    )
    assert sorted(request.path.rpartition("/")[2] for request in sandbox.requests) == ["folders", "identities", "rules"]
    assert [folder.kind for folder in folders] == [FolderKind.SYSTEM] * 6 + [FolderKind.CUSTOM] * 4
    assert "請求書 📎" in {folder.name for folder in folders}
    assert [identity.name for identity in identities][1] == ""
    assert [rule.position for rule in rules] == [0, 1, 2, 3]
    target = rules[0].actions[0].target_folder
    assert target is not None
    assert target.id == folders[6].id
    assert any(condition.type is RuleConditionType.GROUP for rule in rules for condition in rule.conditions)


async def test_the_sandbox_s_odd_folders_and_rules(adapter: ShipmailAdapter) -> None:
    boxes = [mailbox.vendor_id for mailbox in await fleet(adapter)]
    assert FolderRole.OTHER in {folder.role for folder in await adapter.list_folders(boxes[5])}
    assert [folder.sort_order for folder in await adapter.list_folders(boxes[7])][:6] == [1, 2, 3, 4, 5, 6]
    assert [folder.name for folder in await adapter.list_folders(boxes[CURSOR_INBOX])][6:8] == ["VIP", "2026"]
    assert [rule.position for rule in await adapter.list_rules(boxes[3])] == [0, 5, 5, 9]
    assert await adapter.list_identities(boxes[2]) == []
    (deep,) = await adapter.list_rules(boxes[5])
    assert deep.actions[0].target_folder is None


async def test_every_mailbox_of_the_sandbox_can_be_read_whole(adapter: ShipmailAdapter) -> None:
    for mailbox in await fleet(adapter):
        folders = await adapter.list_folders(mailbox.vendor_id)
        await adapter.list_rules(mailbox.vendor_id)
        await adapter.list_identities(mailbox.vendor_id)
        page = await adapter.list_messages(mailbox.vendor_id, ALL, first=500, after=None)
        assert len(page.messages) == page.total_count
        for folder in folders:
            inside = [message for message in page.messages if folder.id in message.folder_ids]
            assert len(inside) == folder.total_count
            assert sum(not message.is_read for message in inside) == folder.unread_count


async def test_rules_without_a_list_of_targets_are_still_told() -> None:
    adapter, _ = answering({"rules": recorded("rules").body["rules"]})
    (rule,) = await adapter.list_rules("mbx_1")
    assert rule.actions[0].target_folder is None


@pytest.mark.parametrize("body", [{}, {"rules": None}, {"rules": {}}, [], b"", b"<html>"])
async def test_no_list_of_rules_is_an_error(body: object) -> None:
    adapter, _ = answering(body)
    with pytest.raises(VendorProtocolError):
        await adapter.list_rules("mbx_1")


# ---------------------------------------------------------------------- the inbox
@pytest.mark.parametrize("index", [0, CURSOR_INBOX])
async def test_an_inbox_page_by_page_is_the_inbox_at_once(adapter: ShipmailAdapter, index: int) -> None:
    mailbox_id = await nth(adapter, index)
    at_once = await adapter.list_messages(mailbox_id, INBOX, first=1000, after=None)
    assert not at_once.has_next
    assert len(at_once.messages) == at_once.total_count
    times = [message.received_at for message in at_once.messages if message.received_at]
    assert times == sorted(times, reverse=True)
    for first in (1, 7, 20, 101):
        assert ids(await whole(adapter, mailbox_id, INBOX, first=first)) == ids([at_once])


@pytest.mark.parametrize("index", [0, CURSOR_INBOX])
async def test_a_cursor_from_the_middle_of_a_page_goes_on_behind_its_message(adapter: ShipmailAdapter, index: int) -> None:
    mailbox_id = await nth(adapter, index)
    at_once = await adapter.list_messages(mailbox_id, ALL, first=1000, after=None)
    wide = await adapter.list_messages(mailbox_id, ALL, first=30, after=None)
    assert wide.cursors[:5] != wide.cursors[5:10]
    for start in (0, 3, 28, 29):
        narrow = await adapter.list_messages(mailbox_id, ALL, first=4, after=wide.cursors[start])
        assert ids([narrow]) == ids([at_once])[start + 1 : start + 5]


async def test_only_as_many_calls_as_the_messages_need(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = await nth(adapter, 0)
    page = await adapter.list_messages(mailbox_id, INBOX, first=20, after=None)
    await adapter.list_messages(mailbox_id, INBOX, first=20, after=page.cursors[-1])
    assert asked(sandbox, "/messages") == [
        {"folder_role": "inbox", "limit": "20"},
        {"folder_role": "inbox", "limit": "20", "position": "20"},
    ]
    sandbox.requests.clear()
    wide = await adapter.list_messages(mailbox_id, INBOX, first=250, after=None)
    assert (len(wide.messages), wide.total_count, wide.has_next) == (LONG_INBOX, LONG_INBOX, False)
    assert [params.get("position") for params in asked(sandbox, "/messages")] == [None, "100", "200"]
    assert {params["limit"] for params in asked(sandbox, "/messages")} == {"100"}


async def test_the_later_api_is_paged_by_its_cursor_and_never_asked_for_a_position(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = await nth(adapter, CURSOR_INBOX)
    await whole(adapter, mailbox_id, ALL, first=10)
    params = asked(sandbox, "/messages")
    assert len(params) == 5
    assert all("position" not in each for each in params)
    assert len({each.get("cursor") for each in params}) == 5


async def test_an_empty_inbox_and_no_messages_at_all(adapter: ShipmailAdapter) -> None:
    empty = await adapter.list_messages(await nth(adapter, 2), ALL, first=50, after=None)
    assert (empty.messages, empty.cursors, empty.has_next, empty.total_count) == ((), (), False, 0)
    none = await adapter.list_messages(await nth(adapter, 0), ALL, first=0, after=None)
    assert (none.messages, none.has_next) == ((), True)


async def test_filters_reach_the_vendor_and_work(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = await nth(adapter, 0)
    everything = (await adapter.list_messages(mailbox_id, ALL, first=1000, after=None)).messages

    async def found(query: MessageQuery) -> list[Message]:
        return list((await adapter.list_messages(mailbox_id, query, first=1000, after=None)).messages)

    assert await found(MessageQuery(is_read=False)) == [message for message in everything if not message.is_read]
    assert await found(MessageQuery(role=FolderRole.STARRED)) == [message for message in everything if message.is_starred]
    assert await found(MessageQuery(is_starred=False, has_keyword="$answered")) == [
        message for message in everything if not message.is_starred and "$answered" in message.keywords
    ]
    folder = (await adapter.list_folders(mailbox_id))[6]
    assert await found(MessageQuery(folder_vendor_id=folder.vendor_id)) == [
        message for message in everything if folder.id in message.folder_ids
    ]
    searched = await found(MessageQuery(search="ÜBERWEISUNG 💶"))
    assert 0 < len(searched) < len(everything)
    assert asked(sandbox, "/messages")[-1] == {"search_text": "ÜBERWEISUNG 💶", "limit": "100"}
    sandbox.requests.clear()
    with pytest.raises(InvalidInputError):
        await found(MessageQuery(is_read=True, is_starred=True))
    assert sandbox.count() == 0


@pytest.mark.parametrize(
    "after",
    ["", "x", "[]", "{}", "null", '["p"]', '["p",-1,"eml_1"]', '["p",1,""]', '["p", 1, "eml_1"]', '["p",1,"eml_1",2]',
     '["p",9999999999,"a"]', '["c","x",-1,"a"]', '["q",1,"a"]', '["p","1","a"]', "[" * 5000, "\ud800", "bWJ4XzBjOXRybTVz.2-_Q%3D"],
)  # fmt: skip
async def test_a_cursor_of_somebody_else_is_refused_without_a_request(adapter: ShipmailAdapter, sandbox: Sandbox, after: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await adapter.list_messages("mbx_1", ALL, first=5, after=after)
    assert caught.value.field == ("after",)
    assert sandbox.count() == 0


async def test_mail_that_arrives_between_pages_repeats_nothing() -> None:
    """Two new messages push everything down by two: the page after position 1 begins with what was told already."""
    adapter, requests = answering(
        by_position([row(5), row(4)], 0, total=5, following=2),
        by_position([row(5), row(4)], 2, total=7, following=4),
        by_position([row(3), row(2)], 4, total=7, following=6),
    )
    first = await adapter.list_messages("mbx_1", ALL, first=2, after=None)
    second = await adapter.list_messages("mbx_1", ALL, first=2, after=first.cursors[-1])
    assert ids([first, second]) == ["eml_5", "eml_4", "eml_3", "eml_2"]
    assert [request.url.params.get("position") for request in requests] == [None, "2", "4"]
    assert second.has_next
    assert second.total_count == 7


async def test_a_repeat_within_a_page_or_on_the_next_one_counts_once() -> None:
    adapter, _ = answering(
        by_position([row(9), row(8), row(9)], 0, total=6, following=3),
        by_position([row(8), row(7), row(6)], 3, total=6, following=None),
    )
    page = await adapter.list_messages("mbx_1", ALL, first=10, after=None)
    assert ids([page]) == ["eml_9", "eml_8", "eml_7", "eml_6"]
    assert len(set(page.cursors)) == 4


async def test_the_recorded_messy_pages() -> None:
    adapter, requests = answering(recorded("inbox_messages_page1").body, recorded("inbox_messages_last_messy").body)
    page = await adapter.list_messages("mbx_7h2kqv0d", INBOX, first=50, after=None)
    assert ids([page]) == ["eml_901", "eml_902", "eml_903", "eml_907", "eml_908"]
    assert (page.has_next, page.total_count, len(requests)) == (False, 7, 2)


async def test_the_recorded_page_of_the_later_api() -> None:
    last = {"data": [], "pagination": {"limit": 1, "total": 7, "has_more": False, "next_cursor": None}}
    adapter, requests = answering(recorded("inbox_messages_cursor_newer_api").body, last)
    page = await adapter.list_messages("mbx_7h2kqv0d", ALL, first=1, after=None)
    assert (ids([page]), page.has_next, page.total_count) == (["eml_901"], True, 7)
    await adapter.list_messages("mbx_7h2kqv0d", ALL, first=1, after=page.cursors[0])
    assert dict(requests[1].url.params) == {"limit": "1", "cursor": "eyJwIjoxfQ"}


@pytest.mark.parametrize(
    "pagination",
    [
        {"position": 0, "has_more": True, "next_position": None},
        {"position": 0, "has_more": True, "next_position": 0},
        {"has_more": True},
        {"has_more": True, "next_cursor": "same"},
        None,
    ],
)
async def test_an_inbox_that_promises_more_and_gives_no_way_on(pagination: object) -> None:
    adapter, requests = answering({"data": [row(1)], "pagination": pagination})
    with pytest.raises(VendorProtocolError):
        await adapter.list_messages("mbx_1", ALL, first=5, after=None)
    assert len(requests) <= 3


async def test_cursors_in_a_circle_end_in_an_error() -> None:
    there = {"data": [row(1)], "pagination": {"has_more": True, "next_cursor": "a"}}
    back = {"data": [row(2)], "pagination": {"has_more": True, "next_cursor": "b"}}
    adapter, requests = answering(there, back, there, back)
    with pytest.raises(VendorProtocolError, match="circle"):
        await adapter.list_messages("mbx_1", ALL, first=50, after=None)
    assert len(requests) == 3


# ---------------------------------------------------------------------- threads and attachments
async def test_a_thread_is_one_call_oldest_first(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = await nth(adapter, 0)
    listed = (await adapter.list_messages(mailbox_id, ALL, first=1000, after=None)).messages
    conversations = [message.thread_id for message in listed]
    thread_id = max(set(conversations), key=conversations.count)
    assert thread_id is not None
    sandbox.requests.clear()
    thread = await adapter.get_thread(mailbox_id, identifier.decode(thread_id, expected=Kind.THREAD).parts[1])
    assert sandbox.count() == 1
    assert thread.id == thread_id
    assert [message.vendor_id for message in thread.messages] == [
        message.vendor_id for message in listed if message.thread_id == thread_id
    ][::-1]
    assert len(thread.messages) > 2
    assert all(message.attachments is not None for message in thread.messages)


async def test_an_unknown_thread(adapter: ShipmailAdapter) -> None:
    with pytest.raises(VendorNotFoundError):
        await adapter.get_thread(await nth(adapter, 0), "thr_gone/7")


async def attachments(adapter: ShipmailAdapter) -> tuple[str, list[tuple[str, str | None, int | None]]]:
    """The odd files of the first mailbox: blob, name and size."""
    mailbox_id = await nth(adapter, 0)
    listed = await adapter.list_messages(mailbox_id, ALL, first=1000, after=None)
    message = next(each for each in listed.messages if each.vendor_id == "eml_0_7")
    thread = await adapter.get_thread(mailbox_id, identifier.decode(message.id).parts[1])
    full = next(each for each in thread.messages if each.vendor_id == "eml_0_7")
    return mailbox_id, [(identifier.decode(each.id).parts[1], each.name, each.size_bytes) for each in full.attachments or ()]


async def test_every_file_is_streamed_with_its_bytes(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id, files = await attachments(adapter)
    assert {None, "", "../../etc/passwd"} <= {name for _, name, _ in files}
    for blob_id, name, size in files[:-1]:
        stream = await adapter.open_attachment(mailbox_id, blob_id, name=name)
        arrived = b"".join([chunk async for chunk in stream.chunks])
        await stream.close()
        assert len(arrived) == size == stream.size_bytes
        assert arrived[: len(blob_id)] in (blob_id.encode(), b"")
        assert asked(sandbox, "/attachments")[-1] == {"blob_id": blob_id} | ({"name": name} if name else {})


async def test_a_large_file_comes_in_pieces_and_may_be_left() -> None:
    made = 0

    async def film() -> AsyncIterator[bytes]:
        nonlocal made
        for _ in range(100):
            made += 1
            yield b"x" * 1000

    stream = await connected(httpx.MockTransport(lambda _: httpx.Response(200, content=film()))).open_attachment("mbx_1", "b", name=None)
    assert await anext(stream.chunks) == b"x" * 1000
    await stream.close()
    assert made == 1
    assert stream.size_bytes is None


async def test_a_file_too_large_to_hand_out_says_so(adapter: ShipmailAdapter) -> None:
    mailbox_id, files = await attachments(adapter)
    with pytest.raises(VendorRejectedError, match="too large") as caught:
        await adapter.open_attachment(mailbox_id, files[-1][0], name="backup.tar")
    assert caught.value.status == 413


async def test_an_unknown_file_and_a_damaged_id(adapter: ShipmailAdapter) -> None:
    mailbox_id = await nth(adapter, 0)
    with pytest.raises(VendorNotFoundError):
        await adapter.open_attachment(mailbox_id, "gone", name=None)
    with pytest.raises(VendorRejectedError) as caught:
        await adapter.open_attachment(mailbox_id, "", name="x" * 600)
    assert [fault.field for fault in caught.value.fields] == ["blob_id"]


async def test_the_size_of_compressed_bytes_is_not_the_size_of_the_file() -> None:
    wire = httpx.MockTransport(
        lambda _: httpx.Response(200, headers={"content-encoding": "identity", "content-length": "3"}, content=b"abc")
    )
    stream = await connected(wire).open_attachment("mbx_1", "b", name=None)
    assert stream.size_bytes is None
    await stream.close()


# ---------------------------------------------------------------------- what goes wrong
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("error_401", VendorAuthError),
        ("error_403_scope", VendorForbiddenError),
        ("error_403_quota", VendorForbiddenError),
        ("error_unknown_type", VendorForbiddenError),
        ("error_404", VendorNotFoundError),
        ("error_422", VendorRejectedError),
        ("error_429", RateLimitedError),
        ("error_500", VendorUnavailableError),
    ],
)
async def test_recorded_errors(adapter: ShipmailAdapter, sandbox: Sandbox, name: str, error: type[GatewayError]) -> None:
    recording = recorded(name)
    sandbox.outages.append(Outage(path="/mailboxes", status=recording.status, body=recording.content, headers=recording.headers))
    with pytest.raises(error) as caught:
        await fleet(adapter)
    assert redact(recording.body["error"]["message"]) in caught.value.message
    with pytest.raises(error):
        await adapter.probe()


async def test_a_rate_limit_says_when_to_come_back(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    recording = recorded("error_429")
    sandbox.outages.append(Outage(path="/folders", status=429, body=recording.content))
    with pytest.raises(RateLimitedError) as caught:
        await adapter.list_folders("mbx_1")
    assert caught.value.retry_at is not None


@pytest.mark.parametrize(
    ("outage", "error"),
    [
        (Outage(status=400, body=b"?"), VendorRejectedError),
        (Outage(status=409, body=b""), VendorConflictError),
        (Outage(status=418, body=b""), VendorRejectedError),
        (Outage(status=502, body=b"<html>Bad gateway</html>", headers={"content-type": "text/html"}), VendorUnavailableError),
        (Outage(status=503, body=b""), VendorUnavailableError),
        (Outage(status=504, body=b""), VendorTimeoutError),
        (Outage(status=302, body=b"", headers={"location": "/login"}), VendorProtocolError),
        (Outage(status=204, body=b""), VendorProtocolError),
        (Outage(status=200, body=b""), VendorProtocolError),
        (Outage(status=200, body=b"<html>Log in</html>", headers={"content-type": "text/html"}), VendorProtocolError),
        (Outage(status=200, body=b'{"data": [{"id": "mbx'), VendorProtocolError),
        (Outage(status=200, body=b'"text"'), VendorProtocolError),
        (Outage(status=200, body=b'{"error": {"type": "internal_error", "message": "no"}}'), VendorProtocolError),
    ],
)
async def test_every_read_maps_every_fault(sandbox: Sandbox, adapter: ShipmailAdapter, outage: Outage, error: type[GatewayError]) -> None:
    sandbox.outages.append(outage)
    calls = [
        fleet(adapter),
        adapter.probe(),
        adapter.get_mailbox("mbx_1"),
        adapter.list_domains(),
        adapter.list_folders("mbx_1"),
        adapter.list_identities("mbx_1"),
        adapter.list_rules("mbx_1"),
        adapter.list_messages("mbx_1", ALL, first=5, after=None),
        adapter.get_thread("mbx_1", "thr_1"),
    ]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers] == [error] * len(calls)


async def test_a_vendor_that_does_not_answer_in_time(sandbox: Sandbox) -> None:
    adapter = connected(httpx.ASGITransport(app=sandbox), api_key=sandbox.account["api_key"], read_seconds=0.05)
    sandbox.outages.append(Outage(delay_seconds=5))
    with pytest.raises(VendorTimeoutError):
        await fleet(adapter)
    with pytest.raises(VendorTimeoutError):
        await adapter.get_thread("mbx_1", "thr_1")


async def test_a_failure_on_a_later_page_comes_after_the_pages_before_it() -> None:
    sandbox = shipmail_sandbox(World(mailboxes=250))
    adapter = connected(httpx.ASGITransport(app=sandbox), api_key=sandbox.account["api_key"])
    sandbox.outages.append(Outage(path="/mailboxes", skip=1, status=500, body=recorded("error_500").content))
    arrived: list[Sequence[Mailbox]] = []
    with pytest.raises(VendorUnavailableError):
        await collect(adapter, arrived)
    assert [len(page) for page in arrived] == [100]


async def test_a_key_that_is_wrong_and_one_that_may_not_read_mail(sandbox: Sandbox) -> None:
    wire = httpx.ASGITransport(app=sandbox)
    with pytest.raises(VendorAuthError):
        await fleet(connected(wire, api_key="sm_live_revoked"))
    narrow = connected(wire, api_key=NARROW_API_KEY)
    mailbox_id = await nth(narrow, 0)
    assert await narrow.list_folders(mailbox_id)
    with pytest.raises(VendorForbiddenError) as caught:
        await narrow.list_messages(mailbox_id, ALL, first=5, after=None)
    assert "messages:read" in caught.value.message
    assert "CANARY" not in caught.value.message


async def test_an_unknown_mailbox(adapter: ShipmailAdapter) -> None:
    with pytest.raises(VendorNotFoundError):
        await adapter.get_mailbox("mbx_gone/../x?y#z")


async def test_ids_are_encoded_segment_by_segment() -> None:
    adapter, requests = answering(recorded("folders").body)
    await adapter.list_folders("a/b ?#é%2F")
    assert requests[0].url.raw_path == b"/mailboxes/a%2Fb%20%3F%23%C3%A9%252F/folders"


async def test_a_base_url_with_a_path_and_a_slash() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"data": [], "pagination": END})

    await fleet(connected(httpx.MockTransport(answer), base_url=f"{SPEC.base_url}/"))
    assert seen == ["https://shipmail.to/api/v1/mailboxes?limit=100"]


# ---------------------------------------------------------------------- the documented fields
def test_every_documented_field_has_its_place() -> None:
    import gateway.domain.account as account_nouns  # noqa: PLC0415
    from gateway.domain import folder, mailbox, message, rule  # noqa: PLC0415

    nouns: dict[str, Any] = {
        name.lower(): struct
        for module in (account_nouns, folder, message, rule)
        for name, struct in vars(module).items()
        if isinstance(struct, type) and issubclass(struct, msgspec.Struct)
    }
    nouns |= {"details": SPEC.details, "mailbox": mailbox.Mailbox}
    fields = msgspec.json.decode((Path(__file__).parent / "documented_fields.json").read_bytes(), type=list[dict[str, str | bool]])
    assert len({field["wire"] for field in fields}) == len(fields) > 50
    for field in fields:
        places = {noun: path for noun, path in field.items() if noun not in ("wire", "secret")}
        assert places or field.get("secret") is True, field
        for noun, path in places.items():
            assert isinstance(path, str)
            assert _leads_somewhere(nouns[noun], path), field


def _leads_somewhere(struct: object, path: str) -> bool:
    """Whether a dotted path of attributes exists in a struct, through optional and repeated structs."""
    for name in path.split("."):
        fields = {field.name: field.type for field in msgspec.structs.fields(struct)} if isinstance(struct, type) else {}
        if name not in fields:
            return False
        struct = next((each for each in _types_in(fields[name]) if isinstance(each, type) and issubclass(each, msgspec.Struct)), None)
    return True


def _types_in(hint: object) -> list[object]:
    inner = [each for argument in getattr(hint, "__args__", ()) for each in _types_in(argument)]
    return [hint, *inner]
