"""`warmupUpdate`."""

from typing import Annotated

import strawberry

from gateway.domain.draft import WarmupSettings
from gateway.domain.errors import InvalidInputError
from gateway.operations.payload import MailboxPayload
from gateway.schema.context import Info
from gateway.schema.mailbox_input import WarmupSettingsInput
from gateway.schema.mutations.answer import MailboxId, answers, identified

Settings = Annotated[WarmupSettingsInput, strawberry.argument(description="What shall be different; what is left out stays as it is.")]


@answers(MailboxPayload)
async def warmup_update(info: Info, id: MailboxId, settings: Settings) -> MailboxPayload:  # noqa: A002 - the contract's word
    """Its settings."""
    return await info.context.desk.writer.update_warmup(identified(info, id), settings_of(settings))


def settings_of(given: WarmupSettingsInput) -> WarmupSettings:
    """Raises `InvalidInputError` with the path below `settings`; also for settings that say nothing."""
    try:
        settings = given.build()
    except InvalidInputError as error:
        raise InvalidInputError(error.message, field=("settings", *error.field)) from None
    if settings == WarmupSettings():
        raise InvalidInputError("Nothing is to be set: name at least one setting.", field=("settings",))
    return settings
