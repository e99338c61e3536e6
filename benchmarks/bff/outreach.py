"""Outreach: JSON:API, up to 1,000 mailboxes a page."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from benchmarks.bff.value import Row, mailbox_id, time
from benchmarks.bff.vendor import Ask, Object

_PROVIDERS = {
    "gmail": "GOOGLE",
    "gmail_api": "GOOGLE",
    "google_oauth2": "GOOGLE",
    "office365_oauth2": "MICROSOFT",
    "microsoft_hma_oauth2": "MICROSOFT",
    "office_365": "MICROSOFT",
    "exchange_online": "MICROSOFT",
    "exchange_server": "EXCHANGE",
    "intermedia": "INTERMEDIA",
    "rackspace": "RACKSPACE",
    "zoho": "ZOHO",
    "sendgrid": "SENDGRID",
}


def headers(account: Mapping[str, str]) -> dict[str, str]:
    """Those of every request."""
    media = "application/vnd.api+json"
    return {"authorization": f"Bearer {account['access_token']}", "accept": media, "content-type": media}


async def pages(ask: Ask, account: Mapping[str, str]) -> AsyncIterator[Iterable[Object]]:
    """All mailboxes."""
    del account
    target = "/mailboxes?page%5Bsize%5D=1000&count=false"
    while target:
        body = await ask(target)
        yield body["data"]
        following = (body.get("links") or {}).get("next")
        target = f"/mailboxes?{urlsplit(following).query}" if following else ""


def row(resource: Object, account: str) -> Row:
    """One mailbox in the fleet's words."""
    it: Any = resource["attributes"]
    vendor_id = str(resource["id"])
    send_disabled = it.get("sendDisabled")
    sync_disabled = it.get("syncDisabled")
    sending = _state(send_disabled, it.get("sendSuccessAt"), it.get("sendErroredAt"), it.get("sendPermanentErrorAt"))
    receiving = _state(sync_disabled, it.get("syncSuccessAt"), it.get("syncErroredAt"), it.get("syncPermanentErrorAt"))
    provider = it.get("emailProvider")
    smtp_host, smtp_port = it.get("smtpHost"), it.get("smtpPort")
    imap_host, imap_port = it.get("imapHost"), it.get("imapPort")
    if send_disabled and sync_disabled:
        status = "SUSPENDED"
    elif it.get("deleteQueuedAt") or send_disabled is None:
        status = "UNKNOWN"
    else:
        status = "ERROR" if "FAILING" in (sending, receiving) else "ACTIVE"
    return {
        "id": mailbox_id(account, vendor_id),
        "vendor": "OUTREACH",
        "vendorId": vendor_id,
        "address": it.get("email"),
        "displayName": None,
        "provider": _PROVIDERS.get(provider.lower(), "OTHER") if provider else "UNKNOWN",
        "status": status,
        "health": {"sending": {"state": sending}, "receiving": {"state": receiving}},
        "smtp": None if smtp_host is None and smtp_port is None else {"host": smtp_host, "port": smtp_port},
        "imap": None if imap_host is None and imap_port is None else {"host": imap_host, "port": imap_port},
        "sending": {
            "dailyLimit": it.get("maxMailingsPerDay"),
            "weeklyLimit": it.get("maxMailingsPerWeek"),
            "sentToday": None,
            "remainingToday": None,
        },
        "warmup": None,
        "tags": None,
        "campaignCount": None,
        "createdAt": time(it.get("createdAt")),
        "updatedAt": time(it.get("updatedAt")),
    }


def _state(disabled: object, success_at: str | None, *errors_at: str | None) -> str:
    """Times of one vendor, all written alike: they compare as text."""
    if disabled:
        return "DISABLED"
    error_at = max((at for at in errors_at if at), default=None)
    if error_at and (not success_at or error_at > success_at):
        return "FAILING"
    return "OK" if success_at else "UNKNOWN"
