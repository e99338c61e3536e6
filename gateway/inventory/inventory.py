"""The inventory of all accounts: the one door through which reads reach what is known and, behind it, the vendors."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from gateway.inventory.account import AccountInventory
from gateway.inventory.changes import Changes
from gateway.inventory.poller import CallLater, call_later
from gateway.inventory.view import View


class Inventory:
    """Accounts in the order of their names, which is the fleet's default order, too."""

    def __init__(
        self, accounts: Iterable[AccountInventory], *, answer_within_seconds: float = 5.0, call_later: CallLater = call_later
    ) -> None:
        self.accounts: Mapping[str, AccountInventory] = {
            each.account.name: each for each in sorted(accounts, key=lambda each: each.account.name)
        }
        self.changes = Changes(self.accounts, call_later)
        self._answer_within_seconds = answer_within_seconds

    @property
    def revision(self) -> int:
        """Changes whenever somebody may have been told of news of any account."""
        return sum(each.revision for each in self.accounts.values())

    async def view(self, name: str, *, no_cache: bool) -> View:
        """The named account as it is known now, waited for no longer than an answer may take."""
        return await self.accounts[name].view(wait_seconds=self._answer_within_seconds, no_cache=no_cache)

    async def views(self, names: Sequence[str], *, no_cache: bool) -> Sequence[View]:
        """The same of several, all waited for side by side."""
        return await asyncio.gather(*(self.view(name, no_cache=no_cache) for name in names))

    async def close(self) -> None:
        """End all that is watched, and stop all loading."""
        await self.changes.close()
        await asyncio.gather(*(account.close() for account in self.accounts.values()))
