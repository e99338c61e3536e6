"""ShipMail's calls: one method each, with its path, parameters and paging. Knows wire rows, not the gateway's mailboxes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from types import MappingProxyType
from typing import TypeVar

import httpx
import msgspec

from gateway.transport.call import Call, get, path
from gateway.transport.client import VendorHttp
from gateway.transport.decode import DecodeError, decode_object, decode_rows
from gateway.vendors.seen import Seen
from gateway.vendors.shipmail.rules_answer import RulesFound, rules_found
from gateway.vendors.shipmail.wire import (
    DomainRow,
    FolderRow,
    IdentityRow,
    ListAnswer,
    MailboxRow,
    MessageRow,
    Pagination,
    fault,
)

MAX_LIMIT = 100
"""The largest page of every list (OpenAPI file of June 2026)."""
MAX_PAGES = 1_000
MAX_NAME_LENGTH = 512

T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R", MailboxRow, DomainRow)


class InboxPage(msgspec.Struct, frozen=True):
    """One page of messages and where it says that the list goes on."""

    rows: Sequence[MessageRow]
    pagination: Pagination


class ShipmailClient:
    """One account's calls. Every method raises `VendorError`."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    async def check(self) -> None:
        """The cheapest call that needs the credentials: there is no account endpoint."""
        self._rows(await self._list(get("/mailboxes", {"limit": 1})), MailboxRow)

    def mailbox_pages(self, *, domain_id: str | None = None) -> AsyncIterator[Sequence[MailboxRow]]:
        """All mailboxes, or those of one domain, 100 a page."""
        return self._cursor_pages("/mailboxes", MailboxRow, {"domain_id": domain_id} if domain_id else {})

    def domain_pages(self) -> AsyncIterator[Sequence[DomainRow]]:
        """All domains, 100 a page."""
        return self._cursor_pages("/domains", DomainRow)

    async def mailbox(self, mailbox_id: str) -> MailboxRow:
        """One mailbox."""
        return await self._object(get(path("mailboxes", mailbox_id)), MailboxRow)

    async def folders(self, mailbox_id: str) -> Sequence[FolderRow]:
        """All folders, with counts as of now."""
        return self._rows(await self._list(get(path("mailboxes", mailbox_id, "folders"))), FolderRow)

    async def identities(self, mailbox_id: str) -> Sequence[IdentityRow]:
        """All JMAP sending identities."""
        return self._rows(await self._list(get(path("mailboxes", mailbox_id, "identities"))), IdentityRow)

    async def rules(self, mailbox_id: str) -> RulesFound:
        """All rules, and the folders that a rule may move to."""
        answer = await self._http.expect(get(path("mailboxes", mailbox_id, "rules")), fault=fault)
        try:
            return rules_found(answer.body)
        except DecodeError:
            raise self._http.garbled("answered without a list of rules") from None

    async def messages(self, mailbox_id: str, params: Mapping[str, str | int]) -> InboxPage:
        """One page of messages: `params` are the filters, `limit`, and `position` or `cursor`."""
        answer = await self._list(get(path("mailboxes", mailbox_id, "inbox", "messages"), params))
        return InboxPage(self._rows(answer, MessageRow), self._pagination(answer))

    async def thread(self, mailbox_id: str, thread_id: str) -> Sequence[MessageRow]:
        """All messages of a conversation, whole."""
        return self._rows(await self._list(get(path("mailboxes", mailbox_id, "inbox", "threads", thread_id))), MessageRow)

    async def attachment(
        self, mailbox_id: str, blob_id: str, *, name: str | None
    ) -> tuple[httpx.Headers, AsyncIterator[bytes], AsyncExitStack]:
        """The bytes of a file. The caller closes the stack. `name` only labels the answer; the vendor takes 512 characters."""
        params = {"blob_id": blob_id} | ({"name": name[:MAX_NAME_LENGTH]} if name else {})
        return await self._http.stream(get(path("mailboxes", mailbox_id, "inbox", "attachments"), params), fault=fault)

    # ------------------------------------------------------------------ reading answers
    async def _cursor_pages(
        self, call_path: str, struct: type[R], filters: Mapping[str, str] = MappingProxyType({})
    ) -> AsyncIterator[Sequence[R]]:
        params: dict[str, str | int] = {**filters, "limit": MAX_LIMIT}
        cursors: set[str] = set()
        seen = Seen()
        for _ in range(MAX_PAGES):
            answer = await self._list(get(call_path, params))
            rows = self._rows(answer, struct)
            yield rows
            cursor = self._next_cursor(self._pagination(answer))
            if cursor is None:
                return
            if cursor in cursors:
                raise self._http.garbled("pages in a circle: its cursor repeats")
            if seen.repeats(row.id for row in rows):
                raise self._http.garbled("pages in a circle: its rows repeat")
            cursors.add(cursor)
            params["cursor"] = cursor
        raise self._http.garbled(f"promises more than {MAX_PAGES} pages")

    def _next_cursor(self, pagination: Pagination) -> str | None:
        """None at the end: `has_more` false, or neither it nor a cursor."""
        if pagination.has_more and not pagination.next_cursor:
            raise self._http.garbled("promises another page and gives no cursor")
        return None if pagination.has_more is False else pagination.next_cursor or None

    def _pagination(self, answer: ListAnswer) -> Pagination:
        """A list that does not say whether it goes on may be half of it: that is no answer."""
        if answer.pagination is None:
            raise self._http.garbled("answered a list without pagination")
        return answer.pagination

    async def _list(self, call: Call) -> ListAnswer:
        return await self._object(call, ListAnswer)

    async def _object(self, call: Call, struct: type[T]) -> T:
        answer = await self._http.expect(call, fault=fault)
        try:
            return decode_object(answer.body, struct)
        except DecodeError as error:
            raise self._http.garbled(f"answered badly: {error}") from None

    def _rows(self, answer: ListAnswer, row: type[T]) -> list[T]:
        try:
            return decode_rows(answer.data, row)
        except DecodeError:
            raise self._http.garbled("answered without its list of data") from None
