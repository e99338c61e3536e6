"""Smartlead's writes, one method each. Only documented keys are sent: its validator refuses others (seen: `"colour" is not allowed`)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from gateway.domain.errors import VendorRejectedError
from gateway.transport.call import Call, path, write
from gateway.transport.client import VendorHttp
from gateway.transport.decode import DecodeError
from gateway.transport.failure import FaultReader, from_answer
from gateway.vendors.smartlead.answer import WriteAnswer, oauth_fault, password_fault, suspend_fault, write_answer
from gateway.vendors.smartlead.client import account_path
from gateway.vendors.smartlead.places import PLACES, TAG_PLACES
from gateway.vendors.smartlead.wire import SavedRow, TagListRow, fault

Body: TypeAlias = dict[str, object]
"""A JSON object in Smartlead's words; `Secret`s may stand in it."""

_SUCCESS: Collection[int] = (200, 201, 202, 204)
"""The pages show 200 alone; the other ones say "done" as well."""
_NOWHERE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class SmartleadWrites:
    """Speaks for one account. Raises the errors of `domain.errors`."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    async def save(self, body: Body) -> SavedRow:
        """Create (`id` null) or overwrite (`id` a number) a mailbox with a password (page "Add SMTP email account").

        Smartlead logs in to both mail servers before it answers.
        """
        call = write("POST", path("email-accounts", "save"), body)
        return (await self._send(call, read_fault=password_fault, places=PLACES)).saved()

    async def save_oauth(self, body: Body) -> SavedRow:
        """Create a mailbox with an OAuth token (page "Add OAuth email account")."""
        call = write("POST", path("email-accounts", "save-oauth"), body)
        return (await self._send(call, read_fault=oauth_fault, places=PLACES)).saved()

    async def update(self, mailbox_id: str, body: Body) -> None:
        """Change settings; what is left out stays (page "Update email account")."""
        await self._send(write("POST", self._path(mailbox_id), body), places=PLACES)

    async def delete(self, mailbox_id: str) -> None:
        """Delete for good, and out of every campaign (page "Delete email account")."""
        await self._send(write("DELETE", self._path(mailbox_id)))

    async def suspend(self, mailbox_id: str) -> None:
        """Stop campaign mail and pause warm-up (page "Suspend email account")."""
        await self._send(write("PUT", self._path(mailbox_id, "suspend")), read_fault=suspend_fault)

    async def unsuspend(self, mailbox_id: str) -> None:
        """Undo `suspend` (page "Unsuspend email account")."""
        await self._send(write("DELETE", self._path(mailbox_id, "unsuspend")), read_fault=suspend_fault)

    async def set_warmup(self, mailbox_id: str, body: Body, *, places: Mapping[str, tuple[str, ...]]) -> None:
        """Switch warm-up on or off and set how it runs (page "Update warmup settings")."""
        await self._send(write("POST", f"{self._path(mailbox_id)}/warmup", body), places=places)

    async def create_tag(self, name: str) -> TagListRow:
        """Make a tag, in a colour of the vendor's choice (page "Create tag")."""
        return (await self._send(write("POST", path("tags"), {"name": name}), places=TAG_PLACES)).tag()

    async def assign_tags(self, mailbox_id: str, tag_ids: Sequence[int]) -> None:
        """Put tags on a mailbox (page "Assign tags"; up to 25 mailboxes a call)."""
        await self._map_tags("POST", mailbox_id, tag_ids)

    async def unassign_tags(self, mailbox_id: str, tag_ids: Sequence[int]) -> None:
        """Take tags off a mailbox (page "Remove tags": a DELETE with a body)."""
        await self._map_tags("DELETE", mailbox_id, tag_ids)

    async def _map_tags(self, method: str, mailbox_id: str, tag_ids: Sequence[int]) -> None:
        self._path(mailbox_id)  # refuses what is no number
        body = {"email_account_ids": [int(mailbox_id)], "tag_ids": tag_ids}
        await self._send(write(method, path("email-accounts", "tag-mapping"), body), places=TAG_PLACES)

    def _path(self, mailbox_id: str, verb: str = "") -> str:
        plain = account_path(self._http.account, mailbox_id)
        return path("email-accounts", verb, mailbox_id) if verb else plain

    async def _send(self, call: Call, *, read_fault: FaultReader = fault, places: Mapping[str, tuple[str, ...]] = _NOWHERE) -> WriteAnswer:
        answer = await self._http.expect(call, fault=read_fault, success=_SUCCESS, places=places)
        try:
            told = write_answer(answer.body)
        except DecodeError as error:
            raise self._http.unclear(f"gave an answer that cannot be read ({error})") from None
        if not told.is_refused:
            return told
        read = read_fault(answer)
        raise from_answer(
            answer,
            msgspec.structs.replace(read, kind=read.kind or VendorRejectedError),
            account=self._http.account,
            now=datetime.now(UTC),
            redact=self._http.redact,
            is_write=True,
            places=places,
        )
