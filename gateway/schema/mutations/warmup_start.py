"""`warmupStart`."""

from typing import Annotated

import strawberry

from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mailbox_input import WarmupSettingsInput
from gateway.schema.mutations.answer import MailboxId, answers, identified
from gateway.schema.mutations.warmup_update import settings_of

Settings = Annotated[
    WarmupSettingsInput | None, strawberry.argument(description="How it shall run; as the vendor likes, if nothing is said.")
]


@answers(MailboxPayload)
async def warmup_start(info: Info, id: MailboxId, settings: Settings = strawberry.UNSET) -> MailboxPayload:  # noqa: A002 - the contract's word
    """With settings where some are given."""
    return await info.context.desk.writer.start_warmup(identified(info, id), settings_of(settings) if settings else None)
