"""ShipMail's writing calls: one method each. Every POST carries an `Idempotency-Key` (page "Idempotency"), so that none counts twice."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar
from uuid import uuid4

import msgspec

from gateway.transport.call import Answer, Call, path, write
from gateway.transport.client import VendorHttp
from gateway.transport.decode import DecodeError, decode_object
from gateway.transport.failure import FaultReader
from gateway.vendors.shipmail.rules_answer import RawObject, RulesFound, rules_found
from gateway.vendors.shipmail.settings import Setting
from gateway.vendors.shipmail.wire import FolderRow, MailboxRow, creation_fault, fault, name_fault

DONE = frozenset({200, 201, 204})
"""Which of them an action answers is documented; one that answers another has been done all the same."""

Places = Mapping[str, tuple[str, ...]]
T = TypeVar("T", bound=msgspec.Struct)
_NOWHERE: Places = MappingProxyType({})
_NAME: Places = MappingProxyType({"name": ("name",)})


class ShipmailWriter:
    """One account's writes. Every method raises `VendorError`."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    async def create_mailbox(self, body: Mapping[str, object], *, idempotency_key: str, places: Places) -> MailboxRow:
        """The new mailbox."""
        call = _post("/mailboxes", body, idempotency_key)
        answer = await self._http.expect(call, fault=creation_fault, success=DONE, places=places)
        return self._needed(answer, MailboxRow, "a mailbox")

    async def change_mailbox(self, mailbox_id: str, setting: Setting) -> MailboxRow | None:
        """The mailbox with its new setting; None when it was set and the answer cannot be read."""
        answer = await self._send(write("PATCH", path("mailboxes", mailbox_id, *setting.place), setting.body), setting.paths)
        try:
            return decode_object(answer.body, MailboxRow)
        except DecodeError:
            return None

    async def delete_mailbox(self, mailbox_id: str) -> None:
        """Deletes a mailbox with all that is in it."""
        await self._send(write("DELETE", path("mailboxes", mailbox_id)))

    async def create_folder(self, mailbox_id: str, name: str) -> FolderRow:
        """The new folder. Later versions of the API want a `parent_id`, too; the page has `name` alone."""
        call = _post(path("mailboxes", mailbox_id, "folders"), {"name": name})
        answer = await self._http.expect(call, fault=name_fault, success=DONE, places=_NAME)
        return self._needed(answer, FolderRow, "a folder")

    async def rename_folder(self, mailbox_id: str, folder_id: str, name: str) -> FolderRow:
        """The folder under its new name."""
        call = write("PATCH", path("mailboxes", mailbox_id, "folders", folder_id), {"name": name})
        answer = await self._http.expect(call, fault=name_fault, success=DONE, places=_NAME)
        return self._needed(answer, FolderRow, "a folder")

    async def delete_folder(self, mailbox_id: str, folder_id: str) -> None:
        """Deletes a folder; the vendor moves what is in it to Trash."""
        await self._send(write("DELETE", path("mailboxes", mailbox_id, "folders", folder_id)))

    async def put_rules(self, mailbox_id: str, rules: Sequence[RawObject], *, fault: FaultReader) -> RulesFound:
        """All rules, replaced; what the vendor answers are the new ones."""
        answer = await self._http.expect(write("PUT", path("mailboxes", mailbox_id, "rules"), {"rules": rules}), fault=fault, success=DONE)
        try:
            return rules_found(answer.body)
        except DecodeError:
            raise self._http.unclear("answered without the rules") from None

    async def mark_message(self, mailbox_id: str, message_id: str, marks: Mapping[str, bool]) -> None:
        """Sets `read` and `starred`. The answer tells neither."""
        places = {"read": ("isRead",), "starred": ("isStarred",)}
        await self._send(write("PATCH", path("mailboxes", mailbox_id, "inbox", "messages", message_id), marks), places)

    async def move_message(self, mailbox_id: str, message_id: str, target: Mapping[str, str]) -> None:
        """Moves a message to `target_role` or `target_folder_id`."""
        places = {"target_role": ("role",), "target_folder_id": ("folder",)}
        await self._send(_post(path("mailboxes", mailbox_id, "inbox", "messages", message_id, "move"), target), places)

    async def delete_message(self, mailbox_id: str, message_id: str) -> None:
        """Deletes a message for good."""
        await self._send(write("DELETE", path("mailboxes", mailbox_id, "inbox", "messages", message_id)))

    async def _send(self, call: Call, places: Places = _NOWHERE) -> Answer:
        return await self._http.expect(call, fault=fault, success=DONE, places=places)

    def _needed(self, answer: Answer, struct: type[T], what: str) -> T:
        """What a write made, which nobody could name without its answer."""
        try:
            return decode_object(answer.body, struct)
        except DecodeError:
            raise self._http.unclear(f"answered without {what}") from None


def _post(call_path: str, body: object, idempotency_key: str | None = None) -> Call:
    return write("POST", call_path, body, headers=(("idempotency-key", idempotency_key or str(uuid4())),))
