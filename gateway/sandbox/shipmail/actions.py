"""What can be done to a message: mark, move, delete."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox.shipmail.answer import Refusal, Row, invalid, json_answer, nothing
from gateway.sandbox.shipmail.body import flag_in, object_body, word_in
from gateway.sandbox.shipmail.box import Box

ROLES = ("inbox", "archive", "junk", "trash")
_KEYWORDS = {"read": "$seen", "starred": "$flagged"}


async def mark(box: Box, request: Request) -> Response:
    """Sets or takes away keywords."""
    message = _message(box, request)
    body = await object_body(request, known=tuple(_KEYWORDS))
    if not body:
        raise Refusal(422, "validation_error", "Give read, starred or both.")
    for name, is_set in {name: flag_in(body, name) for name in body}.items():
        message["keywords"].pop(_KEYWORDS[name], None)
        message["keywords"] |= {_KEYWORDS[name]: True} if is_set else {}
    return _done(box, message)


async def move(box: Box, request: Request) -> Response:
    """Puts a message into one folder, out of all others or out of `from_folder_id` alone."""
    message = _message(box, request)
    body = await object_body(request, known=("from_folder_id", "target_role", "target_folder_id"))
    if ("target_role" in body) == ("target_folder_id" in body):
        raise invalid("target_role", "Give one of target_role and target_folder_id.")
    target = _target(box, body)
    origin = body.get("from_folder_id")
    if origin is not None and origin not in message["folder_ids"]:
        raise invalid("from_folder_id", "The message is not in that folder.")
    kept = [each for each in message["folder_ids"] if origin is not None and each not in (origin, target)]
    message["folder_ids"] = [*kept, target]
    return _done(box, message)


async def delete(box: Box, request: Request) -> Response:
    """For good, and only out of Trash or Junk (page "Mailboxes"; which error else is not said)."""
    message = _message(box, request)
    doomed = {each["id"] for each in box.folders if each["role"] in ("trash", "junk")}
    if not doomed & set(message["folder_ids"]):
        raise Refusal(422, "validation_error", "Only messages in Trash or Junk can be deleted.")
    box.messages.remove(message)
    return nothing()


def _message(box: Box, request: Request) -> Row:
    message_id = request.path_params["message_id"]
    found = next((each for each in box.messages if each["id"] == message_id), None)
    if found is None:
        raise Refusal(404, "not_found", "No message with that id.")
    return found


def _target(box: Box, body: Row) -> str:
    if "target_role" in body:
        role = word_in(body, "target_role", ROLES)
        return str(next(each["id"] for each in box.folders if each["role"] == role))
    folder_id = body["target_folder_id"]
    if folder_id not in [each["id"] for each in box.folders]:
        raise invalid("target_folder_id", "No folder with that id.")
    return str(folder_id)


def _done(box: Box, message: Row) -> Response:
    """The answer tells nothing of the message's new state."""
    told = {"mailbox_id": box.row["id"], "address": box.row["address"], "message_id": message["id"], "ok": True}
    return json_answer({"object": "inbox_message_action", **told})
