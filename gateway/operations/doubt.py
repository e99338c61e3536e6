"""Creations of which nobody knows yet whether they happened, and refusals that may be about our own request, delivered twice."""

import logging
from collections.abc import Sequence

import msgspec

from gateway.domain.errors import ErrorCode, GatewayError, OutcomeUnknownError, RateLimitedError, VendorConflictError, VendorError
from gateway.domain.mailbox import Mailbox
from gateway.inventory.inventory import Inventory
from gateway.operations.reconcile import is_misdated, is_new
from gateway.operations.work import Find, Place, decode_find, encode_work
from gateway.state.store import StateStore

logger = logging.getLogger("gateway.operations")


class EchoError(OutcomeUnknownError):
    """The vendor says that the address is there already, which before it was not; `refusal` is what holds if it does not turn up."""

    def __init__(self, refusal: VendorError) -> None:
        message = f"{refusal.message} It was not there before: this request may have arrived twice, which is being found out."
        super().__init__(message, vendor=refusal.vendor, account=refusal.account, status=refusal.status, fields=refusal.fields)
        self.refusal = refusal


class Doubts:
    """What seemed not to have happened: a vendor may yet do what it was asked. They lie in the state, and survive the gateway."""

    def __init__(self, inventory: Inventory, state: StateStore) -> None:
        self._inventory = inventory
        self._state = state
        self._unsaved: dict[Place, Find] = {}
        """What the state did not take."""

    async def raise_about(self, question: Find) -> None:
        """From now on it is looked before this address is created again. Something was sent: no trouble with the state stops this."""
        try:
            await self._state.save_doubt(*question.place, encode_work(question))
        except GatewayError as error:
            logger.error("a doubt is kept in memory only: %s", error.message)  # noqa: TRY400 - it says all
            self._unsaved[question.place] = question
        else:
            self._unsaved.pop(question.place, None)

    async def settle(self, place: Place) -> None:
        """What became of it is known. A doubt that cannot be dropped costs a look, no more."""
        self._unsaved.pop(place, None)
        try:
            if await self._state.load_doubt(*place) is not None:
                await self._state.drop_doubt(*place)
        except GatewayError as error:
            logger.error("a doubt could not be dropped: %s", error.message)  # noqa: TRY400 - it says all

    async def made_earlier(self, place: Place, address: str, *, was_tried: bool) -> Mailbox | None:
        """The mailbox that an attempt of before has made after all. Asks the vendor only where there was one. Raises `GatewayError`."""
        earlier = self._unsaved.get(place)
        stored = await self._state.load_doubt(*place) if earlier is None else None
        if not was_tried and earlier is None and stored is None:
            return None
        earlier = earlier or _question_in(stored)
        found = await self._inventory.accounts[place[0]].find(address)
        return next((each for each in found if earlier is None or is_new(each, earlier)), None)

    async def judge(self, question: Find, refusal: GatewayError) -> GatewayError:
        """A refusal, or `EchoError` where it may come of our own request: one that arrives twice is answered for the second time.

        Such an answer says that the address is taken, or that the plan is full. What the vendor's list shows decides; where it shows
        nothing at this address, it may lag, but then only a taken address speaks for us. Where mailboxes tell no age, the adapter has
        looked before, and its word counts.
        """
        if isinstance(refusal, RateLimitedError):
            await self.raise_about(question)
        if not isinstance(refusal, VendorError) or isinstance(refusal, OutcomeUnknownError):
            return refusal
        is_taken = isinstance(refusal, VendorConflictError)
        account = self._inventory.accounts[question.account]
        is_known = bool(question.known_ids) or account.has_written(question.address)
        if is_known or not account.adapter.tells_age or not (is_taken or refusal.reason is ErrorCode.LIMIT_REACHED):
            return refusal
        found = await self._found(question)
        if any(_is_ours(each, question) for each in found) or (is_taken and not found):
            return EchoError(refusal)
        return refusal

    async def _found(self, question: Find) -> Sequence[Mailbox]:
        try:
            return await self._inventory.accounts[question.account].find(question.address)
        except GatewayError:
            return ()


def refusal_in(error: OutcomeUnknownError) -> VendorError | None:
    """What the vendor said, where it said something."""
    return error.refusal if isinstance(error, EchoError) else None


def _is_ours(mailbox: Mailbox, question: Find) -> bool:
    """Whether a mailbox was made since we asked, as far as its time is told: vendors cut theirs to milliseconds or seconds."""
    if mailbox.created_at is None:
        return False
    step = 1_000_000 if not mailbox.created_at.microsecond else 1000 if not mailbox.created_at.microsecond % 1000 else 1
    asked_at = question.started_at.replace(microsecond=question.started_at.microsecond // step * step)
    return mailbox.created_at >= asked_at or is_misdated(mailbox, question)


def _question_in(stored: bytes | None) -> Find | None:
    """None for what another version of the gateway wrote, too: then any mailbox at the address counts, and none is made twice."""
    try:
        return decode_find(stored) if stored is not None else None
    except msgspec.MsgspecError:
        return None
