"""Woodpecker behind the port."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

import msgspec

from gateway.domain.account import Account, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability, MailboxField
from gateway.domain.details import MAILBOX_PART
from gateway.domain.draft import MailboxChanges, MailboxDraft
from gateway.domain.errors import GatewayError, UnsupportedFieldsError, VendorNotFoundError
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.outcome import Created, Updated
from gateway.domain.price import Price
from gateway.domain.turn import map_in_turns
from gateway.vendors.reading import within_int32
from gateway.vendors.woodpecker.addition import addition_from_draft
from gateway.vendors.woodpecker.bulk_add import BulkAdd
from gateway.vendors.woodpecker.client import WoodpeckerClient
from gateway.vendors.woodpecker.details import AGENCY_PART, WoodpeckerDetails
from gateway.vendors.woodpecker.mapping import Observation, imap_id_of, is_receiver, is_sender, mailbox_from_wire, mailboxes_from_wire
from gateway.vendors.woodpecker.wire import WireRecord


class WoodpeckerAdapter(MailboxAdapter):
    """One Woodpecker account; with `company_id`, one client company of an agency."""

    tells_age: ClassVar[bool] = False
    row_capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.WARMUP_READ})
    creatable_fields: ClassVar[frozenset[MailboxField]] = frozenset(
        {
            MailboxField.DISPLAY_NAME,
            MailboxField.SMTP,
            MailboxField.IMAP,
            MailboxField.DAILY_LIMIT,
            MailboxField.SEND_INTERVAL,
            MailboxField.SIGNATURE,
            MailboxField.BCC,
            MailboxField.TRACKING,
            MailboxField.VENDOR_FIELDS,
        }
    )
    updatable_fields: ClassVar[frozenset[MailboxField]] = frozenset({MailboxField.SIGNATURE})
    hints: ClassVar[Mapping[str, str]] = {
        "test_sending": "Its lists tell how the last login went: `health.sending`.",
        "test_receiving": "Its lists tell how the last login went: `health.receiving`.",
    }
    batch_size: ClassVar[int] = 200
    prices: ClassVar[Mapping[str, Price]] = {
        MAILBOX_PART: Price(calls=2, batch=None),  # one mailbox: a call for each half; several: the list
        AGENCY_PART: Price(batch=None),
    }

    def __init__(self, account: Account, client: WoodpeckerClient, *, company_id: str | None = None) -> None:
        super().__init__(account)
        self._client = client
        self._company_id = company_id
        self._bulk = BulkAdd(client, fleet=self._fleet, observe=self._observation)

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        """One page: the vendor has no paging, and pairing needs all records."""
        del expected_count
        yield await self._fleet()

    async def probe(self) -> Reachability:
        """The list: one call, and the only one that counts. (`/v1/me` checks the key alone, with an answer that no page shows.)"""
        return Reachability(mailbox_count=len(await self._fleet()))

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        """The SMTP record, then its IMAP half: the vendor answers for one half at a time (get-mailbox page)."""
        if not (mailbox_id.isascii() and mailbox_id.isdigit()):  # ids are integers, and no other text may become a path
            raise self._unknown(mailbox_id)
        record = await self._client.get_record(mailbox_id)
        if not is_sender(record):
            return await self._receiver(mailbox_id)
        half = await self._half(record)
        return mailbox_from_wire(record, half, self._observation())

    async def get_mailboxes(self, mailbox_ids: Sequence[str]) -> Mapping[str, Mailbox | GatewayError]:
        """One mailbox costs a call for each half, and calls cannot run side by side; the list is one call for all."""
        if len(mailbox_ids) == 1:
            return await super().get_mailboxes(mailbox_ids)
        try:
            found = {mailbox.vendor_id: mailbox for mailbox in await self._fleet()}
        except VendorNotFoundError:  # of the list, which says of no mailbox that it is gone
            return dict.fromkeys(mailbox_ids, self._client.http.garbled("does not know its own list of mailboxes (HTTP 404)"))
        except GatewayError as error:
            return dict.fromkeys(mailbox_ids, error)
        return {mailbox_id: found.get(mailbox_id) or self._unknown(mailbox_id) for mailbox_id in mailbox_ids}

    async def get_details(self, mailbox_ids: Sequence[str], part: str) -> Mapping[str, Details | GatewayError]:
        """Part "agency" costs one call for all ids, and none where the account is no client company of an agency."""
        if part != AGENCY_PART:
            return await super().get_details(mailbox_ids, part)
        try:
            campaigns = await self._running_campaigns()
        except GatewayError as error:
            return dict.fromkeys(mailbox_ids, error)
        return {mailbox_id: WoodpeckerDetails(running_campaigns=campaigns.get(mailbox_id)) for mailbox_id in mailbox_ids}

    def check_draft(self, draft: MailboxDraft) -> None:
        addition_from_draft(draft)

    def check_changes(self, changes: MailboxChanges) -> None:
        if changes.verify is not None:
            raise UnsupportedFieldsError({("verify",): "It tests mailboxes only while it adds them."}, vendor=self.account.vendor)

    async def create_mailbox(self, draft: MailboxDraft, *, idempotency_key: str) -> Created:
        """A batch of one: the vendor adds mailboxes in batches only, and knows no idempotency keys."""
        del idempotency_key
        [answer] = await self.create_mailboxes([draft])
        if isinstance(answer, GatewayError):
            raise answer
        return answer

    async def create_mailboxes(self, drafts: Sequence[MailboxDraft]) -> Sequence[Created | GatewayError]:
        """Two calls: the list, to know later which ids are new, and the batch.

        Without an IMAP password of its own, SMTP's is sent for both; mail is read at the address unless `imap_email` says otherwise.
        """
        return await self._bulk.add(drafts)

    async def poll_created(self, pending: Sequence[str]) -> Sequence[Created | GatewayError]:
        """A call for each batch, and one for the list as soon as a batch has ended."""
        return await self._bulk.poll(pending)

    async def update_mailbox(self, mailbox: Mailbox, changes: MailboxChanges) -> Updated:
        """The signature (the vendor's `footer`) is all that can be changed, and only an SMTP record has one (update-mailbox page)."""
        self.check_changes(changes)
        if isinstance(changes.signature, msgspec.UnsetType):
            return Updated()
        if is_receiver(mailbox):
            raise UnsupportedFieldsError({("signature",): "This mailbox only receives."}, vendor=self.account.vendor)
        await self._client.change_footer(mailbox.vendor_id, changes.signature)
        return Updated(applied=(MailboxField.SIGNATURE,))

    async def _running_campaigns(self) -> dict[str, int | None]:
        if self._company_id is None:
            return {}
        accounts = await self._client.list_agency_accounts(self._company_id)
        return {str(account.id): within_int32(account.details.running_campaigns) for account in accounts if account.details}

    async def _half(self, record: WireRecord) -> WireRecord | None:
        """None where the record names no IMAP half, or one that is not there."""
        imap_id = imap_id_of(record)
        if imap_id is None:
            return None
        try:
            half = await self._client.get_record(str(imap_id))
        except VendorNotFoundError:
            return None
        return None if is_sender(half) else half

    async def _receiver(self, mailbox_id: str) -> Mailbox:
        """An IMAP record is a mailbox of its own only when no SMTP record names it, which only the list can tell."""
        for mailbox in await self._fleet():
            if mailbox.vendor_id == mailbox_id:
                return mailbox
        raise self._unknown(mailbox_id)

    async def _fleet(self) -> list[Mailbox]:
        """All mailboxes. There may be thousands in the one answer, so others get their turn while they are mapped."""
        records = await self._client.list_records()
        sending = await map_in_turns(is_sender, records)
        return await map_in_turns(lambda mailbox: mailbox, mailboxes_from_wire(records, self._observation(), sending=sending))

    def _observation(self) -> Observation:
        return Observation(self.account, datetime.now(UTC), self._client.http.redact, self._company_id)

    def _unknown(self, mailbox_id: str) -> VendorNotFoundError:
        message = f"Woodpecker has no mailbox {mailbox_id[:40]!r}: ids are those of SMTP configurations, or of IMAP ones that no SMTP uses."
        return VendorNotFoundError(message, vendor=self.account.vendor, account=self.account.name)
