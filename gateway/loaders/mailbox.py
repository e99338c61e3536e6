"""`mailbox_by_id`: single mailboxes, from what is known where that is enough, from the vendor where it is not."""

from collections.abc import Mapping, Sequence

from gateway.domain.errors import GatewayError, NotFoundError
from gateway.domain.identifier import Identifier
from gateway.domain.mailbox import Mailbox
from gateway.inventory.inventory import Inventory
from gateway.loaders.grounds import Grounds
from gateway.loaders.shared import SharedLoader, answer_of, outcome
from gateway.loaders.view import ViewByAccount

FEW = 3
"""So many mailboxes of an account whose list was never read are cheaper to get one by one than to list the account."""


class MailboxById(SharedLoader[Identifier, Mailbox | None]):
    """Keys are identifiers of one account's mailboxes; None for one that the vendor does not know."""

    def __init__(self, inventory: Inventory, view_by_account: ViewByAccount, grounds: Grounds, account: str) -> None:
        super().__init__(grounds)
        self._account = inventory.accounts[account]
        self._view_by_account = view_by_account

    async def batch_load_fn(self, keys: Sequence[Identifier]) -> list[Mailbox | Exception | None]:  # type: ignore[override] # errors may stand in the list; the library's types do not say so
        found = await outcome(self._find([key.parts[0] for key in keys]))
        return [answer_of(found, key.parts[0]) for key in keys]

    async def _find(self, ids: Sequence[str]) -> Mapping[str, Mailbox | GatewayError | None]:
        answers: dict[str, Mailbox | GatewayError | None] = dict.fromkeys(ids)
        if self._account.peek().snapshot is not None or len(ids) > FEW:
            view = await self._view_by_account.load(self._account.account.name)
            answers = {mailbox_id: view.find(mailbox_id) for mailbox_id in ids}
        missing = [mailbox_id for mailbox_id, answer in answers.items() if answer is None]
        if missing:
            self._grounds.are_views_only = False
            read = await self._account.mailboxes(missing)
            answers.update({key: None if isinstance(answer, NotFoundError) else answer for key, answer in read.items()})
        return answers

    def _note(self, key: Identifier) -> None:
        """It is noted when a vendor is asked."""
