"""`details_by_mailbox`: details that only a call of their own carries, many mailboxes at once where the vendor can."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gateway.domain.errors import GatewayError
from gateway.domain.mailbox import Details
from gateway.inventory.inventory import Inventory
from gateway.loaders.grounds import Grounds
from gateway.loaders.shared import SharedLoader, answer_of, outcome


class DetailsKey(NamedTuple):
    """One part (see `domain.details`) of one mailbox's details."""

    account: str
    mailbox_id: str
    part: str


class DetailsByMailbox(SharedLoader[DetailsKey, Details]):
    """Structs of the details of one account's mailboxes, each with the fields of the key's part filled."""

    def __init__(self, inventory: Inventory, grounds: Grounds, account: str, *, no_cache: bool) -> None:
        super().__init__(grounds)
        self._account = inventory.accounts[account]
        self._no_cache = no_cache

    async def batch_load_fn(self, keys: Sequence[DetailsKey]) -> list[Details | Exception]:  # type: ignore[override] # errors may stand in the list; the library's types do not say so
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for key in keys:
            groups[key.part].append(key.mailbox_id)
        answers = await asyncio.gather(*(outcome(self._of_part(part, ids)) for part, ids in groups.items()))
        found = dict(zip(groups, answers, strict=True))
        return [answer_of(found[key.part], key.mailbox_id) for key in keys]

    async def _of_part(self, part: str, ids: Sequence[str]) -> Mapping[str, Details | GatewayError]:
        return await self._account.details(ids, part, no_cache=self._no_cache)
