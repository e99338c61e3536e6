"""`messageUpdate`."""

from typing import Annotated

import strawberry

from gateway.domain.errors import InvalidInputError
from gateway.domain.identifier import Kind
from gateway.operations.payload import MessagePayload
from gateway.schema.context import Info
from gateway.schema.model import given
from gateway.schema.mutations.answer import MessageId, answers, identified

IsRead = Annotated[bool | None, strawberry.argument(description="Mark it as read, or as unread.")]
IsStarred = Annotated[bool | None, strawberry.argument(description="Give it a star, or take it away.")]


@answers(MessagePayload)
async def message_update(
    info: Info,
    id: MessageId,  # noqa: A002 - the contract's word
    *,
    is_read: IsRead = strawberry.UNSET,
    is_starred: IsStarred = strawberry.UNSET,
) -> MessagePayload:
    """Its marks."""
    message = identified(info, id, Kind.MESSAGE)
    if given(is_read) is None and given(is_starred) is None:
        raise InvalidInputError("Give `isRead` or `isStarred`, or both.", field=("isRead",))
    return await info.context.desk.messages.mark(message, is_read=given(is_read), is_starred=given(is_starred))
