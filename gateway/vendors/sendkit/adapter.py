"""SendKit behind the port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar, Literal
from urllib.parse import urlsplit

import msgspec

from gateway.domain.account import Account, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability, MailboxField
from gateway.domain.draft import MailboxChanges, MailboxDraft, WarmupSettings, fields_given
from gateway.domain.errors import (
    GatewayError,
    InvalidInputError,
    OutcomeUnknownError,
    VendorNotFoundError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import Details, Mailbox, MailProvider
from gateway.domain.outcome import CheckResult, Created, MailboxCheck, Updated
from gateway.domain.price import Price
from gateway.domain.turn import map_in_turns
from gateway.domain.warmup import WarmupDay
from gateway.transport.client import VendorHttp
from gateway.vendors.reading import whole
from gateway.vendors.sendkit import body, import_file, mapping, wire
from gateway.vendors.sendkit.bulk import BulkCreation
from gateway.vendors.sendkit.check import check_result
from gateway.vendors.sendkit.client import SendkitClient
from gateway.vendors.sendkit.details import ANALYTICS, CONNECTION_TEST, HEALTH, WARMUP_STATS, SendkitConnectionTest, SendkitDetails
from gateway.vendors.sendkit.place import WARMUP_FIELDS, WARMUP_SETTINGS
from gateway.vendors.sendkit.verification import Verification
from gateway.vendors.sendkit.warning import limit_warnings, security_warnings

STATS_DAYS = 30
"""The window of the details' `warmup_stats`: the vendor's default (get-v1-warmup-stats-mailboxid)."""

_CONSENT_PROVIDERS: Mapping[MailProvider, Literal["google", "outlook"]] = {MailProvider.GOOGLE: "google", MailProvider.MICROSOFT: "outlook"}
_WARMUP_WRITTEN = Updated(applied=(MailboxField.WARMUP,))


class SendkitAdapter(MailboxAdapter):
    """One SendKit workspace."""

    lists_by_offset: ClassVar[bool] = True
    """Its older paging is by page number, and what its newer cursors hold is not documented."""
    row_capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.WARMUP_READ, Capability.TAGS})
    creatable_fields: ClassVar[frozenset[MailboxField]] = frozenset(
        {
            *(MailboxField.DISPLAY_NAME, MailboxField.SMTP, MailboxField.IMAP, MailboxField.DAILY_LIMIT),
            *(MailboxField.SIGNATURE, MailboxField.TAGS, MailboxField.VENDOR_FIELDS),
        }
    )
    updatable_fields: ClassVar[frozenset[MailboxField]] = frozenset(
        {
            *(MailboxField.DISPLAY_NAME, MailboxField.DAILY_LIMIT, MailboxField.SIGNATURE, MailboxField.TAGS),
            *(MailboxField.SENDING_ENABLED, MailboxField.WARMUP, MailboxField.VENDOR_FIELDS),
        }
    )
    hints: ClassVar[Mapping[str, str]] = {
        "suspend_mailbox": "Only SendKit itself suspends: switch `sendingEnabled` off.",
        "resume_mailbox": "Only SendKit itself suspends: switch `sendingEnabled` on.",
        "set_password": "It hosts no mailboxes, and takes the password that it logs in with only when a mailbox is created.",
    }
    batch_size: ClassVar[int] = 100
    prices: ClassVar[Mapping[str, Price]] = {ANALYTICS: Price(batch=None)}
    """An import takes 500 rows and logs in to all their servers, 20 at a time, before it answers: so many fit into a write's minute."""

    def __init__(self, account: Account, http: VendorHttp) -> None:
        super().__init__(account)
        self._http = http
        self._client = SendkitClient(http)
        self._verification = Verification(http, self._client, self.get_mailbox)
        self._bulk = BulkCreation(http, self._client, self, self._verification)
        self._read_part: Mapping[str, Callable[[str], Awaitable[SendkitDetails]]] = {
            HEALTH: self._health,
            CONNECTION_TEST: self._connection_test,
            WARMUP_STATS: self._warmup_stats,
        }

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        del expected_count  # each page's token is in the page before it
        async for rows in self._client.mailbox_pages():
            mapped = await map_in_turns(partial(self._mailbox, observed_at=datetime.now(UTC)), rows)
            mailboxes = [mailbox for mailbox in mapped if mailbox is not None]
            if rows and not mailboxes:
                raise self._http.garbled("listed mailboxes without ids")
            yield mailboxes

    async def probe(self) -> Reachability:
        return Reachability(mailbox_count=await self._client.count_mailboxes())

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        row = await self._client.mailbox(mailbox_id)
        mailbox = self._mailbox(row, datetime.now(UTC))
        if mailbox is None or mailbox.vendor_id.casefold() != mailbox_id.casefold():
            raise self._http.garbled("answered with another mailbox than the one asked for, or with none")
        return mailbox

    async def find_mailboxes(self, address: str) -> Sequence[Mailbox]:
        """By the list's `search`, whose rule is not documented: what it finds is compared here."""
        wanted, observed_at = address.casefold(), datetime.now(UTC)
        rows = [row async for page in self._client.mailbox_pages(search=address) for row in page]
        found = (self._mailbox(row, observed_at) for row in rows if (row.email or "").casefold() == wanted)
        return list({mailbox.vendor_id: mailbox for mailbox in found if mailbox is not None}.values())

    def merge(self, row: Mailbox, known: Mailbox) -> Mailbox:
        """List rows lack the server settings; they can be set at creation only, so what was known once stays true."""
        return msgspec.structs.replace(row, smtp=row.smtp or known.smtp, imap=row.imap or known.imap)

    async def get_details(self, mailbox_ids: Sequence[str], part: str) -> Mapping[str, Details | GatewayError]:
        """Part "analytics" is one call for however many mailboxes, every other part one call each, side by side."""
        wanted = tuple(dict.fromkeys(mailbox_ids))
        if part == ANALYTICS:
            return await self._analytics(wanted)
        if part not in self._read_part:
            message = f"SendKit has no details of part {part!r}."
            raise NotImplementedError(message)
        read = self._read_part[part]
        answers = await asyncio.gather(*(_or_error(read(mailbox_id)) for mailbox_id in wanted))
        return dict(zip(wanted, answers, strict=True))

    async def list_warmup_days(self, mailbox_id: str, *, days: int) -> Sequence[WarmupDay]:
        stats = await self._client.warmup_stats(mailbox_id, days=days)
        if stats.daily_stats is None:
            raise self._http.garbled("answered without the days of warm-up")
        return mapping.warmup_days_from_wire(stats.daily_stats)

    # ------------------------------------------------------------------ refusing
    def check_draft(self, draft: MailboxDraft) -> None:
        body.draft_body(draft)

    def check_changes(self, changes: MailboxChanges) -> None:
        body.changes_body(changes)

    def check_warmup(self, settings: WarmupSettings) -> None:
        body.warmup_settings_body(settings)

    # ------------------------------------------------------------------ creating
    async def create_mailbox(self, draft: MailboxDraft, *, idempotency_key: str) -> Created:
        del idempotency_key  # SendKit documents no such header; while the mailbox exists, its address cannot be added twice
        row = await self._client.create(body.draft_body(draft))
        mailbox = self._mailbox(row, datetime.now(UTC))
        if mailbox is None or (mailbox.address or draft.address).casefold() != draft.address.casefold():
            raise self._http.unclear("answered without the new mailbox")
        warnings = (*limit_warnings(draft.daily_limit, whole(row.daily_send_limit)), *security_warnings(draft))
        return Created(mailbox=mailbox, pending=self._verification.begin(draft, mailbox), warnings=warnings)

    async def create_mailboxes(self, drafts: Sequence[MailboxDraft]) -> Sequence[Created | GatewayError]:
        return await self._bulk.create(drafts)

    def fits_batch(self, draft: MailboxDraft) -> bool:
        return import_file.fits(draft)

    async def poll_created(self, pending: Sequence[str]) -> Sequence[Created | GatewayError]:
        return await self._verification.poll(pending)

    def pending_of(self, mailbox: Mailbox) -> str | None:
        return self._verification.pending_of(mailbox)

    async def connect_mailbox(self, provider: MailProvider) -> str:
        if provider not in _CONSENT_PROVIDERS:
            known = " and ".join(_CONSENT_PROVIDERS)
            raise InvalidInputError(f"SendKit has consent pages of {known}, not of {provider}.", field=("provider",))
        try:
            address = await self._client.connect(_CONSENT_PROVIDERS[provider])
        except OutcomeUnknownError as error:  # nothing comes of a page that nobody opens
            message = "SendKit did not hand out a consent page. Nothing has changed: ask again."
            raise VendorUnavailableError(message, vendor=error.vendor, account=error.account, status=error.status) from None
        if address is None or not _is_web_page(address):
            raise self._http.garbled("answered without the https address of a consent page")
        return address

    # ------------------------------------------------------------------ one mailbox
    async def update_mailbox(self, mailbox: Mailbox, changes: MailboxChanges) -> Updated:
        """The answer shows few members, so it is not passed on. What belongs to warm-up is a second call.

        `verify` asks for nothing here: no change touches what SendKit verifies.
        """
        members, warmup = body.changes_body(changes), body.warmup_fields_body(changes.vendor_fields)
        updated = await self._update_members(mailbox.vendor_id, members, changes) if members else Updated()
        if not warmup:
            return updated
        try:
            await self._client.configure_warmup(mailbox.vendor_id, warmup, places=WARMUP_FIELDS)
        except GatewayError as error:
            if not updated.applied:
                raise
            return msgspec.structs.replace(updated, error=error)
        return msgspec.structs.replace(updated, applied=(*updated.applied, MailboxField.VENDOR_FIELDS))

    async def delete_mailbox(self, mailbox_id: str) -> None:
        await self._client.delete(mailbox_id)

    async def test_sending(self, mailbox_id: str) -> CheckResult:
        return await self._check(MailboxCheck.SENDING, mailbox_id)

    async def test_receiving(self, mailbox_id: str) -> CheckResult:
        return await self._check(MailboxCheck.RECEIVING, mailbox_id)

    # ------------------------------------------------------------------ warm-up
    async def start_warmup(self, mailbox: Mailbox, settings: WarmupSettings | None) -> Updated:
        await self._client.control_warmup("start", mailbox.vendor_id, body.warmup_settings_body(settings))
        return _WARMUP_WRITTEN

    async def pause_warmup(self, mailbox: Mailbox) -> Updated:
        await self._client.control_warmup("pause", mailbox.vendor_id)
        return _WARMUP_WRITTEN

    async def resume_warmup(self, mailbox: Mailbox) -> Updated:
        await self._client.control_warmup("resume", mailbox.vendor_id)
        return _WARMUP_WRITTEN

    async def stop_warmup(self, mailbox: Mailbox) -> Updated:
        await self._client.control_warmup("stop", mailbox.vendor_id)
        return _WARMUP_WRITTEN

    async def update_warmup(self, mailbox: Mailbox, settings: WarmupSettings) -> Updated:
        config = body.warmup_settings_body(settings)
        if not config:
            return Updated()
        await self._client.configure_warmup(mailbox.vendor_id, config, places=WARMUP_SETTINGS)
        return _WARMUP_WRITTEN

    # ------------------------------------------------------------------ parts
    async def _update_members(self, mailbox_id: str, members: body.Body, changes: MailboxChanges) -> Updated:
        row = await self._client.update(mailbox_id, members)
        applied = tuple(field for name, field in fields_given(changes).items() if name != "vendor_fields")
        return Updated(applied=applied, warnings=limit_warnings(changes.daily_limit, whole(row.daily_send_limit)))

    async def _check(self, check: MailboxCheck, mailbox_id: str) -> CheckResult:
        """Two reads; whoever asks for the other check meanwhile shares them."""
        mailbox, test = await asyncio.gather(self.get_mailbox(mailbox_id), self._last_test(mailbox_id))
        return check_result(check, mailbox, test, observed_at=datetime.now(UTC))

    async def _last_test(self, mailbox_id: str) -> SendkitConnectionTest | None:
        try:
            return mapping.connection_test_from_wire(await self._client.connection_test(mailbox_id), self._http.redact)
        except VendorNotFoundError:
            return None

    def _mailbox(self, row: wire.Mailbox, observed_at: datetime) -> Mailbox | None:
        return mapping.mailbox_from_wire(row, account=self.account, observed_at=observed_at, redact=self._http.redact)

    async def _health(self, mailbox_id: str) -> SendkitDetails:
        health = mapping.health_from_wire(await self._client.health(mailbox_id), self._http.redact)
        return SendkitDetails(health=health)

    async def _connection_test(self, mailbox_id: str) -> SendkitDetails:
        test = mapping.connection_test_from_wire(await self._client.connection_test(mailbox_id), self._http.redact)
        return SendkitDetails(connection_test=test)

    async def _warmup_stats(self, mailbox_id: str) -> SendkitDetails:
        stats = mapping.warmup_stats_from_wire(await self._client.warmup_stats(mailbox_id, days=STATS_DAYS))
        return SendkitDetails(warmup_stats=stats)

    async def _analytics(self, mailbox_ids: Sequence[str]) -> Mapping[str, Details | GatewayError]:
        """A mailbox that the answer does not name has no analytics: None, not an error."""
        if not mailbox_ids:
            return {}
        try:
            rows = await self._client.analytics()
        except GatewayError as error:
            return dict.fromkeys(mailbox_ids, error)
        found = {wire.row_id(row): mapping.analytics_from_wire(row) for row in rows if wire.row_id(row) in mailbox_ids}
        return {each: SendkitDetails(analytics=found.get(each)) for each in mailbox_ids}


async def _or_error(reading: Awaitable[SendkitDetails]) -> SendkitDetails | GatewayError:
    try:
        return await reading
    except GatewayError as error:
        return error


def _is_web_page(address: str) -> bool:
    """Whether a browser may be sent there."""
    try:
        url = urlsplit(address)
    except ValueError:
        return False
    return url.scheme == "https" and bool(url.hostname) and address.isprintable() and " " not in address
