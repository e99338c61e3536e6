"""ShipMail behind the port: mailboxes that the vendor hosts, with their folders, rules, identities and mail."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

import httpx

from gateway.domain.account import Account, Domain, Identity, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability
from gateway.domain.folder import Folder
from gateway.domain.mailbox import Mailbox
from gateway.domain.message import AttachmentStream, MessagePage, MessageQuery, Thread
from gateway.domain.rule import Rule
from gateway.transport.client import VendorHttp
from gateway.vendors.reading import whole
from gateway.vendors.shipmail.client import InboxPage, ShipmailClient
from gateway.vendors.shipmail.mapping import domain_from_wire, folder_from_wire, identity_from_wire, in_display_order, mailbox_from_wire
from gateway.vendors.shipmail.messages import message_from_wire, query_to_wire, thread_from_wire
from gateway.vendors.shipmail.paging import mark_from_text, walk
from gateway.vendors.shipmail.rules import rules_from_wire


class ShipmailAdapter(MailboxAdapter):
    """One ShipMail account. Lists of mailboxes are paged by cursor, 100 at a time, one page after the other."""

    row_capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.AUTO_REPLY, Capability.SPAM_FILTER})

    def __init__(self, account: Account, http: VendorHttp) -> None:
        super().__init__(account)
        self._http = http
        self._client = ShipmailClient(http)

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        del expected_count  # a cursor is known only once the page before it has come
        seen: set[str] = set()
        async for rows in self._client.mailbox_pages():
            observed_at = datetime.now(UTC)
            fresh = {row.id: row for row in rows if row.id not in seen}
            seen |= fresh.keys()
            yield [mailbox_from_wire(row, account=self.account, observed_at=observed_at) for row in fresh.values()]

    async def probe(self) -> Reachability:
        await self._client.check()
        return Reachability(mailbox_count=None)  # no list of ShipMail's carries a total

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        row = await self._client.mailbox(mailbox_id)
        return mailbox_from_wire(row, account=self.account, observed_at=datetime.now(UTC))

    async def list_domains(self) -> Sequence[Domain]:
        domains: dict[str, Domain] = {}
        async for rows in self._client.domain_pages():
            domains |= {row.id: domain_from_wire(row, account=self.account) for row in rows}
        return list(domains.values())

    async def list_folders(self, mailbox_id: str) -> Sequence[Folder]:
        rows = await self._client.folders(mailbox_id)
        return in_display_order([folder_from_wire(row, account=self.account, mailbox_id=mailbox_id) for row in rows])

    async def list_rules(self, mailbox_id: str) -> Sequence[Rule]:
        rules, folders = await self._client.rules(mailbox_id)
        return rules_from_wire(rules, folders, account=self.account, mailbox_id=mailbox_id)

    async def list_identities(self, mailbox_id: str) -> Sequence[Identity]:
        rows = await self._client.identities(mailbox_id)
        return [identity_from_wire(row, account=self.account, mailbox_id=mailbox_id) for row in rows]

    async def list_messages(self, mailbox_id: str, query: MessageQuery, *, first: int, after: str | None) -> MessagePage:
        filters = query_to_wire(query)

        async def ask(place: Mapping[str, str | int]) -> InboxPage:
            return await self._client.messages(mailbox_id, {**filters, **place})

        found = await walk(ask, first=first, after=mark_from_text(after), garbled=self._http.garbled)
        messages = tuple(message_from_wire(row, account=self.account, mailbox_id=mailbox_id) for row in found.rows)
        return MessagePage(messages, tuple(found.cursors), found.has_next, found.total_count)

    async def get_thread(self, mailbox_id: str, thread_id: str) -> Thread:
        rows = await self._client.thread(mailbox_id, thread_id)
        return thread_from_wire(rows, account=self.account, mailbox_id=mailbox_id, thread_id=thread_id)

    async def open_attachment(self, mailbox_id: str, blob_id: str, *, name: str | None) -> AttachmentStream:
        headers, chunks, stack = await self._client.attachment(mailbox_id, blob_id, name=name)
        return AttachmentStream(chunks, _size(headers), stack.aclose)


def _size(headers: httpx.Headers) -> int | None:
    """The length of what will arrive; that of compressed bytes says nothing about it."""
    size = whole(headers.get("content-length"))
    return size if size is not None and size >= 0 and "content-encoding" not in headers else None
