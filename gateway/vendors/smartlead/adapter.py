"""Smartlead behind the port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import msgspec

from gateway.domain.account import Account, Campaign, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability
from gateway.domain.errors import GatewayError
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.warmup import WarmupDay
from gateway.transport.client import VendorHttp
from gateway.vendors.smartlead.client import SmartleadClient
from gateway.vendors.smartlead.details import HEALTH_PART, WARMUP_PART, SmartleadDetails
from gateway.vendors.smartlead.mapping import (
    health_metrics_from_wire,
    mailbox_from_wire,
    status_of,
    warmup_days_from_wire,
    warmup_stats_from_wire,
)
from gateway.vendors.smartlead.wire import EmailAccountRow

_HEALTH_DAYS = 30


class SmartleadAdapter(MailboxAdapter):
    """One Smartlead API key.

    A list row says what the read of one mailbox leaves out (campaign count, minutes between mails, tags) and the other way round
    (the suspended flag, campaign ids), so neither is complete.
    """

    row_capabilities = frozenset({Capability.WARMUP_READ, Capability.TAGS})

    def __init__(self, account: Account, http: VendorHttp) -> None:
        super().__init__(account)
        self._http = http
        self._client = SmartleadClient(http)
        self._addresses: dict[str, str] = {}
        """Addresses by mailbox id, as far as seen: health metrics are kept by address."""

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        seen: set[str] = set()
        async with aclosing(self._client.pages(expected_count=expected_count)) as pages:
            async for page in pages:
                mailboxes = [mailbox for mailbox in self._mailboxes(page.rows) if mailbox.vendor_id not in seen]
                seen_before = len(seen)
                seen.update(mailbox.vendor_id for mailbox in mailboxes)
                if page.is_full and len(seen) == seen_before:
                    raise self._http.garbled("repeats its pages")
                yield mailboxes

    async def probe(self) -> Reachability:
        await self._client.get_first()
        return Reachability(mailbox_count=None)  # the vendor tells no total

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        return self._mailboxes([await self._client.get_account(mailbox_id)])[0]

    def merge(self, row: Mailbox, known: Mailbox) -> Mailbox:
        """Keeps the suspended flag as long as the mailbox has not been changed since; the channels are the row's own."""
        if not (isinstance(row.details, SmartleadDetails) and isinstance(known.details, SmartleadDetails)):
            return row
        flag = known.details.is_suspended
        is_unchanged = row.updated_at is not None and row.updated_at == known.updated_at
        if row.details.is_suspended is not None or flag is None or not is_unchanged:
            return row
        details = msgspec.structs.replace(row.details, is_suspended=flag)
        return msgspec.structs.replace(row, details=details, status=status_of(row.health, is_suspended=flag))

    async def get_details(self, mailbox_ids: Sequence[str], part: str) -> Mapping[str, Details | GatewayError]:
        if part == HEALTH_PART:
            return await self._health_metrics(mailbox_ids)
        return await _each(mailbox_ids, self._warmup_stats if part == WARMUP_PART else self._details)

    async def list_tags(self) -> Sequence[str]:
        return tuple(tag.name for tag in await self._client.list_tags() if tag.name)

    async def list_campaigns(self, mailbox_id: str) -> Sequence[Campaign]:
        """The vendor tells ids only."""
        ids = (await self._client.get_account(mailbox_id)).campaign_ids
        if ids is None:
            raise self._http.garbled("did not tell the campaigns that it was asked for")
        return tuple(Campaign(vendor_id=str(each)) for each in ids)

    async def list_warmup_days(self, mailbox_id: str, *, days: int) -> Sequence[WarmupDay] | None:
        """The vendor keeps seven days."""
        stats = await self._client.get_warmup_stats(mailbox_id)
        return None if stats is None else warmup_days_from_wire(stats)[-days:]

    def _mailboxes(self, rows: Sequence[EmailAccountRow]) -> list[Mailbox]:
        """Each mailbox once."""
        observed_at = datetime.now(UTC)
        mailboxes = {
            str(row.id): mailbox_from_wire(row, account=self.account, observed_at=observed_at, redact=self._http.redact) for row in rows
        }
        self._addresses.update({key: mailbox.address.casefold() for key, mailbox in mailboxes.items() if mailbox.address})
        return list(mailboxes.values())

    async def _details(self, mailbox_id: str) -> Details:
        return (await self.get_mailbox(mailbox_id)).details

    async def _warmup_stats(self, mailbox_id: str) -> Details:
        stats = await self._client.get_warmup_stats(mailbox_id)
        return SmartleadDetails(warmup_stats=None if stats is None else warmup_stats_from_wire(stats))

    async def _health_metrics(self, mailbox_ids: Sequence[str]) -> dict[str, Details | GatewayError]:
        """One call for all mailboxes; one more for each whose address has not been seen yet."""
        unseen = [mailbox_id for mailbox_id in mailbox_ids if mailbox_id not in self._addresses]
        answers = {key: answer for key, answer in (await _each(unseen, self._details)).items() if isinstance(answer, GatewayError)}
        today = datetime.now(UTC).date()
        try:
            rows = await self._client.get_health(start=today - timedelta(days=_HEALTH_DAYS - 1), end=today)
        except GatewayError as error:
            return {**dict.fromkeys(mailbox_ids, error), **answers}
        metrics = {row.from_email.casefold(): health_metrics_from_wire(row) for row in rows if row.from_email}
        found = {key: SmartleadDetails(health_metrics=metrics.get(self._addresses.get(key, ""))) for key in mailbox_ids}
        return {**found, **answers}


async def _each(mailbox_ids: Sequence[str], ask: Callable[[str], Awaitable[Details]]) -> dict[str, Details | GatewayError]:
    """One question for each mailbox, as many at once as the account may ask."""

    async def answer(mailbox_id: str) -> Details | GatewayError:
        try:
            return await ask(mailbox_id)
        except GatewayError as error:
            return error

    return dict(zip(mailbox_ids, await asyncio.gather(*map(answer, mailbox_ids)), strict=True))
