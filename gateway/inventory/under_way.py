"""A reading of an account's whole list that is under way, as those see it who wait for it."""

import asyncio
import time

from gateway.domain.budget import Budget, current


class UnderWay:
    """It belongs to the account, whoever began it: it spends a budget of its own, and goes on when nobody waits any more."""

    def __init__(self, task: asyncio.Task[None], budget: Budget) -> None:
        self.task = task
        self.budget = budget
        self._began_at = time.monotonic()

    @property
    def age_seconds(self) -> float:
        """How long it has been under way."""
        return time.monotonic() - self._began_at

    async def wait(self, account: str, *, seconds: float | None, is_ours: bool) -> None:
        """Until it ends, at most so long (None: any time), and no longer than the current budget lasts.

        What it has cost by then is told there: as calls where the work at hand began it (`is_ours`), as shared where it joined.
        """
        budget = current()
        if seconds != 0:
            self.budget.is_background = False
        await asyncio.wait({self.task}, timeout=budget.remaining_seconds() if seconds is None else budget.within(seconds))
        if is_ours:
            budget.add(self.budget)
        else:
            budget.of(account).shared += 1
