"""`ewsMasterAccountLink`."""

from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified


@answers(MailboxPayload)
async def ews_master_account_link(info: Info, id: MailboxId) -> MailboxPayload:  # noqa: A002 - the contract's word
    """Where the vendor speaks to Exchange."""
    return await info.context.desk.writer.link_ews_master_account(identified(info, id))
