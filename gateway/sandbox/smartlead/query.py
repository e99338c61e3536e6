"""What a request's query may say, and the list's filters among it."""

from collections.abc import Callable

from starlette.requests import Request

from gateway.sandbox.smartlead.account import EmailAccount
from gateway.sandbox.smartlead.answer import Refusal

BOOLEANS = ("true", "false")


def whole(request: Request, name: str, *, default: int, least: int, most: int | None = None) -> int:
    """A number among the parameters, refused when it is none or out of bounds."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.removeprefix("-").isdecimal():
        raise Refusal(422, {"error": f"{name} must be a number"})
    value = int(text)
    if value < least:
        raise Refusal(422, {"error": f"{name} must be greater than or equal to {least}"})
    if most is not None and value > most:
        raise Refusal(422, {"error": f"{name} must be less than or equal to {most}"})
    return value


def choice(request: Request, name: str, allowed: tuple[str, ...]) -> str | None:
    """A word among the parameters, refused when the vendor does not know it; None when absent."""
    value = request.query_params.get(name)
    if value is not None and value not in allowed:
        raise Refusal(422, {"error": f"{name} must be one of [{', '.join(allowed)}]"})
    return value


_FILTERS: dict[str, tuple[tuple[str, ...], Callable[[EmailAccount], object]]] = {
    "isInUse": (BOOLEANS, lambda account: _word(bool(account.campaign_ids))),
    "emailWarmupStatus": (("ACTIVE", "INACTIVE"), lambda account: (account.warmup or {}).get("status")),
    "isSmtpSuccess": (BOOLEANS, lambda account: _word(account.both["is_smtp_success"] is True)),
    "isWarmupBlocked": (BOOLEANS, lambda account: _word((account.warmup or {}).get("status") == "BLOCKED")),
    "esp": (("GMAIL", "OUTLOOK", "SMTP"), lambda account: account.both["type"]),
}


def wanted(request: Request, accounts: list[EmailAccount]) -> list[EmailAccount]:
    """The mailboxes that pass all filters of the list page."""
    for name, (allowed, fact) in _FILTERS.items():
        if (asked := choice(request, name, allowed)) is not None:
            accounts = [account for account in accounts if fact(account) == asked]
    if username := request.query_params.get("username", "").casefold():
        accounts = [account for account in accounts if username in str(account.both["username"] or "").casefold()]
    if "client_id" in request.query_params:
        client_id = whole(request, "client_id", default=0, least=0)
        accounts = [account for account in accounts if account.both["client_id"] == client_id]
    return accounts


def _word(fact: object) -> str:
    return "true" if fact else "false"
