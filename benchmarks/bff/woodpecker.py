"""Woodpecker: one array of SMTP and IMAP records; a mailbox is an SMTP record and the IMAP record that it names."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from benchmarks.bff.value import Row, mailbox_id, remaining, whole
from benchmarks.bff.vendor import Ask, Object

_PROVIDERS = {
    "google": "GOOGLE",
    "mailgun": "MAILGUN",
    "custom": "CUSTOM",
    "exchange": "EXCHANGE",
    "office365": "MICROSOFT",
    "office_365": "MICROSOFT",
    "outlook": "MICROSOFT",
    "microsoft": "MICROSOFT",
    "other": "OTHER",
}
_WARMUPS = {"running": "RUNNING", "paused": "PAUSED", "disabled": "DISABLED", "blocked": "BLOCKED"}
_ABSENT = "absent"
_SENDERS_ONLY = ("imap_id", "daily_limit", "sent_today", "frequency_from", "frequency_to", "warmup_data")


def headers(account: Mapping[str, str]) -> dict[str, str]:
    """Those of every request."""
    return {"x-api-key": account["api_key"]}


async def pages(ask: Ask, account: Mapping[str, str]) -> AsyncIterator[Iterable[Object]]:
    """All mailboxes, as pairs, in one page."""
    del account
    records = await ask("/v2/mailboxes")
    senders: dict[int, Any] = {}
    halves: dict[int, Any] = {}
    for record in records:
        (senders if _is_sender(record) else halves)[record["id"]] = record
    used = {record["details"].get("imap_id") for record in senders.values()}
    pairs = [{"sender": record, "half": halves.get(record["details"].get("imap_id"))} for record in senders.values()]
    yield [*pairs, *({"sender": None, "half": half} for each, half in halves.items() if each not in used and each not in senders)]


def row(pair: Object, account: str) -> Row:
    """One mailbox in the fleet's words."""
    sender: Any = pair["sender"]
    half: Any = pair["half"]
    record = sender or half
    it = record["details"]
    sending = _state(it) if sender else "DISABLED"
    receiving = _state(half["details"]) if half else "UNKNOWN"
    decisive = sending if sender else receiving
    provider, warmup = it.get("provider"), it.get("warmup_data")
    limit, sent = whole(it.get("daily_limit")), whole(it.get("sent_today"))
    return {
        "id": mailbox_id(account, str(record["id"])),
        "vendor": "WOODPECKER",
        "vendorId": str(record["id"]),
        "address": it.get("email") or None,
        "displayName": it.get("from_name"),
        "provider": _PROVIDERS.get(provider.lower(), "OTHER") if provider else "UNKNOWN",
        "status": "ERROR" if "FAILING" in (sending, receiving) else "ACTIVE" if decisive == "OK" else "UNKNOWN",
        "health": {"sending": {"state": sending}, "receiving": {"state": receiving}},
        "smtp": _server(it) if sender else None,
        "imap": _server(half["details"]) if half else None,
        "sending": {"dailyLimit": limit, "weeklyLimit": None, "sentToday": sent, "remainingToday": remaining(limit, sent)},
        "warmup": {"state": _WARMUPS.get((warmup.get("status") or "").lower(), "UNKNOWN"), "health": None} if warmup else None,
        "tags": None,
        "campaignCount": None,
        "createdAt": None,
        "updatedAt": None,
    }


def _is_sender(record: Any) -> bool:  # noqa: ANN401 - JSON as it comes
    kind = (record.get("type") or "").upper()
    if kind in ("SMTP", "IMAP"):
        return kind == "SMTP"
    return any(record["details"].get(name) is not None for name in _SENDERS_ONLY)


def _state(it: Any) -> str:  # noqa: ANN401 - JSON as it comes
    error = it.get("error", _ABSENT)
    if error == _ABSENT:
        return "UNKNOWN"
    return "OK" if not error or error.lower().startswith("connected conditionally") else "FAILING"


def _server(it: Any) -> Row | None:  # noqa: ANN401 - JSON as it comes
    host, port = it.get("server"), whole(it.get("port"))
    return None if host is None and port is None and it.get("login") is None else {"host": host, "port": port}
