"""Mailboxes as they are written: made, renamed, set up and deleted."""

import re
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox.shipmail.answer import Refusal, Row, invalid, json_answer, nothing, stamp
from gateway.sandbox.shipmail.body import flag_in, instant_in, object_body, text_in, text_or_null_in, whole_in
from gateway.sandbox.shipmail.rows import AUTO_REPLY_OFF, Mailroom

MAX_NAME = 200
MAX_REPLY = 5000
MAX_REPLY_SUBJECT = 998
_LOCAL_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
_PASSWORD = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]).{8,128}", re.DOTALL)


async def create(room: Mailroom, request: Request) -> Response:
    """A new mailbox on a verified domain, while the plan has room. Addresses are kept in lower case (no page says so)."""
    body = await object_body(request, known=("domain_id", "address", "display_name"), needed=("domain_id", "address"))
    domain = room.domains.get(text_in(body, "domain_id", most=256))
    local = body["address"]
    if domain is None:
        raise invalid("domain_id", "No domain with that id.")
    if not isinstance(local, str) or not _LOCAL_PART.fullmatch(local):
        raise invalid("address", "Only letters, digits, dots, hyphens and underscores; at most 64.")
    name = text_in(body, "display_name", most=MAX_NAME) if "display_name" in body else None
    if domain.get("status") != "verified":
        raise Refusal(422, "validation_error", "The domain is not verified.")
    address = f"{local.lower()}@{domain['name']}"
    if any(row["address"].lower() == address for row in room.mailboxes.values()):
        raise invalid("address", "This address is taken.")
    if room.is_full:
        raise Refusal(403, "quota_exceeded", "The plan's mailbox limit has been reached.")
    return json_answer(room.add(address, domain_id=domain["id"], name=name), 201)


async def rename(room: Mailroom, request: Request) -> Response:
    """Another name in From; null clears it."""
    row = room.mailbox(request.path_params["id"])
    body = await object_body(request, known=("display_name",))
    if "display_name" not in body:
        return json_answer(row)
    return _changed(row, display_name=text_or_null_in(body, "display_name", most=MAX_NAME))


async def set_password(room: Mailroom, request: Request) -> Response:
    """Another password. The refusal shows the bad one, as careless vendors do."""
    row = room.mailbox(request.path_params["id"])
    given = (await object_body(request, known=("password",), needed=("password",)))["password"]
    if not isinstance(given, str) or not _PASSWORD.fullmatch(given):
        raise invalid("password", f"{given} is not 8 to 128 characters with a lowercase and an uppercase letter and a digit.")
    room.passwords[row["id"]] = given
    return _changed(row)


async def set_auto_reply(room: Mailroom, request: Request) -> Response:
    """The vacation answer; keys that are left out keep their value. `subject` is in the vendor's SDK, not on its page."""
    row = room.mailbox(request.path_params["id"])
    body = await object_body(request, known=("enabled", "subject", "body", "from_date", "to_date"), needed=("enabled",))
    given: Row = {"enabled": flag_in(body, "enabled")}
    text = text_or_null_in(body, "body", most=MAX_REPLY)
    if given["enabled"] and not text:
        raise invalid("body", "Required when enabled is true.")
    values = {
        "body": text,
        "subject": text_or_null_in(body, "subject", most=MAX_REPLY_SUBJECT),
        "from_date": instant_in(body, "from_date"),
        "to_date": instant_in(body, "to_date"),
    }
    given |= {key: value for key, value in values.items() if key in body}
    reply = {**AUTO_REPLY_OFF, **(row.get("auto_reply") or {}), **given}
    if reply["from_date"] and reply["to_date"] and reply["to_date"] <= reply["from_date"]:
        raise invalid("to_date", "Must be after from_date.")
    return _changed(row, auto_reply=reply)


async def set_spam_filter(room: Mailroom, request: Request) -> Response:
    """Another threshold."""
    row = room.mailbox(request.path_params["id"])
    body = await object_body(request, known=("threshold",), needed=("threshold",))
    return _changed(row, spam_filter_threshold=whole_in(body, "threshold", least=1, most=14))


async def delete(room: Mailroom, request: Request) -> Response:
    """The mailbox and all that is in it, for good."""
    room.remove(request.path_params["id"])
    return nothing()


def _changed(row: Row, **values: object) -> Response:
    row |= values
    row["updated_at"] = stamp(datetime.now(UTC))
    return json_answer(row)
