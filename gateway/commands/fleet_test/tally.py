"""How far the test of one account has come."""

import msgspec

from gateway.commands.fleet_test.verdict import Outcome, Verdict
from gateway.commands.trouble import Trouble
from gateway.domain.account import Account


class Tally(msgspec.Struct):
    """`found` counts the mailboxes while the list is read, `is_read` tells that it was read to its end.

    `trouble` is why it was not; what had arrived until then is tested all the same. `outcomes` are in the order of the results.
    """

    account: Account
    found: int = 0
    is_read: bool = False
    trouble: Trouble | None = None
    outcomes: list[Outcome] = []
    _counts: dict[Verdict, int] = {}

    def add(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._counts[outcome.verdict] = self.count(outcome.verdict) + 1

    def count(self, verdict: Verdict) -> int:
        return self._counts.get(verdict, 0)

    @property
    def done(self) -> int:
        """How many tests ended."""
        return len(self.outcomes) - self.count(Verdict.LEFT_OUT)

    @property
    def is_done(self) -> bool:
        """Nothing more comes."""
        return (self.is_read or self.trouble is not None) and len(self.outcomes) == self.found

    @property
    def is_good(self) -> bool:
        """The list was read, and what could be tested passes."""
        return self.is_read and not any(each.is_bad for each in self.outcomes)
