"""Marks, moves and deletes single messages. Vendors answer without the message: who wants it reads it again, also after a lost answer."""

from collections.abc import Coroutine

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import OutcomeUnknownError
from gateway.domain.folder import FolderRole
from gateway.domain.identifier import Identifier
from gateway.domain.outcome import user_errors
from gateway.inventory.inventory import Inventory
from gateway.operations.payload import MessagePayload
from gateway.operations.tasks import Tasks


class Messages:
    """Every method raises `GatewayError` for what was refused or certainly did not happen; `delete` also for what may have."""

    def __init__(self, inventory: Inventory, tasks: Tasks) -> None:
        self._inventory = inventory
        self._tasks = tasks

    async def mark(self, message: Identifier, *, is_read: bool | None, is_starred: bool | None) -> MessagePayload:
        adapter = self._adapter(message, "update_message")
        work = adapter.update_message(message.parts[0], message.parts[2], is_read=is_read, is_starred=is_starred)
        return await self._told(message, work)

    async def move(self, message: Identifier, *, folder_id: str | None, role: FolderRole | None) -> MessagePayload:
        adapter = self._adapter(message, "move_message")
        work = adapter.move_message(message.parts[0], message.parts[2], folder_id=folder_id, role=role)
        return await self._told(message, work)

    async def delete(self, message: Identifier) -> None:
        adapter = self._adapter(message, "delete_message")
        await self._tasks.finish(adapter.delete_message(message.parts[0], message.parts[2]), name=f"delete {message}")

    async def _told(self, message: Identifier, work: Coroutine[object, None, None]) -> MessagePayload:
        try:
            await self._tasks.finish(work, name=f"message {message}")
        except OutcomeUnknownError as error:
            return MessagePayload(message_id=str(message), user_errors=user_errors(error))
        return MessagePayload(message_id=str(message))

    def _adapter(self, message: Identifier, method: str) -> MailboxAdapter:
        adapter = self._inventory.accounts[message.account].adapter
        adapter.require(method)
        return adapter
