"""Outreach behind the port."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import ClassVar

from gateway.domain.account import Account, Campaign, Owner, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import MailboxField
from gateway.domain.details import MAILBOX_PART
from gateway.domain.draft import MailboxChanges, MailboxDraft, fields_given
from gateway.domain.errors import GatewayError, VendorForbiddenError, VendorNotFoundError
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.outcome import CheckResult, Created, MailboxCheck, Updated
from gateway.domain.price import Price
from gateway.domain.turn import map_in_turns
from gateway.vendors.outreach.alteration import alterations
from gateway.vendors.outreach.body import body_from_changes, body_from_draft
from gateway.vendors.outreach.client import OutreachClient
from gateway.vendors.outreach.details import ALIASES_PART, MAILINGS_PART, OutreachDetails, OutreachMailings
from gateway.vendors.outreach.mapping import alias_from_wire, campaigns_from_wire, check_from_wire, mailbox_from_wire, owner_from_wire
from gateway.vendors.outreach.wire import Document, MailboxResource, NamedAttributes, included

IDS_PER_CALL = 50
_TESTS = {MailboxCheck.SENDING: "testSend", MailboxCheck.RECEIVING: "testSync"}


class OutreachAdapter(MailboxAdapter):
    """An Outreach user's mailboxes: those that this user may see."""

    creatable_fields = frozenset(
        {
            MailboxField.DAILY_LIMIT,
            MailboxField.SIGNATURE,
            MailboxField.SMTP,
            MailboxField.IMAP,
            MailboxField.OWNER,
            MailboxField.VENDOR_FIELDS,
        }
    )
    updatable_fields = creatable_fields | {
        MailboxField.WEEKLY_LIMIT,
        MailboxField.BURST,
        MailboxField.SENDING_ENABLED,
        MailboxField.RECEIVING_ENABLED,
    }

    prices: ClassVar[Mapping[str, Price]] = {
        MAILBOX_PART: Price(calls=2, batch=IDS_PER_CALL),  # the second one where the scope users.read is missing
        MAILINGS_PART: Price(calls=2),
        "get_owners": Price(batch=IDS_PER_CALL),
    }
    hints: ClassVar[Mapping[str, str]] = {
        "suspend_mailbox": "It has no such state: switch `sendingEnabled` and `receivingEnabled` off.",
        "resume_mailbox": "It has no such state: switch `sendingEnabled` and `receivingEnabled` on.",
        "set_password": "It hosts no mailboxes: mailboxUpdate changes the password that it logs in with.",
    }

    def __init__(self, account: Account, client: OutreachClient) -> None:
        super().__init__(account)
        self._client = client

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        del expected_count  # pages hang on each other's tokens
        async for rows in self._client.mailbox_pages():
            yield await map_in_turns(partial(mailbox_from_wire, account=self.account, observed_at=datetime.now(UTC)), rows)

    async def probe(self) -> Reachability:
        return Reachability(await self._client.mailbox_count())

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        """Without the scope users.read, including users is a 403: then the mailbox is read alone, without names and `can_write`."""
        try:
            document, row = await self._client.mailbox(mailbox_id, with_users=True)
        except VendorForbiddenError:
            document, row = await self._client.mailbox(mailbox_id, with_users=False)
        return self._mailbox(document, row)

    async def get_mailboxes(self, mailbox_ids: Sequence[str]) -> Mapping[str, Mailbox | GatewayError]:
        """Fifty in one call; an unknown or invisible one is missing in the vendor's answer."""
        wanted = [each for each in dict.fromkeys(mailbox_ids) if self._client.is_usable_id(each)]
        chunks = await asyncio.gather(*(self._chunk(wanted[at : at + IDS_PER_CALL]) for at in range(0, len(wanted), IDS_PER_CALL)))
        found = {mailbox_id: answer for chunk in chunks for mailbox_id, answer in chunk.items()}
        return {each: found.get(each) or self._client.unknown_mailbox() for each in mailbox_ids}

    async def _chunk(self, mailbox_ids: Sequence[str]) -> dict[str, Mailbox | GatewayError]:
        try:
            try:
                document, rows = await self._client.mailboxes(mailbox_ids, with_users=True)
            except VendorForbiddenError:
                document, rows = await self._client.mailboxes(mailbox_ids, with_users=False)
        except VendorNotFoundError:  # of the list, which says of no mailbox that it is gone
            return dict.fromkeys(mailbox_ids, self._client.http.garbled("does not know its own list of mailboxes (HTTP 404)"))
        except GatewayError as error:
            return dict.fromkeys(mailbox_ids, error)
        return {str(row.id): self._mailbox(document, row) for row in rows}

    def _mailbox(self, document: Document, row: MailboxResource) -> Mailbox:
        return mailbox_from_wire(row, account=self.account, observed_at=datetime.now(UTC), users=included(document, "user"))

    def is_being_deleted(self, mailbox: Mailbox) -> bool:
        """Deletions are queued (live records carry `deleteQueuedAt`; not documented)."""
        return isinstance(mailbox.details, OutreachDetails) and mailbox.details.delete_queued_at is not None

    async def get_details(self, mailbox_ids: Sequence[str], part: str) -> Mapping[str, Details | GatewayError]:
        """Aliases and counts of mailings, both one mailbox at a time: the vendor has no call for several."""
        load = {ALIASES_PART: self._aliases, MAILINGS_PART: self._mailings}[part]

        async def answer(mailbox_id: str) -> Details | GatewayError:
            try:
                return await load(mailbox_id)
            except GatewayError as error:
                return error

        return dict(zip(mailbox_ids, await asyncio.gather(*map(answer, mailbox_ids)), strict=True))

    async def _aliases(self, mailbox_id: str) -> OutreachDetails:
        aliases = await self._client.aliases(mailbox_id)
        return OutreachDetails(mail_aliases=tuple(alias_from_wire(alias) for alias in aliases))

    async def _mailings(self, mailbox_id: str) -> OutreachDetails:
        now = datetime.now(UTC)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        delivered_today = await self._client.delivered_count(mailbox_id, since=today)
        delivered_last_7_days = await self._client.delivered_count(mailbox_id, since=now - timedelta(days=7))
        return OutreachDetails(mailings=OutreachMailings(delivered_today, delivered_last_7_days))

    async def find_mailboxes(self, address: str) -> Sequence[Mailbox]:
        """Outreach compares exactly: a mailbox with capitals that are neither the asked ones nor none at all is not found (UNSURE)."""
        rows = await self._client.mailboxes_at(address)
        found = [self._row(row) for row in rows]
        return [mailbox for mailbox in found if mailbox.address and mailbox.address.casefold() == address.casefold()]

    def check_draft(self, draft: MailboxDraft) -> None:
        body_from_draft(draft)

    async def create_mailbox(self, draft: MailboxDraft, *, idempotency_key: str) -> Created:
        """Done when it is answered; with `verify` that takes as long as two logins at the mail server."""
        del idempotency_key  # Outreach has no such thing
        body = body_from_draft(draft)
        mailbox = self._row(await self._client.create(body))
        return Created(mailbox=mailbox, warnings=(*body.warnings, *alterations(body.attributes.values(), mailbox)))

    async def update_mailbox(self, mailbox: Mailbox, changes: MailboxChanges) -> Updated:
        """One PATCH of what changes; none where nothing does."""
        body = body_from_changes(changes, mailbox)
        if body.is_empty:
            return Updated(mailbox=mailbox)
        changed = self._row(await self._client.update(mailbox.vendor_id, body))
        return Updated(
            mailbox=changed,
            applied=tuple(dict.fromkeys(fields_given(changes).values())),
            warnings=(*body.warnings, *alterations(body.attributes.values(), changed)),
        )

    async def delete_mailbox(self, mailbox_id: str) -> None:
        """Whether Outreach deletes at once or queues it, it answers alike; a queued one shows `deleteQueuedAt` until it is gone."""
        await self._client.delete(mailbox_id)

    async def test_sending(self, mailbox_id: str) -> CheckResult:
        """A real test, at once: `testSend`, which may send a mail (UNSURE)."""
        return await self._check(MailboxCheck.SENDING, mailbox_id)

    async def test_receiving(self, mailbox_id: str) -> CheckResult:
        """A real test, at once: `testSync`."""
        return await self._check(MailboxCheck.RECEIVING, mailbox_id)

    async def _check(self, check: MailboxCheck, mailbox_id: str) -> CheckResult:
        """The mailbox is read before, since only a newer error than before speaks against an answer without a refusal."""
        _, before = await self._client.mailbox(mailbox_id, with_users=False)
        trial = await self._client.test(mailbox_id, _TESTS[check])
        observed_at = datetime.now(UTC)
        if trial.refusal is not None:
            return CheckResult(check, passed=False, message=trial.refusal, observed_at=observed_at)
        after = trial.row or (await self._client.mailbox(mailbox_id, with_users=False))[1]
        return check_from_wire(check, before=before, after=after, observed_at=observed_at)

    async def link_ews_master_account(self, mailbox_id: str) -> Updated:
        """Answered with an empty object: the caller reads the mailbox."""
        await self._client.act(mailbox_id, "linkEwsMasterAccount")
        return Updated()

    async def unlink_ews_master_account(self, mailbox_id: str) -> Updated:
        """Likewise."""
        await self._client.act(mailbox_id, "unlinkEwsMasterAccount")
        return Updated()

    def _row(self, row: MailboxResource) -> Mailbox:
        """A mailbox that came without the people around it."""
        return mailbox_from_wire(row, account=self.account, observed_at=datetime.now(UTC))

    async def get_owners(self, owner_ids: Sequence[str]) -> Mapping[str, Owner]:
        """Fifty in one call; needs the scope users.read."""
        wanted = [each for each in dict.fromkeys(owner_ids) if self._client.is_usable_id(each)]
        chunks = [wanted[at : at + IDS_PER_CALL] for at in range(0, len(wanted), IDS_PER_CALL)]
        users = [user for answer in await asyncio.gather(*map(self._client.users, chunks)) for user in answer]
        return {str(user.id): owner_from_wire(str(user.id), user.attributes) for user in users}

    async def list_campaigns(self, mailbox_id: str) -> Sequence[Campaign]:
        """The sequences with prospects whose mail leaves from this mailbox; Outreach lists them by prospect, a thousand at a time."""
        campaigns: dict[str, Campaign] = {}
        sequences: dict[str, NamedAttributes] = {}
        async for document, states in self._client.sequence_state_pages(mailbox_id):
            sequences |= included(document, "sequence")
            campaigns |= campaigns_from_wire(states, sequences)
        return list(campaigns.values())
