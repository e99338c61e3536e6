"""A mailbox that is being added: its row, and how its verification will end. Source: post-v1-mailboxes."""

from datetime import UTC, datetime

from gateway.sandbox.sendkit.body import (
    checked,
    inner,
    is_address,
    is_object,
    is_port,
    is_provider,
    is_tags,
    is_text,
    is_truth,
    is_whole,
    is_word,
)
from gateway.sandbox.sendkit.mailbox import KitMailbox, Row, moment, not_started

DEFAULT_LIMIT, LEAST, MOST = 15, 1, 50
UNREACHABLE = ".invalid"
"""A server whose host ends so cannot be reached."""
WRONG = "wrong"
"""A password that contains this word is not accepted."""
_CREATED = (
    *("_id", "email", "displayName", "provider", "status", "connectionType", "dailySendLimit", "sendingEnabled", "signature", "tags"),
    *("smtpHost", "smtpPort", "smtpSecure", "imapHost", "imapPort", "imapSecure", "createdAt", "updatedAt"),
)
_SERVER = {"host": is_word, "port": is_port, "secure": is_truth, "username": is_word, "password": is_word}
_MAILBOX = {
    "email": is_address,
    "displayName": is_text,
    "provider": is_provider,
    "smtp": is_object,
    "imap": is_object,
    "dailySendLimit": is_whole,
    "signature": is_text,
    "tags": is_tags,
}
RECORDS = ("mx", "spf", "dkim", "dmarc")


def check_creation(body: Row) -> Row:
    """The body of a creation, refused where it is wrong."""
    checked(body, _MAILBOX, required=("email", "smtp"))
    inner(body, "smtp", _SERVER, required=("host", "username", "password"))
    inner(body, "imap", _SERVER, required=("host",))
    return body


def new_mailbox(mailbox_id: str, body: Row) -> KitMailbox:
    """A mailbox as it stands until a worker has tried its credentials, which are kept nowhere in it."""
    address, now = str(body["email"]).lower(), moment(datetime.now(UTC))
    smtp, imap = _server(body["smtp"]), _server(body.get("imap") or {})
    detail: Row = {
        "_id": mailbox_id,
        "email": address,
        "displayName": body.get("displayName", address.partition("@")[0]),
        "provider": body.get("provider", "custom"),
        "status": "inactive",
        "connectionType": "smtp",
        "dailySendLimit": clamped(body.get("dailySendLimit", DEFAULT_LIMIT)),
        "sentToday": 0,
        "sendingEnabled": False,
        "signature": body.get("signature"),
        "tags": body.get("tags", []),
        "smtpHost": smtp["host"],
        "smtpPort": smtp.get("port", 587),
        "smtpSecure": smtp.get("secure", True),
        "imapHost": imap.get("host", smtp["host"]),
        "imapPort": imap.get("port", 993),
        "imapSecure": imap.get("secure", True),
        "warmup": not_started(),
        "bounceRate": 0,
        "totalSent": 0,
        "totalReceived": 0,
        "lastError": None,
        "createdAt": now,
        "updatedAt": now,
    }
    return KitMailbox(detail=detail, campaign_ids=(), in_active_campaign=False, connection_test={"status": "pending"})


def as_created(mailbox: KitMailbox) -> Row:
    """What the creation's answer shows of it."""
    return {name: mailbox.detail[name] for name in _CREATED}


def clamped(limit: object) -> int:
    """A daily limit as it is kept: nothing is said about a change."""
    return min(max(int(str(limit)), LEAST), MOST)


def login_problem(body: Row) -> str | None:
    """Why its servers will not take the login; None when they will. What a mail server says may well quote what it got."""
    smtp = _server(body["smtp"])
    for name, server in {"SMTP": smtp, "IMAP": {**smtp, **_server(body.get("imap") or {})}}.items():
        login = f"user {server['username']}, password {server['password']}"
        if str(server["host"]).endswith(UNREACHABLE):
            return f"{name} server {server['host']} could not be reached ({login})"
        if WRONG in str(server["password"]):
            return f"{name} login was rejected: 535 5.7.8 authentication failed, {login}"
    return None


def _server(value: object) -> Row:
    return value if isinstance(value, dict) else {}
