"""Smartlead: a bare array, 100 mailboxes a page by offset; a page that is not full is the last. The key is in the query."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from benchmarks.bff.value import Row, mailbox_id, percent, remaining, time, whole
from benchmarks.bff.vendor import Ask, Object

_PAGE = 100
_PROVIDERS = {"gmail": "GOOGLE", "outlook": "MICROSOFT", "smtp": "CUSTOM", "zoho": "ZOHO"}
_WARMUPS = {"active": "RUNNING", "inactive": "DISABLED", "paused": "PAUSED", "blocked": "BLOCKED"}


def headers(account: Mapping[str, str]) -> dict[str, str]:
    """Those of every request."""
    del account
    return {}


async def pages(ask: Ask, account: Mapping[str, str]) -> AsyncIterator[Iterable[Object]]:
    """All mailboxes."""
    offset, rows = 0, None
    while rows is None or len(rows) >= _PAGE:
        rows = await ask(f"/email-accounts/?offset={offset}&limit={_PAGE}&api_key={account['api_key']}")
        yield rows
        offset += _PAGE


def row(it: Any, account: str) -> Row:  # noqa: ANN401 - JSON as it comes
    """One mailbox in the fleet's words."""
    vendor_id = str(it["id"])
    provider = it.get("type")
    sending, receiving = _state(it.get("is_smtp_success")), _state(it.get("is_imap_success"))
    limit, sent = whole(it.get("message_per_day")), whole(it.get("daily_sent_count"))
    tags, warmup = it.get("tags"), it.get("warmup_details")
    status = "ERROR" if "FAILING" in (sending, receiving) else "UNKNOWN"
    return {
        "id": mailbox_id(account, vendor_id),
        "vendor": "SMARTLEAD",
        "vendorId": vendor_id,
        "address": it.get("from_email") or None,
        "displayName": it.get("from_name"),
        "provider": _PROVIDERS.get(provider.lower(), "OTHER") if provider else "UNKNOWN",
        "status": "SUSPENDED" if it.get("is_suspended") else status,
        "health": {"sending": {"state": sending}, "receiving": {"state": receiving}},
        "smtp": _server(it.get("smtp_host") or None, whole(it.get("smtp_port"))),
        "imap": _server(it.get("imap_host") or None, whole(it.get("imap_port"))),
        "sending": {"dailyLimit": limit, "weeklyLimit": None, "sentToday": sent, "remainingToday": remaining(limit, sent)},
        "warmup": _warmup(warmup) if warmup else None,
        "tags": None if tags is None else [tag["tag_name"] for tag in tags if tag.get("tag_name")],
        "campaignCount": whole(it.get("campaign_count")),
        "createdAt": time(it.get("created_at")),
        "updatedAt": time(it.get("updated_at")),
    }


def _state(works: bool | None) -> str:  # noqa: FBT001 - the vendor's own flag
    return "UNKNOWN" if works is None else "OK" if works else "FAILING"


def _server(host: str | None, port: int | None) -> Row | None:
    return None if host is None and port is None else {"host": host, "port": port}


def _warmup(it: Any) -> Row:  # noqa: ANN401 - JSON as it comes
    return {"state": _WARMUPS.get((it.get("status") or "").lower(), "UNKNOWN"), "health": percent(it.get("warmup_reputation"))}
