"""Creations of which nobody knows yet whether they happened, and refusals that may be about our own request, delivered twice."""

from collections.abc import Sequence

from gateway.domain.errors import ErrorCode, GatewayError, OutcomeUnknownError, RateLimitedError, VendorConflictError, VendorError
from gateway.domain.mailbox import Mailbox
from gateway.inventory.inventory import Inventory
from gateway.operations.reconcile import is_misdated, is_new
from gateway.operations.work import Find, Place


class EchoError(OutcomeUnknownError):
    """The vendor says that the address is there already, which before it was not; `refusal` is what holds if it does not turn up."""

    def __init__(self, refusal: VendorError) -> None:
        message = f"{refusal.message} It was not there before: this request may have arrived twice, which is being found out."
        super().__init__(message, vendor=refusal.vendor, account=refusal.account, status=refusal.status, fields=refusal.fields)
        self.refusal = refusal


class Doubts:
    """What seemed not to have happened: a vendor may yet do what it was asked."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._questions: dict[Place, Find] = {}

    def raise_about(self, question: Find) -> None:
        """From now on it is looked before this address is created again."""
        self._questions[question.place] = question

    def settle(self, place: Place) -> None:
        """What became of it is known."""
        self._questions.pop(place, None)

    async def made_earlier(self, place: Place, address: str, *, was_tried: bool) -> Mailbox | None:
        """The mailbox that an attempt of before has made after all. Asks the vendor only where there was one. Raises `GatewayError`."""
        earlier = self._questions.get(place)
        if not was_tried and earlier is None:
            return None
        found = await self._inventory.accounts[place[0]].find(address)
        return next((each for each in found if earlier is None or is_new(each, earlier)), None)

    async def judge(self, question: Find, refusal: GatewayError) -> GatewayError:
        """A refusal, or `EchoError` where it may come of our own request: one that arrives twice is answered for the second time.

        Such an answer says that the address is taken, or that the plan is full. What the vendor's list shows decides; where it shows
        nothing at this address, it may lag, but then only a taken address speaks for us. Where mailboxes tell no age, the adapter has
        looked before, and its word counts.
        """
        if isinstance(refusal, RateLimitedError):
            self.raise_about(question)
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
