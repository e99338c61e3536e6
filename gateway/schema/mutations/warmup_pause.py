"""`warmupPause`."""

from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified


@answers(MailboxPayload)
async def warmup_pause(info: Info, id: MailboxId) -> MailboxPayload:  # noqa: A002 - the contract's word
    """It can be resumed."""
    return await info.context.desk.writer.pause_warmup(identified(info, id))
