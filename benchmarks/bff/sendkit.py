"""SendKit: an envelope, 100 mailboxes a page, each page's cursor in the page before it."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from benchmarks.bff.value import Row, mailbox_id, remaining, time, whole
from benchmarks.bff.vendor import Ask, Object

_PROVIDERS = {"gmail": "GOOGLE", "outlook": "MICROSOFT", "azure": "MICROSOFT", "custom": "CUSTOM"}
_STATUSES = {
    "active": "ACTIVE",
    "warming_up": "ACTIVE",
    "inactive": "PENDING",
    "pending": "PENDING",
    "suspended": "SUSPENDED",
    "error": "ERROR",
    "failed": "ERROR",
}
_WARMUPS = {
    "not_started": "NOT_STARTED",
    "idle": "NOT_STARTED",
    "in_progress": "RUNNING",
    "paused": "PAUSED",
    "completed": "COMPLETED",
    "stopped": "DISABLED",
    "blocked": "BLOCKED",
}


def headers(account: Mapping[str, str]) -> dict[str, str]:
    """Those of every request."""
    return {"x-api-key": account["api_key"]}


async def pages(ask: Ask, account: Mapping[str, str]) -> AsyncIterator[Iterable[Object]]:
    """All mailboxes."""
    del account
    target = first = "/v1/mailboxes?limit=100"
    while target:
        body = await ask(target)
        yield body["data"]
        paging = body["pagination"]
        target = f"{first}&cursor={quote(paging['nextCursor'], safe='')}" if paging["hasMore"] else ""


def row(it: Any, account: str) -> Row:  # noqa: ANN401 - JSON as it comes
    """One mailbox in the fleet's words."""
    vendor_id = it.get("_id") or it["id"]
    provider = it.get("provider")
    status = _STATUSES.get((it.get("status") or "").lower(), "UNKNOWN")
    enabled, problem = it.get("sendingEnabled"), it.get("lastError")
    if enabled is False:
        sending = "DISABLED"
    elif problem or status == "ERROR":
        sending = "FAILING"
    else:
        sending = "OK" if enabled and status == "ACTIVE" else "UNKNOWN"
    limit, sent = whole(it.get("dailySendLimit")), whole(it.get("sentToday"))
    warmup = it.get("warmup")
    return {
        "id": mailbox_id(account, vendor_id),
        "vendor": "SENDKIT",
        "vendorId": vendor_id,
        "address": it.get("email"),
        "displayName": it.get("displayName"),
        "provider": _PROVIDERS.get(provider.lower(), "OTHER") if provider else "UNKNOWN",
        "status": "ERROR" if sending == "FAILING" and status != "SUSPENDED" else status,
        "health": {"sending": {"state": sending}, "receiving": {"state": "UNKNOWN"}},
        "smtp": _server(it, "smtp"),
        "imap": _server(it, "imap"),
        "sending": {"dailyLimit": limit, "weeklyLimit": None, "sentToday": sent, "remainingToday": remaining(limit, sent)},
        "warmup": {"state": _WARMUPS.get((warmup.get("status") or "").lower(), "UNKNOWN"), "health": None} if warmup else None,
        "tags": it.get("tags"),
        "campaignCount": None,
        "createdAt": time(it.get("createdAt")),
        "updatedAt": time(it.get("updatedAt")),
    }


def _server(it: Any, name: str) -> Row | None:  # noqa: ANN401 - JSON as it comes
    host, port = it.get(f"{name}Host"), it.get(f"{name}Port")
    if host is None and port is None and it.get(f"{name}Secure") is None:
        return None
    return {"host": host, "port": whole(port)}
