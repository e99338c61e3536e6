"""`warmupResume`."""

from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified


@answers(MailboxPayload)
async def warmup_resume(info: Info, id: MailboxId) -> MailboxPayload:  # noqa: A002 - the contract's word
    """After `warmupPause`."""
    return await info.context.desk.writer.resume_warmup(identified(info, id))
