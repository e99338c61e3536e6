"""Smartlead imitated, read side: an email-accounts API whose rows carry passwords and whose two reads of a mailbox differ.

Its lists lack the suspended flag; its read of one mailbox lacks campaign count, minutes between mails and tags. Passwords are base64 in
lists and plain in the read of one. The first twelve mailboxes are one each of the kinds in `_KINDS`; then the kinds come round again.
"""

import time
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from math import ceil
from random import Random
from typing import TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import Person, World

Row: TypeAlias = dict[str, object]
Answerer: TypeAlias = Callable[[Request], Response]

API_KEY = "CANARY-smartlead-key-5d1c"
FIRST_ID = 40118
MOST_ROWS = 100
BOOLEANS = ("true", "false")
TAGS: tuple[Row, ...] = (
    {"id": 31, "name": "Nordics", "color": "#4CAF50"},
    {"id": 32, "name": "Backup", "color": "#F5B1FC"},
    {"id": 33, "name": "Été 🌞", "color": "#FFC107"},
)
CAMPAIGNS = tuple(range(9001, 9015))


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """The request ends here, with this answer."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] = {}) -> None:
        super().__init__(status)
        self.response = _json(body, status, headers)


class EmailAccount(msgspec.Struct):
    """A mailbox as the vendor keeps it: what both reads show, and what only one of them does."""

    id: int
    index: int
    both: Row
    only_list: Row
    only_detail: Row
    campaign_ids: list[int]
    warmup: Row | None
    password: str | None
    imap_password: str | None

    def list_row(self, *, with_campaigns: bool) -> Row:
        """As `GET /email-accounts/` shows it."""
        campaigns: Row = {"campaign_ids": self.campaign_ids} if with_campaigns else {}
        passwords = {"password": _base64(self.password), "imap_password": _base64(self.imap_password)}
        return {**self.both, **passwords, **self.only_list, "warmup_details": self.warmup, **campaigns}

    def detail(self, *, with_campaigns: bool) -> Row:
        """As `GET /email-accounts/{id}/` shows it."""
        campaigns: Row = {"campaign_ids": self.campaign_ids} if with_campaigns else {}
        passwords = {"password": self.password, "imap_password": self.imap_password}
        return {**self.both, **passwords, **self.only_detail, "warmup_details": self._warmup_detail(), **campaigns}

    def _warmup_detail(self) -> Row | None:
        """The read of one mailbox spells some of it differently, and knows more."""
        if self.warmup is None:
            return None
        shown = {key: value for key, value in self.warmup.items() if key != "warmup_created_at"}
        reputation = str(shown["warmup_reputation"] or "").removesuffix("%")
        return {
            "warmup_min_count": 10,
            "warmup_max_count": 30,
            "max_email_per_day": 30,
            **shown,
            "id": 66_000 + self.index,
            "created_at": self.warmup["warmup_created_at"],
            "is_warmup_blocked": self.warmup["status"] == "BLOCKED",
            "warmup_reputation": int(reputation) if reputation else None,
        }


class CallQuota:
    """10 calls in 2 s and 60 in 60 s by API key, the tightest of the vendor's pages. `enforced` False lets everything through."""

    WINDOWS = ((10, 2.0), (60, 60.0))

    def __init__(self, *, enforced: bool, clock: Callable[[], float]) -> None:
        self._enforced = enforced
        self._clock = clock
        self._calls: deque[float] = deque(maxlen=60)

    def take(self) -> dict[str, str]:
        """Counts a call and gives the headers of its answer; raises `Refusal` when there are too many."""
        if not self._enforced:
            return _rate_headers(limit=200, remaining=199, reset_in=60.0)
        now = self._clock()
        wait = max(self._wait(now, requests, seconds) for requests, seconds in self.WINDOWS)
        if wait > 0:
            message = f"Too many requests. Please retry after {ceil(wait)} seconds."
            error = {"code": "RATE_LIMIT_EXCEEDED", "message": message, "retry_after": ceil(wait)}
            headers = {"retry-after": str(ceil(wait)), **_rate_headers(limit=60, remaining=0, reset_in=wait)}
            raise Refusal(429, {"error": error}, headers)
        self._calls.append(now)
        used = sum(now - at < 60.0 for at in self._calls)  # noqa: PLR2004 - the long window
        return _rate_headers(limit=60, remaining=60 - used, reset_in=60.0)

    def _wait(self, now: float, requests: int, seconds: float) -> float:
        """Seconds until a window has room again."""
        return self._calls[-requests] + seconds - now if len(self._calls) >= requests else 0.0


class SmartleadBackend:
    """The vendor's state and its answers."""

    def __init__(self, world: World, quota: CallQuota) -> None:
        self._world = world
        self._quota = quota
        self.accounts = {account.id: account for account in (_account(world, person) for person in world.people("smartlead"))}

    def router(self) -> Router:
        """The vendor's paths; a slash too many or too few is not found, since no page promises a redirect."""
        routes: dict[str, Answerer] = {
            "/email-accounts/": self.list_accounts,
            "/email-accounts": self.list_accounts,  # working clients call the list both ways
            "/email-accounts/tags": self.list_tags,
            "/email-accounts/{account_id}/": self.get_account,
            "/email-accounts/{account_id}/warmup-stats": self.get_warmup_stats,
            "/campaigns/{campaign_id}/email-accounts": self.list_campaign_accounts,
            "/analytics/mailbox/name-wise-health-metrics": self.get_health,
        }
        return Router([Route(path, self._guarded(answer), methods=["GET"]) for path, answer in routes.items()], redirect_slashes=False)

    def _guarded(self, answer: Answerer) -> Callable[[Request], Awaitable[Response]]:
        """The key first, then the quota, then the answer."""

        async def guarded(request: Request) -> Response:
            try:
                _authenticate(request)
                headers = self._quota.take()
            except Refusal as refusal:
                return refusal.response
            try:
                response = answer(request)
            except Refusal as refusal:
                response = refusal.response
            response.headers.update(headers)
            return response

        return guarded

    def list_accounts(self, request: Request) -> Response:
        """A bare array; no total, no next link."""
        offset = _whole(request, "offset", default=0, least=0)
        limit = _whole(request, "limit", default=MOST_ROWS, least=1, most=MOST_ROWS)
        with_campaigns = _choice(request, "fetch_campaigns", BOOLEANS) == "true"
        wanted = _wanted(request, list(self.accounts.values()))
        return _json([account.list_row(with_campaigns=with_campaigns) for account in wanted[offset : offset + limit]])

    def get_account(self, request: Request) -> Response:
        """One mailbox, without list-only keys."""
        with_campaigns = _choice(request, "fetch_campaigns", BOOLEANS) == "true"
        return _json(self._account(request).detail(with_campaigns=with_campaigns))

    def list_tags(self, request: Request) -> Response:
        """A bare array; here a tag is `id`, `name`, `color`."""
        del request
        return _json(TAGS)

    def get_warmup_stats(self, request: Request) -> Response:
        """Seven days, in either of the two shapes; 404 where warm-up was never set up."""
        account = self._account(request)
        if account.warmup is None:
            raise Refusal(404, {"error": "Email account not found"})
        if account.index % len(_KINDS) == _KINDS.index(_unknown_words):
            nothing = {"sent_count": "0", "spam_count": None, "inbox_count": "", "warmup_email_received_count": "0"}
            return _json({"id": account.id, **nothing, "stats_by_date": []})
        days = _warmup_days(self._world, account)
        return _json(_documented_stats(days) if account.index % 3 == 1 else _stats_on_the_wire(account, days))

    def list_campaign_accounts(self, request: Request) -> Response:
        """A bare array of list rows."""
        campaign = request.path_params["campaign_id"]
        if campaign not in map(str, CAMPAIGNS):
            raise Refusal(404, {"error": "Campaign not found"})
        with_tags = _choice(request, "include_tags", BOOLEANS) == "true"
        users = [account.list_row(with_campaigns=False) for account in self.accounts.values() if int(campaign) in account.campaign_ids]
        return _json(users if with_tags else [{key: value for key, value in row.items() if key != "tags"} for row in users])

    def get_health(self, request: Request) -> Response:
        """By address, not by id; who has sent nothing may be missing."""
        for name in ("start_date", "end_date"):
            try:
                date.fromisoformat(request.query_params.get(name, ""))
            except ValueError:
                raise Refusal(422, {"error": f"{name} must be a valid date in YYYY-MM-DD format"}) from None
        offset = _whole(request, "offset", default=0, least=0)
        limit = _whole(request, "limit", default=len(self.accounts), least=1)
        rows = [_health_row(self._world, account) for account in self.accounts.values() if account.index % 5 != 4]  # noqa: PLR2004 - every fifth sent nothing
        return _json({"ok": True, "data": {"email_health_metrics": rows[offset : offset + limit]}})

    def _account(self, request: Request) -> EmailAccount:
        named = request.path_params["account_id"]
        account = self.accounts.get(int(named)) if named.isascii() and named.isdecimal() else None
        if account is None:
            raise Refusal(404, {"error": "Email account not found"})
        return account


def smartlead_sandbox(world: World, *, quota: bool = False, clock: Callable[[], float] = time.monotonic) -> Sandbox:
    """Smartlead with `world`'s people. `quota` True makes it count calls and refuse the eleventh in 2 s, the sixty-first in 60 s."""
    backend = SmartleadBackend(world, CallQuota(enforced=quota, clock=clock))
    planted = {secret for account in backend.accounts.values() for secret in (account.password, account.imap_password) if secret}
    echoed = {_echo(account.id) for account in backend.accounts.values() if account.index % len(_KINDS) in _ECHOING}
    return Sandbox(backend.router(), account={"api_key": API_KEY}, secrets=frozenset({API_KEY, *planted, *echoed}))


# ---------------------------------------------------------------------- what a request may say
def _authenticate(request: Request) -> None:
    """The key is a query parameter; the pages show two bodies for a bad one."""
    key = request.query_params.get("api_key")
    if not key:
        raise Refusal(401, {"success": False, "error": {"code": "UNAUTHORIZED", "message": "Invalid or missing API key"}})
    if key != API_KEY:
        raise Refusal(401, {"message": "Invalid API Key"})


def _whole(request: Request, name: str, *, default: int, least: int, most: int | None = None) -> int:
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


def _choice(request: Request, name: str, allowed: tuple[str, ...]) -> str | None:
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


def _wanted(request: Request, accounts: list[EmailAccount]) -> list[EmailAccount]:
    """All filters of the list page."""
    for name, (allowed, fact) in _FILTERS.items():
        if (asked := _choice(request, name, allowed)) is not None:
            accounts = [account for account in accounts if fact(account) == asked]
    if username := request.query_params.get("username", "").casefold():
        accounts = [account for account in accounts if username in str(account.both["username"] or "").casefold()]
    if "client_id" in request.query_params:
        client_id = _whole(request, "client_id", default=0, least=0)
        accounts = [account for account in accounts if account.both["client_id"] == client_id]
    return accounts


def _word(fact: object) -> str:
    return "true" if fact else "false"


# ---------------------------------------------------------------------- the answers' shapes
def _json(body: object, status: int = 200, headers: Mapping[str, str] = {}) -> Response:
    return Response(msgspec.json.encode(body), status, headers=dict(headers), media_type="application/json; charset=utf-8")


def _rate_headers(*, limit: int, remaining: int, reset_in: float) -> dict[str, str]:
    reset = ceil(time.time() + reset_in)
    return {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(remaining), "x-ratelimit-reset": str(reset)}


def _base64(secret: str | None) -> str | None:
    return b64encode(secret.encode()).decode() if secret else secret


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _warmup_days(world: World, account: EmailAccount) -> list[dict[str, int | str]]:
    chance = world.chance("smartlead-warmup", account.index)
    today = world.now.date()
    return [
        {
            "id": place + 1,
            "date": (today - timedelta(days=6 - place)).isoformat(),
            "sent": chance.randint(10, 30),
            "replied": chance.randint(0, 9),
            "spam": chance.randint(0, 2),
        }
        for place in range(7)
    ]


def _stats_on_the_wire(account: EmailAccount, days: list[dict[str, int | str]]) -> Row:
    """As seen on the wire: totals are strings."""
    sent, spam = (sum(int(day[key]) for day in days) for key in ("sent", "spam"))
    return {
        "id": account.id,
        "sent_count": str(sent),
        "spam_count": str(spam),
        "inbox_count": str(sent - spam),
        "warmup_email_received_count": str(sent - 8),
        "stats_by_date": [
            {
                "id": day["id"],
                "date": day["date"],
                "sent_count": day["sent"],
                "reply_count": day["replied"],
                "save_from_spam_count": day["spam"],
            }
            for day in days
        ],
    }


def _documented_stats(days: list[dict[str, int | str]]) -> Row:
    """As the page documents it, the newest day first."""
    return {
        "total_sent": sum(int(day["sent"]) for day in days),
        "spam_count": sum(int(day["spam"]) for day in days),
        "reputation_score": 96,
        "daily_stats": [
            {
                "date": day["date"],
                "sent": day["sent"],
                "spam": day["spam"],
                "delivered": int(day["sent"]) - int(day["spam"]),
                "opened": 5,
                "replied": day["replied"],
            }
            for day in reversed(days)
        ],
    }


def _health_row(world: World, account: EmailAccount) -> Row:
    chance = world.chance("smartlead-health", account.index)
    sent, replied, bounced = chance.randint(1, 400), chance.randint(0, 30), chance.randint(0, 9)
    return {
        "from_email": account.both["from_email"],
        "sent": str(sent) if account.index % 2 else sent,
        "opened": 0,
        "replied": replied,
        "positive_replied": replied // 3,
        "bounced": bounced,
        "open_rate": "0%",
        "reply_rate": None if replied == 0 else f"{100 * replied / sent:.1f}%",
        "bounce_rate": f"{100 * bounced / sent:.2f}%",
    }


# ---------------------------------------------------------------------- the mailboxes
def _account(world: World, person: Person) -> EmailAccount:
    """A healthy Gmail mailbox with an app password, then what makes its kind."""
    chance = world.chance("smartlead-account", person.index)
    account = _healthy(world, person, chance)
    _KINDS[person.index % len(_KINDS)](account, world)
    return account


def _healthy(world: World, person: Person, chance: Random) -> EmailAccount:
    number = FIRST_ID + person.index
    created = world.ago(days=chance.randint(30, 600), seconds=chance.randint(0, 86_399))
    campaigns = sorted(chance.sample(CAMPAIGNS, chance.randint(0, 3)))
    return EmailAccount(
        id=number,
        index=person.index,
        both={
            "id": number,
            "created_at": _iso(created),
            "updated_at": _iso(world.ago(hours=chance.randint(1, 400))),
            "user_id": 7301,
            "from_name": person.name,
            "from_email": person.address,
            "username": person.address,
            "smtp_host": "smtp.gmail.com",
            "smtp_port": 587,
            "smtp_port_type": "TLS",
            "message_per_day": chance.choice((25, 40, 50)),
            "different_reply_to_address": None,
            "is_different_imap_account": False,
            "imap_username": person.address,
            "imap_host": "imap.gmail.com",
            "imap_port": 993,
            "imap_port_type": "SSL",
            "signature": f"<p>Kind regards,<br>{person.name}</p>",
            "custom_tracking_domain": None,
            "bcc_email": None,
            "is_smtp_success": True,
            "is_imap_success": True,
            "smtp_failure_error": None,
            "imap_failure_error": None,
            "type": "GMAIL",
            "daily_sent_count": chance.randint(0, 25),
            "client_id": None,
        },
        only_list={"minTimeToWaitInMins": 10, "campaign_count": len(campaigns), "tags": []},
        only_detail={"is_suspended": False, "use_whitelabel_credentials": False},
        campaign_ids=campaigns,
        warmup={
            "status": "ACTIVE",
            "total_sent_count": chance.randint(100, 900),
            "total_spam_count": chance.randint(0, 12),
            "warmup_reputation": f"{chance.randint(85, 100)}%",
            "warmup_key_id": 5120,
            "warmup_created_at": _iso(created + timedelta(minutes=1)),
            "reply_rate": 30,
            "blocked_reason": None,
        },
        password=f"CANARY-SMTP-PW-{number}",
        imap_password=f"CANARY-IMAP-PW-{number}",
    )


def _echo(number: int) -> str:
    return f"CANARY-ECHO-{number}"


def _tag(place: int) -> Row:
    tag = TAGS[place]
    return {"tag_id": tag["id"], "tag_name": tag["name"], "tag_color": tag["color"]}


def _warmed(account: EmailAccount, **changes: object) -> None:
    account.warmup = {**(account.warmup or {}), **changes}


def _plain(account: EmailAccount, world: World) -> None:
    del world
    account.only_list["tags"] = [_tag(0), _tag(2)]
    account.both["different_reply_to_address"] = f"reply-{account.id}@meridian.example"


def _smtp_failing(account: EmailAccount, world: World) -> None:
    """The mail server's refusal echoes the login."""
    del world
    login = str(account.both["username"]).partition("@")[0]
    account.both |= {
        "username": login,
        "imap_username": login,
        "smtp_host": "smtp.mail.example",
        "imap_host": "imap.mail.example",
        "type": "SMTP",
        "is_smtp_success": False,
        "smtp_failure_error": f"535 5.7.8 Error: authentication failed for {login} ({_echo(account.id)})",
        "client_id": 88,
        "custom_tracking_domain": "go.larkfield.example",
        "bcc_email": "crm@larkfield.example",
        "signature": None,
    }
    _warmed(account, status="INACTIVE", warmup_reputation="0%", blocked_reason=f"Account disconnected: password={_echo(account.id)}")


def _never_warmed(account: EmailAccount, world: World) -> None:
    del world
    account.warmup = None
    account.both |= {"from_name": "", "smtp_host": "smtp.mail.example", "imap_host": "imap.mail.example", "type": "SMTP"}


def _oauth(account: EmailAccount, world: World) -> None:
    """No credentials, no hosts, and keys that no page documents."""
    nothing = (
        "username",
        "smtp_host",
        "smtp_port",
        "smtp_port_type",
        "imap_host",
        "imap_port",
        "imap_port_type",
        "imap_username",
        "signature",
    )
    account.both |= {**dict.fromkeys(nothing), "type": "OUTLOOK", "different_reply_to_address": ""}
    account.password = account.imap_password = None
    expires_at = _iso(world.now + timedelta(hours=1))
    account.only_list |= {"minTimeToWaitInMins": None, "expires_at": expires_at, "is_connected_to_campaign": None, "tags": [_tag(0)]}
    account.only_detail["use_whitelabel_credentials"] = True
    _warmed(account, warmup_key_id="fjord-heron", warmup_min_count=5, warmup_max_count=40, max_email_per_day=40, warmup_reputation="100%")


def _numbers_as_text(account: EmailAccount, world: World) -> None:
    """Strings for numbers, "" for nothing, 0 for no client, a type and a key that no page names."""
    del world
    account.both |= {
        "from_name": "Zero & <b>Sons</b>",
        "from_email": str(account.both["from_email"]).upper(),
        "smtp_port": "587",
        "message_per_day": "25",
        "daily_sent_count": "3",
        "client_id": 0,
        "type": "ZOHO",
        "custom_tracking_domain": "",
        "bcc_email": "",
        "smtp_failure_error": "",
        "future_field": {"nested": [1, 2]},
    }
    account.password = account.imap_password = ""
    _warmed(
        account, status="BLOCKED", total_sent_count="12", warmup_reputation="", warmup_key_id=None, blocked_reason="Too many spam reports"
    )


def _imap_failing(account: EmailAccount, world: World) -> None:
    """Sends but does not receive; the IMAP server's refusal echoes a login in base64."""
    del world
    login = b64encode(f"\0{account.both['username']}\0{_echo(account.id)}".encode()).decode()
    account.both |= {
        "is_imap_success": False,
        "imap_failure_error": f"A1 NO <b>Invalid credentials</b> after AUTH PLAIN {login}",
        "signature": "<div>Hi<script>alert(1)</script><img src=x onerror=alert(2)></div>",
    }


def _suspended(account: EmailAccount, world: World) -> None:
    """Only the read of one mailbox shows it."""
    _oauth(account, world)
    account.only_detail["is_suspended"] = True
    account.only_list["is_connected_to_campaign"] = True


def _paused(account: EmailAccount, world: World) -> None:
    del world
    account.both |= {"smtp_port": 465, "smtp_port_type": "SSL", "custom_tracking_domain": "go.quill.example", "type": "SMTP"}
    account.only_list["minTimeToWaitInMins"] = 2.5
    _warmed(account, status="PAUSED", warmup_reputation=None)


def _unknown_words(account: EmailAccount, world: World) -> None:
    """Words that no page lists, and the row from before there were tags."""
    del world
    account.both |= {"type": "PROTON", "smtp_port_type": "QUIC", "imap_port_type": "", "updated_at": ""}
    del account.only_list["tags"]
    _warmed(account, status="THROTTLED", warmup_created_at=None)


def _gmail_oauth(account: EmailAccount, world: World) -> None:
    _oauth(account, world)
    account.both["type"] = "GMAIL"


def _untested(account: EmailAccount, world: World) -> None:
    """Connection states that the vendor has not worked out."""
    del world
    account.both |= {"is_smtp_success": None, "is_imap_success": None, "smtp_port_type": "STARTTLS", "client_id": 91}


def _suspended_and_failing(account: EmailAccount, world: World) -> None:
    del world
    account.both |= {"is_smtp_success": False, "smtp_failure_error": "Connection timeout"}
    account.only_detail["is_suspended"] = True


_KINDS: tuple[Callable[[EmailAccount, World], None], ...] = (
    _plain,
    _smtp_failing,
    _never_warmed,
    _oauth,
    _numbers_as_text,
    _imap_failing,
    _suspended,
    _paused,
    _unknown_words,
    _gmail_oauth,
    _untested,
    _suspended_and_failing,
)
_ECHOING = (_KINDS.index(_smtp_failing), _KINDS.index(_imap_failing))
