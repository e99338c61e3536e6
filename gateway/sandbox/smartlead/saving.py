"""A mailbox out of the body that saves it whole, and warm-up out of the body that sets it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.sandbox.smartlead.account import EmailAccount, Row, iso

_PORT_TYPES = {465: "SSL", 993: "SSL", 587: "TLS", 143: "TLS", 25: "TLS"}
_WARMUP_DEFAULTS: Row = {"total_warmup_per_day": 20, "reply_rate_percentage": 30}
_READ_NAMES = {
    "max_email_per_day": "message_per_day",
    "from_name": "from_name",
    "custom_tracking_url": "custom_tracking_domain",
    "bcc": "bcc_email",
    "signature": "signature",
    "client_id": "client_id",
}
_SERVERS = ("smtp_host", "smtp_port", "smtp_port_type", "imap_host", "imap_port", "imap_port_type", "imap_username")


def new_account(number: int, index: int) -> EmailAccount:
    """With nothing in it yet."""
    both: Row = {"id": number, "created_at": iso(datetime.now(UTC)), "updated_at": None, "user_id": 7301, "daily_sent_count": 0}
    only_list: Row = {"campaign_count": 0, "tags": []}
    return EmailAccount(number, index, both, only_list, {}, [], None, None, None)


def save_password(account: EmailAccount, body: Row) -> None:
    """The page does not promise that what is left out stays: it goes back to its default."""
    login = body["user_name"]
    account.password = str(body["password"])
    account.imap_password = str(body.get("imap_password", account.password))
    account.both |= {
        "username": login,
        "smtp_host": body["smtp_host"],
        "smtp_port": body["smtp_port"],
        "smtp_port_type": _PORT_TYPES.get(_whole(body["smtp_port"])),
        "imap_host": body["imap_host"],
        "imap_port": body["imap_port"],
        "imap_port_type": _PORT_TYPES.get(_whole(body["imap_port"])),
        "imap_username": body.get("imap_username", login),
        "is_different_imap_account": body.get("imap_username", login) != login or "imap_password" in body,
        "different_reply_to_address": body.get("different_reply_to_address"),
        "type": body.get("type", "SMTP"),
    }
    account.only_detail |= {"is_suspended": body.get("is_suspended", False), "use_whitelabel_credentials": False}
    _save_common(account, body)


def save_oauth(account: EmailAccount, body: Row) -> None:
    """No servers and no password; the login shows as null."""
    account.password = account.imap_password = None
    account.both |= {**dict.fromkeys(("username", *_SERVERS)), "is_different_imap_account": False, "different_reply_to_address": ""}
    account.both["type"] = body["type"]
    account.only_detail |= {"is_suspended": False, "use_whitelabel_credentials": body["use_whitelabel_credentials"]}
    _save_common(account, body)


def save_settings(account: EmailAccount, body: Row) -> None:
    """What the page for settings takes; what is left out stays."""
    account.both |= {read: body[name] for name, read in _READ_NAMES.items() if name in body}
    if "time_to_wait_in_mins" in body:
        account.only_list["minTimeToWaitInMins"] = body["time_to_wait_in_mins"]
    if "is_suspended" in body:
        suspend(account, is_suspended=body["is_suspended"] is True)


def save_warmup(account: EmailAccount, body: Mapping[str, object]) -> None:
    """What is left out goes back to its default, the key excepted. Ramp-up and automatic adjustment show in no read."""
    settings = {**_WARMUP_DEFAULTS, **body}
    begun: Row = {"total_sent_count": 0, "total_spam_count": 0, "warmup_reputation": "100%", "warmup_key_id": None}
    kept = account.warmup or {**begun, "warmup_created_at": iso(datetime.now(UTC))}
    account.warmup = {
        **kept,
        "status": "ACTIVE" if body["warmup_enabled"] else "INACTIVE",
        "reply_rate": settings["reply_rate_percentage"],
        "warmup_max_count": settings["total_warmup_per_day"],
        "warmup_key_id": settings.get("warmup_key_id", kept["warmup_key_id"]),
        "blocked_reason": None,
    }


def suspend(account: EmailAccount, *, is_suspended: bool) -> None:
    """Warm-up pauses meanwhile."""
    account.only_detail["is_suspended"] = is_suspended
    before, after = ("ACTIVE", "PAUSED") if is_suspended else ("PAUSED", "ACTIVE")
    if account.warmup and account.warmup["status"] == before:
        account.warmup = {**account.warmup, "status": after}


def _save_common(account: EmailAccount, body: Row) -> None:
    account.both["from_email"] = body["from_email"]
    defaults: Row = {"max_email_per_day": 50, "custom_tracking_url": None, "bcc": None, "signature": None, "client_id": None}
    save_settings(account, {"time_to_wait_in_mins": 10, **defaults, **{key: body[key] for key in body if key != "is_suspended"}})
    account.both |= {"is_smtp_success": True, "is_imap_success": True, "smtp_failure_error": None, "imap_failure_error": None}
    if body["warmup_enabled"] or account.warmup:
        save_warmup(account, body)


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
