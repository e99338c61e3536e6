"""`messageDelete`."""

from gateway.domain.identifier import Kind
from gateway.operations.payload import DeletePayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MessageId, answers, identified


@answers(DeletePayload)
async def message_delete(info: Info, id: MessageId) -> DeletePayload:  # noqa: A002 - the contract's word
    """For good, where the vendor allows it: out of the trash, as a rule."""
    message = identified(info, id, Kind.MESSAGE)
    await info.context.desk.messages.delete(message)
    return DeletePayload(deleted_id=str(message))
