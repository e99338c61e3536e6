"""The owners and domains of an account: asked for when needed, and again after the fresh time."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from gateway.domain.account import Domain, Owner
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.budget import current
from gateway.inventory.recent import Recent


class Directory:
    """One account's."""

    def __init__(self, adapter: MailboxAdapter, clock: Callable[[], datetime], lasts: timedelta) -> None:
        self._adapter = adapter
        self._owners = Recent[str, Owner](clock, lasts)
        self._domains = Recent[str, Sequence[Domain]](clock, lasts)

    async def owners(self, owner_ids: Sequence[str], *, no_cache: bool) -> dict[str, Owner]:
        """By their vendor id; an owner of whom the vendor tells nothing has no name."""
        answers = {} if no_cache else self._owners.find(owner_ids)
        self._count_known(len(answers))
        missing = [owner_id for owner_id in owner_ids if owner_id not in answers]
        if missing:
            told = await self._adapter.get_owners(missing)
            read = {owner_id: told.get(owner_id, Owner(owner_id)) for owner_id in missing}
            self._owners.keep(read.items())
            answers.update(read)
        return answers

    async def domains(self, *, no_cache: bool) -> Sequence[Domain]:
        """All of them."""
        name = self._adapter.account.name
        known = {} if no_cache else self._domains.find([name])
        self._count_known(len(known))
        if not known:
            known = {name: await self._adapter.list_domains()}
            self._domains.keep(known.items())
        return known[name]

    def _count_known(self, answers: int) -> None:
        if answers:
            current().of(self._adapter.account.name).known += answers

    @property
    def knows_owners(self) -> bool:
        return bool(self._owners)

    def forget_owners_but(self, owner_ids: Collection[str]) -> None:
        """Owners who own nothing any more, and what is past its time, need no memory."""
        self._owners.forget(lambda owner_id: owner_id not in owner_ids)
