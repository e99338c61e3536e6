"""`ewsMasterAccountUnlink`."""

from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified


@answers(MailboxPayload)
async def ews_master_account_unlink(info: Info, id: MailboxId) -> MailboxPayload:  # noqa: A002 - the contract's word
    """The other way round."""
    return await info.context.desk.writer.unlink_ews_master_account(identified(info, id))
