"""`mailboxResume`."""

from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified


@answers(MailboxPayload)
async def mailbox_resume(info: Info, id: MailboxId) -> MailboxPayload:  # noqa: A002 - the contract's word
    """After `mailboxSuspend`."""
    return await info.context.desk.writer.resume(identified(info, id))
