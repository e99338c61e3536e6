"""`owner_by_id`: names of mailbox owners where lists tell the id only, one call for many."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gateway.domain.account import Owner
from gateway.inventory.inventory import Inventory
from gateway.loaders.grounds import Grounds
from gateway.loaders.shared import SharedLoader, answer_of


class OwnerKey(NamedTuple):
    """A vendor's user, by account name and the vendor's id."""

    account: str
    vendor_id: str


class OwnerById(SharedLoader[OwnerKey, Owner]):
    """An owner whom the vendor does not tell more of comes back with the id alone."""

    def __init__(self, inventory: Inventory, grounds: Grounds, *, no_cache: bool) -> None:
        super().__init__(grounds)
        self._inventory = inventory
        self._no_cache = no_cache

    async def batch_load_fn(self, keys: Sequence[OwnerKey]) -> list[Owner | BaseException]:  # type: ignore[override] # errors may stand in the list; the library's types do not say so
        by_account: defaultdict[str, list[str]] = defaultdict(list)
        for key in keys:
            by_account[key.account].append(key.vendor_id)
        answers = await asyncio.gather(*(self._of_account(name, ids) for name, ids in by_account.items()), return_exceptions=True)
        found = dict(zip(by_account, answers, strict=True))
        return [answer_of(found[key.account], key.vendor_id) for key in keys]

    async def _of_account(self, name: str, ids: Sequence[str]) -> Mapping[str, Owner]:
        return await self._inventory.accounts[name].owners(ids, no_cache=self._no_cache)
