"""Creations of which nobody knows yet whether they happened, and refusals that may be about our own request, delivered twice."""

from collections.abc import Sequence

from gateway.domain.errors import ErrorCode, GatewayError, OutcomeUnknownError, RateLimitedError, VendorConflictError, VendorError
from gateway.domain.mailbox import Mailbox
from gateway.inventory.inventory import Inventory
from gateway.operations.reconcile import is_new
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

        Such an answer says that the address is taken, or that the plan is full. What the list shows decides; where it shows nothing
        new, it may lag, but then only the address speaks for us.
        """
        if isinstance(refusal, RateLimitedError):
            self.raise_about(question)
        if not isinstance(refusal, VendorError) or isinstance(refusal, OutcomeUnknownError):
            return refusal
        is_taken = isinstance(refusal, VendorConflictError)
        if not is_taken and refusal.reason is not ErrorCode.LIMIT_REACHED:
            return refusal
        found = await self._found(question)
        if any(is_new(each, question) for each in found) or (is_taken and not found):
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
