"""ShipMail behind the port: mailboxes that the vendor hosts, with their folders, rules, identities and mail."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

import httpx

from gateway.domain.account import Account, Domain, Identity, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability, MailboxField
from gateway.domain.draft import MailboxChanges, MailboxDraft
from gateway.domain.errors import GatewayError, VendorConflictError, VendorError, VendorRejectedError
from gateway.domain.folder import Folder, FolderRole
from gateway.domain.mailbox import AutoReply, Mailbox
from gateway.domain.message import AttachmentStream, MessagePage, MessageQuery, Thread
from gateway.domain.outcome import Created, Updated, WriteWarning
from gateway.domain.price import Price
from gateway.domain.rule import Rule
from gateway.domain.secret import Secret
from gateway.domain.turn import map_in_turns
from gateway.domain.writes import RulesEdit
from gateway.transport.client import VendorHttp
from gateway.vendors.reading import whole
from gateway.vendors.shipmail import settings
from gateway.vendors.shipmail.advice import advised, in_one_message
from gateway.vendors.shipmail.client import MAX_LIMIT, InboxPage, ShipmailClient
from gateway.vendors.shipmail.creation import alterations, checked_domain, local_part, mailbox_to_wire, places_of
from gateway.vendors.shipmail.domains import KnownDomains
from gateway.vendors.shipmail.mapping import domain_from_wire, folder_from_wire, identity_from_wire, in_display_order, mailbox_from_wire
from gateway.vendors.shipmail.messages import message_from_wire, query_to_wire, target_to_wire, thread_from_wire
from gateway.vendors.shipmail.paging import mark_from_text, walk
from gateway.vendors.shipmail.rules import rules_from_wire
from gateway.vendors.shipmail.rules_answer import RulesFound
from gateway.vendors.shipmail.rules_edit import fault_about, is_unchanged, names_folder, rules_to_wire
from gateway.vendors.shipmail.settings import Setting, own_settings, settings_in
from gateway.vendors.shipmail.wire import DomainRow, FolderRow, MailboxRow
from gateway.vendors.shipmail.writer import ShipmailWriter

DETACH_FIRST = "Ask again with detachRules: true to take this folder out of the rules first, or change the rules yourself."
MOVE_FIRST = "ShipMail deletes for good only what lies in Trash or Junk: move the message to the role TRASH first."


class ShipmailAdapter(MailboxAdapter):
    """One ShipMail account. Lists of mailboxes are paged by cursor, 100 at a time, one page after the other.

    A mailbox's settings lie in places of their own: a change of several is as many calls, in a fixed order, and may stop in between.
    """

    takes_domain: ClassVar[bool] = True
    prices: ClassVar[Mapping[str, Price]] = {"list_messages": Price(page=MAX_LIMIT)}
    row_capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.AUTO_REPLY, Capability.SPAM_FILTER})
    creatable_fields: ClassVar[frozenset[MailboxField]] = frozenset({MailboxField.DISPLAY_NAME, MailboxField.VENDOR_FIELDS})
    updatable_fields: ClassVar[frozenset[MailboxField]] = frozenset(
        {
            MailboxField.DISPLAY_NAME,
            MailboxField.PASSWORD,
            MailboxField.AUTO_REPLY,
            MailboxField.SPAM_FILTER,
            MailboxField.VENDOR_FIELDS,
        }
    )

    def __init__(self, account: Account, http: VendorHttp) -> None:
        super().__init__(account)
        self._http = http
        self._client = ShipmailClient(http)
        self._writer = ShipmailWriter(http)
        self._domains = KnownDomains(self._client.domain_pages)

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        del expected_count  # a cursor is known only once the page before it has come
        async for rows in self._client.mailbox_pages():
            yield await map_in_turns(partial(mailbox_from_wire, account=self.account, observed_at=datetime.now(UTC)), rows)

    async def probe(self) -> Reachability:
        await self._client.check()
        return Reachability(mailbox_count=None)  # no list of ShipMail's carries a total

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        return self._mailbox(await self._client.mailbox(mailbox_id))

    async def find_mailboxes(self, address: str) -> Sequence[Mailbox]:
        """Out of those on the address's domain where the account has it and its key may see it, else out of the whole list."""
        try:
            domain = await self._domains.named(address.rpartition("@")[2])
        except VendorError:
            domain = None
        pages = self._client.mailbox_pages(domain_id=domain.id if domain else None)
        rows = {row.id: row async for page in pages for row in page}
        return [self._mailbox(row) for row in rows.values() if row.address and row.address.casefold() == address.casefold()]

    async def list_domains(self) -> Sequence[Domain]:
        domains: dict[str, Domain] = {}
        async for rows in self._client.domain_pages():
            domains |= {row.id: domain_from_wire(row, account=self.account) for row in rows}
        return list(domains.values())

    async def list_folders(self, mailbox_id: str) -> Sequence[Folder]:
        rows = await self._client.folders(mailbox_id)
        return in_display_order([self._folder(row, mailbox_id) for row in rows])

    async def list_rules(self, mailbox_id: str) -> Sequence[Rule]:
        return self._rules(await self._client.rules(mailbox_id), mailbox_id)

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

    # ------------------------------------------------------------------ writing mailboxes
    def check_draft(self, draft: MailboxDraft) -> None:
        local_part(draft, account=self.account)

    async def create_mailbox(self, draft: MailboxDraft, *, idempotency_key: str) -> Created:
        """The settings under `vendor.shipmail` take calls of their own afterwards: a failure there is a warning, the mailbox exists."""
        local = local_part(draft, account=self.account)
        domain = checked_domain(draft, await self._domain_of(draft))
        body = mailbox_to_wire(draft, local=local, domain_id=domain.id)
        row = await self._writer.create_mailbox(body, idempotency_key=idempotency_key, places=places_of(draft))
        altered = alterations(draft, self._mailbox(row))
        row, failed = await self._set_up(row, own_settings(draft.vendor_fields))
        return Created(mailbox=self._mailbox(row), warnings=(*altered, *failed))

    async def _set_up(self, row: MailboxRow, wanted: Sequence[Setting]) -> tuple[MailboxRow, list[WriteWarning]]:
        """The new mailbox with its settings, and what could not be set."""
        warnings = []
        for setting in wanted:
            try:
                row = await self._writer.change_mailbox(row.id, setting) or row
            except GatewayError as error:
                message = f"The mailbox was created, but setting {setting.name} failed: {in_one_message(error)}"
                warnings.append(WriteWarning(message, setting.path))
        return row, warnings

    async def update_mailbox(self, mailbox: Mailbox, changes: MailboxChanges) -> Updated:
        return await self._change(mailbox.vendor_id, settings_in(changes))

    async def set_password(self, mailbox_id: str, password: Secret) -> Updated:
        return await self._change(mailbox_id, [settings.password(password, path=("password",))])

    async def set_auto_reply(self, mailbox_id: str, auto_reply: AutoReply) -> Updated:
        return await self._change(mailbox_id, [settings.auto_reply(auto_reply, account=self.account)])

    async def set_spam_threshold(self, mailbox_id: str, threshold: int) -> Updated:
        return await self._change(mailbox_id, [settings.spam_threshold(threshold, path=("threshold",))])

    async def delete_mailbox(self, mailbox_id: str) -> None:
        await self._writer.delete_mailbox(mailbox_id)

    async def _domain_of(self, draft: MailboxDraft) -> DomainRow | None:
        if draft.domain_vendor_id is not None:
            return await self._domains.with_id(draft.domain_vendor_id)
        return await self._domains.named(draft.address.rpartition("@")[2])

    async def _change(self, mailbox_id: str, wanted: Sequence[Setting]) -> Updated:
        """One call each, until one fails. The last answer is the mailbox as it is then."""
        row: MailboxRow | None = None
        applied: list[MailboxField] = []
        for setting in wanted:
            try:
                row = await self._writer.change_mailbox(mailbox_id, setting)
            except GatewayError as error:
                if not applied:
                    raise
                return Updated(mailbox=self._mailbox(row) if row else None, applied=tuple(applied), error=error)
            applied.append(setting.field)
        return Updated(mailbox=self._mailbox(row) if row else None, applied=tuple(applied))

    def _mailbox(self, row: MailboxRow) -> Mailbox:
        return mailbox_from_wire(row, account=self.account, observed_at=datetime.now(UTC))

    # ------------------------------------------------------------------ writing folders and rules
    async def create_folder(self, mailbox_id: str, name: str) -> Folder:
        return self._folder(await self._writer.create_folder(mailbox_id, name), mailbox_id)

    async def rename_folder(self, mailbox_id: str, folder_id: str, name: str) -> Folder:
        return self._folder(await self._writer.rename_folder(mailbox_id, folder_id, name), mailbox_id)

    async def delete_folder(self, mailbox_id: str, folder_id: str) -> None:
        try:
            await self._writer.delete_folder(mailbox_id, folder_id)
        except VendorConflictError as error:
            raise advised(error, DETACH_FIRST) from None

    async def edit_rules(self, mailbox_id: str, edit: RulesEdit) -> Sequence[Rule]:
        """Nothing is written where `edit` changes nothing, nor where a rule of the vendor's could not be written back as it was."""
        found = await self._client.rules(mailbox_id)
        if not found.is_whole:
            raise self._http.garbled("holds a rule here that cannot be read whole, so nothing was written: it would be lost")
        current = self._rules(found, mailbox_id)
        wanted = edit(current)
        if is_unchanged(wanted, current):
            return current
        if found.folders is None and names_folder(wanted):
            raise self._http.garbled("did not tell the folders that a rule may move mail to, so nothing was written")
        folders = {row.id: self._folder(row, mailbox_id) for row in found.folders or ()}
        body = rules_to_wire(wanted, current=current, folders=folders)
        return self._rules(await self._writer.put_rules(mailbox_id, body, fault=fault_about(wanted)), mailbox_id)

    def _folder(self, row: FolderRow, mailbox_id: str) -> Folder:
        return folder_from_wire(row, account=self.account, mailbox_id=mailbox_id)

    def _rules(self, found: RulesFound, mailbox_id: str) -> list[Rule]:
        return rules_from_wire(found.rules, found.folders or (), account=self.account, mailbox_id=mailbox_id)

    # ------------------------------------------------------------------ writing messages
    async def update_message(self, mailbox_id: str, message_id: str, *, is_read: bool | None, is_starred: bool | None) -> None:
        marks = {"read": is_read, "starred": is_starred}
        await self._writer.mark_message(mailbox_id, message_id, {name: mark for name, mark in marks.items() if mark is not None})

    async def move_message(self, mailbox_id: str, message_id: str, *, folder_id: str | None, role: FolderRole | None) -> None:
        await self._writer.move_message(mailbox_id, message_id, target_to_wire(folder_id, role))

    async def delete_message(self, mailbox_id: str, message_id: str) -> None:
        try:
            await self._writer.delete_message(mailbox_id, message_id)
        except (VendorRejectedError, VendorConflictError) as error:  # no page says which
            raise advised(error, MOVE_FIRST) from None


def _size(headers: httpx.Headers) -> int | None:
    """The length of what will arrive; that of compressed bytes says nothing about it."""
    size = whole(headers.get("content-length"))
    return size if size is not None and size >= 0 and "content-encoding" not in headers else None
