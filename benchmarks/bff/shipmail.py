"""ShipMail: 100 mailboxes a page, and a cursor."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from benchmarks.bff.value import Row, mailbox_id, time
from benchmarks.bff.vendor import Ask, Object

_NOT_TOLD = ""


def headers(account: Mapping[str, str]) -> dict[str, str]:
    """Those of every request."""
    return {"authorization": f"Bearer {account['api_key']}"}


async def pages(ask: Ask, account: Mapping[str, str]) -> AsyncIterator[Iterable[Object]]:
    """All mailboxes."""
    del account
    target = first = "/mailboxes?limit=100"
    while target:
        body = await ask(target)
        yield body["data"]
        paging = body["pagination"]
        target = f"{first}&cursor={quote(paging['next_cursor'], safe='')}" if paging["has_more"] else ""


def row(it: Any, account: str) -> Row:  # noqa: ANN401 - JSON as it comes
    """One mailbox in the fleet's words."""
    suspended_at = it.get("suspended_at", _NOT_TOLD)
    status = "ACTIVE" if suspended_at is None else "UNKNOWN" if suspended_at == _NOT_TOLD else "SUSPENDED"
    return {
        "id": mailbox_id(account, it["id"]),
        "vendor": "SHIPMAIL",
        "vendorId": it["id"],
        "address": it.get("address"),
        "displayName": it.get("display_name"),
        "provider": "VENDOR_HOSTED",
        "status": status,
        "health": {"sending": {"state": "UNKNOWN"}, "receiving": {"state": "UNKNOWN"}},
        "smtp": None,
        "imap": None,
        "sending": {"dailyLimit": None, "weeklyLimit": None, "sentToday": None, "remainingToday": None},
        "warmup": None,
        "tags": None,
        "campaignCount": None,
        "createdAt": time(it.get("created_at")),
        "updatedAt": time(it.get("updated_at")),
    }
