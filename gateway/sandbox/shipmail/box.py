"""One mailbox opened: what lies in it, and its folders and identities."""
# Dice, sizes and places of the play data: naming each number would hide it.
# ruff: noqa: PLR2004

import random
from collections.abc import Sequence

import msgspec
from starlette.requests import Request

from gateway.sandbox.shipmail.answer import Refusal, Row
from gateway.sandbox.world import Person

FULL_ITEMS = 1
"""The mailbox whose inbox lists full messages (OpenAPI file of June 2026)."""
CURSOR_INBOX = 4
"""The mailbox that speaks the API of July 2026: UUIDs, cursor paging in the inbox, folders in folders."""
_SYSTEM_FOLDERS = ("Inbox", "Drafts", "Sent", "Archive", "Junk", "Trash")
_CUSTOM_FOLDERS = ("VIP", "Rechnungen – Köln", "請求書 📎", "<b>Old</b> & done")


class Box(msgspec.Struct):
    """What lies in one mailbox; messages are whole, newest first. `blobs` gives the size of every file."""

    row: Row
    index: int
    folders: list[Row]
    identities: list[Row]
    rules: list[Row]
    messages: list[Row]
    blobs: dict[str, int]
    ever: tuple[Row, ...] = ()
    """The messages that are there or were."""
    folders_made: int = 0
    rules_before: tuple[Row, ...] = ()


def system_folders(index: int) -> list[Row]:
    """What every mailbox has."""
    return [_folder(f"fld_{index:x}a{n}", name, role=name.lower(), order=n) for n, name in enumerate(_SYSTEM_FOLDERS, 1)]


def folders_of(index: int, chance: random.Random) -> list[Row]:
    """The folders of a mailbox; in the later API they lie in each other, and one in a folder that is gone."""
    rows = system_folders(index)
    custom = _CUSTOM_FOLDERS if index in (0, CURSOR_INBOX) else _CUSTOM_FOLDERS[: chance.randrange(1, 4)]
    rows += [_folder(f"fld_{index:x}c{n}", name, role=None, order=20 + n) for n, name in enumerate(custom)]
    if index == 5:
        rows.append(_folder("fld_5s1", "Snoozed", role="snoozed", order=7))
    if index == CURSOR_INBOX:
        rows += [_folder("fld_4e1", "2026", role=None, order=0), _folder("fld_4e2", "2026", role=None, order=0)]
        parents = {"fld_4e1": "fld_4c0", "fld_4e2": "fld_gone"}
        return [{**each, "parent_id": parents.get(each["id"])} for each in rows]
    return rows[::-1] if index == 7 else rows


def _folder(folder_id: str, name: str, *, role: str | None, order: int) -> Row:
    """A folder as stored; its three counts are made when it is read."""
    return {
        "object": "mailbox_folder",
        "id": folder_id,
        "name": name,
        "role": role,
        "kind": "custom" if role is None else "system",
        "sort_order": order,
    }


def custom_folder(box: Box, name: str) -> Row:
    """A new folder behind all others; the caller puts it into the box."""
    box.folders_made += 1
    order = max(20, *(each["sort_order"] for each in box.folders)) + 1
    return _folder(f"fld_{box.index:x}n{box.folders_made}", name, role=None, order=order)


def folder_of(box: Box, folder_id: object) -> Row:
    """The folder with that id, or a 404."""
    found = next((each for each in box.folders if each["id"] == folder_id), None)
    if found is None:
        raise Refusal(404, "not_found", "No folder with that id.")
    return found


def identities_of(person: Person, row: Row) -> list[Row]:
    """The identity of a mailbox, and an alias in every second one; the third has none."""
    if person.index == 2:
        return []
    own = {"object": "mailbox_identity", "id": f"ident_{person.index}a", "name": row["display_name"] or "", "email": person.address}
    alias = {"object": "mailbox_identity", "id": f"ident_{person.index}b", "name": "", "email": f"invoices@{person.domain}"}
    return [own, alias] if person.index % 2 == 0 else [own]


def enveloped(box: Box, tag: str, rows: Sequence[Row]) -> Row:
    """The envelope of everything that is listed inside a mailbox."""
    return {"object": tag, "mailbox_id": box.row["id"], "address": box.row["address"], "data": rows}


def folder_list(box: Box, _: Request) -> Row:
    """The folders, counted now."""
    return enveloped(box, "mailbox_folders", [counted(box, folder) for folder in box.folders])


def counted(box: Box, folder: Row) -> Row:
    """A folder with its counts as of now."""
    inside = [message for message in box.messages if folder["id"] in message["folder_ids"]]
    unread = [message for message in inside if message["keywords"].get("$seen") is not True]
    counts = {"total_emails": len(inside), "unread_emails": len(unread), "unread_threads": len({each["thread_id"] for each in unread})}
    return {**folder, **counts}


def identity_list(box: Box, _: Request) -> Row:
    """The identities, never paged."""
    return enveloped(box, "mailbox_identities", box.identities)
