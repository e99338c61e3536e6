"""`mailboxConnect`."""

from typing import Annotated

import strawberry

from gateway.domain.errors import NotFoundError
from gateway.domain.mailbox import MailProvider
from gateway.operations.payload import MailboxConnectPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import answers

AccountName = Annotated[str, strawberry.argument(description="The account that it shall be in, by name.")]
Provider = Annotated[MailProvider, strawberry.argument(description="Who hosts the mailbox.")]


@answers(MailboxConnectPayload)
async def mailbox_connect(info: Info, account: AccountName, provider: Provider) -> MailboxConnectPayload:
    """Where the vendor hands out consent pages."""
    if account not in info.context.accounts:
        raise NotFoundError("There is no account by this name: `{ accounts { name } }` lists them.", field=("account",))
    adapter = info.context.inventory.accounts[account].adapter
    return MailboxConnectPayload(authorization_url=await adapter.connect_mailbox(provider))
