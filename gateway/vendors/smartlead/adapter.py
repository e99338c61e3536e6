"""Smartlead behind the port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import ClassVar

from gateway.domain.account import Account, Campaign, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import Capability, MailboxField
from gateway.domain.draft import MailboxChanges, MailboxDraft, WarmupSettings
from gateway.domain.errors import GatewayError
from gateway.domain.mailbox import ChannelHealth, ChannelState, Details, Mailbox
from gateway.domain.outcome import CheckResult, Created, MailboxCheck, Updated
from gateway.domain.price import Price
from gateway.domain.turn import map_in_turns
from gateway.domain.warmup import WarmupDay
from gateway.transport.client import VendorHttp
from gateway.vendors.smartlead.client import SmartleadClient
from gateway.vendors.smartlead.creation import Creation, body_of, find_rows
from gateway.vendors.smartlead.details import HEALTH_PART, WARMUP_PART, SmartleadDetails
from gateway.vendors.smartlead.mapping import (
    health_metrics_from_wire,
    mailbox_from_wire,
    warmup_days_from_wire,
    warmup_stats_from_wire,
)
from gateway.vendors.smartlead.servers import require_password
from gateway.vendors.smartlead.shown import with_flag, with_listed
from gateway.vendors.smartlead.update import Update, plan_of
from gateway.vendors.smartlead.wire import EmailAccountRow
from gateway.vendors.smartlead.writes import SmartleadWrites

_HEALTH_DAYS = 30
_NO_PAUSE = "It switches warm-up on and off: start or stop it. A suspended mailbox has it paused."
_WRITABLE = frozenset(
    {
        MailboxField.DISPLAY_NAME,
        MailboxField.DAILY_LIMIT,
        MailboxField.SEND_INTERVAL,
        MailboxField.SIGNATURE,
        MailboxField.REPLY_TO,
        MailboxField.BCC,
        MailboxField.TRACKING,
        MailboxField.TAGS,
        MailboxField.SMTP,
        MailboxField.IMAP,
        MailboxField.WARMUP,
        MailboxField.VENDOR_FIELDS,
    }
)


class SmartleadAdapter(MailboxAdapter):
    """One Smartlead API key.

    A list row says what the read of one mailbox leaves out (campaign count, minutes between mails, tags) and the other way round
    (the suspended flag, campaign ids), so neither is complete.
    """

    lists_by_offset: ClassVar[bool] = True
    row_capabilities = frozenset({Capability.WARMUP_READ, Capability.TAGS})
    creatable_fields = updatable_fields = _WRITABLE
    takes_oauth = True
    prices: ClassVar[Mapping[str, Price]] = {HEALTH_PART: Price(batch=None)}
    hints: ClassVar[Mapping[str, str]] = {
        "pause_warmup": _NO_PAUSE,
        "resume_warmup": _NO_PAUSE,
        "set_password": "It hosts no mailboxes: mailboxUpdate changes the password that it logs in with.",
    }

    def __init__(self, account: Account, http: VendorHttp) -> None:
        super().__init__(account)
        self._http = http
        self._client = SmartleadClient(http)
        self._writes = SmartleadWrites(http)
        self._creation = Creation(http, self._client, self._writes, self._mailbox)
        self._update = Update(http, self._client, self._writes, self._mailbox)
        self._addresses: dict[str, str] = {}
        """Addresses by mailbox id, as far as seen: health metrics are kept by address."""

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        seen: set[str] = set()
        async with aclosing(self._client.pages(expected_count=expected_count)) as pages:
            async for page in pages:
                seen_before = len(seen)
                seen.update(str(row.id) for row in page.rows)
                if page.is_full and len(seen) == seen_before:
                    raise self._http.garbled("repeats its pages")
                yield await map_in_turns(partial(self._mailbox, observed_at=datetime.now(UTC)), page.rows)

    async def probe(self) -> Reachability:
        await self._client.get_first()
        return Reachability(mailbox_count=None)  # the vendor tells no total

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        return self._mailbox(await self._client.get_account(mailbox_id))

    async def find_mailboxes(self, address: str) -> Sequence[Mailbox]:
        return list({str(row.id): self._mailbox(row) for row in await find_rows(self._client, address)}.values())

    def merge(self, row: Mailbox, known: Mailbox) -> Mailbox:
        """What the other kind of read says is kept; of a list row's, the suspended flag, as long as the mailbox has not been changed since.

        `row` may have been read alone, too: such a one has the flag.
        """
        is_read_alone = isinstance(row.details, SmartleadDetails) and row.details.is_suspended is not None
        return with_listed(row, known) if is_read_alone else with_flag(row, known)

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

    # ------------------------------------------------------------------ writes
    def check_draft(self, draft: MailboxDraft) -> None:
        body_of(draft)

    def check_changes(self, changes: MailboxChanges) -> None:
        servers = plan_of(changes).servers
        if servers:
            require_password(servers)

    async def create_mailbox(self, draft: MailboxDraft, *, idempotency_key: str) -> Created:
        """No page documents a header for the key. Smartlead logs in to the mail servers before it answers."""
        del idempotency_key
        return await self._creation.create(draft)

    async def update_mailbox(self, mailbox: Mailbox, changes: MailboxChanges) -> Updated:
        return await self._update.update(mailbox, changes)

    async def delete_mailbox(self, mailbox_id: str) -> None:
        await self._writes.delete(mailbox_id)

    async def suspend_mailbox(self, mailbox_id: str) -> Updated:
        return await self._update.set_suspended(mailbox_id, suspended=True)

    async def resume_mailbox(self, mailbox_id: str) -> Updated:
        return await self._update.set_suspended(mailbox_id, suspended=False)

    async def test_sending(self, mailbox_id: str) -> CheckResult:
        mailbox = await self.get_mailbox(mailbox_id)
        return _last_evidence(MailboxCheck.SENDING, mailbox, mailbox.health.sending)

    async def test_receiving(self, mailbox_id: str) -> CheckResult:
        mailbox = await self.get_mailbox(mailbox_id)
        return _last_evidence(MailboxCheck.RECEIVING, mailbox, mailbox.health.receiving)

    async def start_warmup(self, mailbox: Mailbox, settings: WarmupSettings | None) -> Updated:
        return await self._update.set_warmup(mailbox, settings, enabled=True)

    async def stop_warmup(self, mailbox: Mailbox) -> Updated:
        return await self._update.set_warmup(mailbox, None, enabled=False)

    async def update_warmup(self, mailbox: Mailbox, settings: WarmupSettings) -> Updated:
        return await self._update.set_warmup(mailbox, settings, enabled=None)

    # ------------------------------------------------------------------ rows
    def _mailbox(self, row: EmailAccountRow, observed_at: datetime | None = None) -> Mailbox:
        """Observed now, unless another time is given."""
        mailbox = mailbox_from_wire(row, account=self.account, observed_at=observed_at or datetime.now(UTC), redact=self._http.redact)
        if mailbox.address:
            self._addresses[mailbox.vendor_id] = mailbox.address.casefold()
        return mailbox

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


def _last_evidence(check: MailboxCheck, mailbox: Mailbox, channel: ChannelHealth) -> CheckResult:
    """Smartlead has no test; it tells how its own last login went.

    The time is that of the mailbox's last change there: a login with another outcome is one. The same outcome may have been seen later.
    """
    if channel.state is ChannelState.UNKNOWN:
        return CheckResult(check, None, "Smartlead has no test, and has not tried to log in yet.", mailbox.updated_at)
    if channel.state is ChannelState.OK:
        return CheckResult(check, passed=True, message="Smartlead has no test; its last login worked.", observed_at=mailbox.updated_at)
    said = channel.message or "Smartlead has no test; its last login failed."
    return CheckResult(check, passed=False, message=said, observed_at=mailbox.updated_at)


async def _each(mailbox_ids: Sequence[str], ask: Callable[[str], Awaitable[Details]]) -> dict[str, Details | GatewayError]:
    """One question for each mailbox, as many at once as the account may ask."""

    async def answer(mailbox_id: str) -> Details | GatewayError:
        try:
            return await ask(mailbox_id)
        except GatewayError as error:
            return error

    return dict(zip(mailbox_ids, await asyncio.gather(*map(answer, mailbox_ids)), strict=True))
