"""`view_by_account`: each account's view, taken once per request, so that all of an answer speaks of one moment."""

from collections.abc import Mapping, Sequence

from gateway.inventory.inventory import Inventory
from gateway.inventory.view import View
from gateway.loaders.grounds import Grounds
from gateway.loaders.shared import SharedLoader


class ViewByAccount(SharedLoader[str, View]):
    """Keys are account names; all are waited for side by side, and none for another."""

    batch = False

    def __init__(self, inventory: Inventory, grounds: Grounds, *, no_cache: bool) -> None:
        super().__init__(grounds)
        self._inventory = inventory
        self._no_cache = no_cache

    @property
    def taken(self) -> Mapping[str, View]:
        """What was taken so far."""
        return self._grounds.taken

    async def batch_load_fn(self, keys: Sequence[str]) -> list[View]:
        (name,) = keys
        view = await self._inventory.view(name, no_cache=self._no_cache)
        self._grounds.taken[name] = view
        return [view]

    def _note(self, key: str) -> None:
        """What is taken is noted once it is there."""
