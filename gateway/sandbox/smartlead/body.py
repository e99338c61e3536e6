"""The bodies of writes: which keys the vendor's pages name, and the refusals of everything else."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec
from starlette.requests import Request

from gateway.sandbox.smartlead.account import Row
from gateway.sandbox.smartlead.answer import Refusal

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Key(msgspec.Struct, frozen=True):
    """A key of a body: what its value is, and within which bounds."""

    kind: str
    is_required: bool = False
    least: int | None = None
    most: int | None = None
    can_be_null: bool = False


TEXT, NUMBER, BOOLEAN = Key("string"), Key("number"), Key("boolean")
_NEEDED = Key("string", is_required=True)
_NEEDED_NUMBER = Key("number", is_required=True)
_NEEDED_BOOLEAN = Key("boolean", is_required=True)
_NEW_WARMUP = {"total_warmup_per_day": NUMBER, "daily_rampup": NUMBER, "reply_rate_percentage": NUMBER}
_BOTH_SAVES = {
    "id": Key("number", can_be_null=True),
    "from_name": _NEEDED,
    "from_email": Key("email", is_required=True),
    "warmup_enabled": _NEEDED_BOOLEAN,
    "max_email_per_day": NUMBER,
    "custom_tracking_url": TEXT,
    "bcc": TEXT,
    "signature": TEXT,
    "time_to_wait_in_mins": NUMBER,
    "client_id": NUMBER,
    **_NEW_WARMUP,
}
SAVE: Mapping[str, Key] = {
    **_BOTH_SAVES,
    "user_name": _NEEDED,
    "password": _NEEDED,
    "smtp_host": _NEEDED,
    "smtp_port": _NEEDED_NUMBER,
    "imap_host": _NEEDED,
    "imap_port": _NEEDED_NUMBER,
    "type": Key("provider"),
    "token": Key("object"),
    "different_reply_to_address": TEXT,
    "imap_username": TEXT,
    "imap_password": TEXT,
    "is_suspended": BOOLEAN,
}
SAVE_OAUTH: Mapping[str, Key] = {
    **_BOTH_SAVES,
    "username": _NEEDED,
    "type": Key("oauth provider", is_required=True),
    "token": Key("object", is_required=True),
    "use_whitelabel_credentials": _NEEDED_BOOLEAN,
}
TOKEN: Mapping[str, Key] = {
    "scope": _NEEDED,
    "token_type": _NEEDED,
    "access_token": _NEEDED,
    "refresh_token": _NEEDED,
    "expiry_date": Key("number", is_required=True, least=10**12),
    "id_token": TEXT,
}
UPDATE: Mapping[str, Key] = {
    "max_email_per_day": NUMBER,
    "from_name": TEXT,
    "custom_tracking_url": TEXT,
    "bcc": TEXT,
    "signature": TEXT,
    "client_id": NUMBER,
    "time_to_wait_in_mins": NUMBER,
    "is_suspended": BOOLEAN,
}
WARMUP: Mapping[str, Key] = {
    "warmup_enabled": _NEEDED_BOOLEAN,
    "total_warmup_per_day": Key("number", least=1, most=50),
    "daily_rampup": Key("number", least=5, most=20),
    "reply_rate_percentage": Key("number", least=20, most=100),
    "warmup_key_id": TEXT,
    "auto_adjust_warmup": BOOLEAN,
    "is_rampup_enabled": BOOLEAN,
}
TAG: Mapping[str, Key] = {"name": _NEEDED, "color": Key("color")}
TAG_CHANGE: Mapping[str, Key] = {"id": _NEEDED_NUMBER, "name": _NEEDED, "color": Key("color", is_required=True)}
TAG_LIST: Mapping[str, Key] = {"email_ids": Key("array", is_required=True, least=1)}
TAG_MAPPING: Mapping[str, Key] = {
    "email_account_ids": Key("array", is_required=True, least=1, most=25),
    "tag_ids": Key("array", is_required=True, least=1),
}

_WORDS = {"provider": ("GMAIL", "OUTLOOK", "SMTP"), "oauth provider": ("GMAIL", "OUTLOOK")}
_TYPES: dict[str, tuple[type, ...]] = {"number": (int, float), "boolean": (bool,), "object": (dict,), "array": (list,)}


async def read_body(request: Request, keys: Mapping[str, Key]) -> Row:
    """The body of a write, when it says nothing but what its page names; raises `Refusal`."""
    try:
        body = msgspec.json.decode(await request.body())
    except msgspec.DecodeError:
        raise Refusal(400, {"error": "Unexpected token in JSON"}) from None
    if not isinstance(body, dict):
        raise Refusal(400, {"error": '"value" must be of type object'})
    return checked(body, keys)


def checked(body: Row, keys: Mapping[str, Key]) -> Row:
    """The same object; raises `Refusal` for a key that is not known, is missing, or has a bad value."""
    for name in body:
        if name not in keys:
            raise Refusal(400, {"error": f'"{name}" is not allowed'})
    for name, key in keys.items():
        if key.is_required and body.get(name) in (None, ""):
            raise Refusal(422, {"error": f'"{name}" is required'})
        if name in body and not (body[name] is None and key.can_be_null):
            _check(name, body[name], key)
    return body


def list_of(value: object) -> list[object]:
    """An array, which has been checked to be one."""
    return value if isinstance(value, list) else []


def _check(name: str, value: object, key: Key) -> None:
    if key.kind == "email" and not (isinstance(value, str) and value.count("@") == 1):
        raise _invalid(name, "must be a valid email", "email")
    if key.kind == "color" and not (isinstance(value, str) and value.startswith("#")):
        raise _invalid(name, "must be a color as #RRGGBB", "color")
    if (words := _WORDS.get(key.kind)) and value not in words:
        raise _invalid(name, f"must be one of [{', '.join(words)}]", "any.only")
    types = _TYPES.get(key.kind, (str,))
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise Refusal(422, {"error": f'"{name}" must be a {key.kind}'})
    size = len(value) if isinstance(value, list) else value
    if isinstance(size, int | float):
        _check_bounds(name, size, key)


def _check_bounds(name: str, size: float, key: Key) -> None:
    if key.least is not None and size < key.least:
        raise Refusal(422, {"error": f"{name} must be greater than or equal to {key.least}"})
    if key.most is not None and size > key.most:
        raise Refusal(422, {"error": f"{name} must be less than or equal to {key.most}"})


def _invalid(name: str, what: str, constraint: str) -> Refusal:
    details = {"field": name, "constraint": constraint}
    return Refusal(422, {"error": {"code": "VALIDATION_ERROR", "message": f"{name} {what}", "details": details}})
