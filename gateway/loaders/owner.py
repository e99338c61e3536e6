"""`owner_by_id`: names of mailbox owners where lists tell the id only, one call for many."""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.domain.account import Owner
from gateway.inventory.inventory import Inventory
from gateway.loaders.grounds import Grounds
from gateway.loaders.shared import SharedLoader, answer_of, outcome


class OwnerKey(NamedTuple):
    """A vendor's user, by account name and the vendor's id."""

    account: str
    vendor_id: str


class OwnerById(SharedLoader[OwnerKey, Owner]):
    """The owners of one account. One whom the vendor does not tell more of comes back with the id alone."""

    def __init__(self, inventory: Inventory, grounds: Grounds, account: str, *, no_cache: bool) -> None:
        super().__init__(grounds)
        self._account = inventory.accounts[account]
        self._no_cache = no_cache

    async def batch_load_fn(self, keys: Sequence[OwnerKey]) -> list[Owner | Exception]:  # type: ignore[override] # errors may stand in the list; the library's types do not say so
        found = await outcome(self._account.owners([key.vendor_id for key in keys], no_cache=self._no_cache))
        return [answer_of(found, key.vendor_id) for key in keys]
