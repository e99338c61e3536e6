"""What every operation passes before it runs, whichever way it came: its caller's rate, its document, the sizes of its variables."""

from gateway.domain.request_limits import RequestLimits
from gateway.schema.limits.variables import check_lists
from gateway.web.caller import Caller
from gateway.web.persisted import Persisted
from gateway.web.rate import Rates, asker_of, is_unlimited
from gateway.web.request import Operation
from gateway.web.seats import Results, Seats


class Gate:
    """One for all ways in, so that a caller is counted once, not once for each."""

    def __init__(self, limits: RequestLimits, persisted: Persisted) -> None:
        self._limits = limits
        self._persisted = persisted
        self._rates = Rates(limits.rate)
        self.seats = Seats(limits.max_subscriptions)

    def count(self, caller: Caller, address: str | None) -> None:
        """Somebody asks. Raises `TooManyRequestsError`."""
        if not is_unlimited(caller, address):
            self._rates.take(asker_of(caller, address))

    def enter(self, operation: Operation, caller: Caller, address: str | None) -> Operation:
        """An operation is about to run; the same with its text. Raises `LimitError` and `RefusedError`."""
        self.count(caller, address)
        check_lists(operation.variables, self._limits.max_list_items)
        return self._persisted.resolve(operation, asker_of(caller, address))

    def seated(self, results: Results, caller: Caller, address: str | None) -> Results:
        """The results of a subscription, which takes a seat until it ends. Raises `TooManySubscriptionsError`."""
        return self.seats.seated(asker_of(caller, address), results)
