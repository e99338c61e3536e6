"""What the bulk add demands of its body, key by key (docs/mailboxes/post-mailboxes, help article 9428731)."""

import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from gateway.sandbox.woodpecker.pair import Json, Record

MOST_AT_ONCE = 200
_ADDRESS = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)

Rule = Callable[[Json], str]
"""What is wrong with a value, after the name of its key; "" for nothing."""


def _text(value: Json) -> str:
    if not isinstance(value, str):
        return "must be a string"
    return "" if value.strip() else "must not be blank"


def _address(value: Json) -> str:
    return _text(value) or ("" if _ADDRESS.fullmatch(str(value)) else "must be a well-formed email address")


def _domain(value: Json) -> str:
    return _text(value) or ("" if _DOMAIN.fullmatch(str(value)) else "must be a valid domain")


def _between(least: int, most: int) -> Rule:
    def rule(value: Json) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            return "must be an integer"
        return "" if least <= value <= most else f"must be between {least} and {most}"

    return rule


_REQUIRED: Mapping[str, Rule] = {
    "smtp_email": _address,
    "smtp_password": _text,
    "smtp_server": _text,
    "smtp_port": _between(1, 65535),
    "imap_email": _address,
    "imap_password": _text,
    "imap_server": _text,
    "imap_port": _between(1, 65535),
}
_RULES: Mapping[str, Rule] = {
    **_REQUIRED,
    "smtp_login": _text,
    "smtp_from_name": _text,
    "footer": _text,
    "bcc": _address,
    "open_tracking_domain": _domain,
    "click_tracking_domain": _domain,
    "unsubscribe_tracking_domain": _domain,
    "sending_wait_time_from": _between(10, 9999),
    "sending_wait_time_to": _between(20, 9999),
    "daily_sending_limit": _between(1, 5500),
}
_NOTIFICATIONS = ("MAIL", "IN_APP")


def wanted_mailboxes(body: bytes) -> tuple[list[Record], list[str]]:
    """The mailboxes that a bulk add asks for, and everything that is wrong with it.

    The page does not say what becomes of keys that it does not name: here they are refused, so that a careless client is found out.
    """
    try:
        asked = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        wanted: list[Record] = msgspec.json.decode(asked.pop("mailboxes", b"[]"), type=list[dict[str, object]])
    except msgspec.DecodeError:
        return [], ["the body must be an object with a list of mailboxes"]
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        return [], [f"mailboxes must have between 1 and {MOST_AT_ONCE} items"]
    return wanted, [*_faults_of_rest(asked), *(fault for index, item in enumerate(wanted) for fault in _faults(index, item))]


def _faults_of_rest(asked: Mapping[str, msgspec.Raw]) -> Iterator[str]:
    for key, raw in asked.items():
        if key != "completion_notification_types":
            yield f"{key} is not known"
        elif not _are_notifications(raw):
            yield f"{key} must be among {', '.join(_NOTIFICATIONS)}"


def _are_notifications(raw: msgspec.Raw) -> bool:
    try:
        return set(_NOTIFICATIONS).issuperset(msgspec.json.decode(raw, type=list[str]))
    except msgspec.DecodeError:
        return False


def _faults(index: int, item: Record) -> Iterator[str]:
    where = f"mailboxes[{index}]"
    for key in _REQUIRED:
        if item.get(key) is None:
            yield f"{where}.{key} must not be null"
    for key, value in item.items():
        if key not in _RULES:
            yield f"{where}.{key} is not known"
        elif value is not None and (fault := _RULES[key](value)):
            yield f"{where}.{key} {fault}"
    shortest, longest = item.get("sending_wait_time_from"), item.get("sending_wait_time_to")
    if isinstance(shortest, int) and isinstance(longest, int) and shortest >= longest:
        yield f"{where}.sending_wait_time_from must be less than sending_wait_time_to"
