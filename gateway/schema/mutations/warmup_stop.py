"""`warmupStop`."""

from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified


@answers(MailboxPayload)
async def warmup_stop(info: Info, id: MailboxId) -> MailboxPayload:  # noqa: A002 - the contract's word
    """It begins anew with `warmupStart`."""
    return await info.context.desk.writer.stop_warmup(identified(info, id))
