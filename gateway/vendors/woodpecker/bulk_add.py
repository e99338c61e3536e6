"""Adds mailboxes in batches, which the vendor works off by itself, and finds out what became of them."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from gateway.domain.draft import MailboxDraft
from gateway.domain.errors import GatewayError, InvalidInputError, VendorConflictError, VendorError, VendorRejectedError
from gateway.domain.mailbox import Mailbox
from gateway.domain.outcome import Created
from gateway.transport.recent_secrets import LASTS_SECONDS
from gateway.vendors.woodpecker.addition import Addition, addition_from_draft
from gateway.vendors.woodpecker.client import WoodpeckerClient
from gateway.vendors.woodpecker.mapping import Observation
from gateway.vendors.woodpecker.refusal import named, refusals
from gateway.vendors.woodpecker.settlement import Senders, says_already, senders_by_address, settle
from gateway.vendors.woodpecker.ticket import Ticket, ticket_from_text
from gateway.vendors.woodpecker.wire import WireSummary

_HARMLESS = "Connected conditionally."
_WITHHELD = "its words are not shown, since they may quote the password, which the gateway does not know any more"


class UnderWay(msgspec.Struct, frozen=True):
    """The batch that is adding an address; `sent_at` is on the clock of `time.monotonic`."""

    batch: str
    sent_at: float


class BulkAdd:
    """Of one account. `fleet` reads the list of mailboxes."""

    def __init__(
        self, client: WoodpeckerClient, *, fleet: Callable[[], Awaitable[Sequence[Mailbox]]], observe: Callable[[], Observation]
    ) -> None:
        self._client = client
        self._fleet = fleet
        self._observe = observe
        self._under_way: dict[str, UnderWay] = {}
        """By address in small letters, as far as this process knows: no list shows them yet."""

    async def add(self, drafts: Sequence[MailboxDraft]) -> Sequence[Created | GatewayError]:
        """One answer for each draft, in order. What cannot be sent is not, and costs only itself."""
        checked = _additions(drafts)
        additions = [each for each in checked if isinstance(each, Addition)]
        answers = iter(await self._send(additions) if additions else ())
        return [next(answers) if isinstance(each, Addition) else each for each in checked]

    async def poll(self, pending: Sequence[str]) -> Sequence[Created | GatewayError]:
        """How they stand whose tickets these are, in order."""
        tickets = [ticket_from_text(text) for text in pending]
        batches = dict.fromkeys(ticket.batch for ticket in tickets if ticket)
        summaries = {batch: await self._client.get_summary(batch) for batch in batches}
        ended = {batch: summary for batch, summary in summaries.items() if summary is None or summary.processing_finished}
        senders = senders_by_address(await self._fleet()) if ended else {}
        return [self._stand(ticket, ended, senders) for ticket in tickets]

    async def _send(self, additions: Sequence[Addition]) -> Sequence[Created | GatewayError]:
        senders = senders_by_address(await self._fleet())
        before = {addition.address: self._before(addition.address, senders) for addition in additions}
        notifications = dict.fromkeys(word for addition in additions for word in addition.notifications)
        try:
            batch = await self._client.add_mailboxes([addition.item for addition in additions], notifications)
        except VendorConflictError as error:
            if self._may_be_echo(error, additions, before):
                raise self._client.http.unclear("says that an address is there already, which a moment ago it was not") from None
            return await self._without_the_refused(additions, refusals(error, additions))
        except VendorRejectedError as error:
            return await self._without_the_refused(additions, refusals(error, additions))
        self._under_way.update((address.casefold(), UnderWay(batch, time.monotonic())) for address in before)
        return [Created(pending=Ticket(batch=batch, address=address, before=ids).text) for address, ids in before.items()]

    async def _without_the_refused(
        self, additions: Sequence[Addition], refused: Sequence[VendorError | None]
    ) -> Sequence[Created | GatewayError]:
        """Woodpecker takes a batch whole or not at all: none of this one was added, so those that it has nothing against go once more."""
        others = [addition for addition, error in zip(additions, refused, strict=True) if error is None]
        try:
            again: Sequence[Created | GatewayError] = await self._send(others) if others else ()
        except GatewayError as error:
            again = [error] * len(others)
        answers = iter(again)
        return [next(answers) if error is None else error for error in refused]

    def _stand(self, ticket: Ticket | None, ended: Mapping[str, WireSummary | None], senders: Senders) -> Created | GatewayError:
        if ticket is None:
            return self._client.http.unclear("was asked for a mailbox, and the note on it cannot be read")
        if ticket.batch not in ended:
            return Created(pending=ticket.text)
        answer = settle(ticket, ended[ticket.batch], senders, self._observe_words_about(ticket))
        if isinstance(answer, GatewayError) or answer.pending is None:
            self._under_way.pop(ticket.address.casefold(), None)
        return answer

    def _observe_words_about(self, ticket: Ticket) -> Observation:
        """Mail servers echo passwords: one that this process did not send lately cannot be cut out of what they say."""
        under_way = self._under_way.get(ticket.address.casefold())
        is_known = under_way and under_way.batch == ticket.batch and time.monotonic() - under_way.sent_at < LASTS_SECONDS
        seen = self._observe()
        return seen if is_known else msgspec.structs.replace(seen, redact=_withhold)

    def _before(self, address: str, senders: Senders) -> tuple[str, ...]:
        under_way = self._under_way.get(address.casefold())
        ids = tuple(mailbox.vendor_id for mailbox in senders.get(address.casefold(), ()))
        return ids if under_way is None else (*ids, f"batch {under_way.batch}")

    def _may_be_echo(self, error: VendorError, additions: Sequence[Addition], before: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether a conflict may be with ourselves: a request that arrives twice is answered for the second time."""
        found = named(error, additions)
        return says_already(error.message) and bool(found) and not any(before[addition.address] for addition in found)


def _withhold(words: str) -> str:
    return words if words in ("", _HARMLESS) else _WITHHELD


def _additions(drafts: Sequence[MailboxDraft]) -> list[Addition | GatewayError]:
    """Each draft as the vendor takes it, or why it cannot be; of two with one address nobody could tell later which is which."""
    seen: set[str] = set()
    checked: list[Addition | GatewayError] = []
    for draft in drafts:
        address = draft.address.casefold()
        try:
            if address in seen:
                message = "This address is in the batch already; no request was sent for this one."
                raise InvalidInputError(message, field=("address",))
            checked.append(addition_from_draft(draft))
            seen.add(address)
        except GatewayError as error:
            checked.append(error)
    return checked
