"""Changes to a mailbox that is there: settings, servers and logins, warm-up key and tags are calls of their own."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.capability import MailboxField
from gateway.domain.draft import MailboxChanges, WarmupSettings, fields_given
from gateway.domain.errors import GatewayError
from gateway.domain.mailbox import Mailbox
from gateway.domain.outcome import Updated
from gateway.transport.client import VendorHttp
from gateway.vendors.smartlead.client import SmartleadClient
from gateway.vendors.smartlead.creation import connection_warnings
from gateway.vendors.smartlead.places import PLACES, WARMUP_PLACES
from gateway.vendors.smartlead.refusal import refuse_unwritable
from gateway.vendors.smartlead.servers import save_body
from gateway.vendors.smartlead.settings import servers_to_wire, settings_to_wire, warmup_key, warmup_to_wire
from gateway.vendors.smartlead.shown import completed, row_of, shown, with_warmup_plan
from gateway.vendors.smartlead.tagging import Tagging
from gateway.vendors.smartlead.warming import planned_warmup, warmed, warmup_body, with_plan
from gateway.vendors.smartlead.wire import EmailAccountRow, SavedRow, TagRow
from gateway.vendors.smartlead.writes import Body, SmartleadWrites

_SAVED = frozenset({MailboxField.SMTP, MailboxField.IMAP, MailboxField.REPLY_TO})
"""What only the call that saves a whole mailbox can change."""


class Plan(msgspec.Struct, frozen=True):
    """What shall be written, by call. `fields` are all that are meant."""

    fields: tuple[MailboxField, ...]
    servers: Body
    settings: Body
    warmup: Body
    tags: tuple[str, ...] | UnsetType

    def applied_by(self, name: str) -> tuple[MailboxField, ...]:
        """The fields that one of the calls writes."""
        own = {"servers": _SAVED, "tags": {MailboxField.TAGS}, "warmup": {MailboxField.VENDOR_FIELDS}}
        if name in own:
            return tuple(field for field in self.fields if field in own[name])
        has_vendor_field = any(key in self.settings for key in ("client_id", "is_suspended"))
        others = _SAVED | {MailboxField.TAGS} | (set() if has_vendor_field else {MailboxField.VENDOR_FIELDS})
        return tuple(field for field in self.fields if field not in others)


class Written(msgspec.Struct, frozen=True):
    """One call that went through: the fields that it wrote, and how it shows in a row."""

    fields: tuple[MailboxField, ...]
    shows: Mapping[str, object]
    saved: SavedRow | None = None


def plan_of(changes: MailboxChanges) -> Plan:
    """Raises `UnsupportedFieldsError` and `InvalidInputError` for what cannot be written."""
    refuse_unwritable(changes)
    servers = servers_to_wire(changes)
    if changes.reply_to is not UNSET:
        servers["different_reply_to_address"] = changes.reply_to or ""
    tags = changes.tags if isinstance(changes.tags, tuple | UnsetType) else ()
    fields = tuple(dict.fromkeys(fields_given(changes).values()))
    return Plan(fields, servers, settings_to_wire(changes), warmup_key(changes), tags)


class Update:
    """Changes mailboxes at one account. `mailbox_of` makes a mailbox of a row."""

    def __init__(
        self, http: VendorHttp, client: SmartleadClient, writes: SmartleadWrites, mailbox_of: Callable[[EmailAccountRow], Mailbox]
    ) -> None:
        self._client = client
        self._writes = writes
        self._tagging = Tagging(http, client, writes)
        self._mailbox_of = mailbox_of

    async def update(self, mailbox: Mailbox, changes: MailboxChanges) -> Updated:
        """First what the vendor checks most: servers and logins; then settings, warm-up key and tags.

        The mailbox is read again in the end, and shows what was written also where the vendor's reads lag behind.
        """
        plan = plan_of(changes)
        done: list[Written] = []
        error: GatewayError | None = None
        try:
            async with aclosing(self._write(mailbox, plan)) as calls:
                async for written in calls:
                    done.append(written)  # noqa: PERF401 - those before an error count
        except GatewayError as stop:
            if not done:
                raise
            error = stop
        if not done:
            return Updated(mailbox=mailbox)
        now = self._mailbox_of(await self._reread(mailbox, done))
        applied = tuple(dict.fromkeys(field for written in done for field in written.fields))
        warnings = tuple(warning for written in done if written.saved for warning in connection_warnings(written.saved, now))
        return Updated(mailbox=with_warmup_plan(now, mailbox), applied=applied, warnings=warnings, error=error)

    async def set_suspended(self, mailbox_id: str, *, suspended: bool) -> Updated:
        """The mailbox as it is read afterwards, without what only lists tell; None where it cannot be read."""
        await (self._writes.suspend(mailbox_id) if suspended else self._writes.unsuspend(mailbox_id))
        try:
            row = await self._client.get_account(mailbox_id)
        except GatewayError:
            return Updated()
        return Updated(mailbox=self._mailbox_of(msgspec.structs.replace(row, is_suspended=suspended)))

    async def set_warmup(self, mailbox: Mailbox, settings: WarmupSettings | None, *, enabled: bool | None) -> Updated:
        """Switch warm-up (`enabled` None: leave it on or off) and set it. What is on now is read first: others may have switched it."""
        before = await self._client.get_account(mailbox.vendor_id)
        asked = {**planned_warmup(mailbox), **({} if settings is None else warmup_to_wire(settings))}
        body = warmup_body(before, asked, enabled=enabled)
        await self._writes.set_warmup(mailbox.vendor_id, body, places=WARMUP_PLACES)
        try:
            after = await self._client.get_account(mailbox.vendor_id)
        except GatewayError:
            after = before
        now = self._mailbox_of(warmed(completed(after, row_of(mailbox)), body))
        return Updated(mailbox=with_plan(now, asked), applied=(MailboxField.WARMUP,))

    async def _write(self, mailbox: Mailbox, plan: Plan) -> AsyncGenerator[Written]:
        """Call by call; an error ends it."""
        mailbox_id = mailbox.vendor_id
        if plan.servers:
            row = completed(await self._client.get_account(mailbox_id), row_of(mailbox))
            body = save_body(row, plan.servers, plan.settings)
            saved = await self._writes.save(body)
            yield Written(plan.applied_by("servers"), {**shown(plan.servers), **_checks(saved)}, saved)
        if plan.settings:
            await self._writes.update(mailbox_id, plan.settings)
            yield Written(plan.applied_by("settings"), shown(plan.settings))
        if plan.warmup:
            row = await self._client.get_account(mailbox_id)
            body = warmup_body(row, {**planned_warmup(mailbox), **plan.warmup})
            await self._writes.set_warmup(mailbox_id, body, places=PLACES)
            yield Written(plan.applied_by("warmup"), {"warmup_details": warmed(row, body).warmup_details})
        if plan.tags is not UNSET:
            async with aclosing(self._tag(mailbox, plan.tags)) as calls:
                async for tags in calls:
                    yield Written(plan.applied_by("tags"), {"tags": tags})

    async def _tag(self, mailbox: Mailbox, names: tuple[str, ...]) -> AsyncGenerator[list[TagRow]]:
        """The tags after each call: first those that are missing are put on, then those that are too many taken off."""
        read = await self._tagging.read(mailbox.vendor_id, mailbox.address)
        tags = (row_of(mailbox).tags or []) if read is None else read
        missing = [name for name in dict.fromkeys(names) if name not in {tag.tag_name for tag in tags}]
        surplus = [tag for tag in tags if tag.tag_name not in names]
        if missing:
            await self._tagging.assign(mailbox.vendor_id, missing)
            tags = [*tags, *(TagRow(tag_name=name) for name in missing)]
            yield tags
        if surplus:
            await self._tagging.unassign(mailbox.vendor_id, surplus)
            tags = [tag for tag in tags if tag not in surplus]
            yield tags
        if not missing and not surplus:
            yield tags  # as they are wanted

    async def _reread(self, mailbox: Mailbox, done: list[Written]) -> EmailAccountRow:
        known = row_of(mailbox)
        try:
            row = await self._client.get_account(mailbox.vendor_id)
        except GatewayError:
            row = known
        shows = {name: value for written in done for name, value in written.shows.items()}
        return msgspec.structs.replace(completed(row, known), **shows)


def _checks(saved: SavedRow) -> dict[str, bool]:
    """What the vendor's logins showed while it saved, where it tells."""
    told = {"is_smtp_success": saved.is_smtp_success, "is_imap_success": saved.is_imap_success}
    return {name: works for name, works in told.items() if works is not None}
