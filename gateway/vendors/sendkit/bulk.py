"""Many creations through one CSV import, and what became of each: the answer has counts and refusals, and no ids.

Source: post-v1-mailboxes-import-smtp (an older page). All rows have been tested when the answer comes; an address that was there already
is skipped without a word.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from gateway.domain.draft import MailboxDraft, secrets_in
from gateway.domain.errors import ConflictError, FieldFault, GatewayError, VendorConflictError, VendorRejectedError
from gateway.domain.mailbox import Mailbox
from gateway.domain.outcome import Created
from gateway.domain.reads import Reads
from gateway.transport.client import VendorHttp
from gateway.vendors.reading import whole
from gateway.vendors.sendkit import mapping, wire
from gateway.vendors.sendkit.client import PAGE_SIZE, SendkitClient
from gateway.vendors.sendkit.import_file import import_call
from gateway.vendors.sendkit.moment import now_as_told
from gateway.vendors.sendkit.verification import Verification, redacted
from gateway.vendors.sendkit.warning import security_warnings

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class _Report(msgspec.Struct):
    """What an import did, by address in lower case: `refused` are SendKit's reasons, `new` are those of `found` that it made."""

    refused: Mapping[str, str | None]
    found: Mapping[str, Mailbox]
    new: frozenset[str]
    is_complete: bool
    """Whether all that SendKit says is there was found."""


class BulkCreation:
    """Imports drafts and tells of each what became of it."""

    def __init__(self, http: VendorHttp, client: SendkitClient, reads: Reads, verification: Verification) -> None:
        self._http = http
        self._client = client
        self._reads = reads
        self._verification = verification

    async def create(self, drafts: Sequence[MailboxDraft]) -> Sequence[Created | GatewayError]:
        """One answer for each draft, in order. What it raises is about the import as a whole."""
        firsts: dict[str, MailboxDraft] = {}
        for draft in drafts:
            firsts.setdefault(_key(draft.address), draft)
        asked_at = now_as_told()
        result = await self._client.import_file(import_call(list(firsts.values())))
        report = await self._report(firsts, result, asked_at)
        return [self._answer(draft, report) if firsts[_key(draft.address)] is draft else _twice(draft) for draft in drafts]

    async def _report(self, addresses: Iterable[str], result: wire.ImportResult, asked_at: datetime) -> _Report:
        refused = {_key(row.email): mapping.words_of(row.error) for row in result.errors or () if row.email}
        imported, skipped = whole(result.imported), whole(result.skipped)
        try:
            found = await self._find([address for address in addresses if address not in refused])
        except GatewayError:
            found = {}  # the import is done all the same
        return _Report(
            refused,
            found,
            new=_new(found, asked_at, imported=imported, skipped=skipped),
            is_complete=imported is not None and skipped is not None and len(found) >= imported + skipped,
        )

    async def _find(self, addresses: Sequence[str]) -> dict[str, Mailbox]:
        """The mailboxes with these addresses, in the fewest calls: by paging through the list, or by a search for each."""
        if len(addresses) > 1:
            count = await self._client.count_mailboxes()
            if count is not None and count <= (len(addresses) - 1) * PAGE_SIZE:
                listed = {mailbox.vendor_id: mailbox async for page in self._reads.list_mailboxes() for mailbox in page}
                return {key: mailbox for mailbox in listed.values() if (key := _key(mailbox.address or "")) in addresses}
        searched = await asyncio.gather(*(self._reads.find_mailboxes(address) for address in addresses))
        return {address: found[0] for address, found in zip(addresses, searched, strict=True) if found}

    def _answer(self, draft: MailboxDraft, report: _Report) -> Created | GatewayError:
        key = _key(draft.address)
        if key in report.refused:
            return self._refusal(draft, report.refused[key])
        mailbox = report.found.get(key)
        if mailbox is None:
            return self._refusal(draft, None) if report.is_complete else self._http.unclear("did the import and does not show this mailbox")
        if key not in report.new:
            return self._conflict(draft)
        return Created(mailbox=mailbox, pending=self._verification.begin(draft, mailbox), warnings=tuple(security_warnings(draft)))

    def _refusal(self, draft: MailboxDraft, reason: str | None) -> VendorRejectedError:
        words = redacted(self._http, reason, secrets_in(draft)) if reason else "It does not say why."
        message = f"SendKit did not import {draft.address}: {words}"
        account, fields = self._http.account, (FieldFault(None, message, ("smtp",)),)
        return VendorRejectedError(message, vendor=account.vendor, account=account.name, fields=fields)

    def _conflict(self, draft: MailboxDraft) -> VendorConflictError:
        message = f"SendKit has a mailbox with the address {draft.address} already."
        account, fields = self._http.account, (FieldFault("email", message, ("address",)),)
        return VendorConflictError(message, vendor=account.vendor, account=account.name, fields=fields)


def _key(address: str) -> str:
    return address.strip().casefold()


def _twice(draft: MailboxDraft) -> ConflictError:
    return ConflictError(f"The address {draft.address} stands twice in this batch; the first one counts.")


def _new(found: Mapping[str, Mailbox], asked_at: datetime, *, imported: int | None, skipped: int | None) -> frozenset[str]:
    """Those that the import made. Where SendKit skipped some and does not say which: the newest, as many as it counts.

    Made since we asked is new, too, whatever it counts: an import that arrived twice finds its own mailboxes there already.
    """
    if not skipped:
        return frozenset(found)
    newest = sorted(found, key=lambda key: found[key].created_at or _LONG_AGO, reverse=True)
    return frozenset(newest[: imported or 0]) | {key for key in found if (found[key].created_at or _LONG_AGO) >= asked_at}
