"""Folders as they are written. System folders stay as they are."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox.shipmail.answer import Refusal, Row, invalid, json_answer, nothing
from gateway.sandbox.shipmail.body import object_body, text_in
from gateway.sandbox.shipmail.box import CURSOR_INBOX, Box, counted, custom_folder, folder_of

MAX_NAME = 100
RESERVED = frozenset({"inbox", "starred", "sent", "drafts", "archive", "junk", "trash"})
"""The names of the vendor's own (its MCP server's list)."""


async def create(box: Box, request: Request) -> Response:
    """A new folder, the last in order."""
    known = ("name", "parent_id") if box.index == CURSOR_INBOX else ("name",)
    body = await object_body(request, known=known, needed=("name",))
    parent = body.get("parent_id")
    if parent is not None:
        folder_of(box, parent)
    folder = custom_folder(box, _name_in(box, body, parent=parent))
    if box.index == CURSOR_INBOX:
        folder["parent_id"] = parent
    box.folders.append(folder)
    return json_answer(counted(box, folder), 201)


async def rename(box: Box, request: Request) -> Response:
    """Another name; rules go by the id and keep working."""
    folder = _custom(box, request)
    body = await object_body(request, known=("name",), needed=("name",))
    folder["name"] = _name_in(box, body, parent=folder.get("parent_id"), besides=folder)
    return json_answer(counted(box, folder))


async def delete(box: Box, request: Request) -> Response:
    """Moves what is in it, and in the folders in it, to Trash; refused while a rule points there (page "Mailboxes")."""
    folder = _custom(box, request)
    gone = _with_inner(box, folder["id"])
    if any(target in gone for target in _rule_targets(box)):
        raise Refusal(409, "conflict", "The folder is used by an inbox rule.")
    trash = next(each["id"] for each in box.folders if each["role"] == "trash")
    for message in box.messages:
        if gone & set(message["folder_ids"]):
            message["folder_ids"] = [trash]
    box.folders[:] = [each for each in box.folders if each["id"] not in gone]
    return nothing()


def _custom(box: Box, request: Request) -> Row:
    folder = folder_of(box, request.path_params["folder_id"])
    if folder["kind"] != "custom":
        raise Refusal(422, "validation_error", "System folders cannot be renamed or deleted.")
    return folder


def _name_in(box: Box, body: Row, *, parent: object, besides: Row | None = None) -> str:
    """A name that no folder beside it has."""
    name = text_in(body, "name", least=1, most=MAX_NAME).strip()
    if not name or name.casefold() in RESERVED:
        raise invalid("name", "This name is reserved.")
    if any(character in "/\\" or not character.isprintable() for character in name):
        raise invalid("name", "No slashes and no control characters.")
    beside = (each for each in box.folders if each is not besides and each.get("parent_id") == parent)
    if any(each["name"].casefold() == name.casefold() for each in beside):
        raise Refusal(409, "conflict", "A folder with this name already exists.")
    return name


def _with_inner(box: Box, folder_id: str) -> set[str]:
    found = {folder_id}
    while inner := {each["id"] for each in box.folders if each.get("parent_id") in found} - found:
        found |= inner
    return found


def _rule_targets(box: Box) -> Iterable[object]:
    actions = (action for rule in box.rules for action in rule["actions"])
    targets = (action.get("target") for action in actions if isinstance(action, dict))
    return [target.get("folder_id") for target in targets if isinstance(target, dict)]
