"""`mailboxDelete`."""

from gateway.operations.payload import DeletePayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified


@answers(DeletePayload)
async def mailbox_delete(info: Info, id: MailboxId) -> DeletePayload:  # noqa: A002 - the contract's word
    """For good."""
    return await info.context.desk.writer.delete(identified(info, id))
