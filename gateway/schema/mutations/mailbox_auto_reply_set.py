"""`mailboxAutoReplySet`."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.domain.mailbox import AutoReply
from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.model import given
from gateway.schema.mutations.answer import MailboxId, answers, identified


@strawberry.input(description="The automatic answer to incoming mail, whole: what is left out is empty.")
class AutoReplyInput:
    """Becomes `domain.mailbox.AutoReply`."""

    enabled: bool = strawberry.field(description="Whether it is on.")
    subject: str | None = strawberry.field(default=strawberry.UNSET, description="Its subject, where the vendor lets one set it.")
    body: str | None = strawberry.field(default=strawberry.UNSET, description="Its text.")
    from_: datetime | None = strawberry.field(default=strawberry.UNSET, name="from", description="Since when; left out: open.")
    to: datetime | None = strawberry.field(default=strawberry.UNSET, description="Until when; left out: open.")

    def build(self) -> AutoReply:
        return AutoReply(self.enabled, given(self.subject), given(self.body), given(self.from_), given(self.to))


Input = Annotated[AutoReplyInput, strawberry.argument(description="The automatic answer.")]


@answers(MailboxPayload)
async def mailbox_auto_reply_set(info: Info, id: MailboxId, input: Input) -> MailboxPayload:  # noqa: A002 - the contract's words
    """Replaces it."""
    return await info.context.desk.writer.set_auto_reply(identified(info, id), input.build())
