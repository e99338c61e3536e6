"""The mail servers that the vendor would log in to: whoever's host ends in `.invalid`, or whose password holds "wrong", is refused."""

from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlsplit


class Direction(StrEnum):
    """How the names of attributes begin that are about one direction of mail."""

    SEND = "send"
    SYNC = "sync"


def login_fault(direction: Direction, attributes: Mapping[str, object], secrets: Mapping[str, str]) -> str | None:
    """Why mail cannot be sent or synced, in words that echo the login, as mail servers' do; None when it can."""
    own = (_text(attributes, "username"), secrets.get("password", ""))
    match _method(direction, attributes):
        case "ews":
            return _refused(urlsplit(_text(attributes, "ewsEndpoint")).hostname or "", *own)
        case "imap":
            return _refused(_text(attributes, "imapHost"), *own)
        case "smtp":
            username, password = _text(attributes, "smtpUsername") or own[0], secrets.get("smtpPassword") or own[1]
            return _refused(_text(attributes, "smtpHost"), username, password)
        case "sendgrid":
            return _refused("smtp.sendgrid.net", "apikey", secrets.get("sendgridApiKey", ""))
        case _:
            return None if attributes.get("authId") else "there is no consent for this mailbox"


def _method(direction: Direction, attributes: Mapping[str, object]) -> str:
    """The reference: where nothing is said, "send and sync will make assumptions based on the ews, imap, and smtp values"."""
    said = _text(attributes, f"{direction}Method")
    server = "smtp" if direction is Direction.SEND else "imap"
    return said or ("ews" if attributes.get("ewsEndpoint") and not attributes.get(f"{server}Host") else server)


def _text(attributes: Mapping[str, object], name: str) -> str:
    value = attributes.get(name)
    return value if isinstance(value, str) else ""


def _refused(host: str, username: str, password: str) -> str | None:
    if not host:
        return "the host is missing"
    if host.endswith(".invalid"):
        return f"no connection to {host} for {username}:{password}"
    if not password or "wrong" in password:
        return f'535 5.7.8 authentication failed for LOGIN "{username}" "{password}"'
    return None
