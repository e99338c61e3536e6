from uuid import UUID

import httpx
import pytest

from gateway.domain.errors import (
    InvalidInputError,
    OutcomeUnknownError,
    VendorConflictError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorRejectedError,
)
from gateway.domain.folder import Folder, FolderKind, FolderRole
from gateway.domain.message import Message, MessageQuery
from gateway.sandbox.server import Sandbox
from gateway.sandbox.shipmail import CURSOR_INBOX, NARROW_API_KEY
from gateway.vendors.shipmail.adapter import ShipmailAdapter
from tests.vendors.shipmail.conftest import connected, recorded
from tests.vendors.shipmail.writing import fleet, last_body, nth, refusing, scripted, sent


async def folders(adapter: ShipmailAdapter, mailbox_id: str) -> dict[str, Folder]:
    return {folder.name: folder for folder in await adapter.list_folders(mailbox_id)}


# ---------------------------------------------------------------------- folders
@pytest.mark.parametrize("index", [0, CURSOR_INBOX])
async def test_a_folder_is_made_renamed_and_deleted(adapter: ShipmailAdapter, sandbox: Sandbox, index: int) -> None:
    mailbox_id = (await nth(adapter, sandbox, index)).vendor_id
    made = await adapter.create_folder(mailbox_id, "Größe & Co")
    assert (sent(sandbox), last_body(sandbox)) == ([("POST", "folders")], {"name": "Größe & Co"})
    assert UUID(sandbox.requests[-1].headers["idempotency-key"]).version == 4
    assert (made.name, made.kind, made.role, made.total_count) == ("Größe & Co", FolderKind.CUSTOM, None, 0)
    assert (await folders(adapter, mailbox_id))["Größe & Co"] == made
    renamed = await adapter.rename_folder(mailbox_id, made.vendor_id, "Neu")
    assert (renamed.vendor_id, renamed.name) == (made.vendor_id, "Neu")
    assert "idempotency-key" not in sandbox.requests[-1].headers
    await adapter.delete_folder(mailbox_id, made.vendor_id)
    assert sandbox.requests[-1].body == b""
    assert not {"Neu", "Größe & Co"} & (await folders(adapter, mailbox_id)).keys()


async def test_two_folders_have_two_keys(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    await adapter.create_folder(mailbox_id, "one")
    await adapter.create_folder(mailbox_id, "two")
    assert len({request.headers["idempotency-key"] for request in sandbox.requests}) == 2


@pytest.mark.parametrize("name", ["Inbox", " TRASH ", "starred", "a/b", "a\\b", "a\nb", "", " ", "x" * 101])
async def test_a_name_that_the_vendor_refuses(adapter: ShipmailAdapter, sandbox: Sandbox, name: str) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    with pytest.raises(VendorRejectedError) as caught:
        await adapter.create_folder(mailbox_id, name)
    assert [fault.path for fault in caught.value.fields] == [("name",)]


async def test_a_name_that_is_taken(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    with pytest.raises(VendorConflictError, match="already exists"):
        await adapter.create_folder(mailbox_id, "vip")


async def test_folders_of_the_system_stay(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    sent_folder = (await folders(adapter, mailbox_id))["Sent"]
    with pytest.raises(VendorRejectedError, match="System folders"):
        await adapter.rename_folder(mailbox_id, sent_folder.vendor_id, "Away")
    with pytest.raises(VendorRejectedError, match="System folders"):
        await adapter.delete_folder(mailbox_id, sent_folder.vendor_id)
    with pytest.raises(VendorNotFoundError):
        await adapter.rename_folder(mailbox_id, "fld_gone", "Away")
    with pytest.raises(VendorNotFoundError):
        await adapter.delete_folder(mailbox_id, "fld_gone")


async def test_a_folder_that_a_rule_points_to_is_refused_with_a_way_out(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    vip = (await folders(adapter, mailbox_id))["VIP"]
    with pytest.raises(VendorConflictError, match=r"used by an inbox rule.*detachRules: true"):
        await adapter.delete_folder(mailbox_id, vip.vendor_id)
    assert "VIP" in await folders(adapter, mailbox_id)
    adapter, _ = refusing("error_409_folder_used_by_rule")
    with pytest.raises(VendorConflictError, match="detachRules"):
        await adapter.delete_folder("mbx_1", "fld_1")


async def test_the_mail_of_a_deleted_folder_goes_to_trash(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    await adapter.edit_rules(mailbox_id, lambda _: [])
    before = await folders(adapter, mailbox_id)
    inside = await adapter.list_messages(mailbox_id, MessageQuery(folder_vendor_id=before["VIP"].vendor_id), first=100, after=None)
    assert inside.messages
    await adapter.delete_folder(mailbox_id, before["VIP"].vendor_id)
    trash = await adapter.list_messages(mailbox_id, MessageQuery(role=FolderRole.TRASH), first=500, after=None)
    assert {message.vendor_id for message in inside.messages} <= {message.vendor_id for message in trash.messages}
    assert (await folders(adapter, mailbox_id))["Trash"].total_count == trash.total_count


async def test_a_folder_with_folders_in_it_takes_them_along(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, CURSOR_INBOX)).vendor_id
    await adapter.edit_rules(mailbox_id, lambda _: [])
    before = await folders(adapter, mailbox_id)
    await adapter.delete_folder(mailbox_id, before["VIP"].vendor_id)
    assert len(await adapter.list_folders(mailbox_id)) == len(before) + 1 - 2  # two are called "2026"


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(201, content=b"{"), httpx.Response(200, json=[])])
async def test_a_folder_that_no_answer_names_is_an_open_end(answer: httpx.Response) -> None:
    adapter, requests = scripted(lambda _: answer)
    with pytest.raises(OutcomeUnknownError):
        await adapter.create_folder("mbx_1", "VIP")
    with pytest.raises(OutcomeUnknownError):
        await adapter.rename_folder("mbx_1", "fld_1", "VIP")
    assert len(requests) == 2


async def test_the_recorded_folder() -> None:
    adapter, _ = scripted(lambda _: httpx.Response(201, json=recorded("folder_created_201").body))
    assert (await adapter.create_folder("mbx_1", "VIP Clients")).sort_order == 22


async def test_a_key_that_may_not_write(sandbox: Sandbox) -> None:
    adapter = connected(httpx.ASGITransport(app=sandbox), api_key=NARROW_API_KEY)
    mailbox_id = (await fleet(adapter))[0].vendor_id
    for write in (
        adapter.create_folder(mailbox_id, "x"),
        adapter.delete_mailbox(mailbox_id),
        adapter.delete_message(mailbox_id, "eml_0_1"),
        adapter.move_message(mailbox_id, "eml_0_1", folder_id=None, role=FolderRole.TRASH),
    ):
        with pytest.raises(VendorForbiddenError, match=r"scope (mailboxes|messages):write"):
            await write


# ---------------------------------------------------------------------- messages
async def in_role(adapter: ShipmailAdapter, mailbox_id: str, role: FolderRole) -> list[Message]:
    return list((await adapter.list_messages(mailbox_id, MessageQuery(role=role), first=500, after=None)).messages)


async def message(adapter: ShipmailAdapter, mailbox_id: str, message_id: str) -> Message:
    found = (await adapter.list_messages(mailbox_id, MessageQuery(), first=500, after=None)).messages
    return next(each for each in found if each.vendor_id == message_id)


async def test_a_message_is_marked(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    message_id = (await in_role(adapter, mailbox_id, FolderRole.INBOX))[0].vendor_id
    for marks, body, now in (
        ({"is_read": True, "is_starred": True}, {"read": True, "starred": True}, (True, True)),
        ({"is_read": None, "is_starred": False}, {"starred": False}, (True, False)),
        ({"is_read": False, "is_starred": None}, {"read": False}, (False, False)),
    ):
        await adapter.update_message(mailbox_id, message_id, **marks)
        assert last_body(sandbox) == body
        found = await message(adapter, mailbox_id, message_id)
        assert (found.is_read, found.is_starred) == now


async def test_a_message_is_moved_and_then_deleted(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    message_id = (await in_role(adapter, mailbox_id, FolderRole.INBOX))[0].vendor_id
    vip = (await folders(adapter, mailbox_id))["VIP"]
    await adapter.move_message(mailbox_id, message_id, folder_id=vip.vendor_id, role=None)
    assert last_body(sandbox) == {"target_folder_id": vip.vendor_id}
    assert UUID(sandbox.requests[-1].headers["idempotency-key"]).version == 4
    assert (await message(adapter, mailbox_id, message_id)).folder_ids == (vip.id,)
    with pytest.raises(VendorRejectedError, match=r"Only messages in Trash or Junk.*move the message to the role TRASH first") as caught:
        await adapter.delete_message(mailbox_id, message_id)
    assert caught.value.status == 422
    await adapter.move_message(mailbox_id, message_id, folder_id=None, role=FolderRole.TRASH)
    assert last_body(sandbox) == {"target_role": "trash"}
    await adapter.delete_message(mailbox_id, message_id)
    with pytest.raises(VendorNotFoundError):
        await adapter.delete_message(mailbox_id, message_id)


@pytest.mark.parametrize("role", [FolderRole.SENT, FolderRole.DRAFTS, FolderRole.STARRED, FolderRole.OTHER])
async def test_a_role_that_no_move_can_name(adapter: ShipmailAdapter, sandbox: Sandbox, role: FolderRole) -> None:
    with pytest.raises(InvalidInputError, match="ARCHIVE, INBOX, JUNK, TRASH") as caught:
        await adapter.move_message("mbx_1", "eml_1", folder_id=None, role=role)
    assert caught.value.field == ("role",)
    assert sandbox.count() == 0


async def test_a_folder_that_is_not_there_is_told_at_its_place(adapter: ShipmailAdapter, sandbox: Sandbox) -> None:
    mailbox_id = (await nth(adapter, sandbox, 0)).vendor_id
    message_id = (await in_role(adapter, mailbox_id, FolderRole.INBOX))[0].vendor_id
    with pytest.raises(VendorRejectedError) as caught:
        await adapter.move_message(mailbox_id, message_id, folder_id="fld_gone", role=None)
    assert [fault.path for fault in caught.value.fields] == [("folder",)]


async def test_a_refusal_in_fields_keeps_its_words_beside_the_advice() -> None:
    details = [{"field": "message_id", "message": "Lies in Archive."}]
    body = {"error": {"type": "validation_error", "message": "No.", "details": details}}
    adapter, _ = scripted(lambda _: httpx.Response(422, json=body))
    with pytest.raises(VendorRejectedError, match=r"No\. Lies in Archive\. ShipMail deletes") as caught:
        await adapter.delete_message("mbx_1", "eml_1")
    assert caught.value.fields == ()


@pytest.mark.parametrize("content", [b"", b"{}", b"<html>", b'{"object":"inbox_message_action","ok":true}'])
async def test_an_action_needs_no_answer(content: bytes) -> None:
    adapter, requests = scripted(lambda _: httpx.Response(200, content=content))
    await adapter.update_message("mbx_1", "eml_1", is_read=True, is_starred=None)
    await adapter.move_message("mbx_1", "eml_1", folder_id="fld_1", role=None)
    await adapter.delete_message("mbx_1", "eml_1")
    await adapter.delete_folder("mbx_1", "fld_1")
    await adapter.delete_mailbox("mbx_1")
    assert [request.method for request in requests] == ["PATCH", "POST", "DELETE", "DELETE", "DELETE"]
