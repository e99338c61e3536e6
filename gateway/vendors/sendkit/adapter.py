"""SendKit behind the port, read side."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

import msgspec

from gateway.domain.account import Account, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability
from gateway.domain.errors import GatewayError
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.warmup import WarmupDay
from gateway.transport.client import VendorHttp
from gateway.vendors.sendkit import mapping, wire
from gateway.vendors.sendkit.client import SendkitClient
from gateway.vendors.sendkit.details import ANALYTICS, CONNECTION_TEST, HEALTH, WARMUP_STATS, SendkitDetails

STATS_DAYS = 30
"""The window of the details' `warmup_stats`: the vendor's default (get-v1-warmup-stats-mailboxid)."""


class SendkitAdapter(MailboxAdapter):
    """One SendKit workspace."""

    row_capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.WARMUP_READ, Capability.TAGS})

    def __init__(self, account: Account, http: VendorHttp) -> None:
        super().__init__(account)
        self._http = http
        self._client = SendkitClient(http)
        self._read_part: Mapping[str, Callable[[str], Awaitable[SendkitDetails]]] = {
            HEALTH: self._health,
            CONNECTION_TEST: self._connection_test,
            WARMUP_STATS: self._warmup_stats,
        }

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        del expected_count  # each page's token is in the page before it
        seen: set[str] = set()
        async for rows in self._client.mailbox_pages():
            observed_at = datetime.now(UTC)
            mailboxes = [each for row in rows if (each := self._mailbox(row, observed_at)) is not None]
            if rows and not mailboxes:
                raise self._http.garbled("listed mailboxes without ids")
            page = {each.vendor_id: each for each in mailboxes if each.vendor_id not in seen}
            seen.update(page)
            yield tuple(page.values())

    async def probe(self) -> Reachability:
        return Reachability(mailbox_count=await self._client.count_mailboxes())

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        row = await self._client.mailbox(mailbox_id)
        mailbox = self._mailbox(row, datetime.now(UTC))
        if mailbox is None or mailbox.vendor_id.casefold() != mailbox_id.casefold():
            raise self._http.garbled("answered with another mailbox than the one asked for, or with none")
        return mailbox

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
