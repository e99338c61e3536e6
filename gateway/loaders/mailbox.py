"""`mailbox_by_id`: single mailboxes, from what is known where that is enough, from the vendor where it is not."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from gateway.domain.errors import GatewayError, NotFoundError
from gateway.domain.identifier import Identifier
from gateway.domain.mailbox import Mailbox
from gateway.inventory.inventory import Inventory
from gateway.loaders.grounds import Grounds
from gateway.loaders.shared import SharedLoader, answer_of
from gateway.loaders.view import ViewByAccount

FEW = 3
"""So many mailboxes of an account whose list was never read are cheaper to get one by one than to list the account."""


class MailboxById(SharedLoader[Identifier, Mailbox | None]):
    """Keys are mailbox identifiers; None for a mailbox that the vendor does not know."""

    def __init__(self, inventory: Inventory, view_by_account: ViewByAccount, grounds: Grounds) -> None:
        super().__init__(grounds)
        self._inventory = inventory
        self._view_by_account = view_by_account

    async def batch_load_fn(self, keys: Sequence[Identifier]) -> list[Mailbox | BaseException | None]:  # type: ignore[override] # errors may stand in the list; the library's types do not say so
        by_account: defaultdict[str, list[str]] = defaultdict(list)
        for key in keys:
            by_account[key.account].append(key.parts[0])
        answers = await asyncio.gather(*(self._of_account(name, ids) for name, ids in by_account.items()), return_exceptions=True)
        found = dict(zip(by_account, answers, strict=True))
        return [answer_of(found[key.account], key.parts[0]) for key in keys]

    async def _of_account(self, name: str, ids: Sequence[str]) -> Mapping[str, Mailbox | GatewayError | None]:
        account = self._inventory.accounts[name]
        answers: dict[str, Mailbox | GatewayError | None] = dict.fromkeys(ids)
        if account.peek().snapshot is not None or len(ids) > FEW:
            view = await self._view_by_account.load(name)
            answers = {mailbox_id: view.find(mailbox_id) for mailbox_id in ids}
        missing = [mailbox_id for mailbox_id, answer in answers.items() if answer is None]
        if missing:
            self._grounds.are_views_only = False
            read = await account.mailboxes(missing)
            answers.update({key: None if isinstance(answer, NotFoundError) else answer for key, answer in read.items()})
        return answers

    def _note(self, key: Identifier) -> None:
        """It is noted when a vendor is asked."""
