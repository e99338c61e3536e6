"""`mailboxSpamFilterSet`."""

from typing import Annotated

import strawberry

from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import MailboxId, answers, identified

Threshold = Annotated[int, strawberry.argument(description="From 1 (strict) to 14 (lax).")]


@answers(MailboxPayload)
async def mailbox_spam_filter_set(info: Info, id: MailboxId, threshold: Threshold) -> MailboxPayload:  # noqa: A002 - the contract's word
    """From which score on mail counts as spam."""
    return await info.context.desk.writer.set_spam_threshold(identified(info, id), threshold)
