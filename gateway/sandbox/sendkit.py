"""SendKit imitated, read side: docs.sendkit.ai/api-reference, one page per call.

Where the pages are silent the sandbox is strict (unknown enum values and limits out of range are refused), so that a client which sends
something undocumented is found out. Writes are refused; the rows are kept in a mutable store for the day when they are not.
"""

import re
from base64 import b64encode
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TypeAlias

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import Person, World

Row: TypeAlias = dict[str, object]
Test: TypeAlias = Callable[["KitMailbox"], bool]

WORKSPACE_KEY = "sk_live_CANARY-sendkit-workspace-key"
PLATFORM_KEY = "sk_user_CANARY-sendkit-platform-key"
WORKSPACE_ID = "66f0aa11bb22cc33dd44ee55"
PASSWORD = "CANARY-sendkit-smtp-password"  # noqa: S105 - planted, so that a leak can be seen
ACCESS_TOKEN = "CANARY-sendkit-access-token"  # noqa: S105 - planted
REFRESH_TOKEN = "CANARY-sendkit-refresh-token"  # noqa: S105 - planted
SECRETS = frozenset({WORKSPACE_KEY, PLATFORM_KEY, PASSWORD, ACCESS_TOKEN, REFRESH_TOKEN})

DEFAULT_LIMIT, MAX_LIMIT = 25, 100
DEFAULT_DAYS, MAX_DAYS = 30, 90
HIGH_BOUNCE_RATE = 0.05  # the vendor does not say where "high" begins
GOOD_INBOX_RATE, FAIR_INBOX_RATE = 90, 70  # nor what a warm-up's health is made of
GONE_AFTER, GONE = 1000, 100
"""Behind so many mailboxes lie so many deleted ones, which a page counts and does not show: hence a page of none with more to come."""
VARIETIES = 24
_DETAIL_ONLY = frozenset(
    {
        *("smtpHost", "smtpPort", "smtpSecure", "imapHost", "imapPort", "imapSecure"),
        *("totalReceived", "updatedAt", "smtpCredentials", "oauthCredentials"),
    }
)
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_STATUSES = ("active", "inactive", "error", "warming_up", "suspended", "failed", "pending")
_PROVIDERS = ("gmail", "outlook", "azure", "custom")


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """An answer in the vendor's error envelope."""

    def __init__(self, status: int, code: str, message: str, **extra: object) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"success": False, "error": {"code": code, "message": message, **extra}}


class KitMailbox(msgspec.Struct):
    """A mailbox in the store: `detail` is what the detail call shows, the rest is what other calls show."""

    detail: Row
    campaign_ids: tuple[str, ...]
    in_active_campaign: bool
    connection_test: Row

    @property
    def id(self) -> str:
        return str(self.detail.get("_id") or self.detail["id"])

    @property
    def warmup(self) -> Row:
        warmup = self.detail.get("warmup")
        return warmup if isinstance(warmup, dict) else {}

    @property
    def metrics(self) -> Row:
        metrics = self.warmup.get("metrics")
        return metrics if isinstance(metrics, dict) else {}

    @property
    def setup(self) -> Row:
        setup = self.detail.get("setupStatus")
        return setup if isinstance(setup, dict) else {}

    @property
    def row(self) -> Row:
        """What a list shows: thinner than the detail (get-v1-mailboxes)."""
        row = {name: value for name, value in self.detail.items() if name not in _DETAIL_ONLY}
        if self.warmup:
            row["warmup"] = {name: value for name, value in self.warmup.items() if name != "config"}
        if self.setup:
            row["setupStatus"] = {"healthScore": self.setup.get("healthScore")}
        return row


# ---------------------------------------------------------------------- the mailboxes


def object_id(index: int) -> str:
    """The id of the mailbox with this index; ids rise with it."""
    return f"{0x6701A0B1 + index:08x}c2d3e4f5a6{index:06x}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _metrics(chance: Random, world: World) -> Row:
    sent = chance.randint(40, 900)
    inbox = chance.randint(60, 99)
    return {
        "totalEmailsSent": sent,
        "inboxRate": inbox,
        "spamRate": (100 - inbox) // 2,
        "promotionsRate": (100 - inbox) // 3,
        "replyRate": chance.randint(10, 45),
        "totalRepliesReceived": sent // 3,
        "blockRate": 0,
        "bounceRate": chance.randint(0, 3),
        "deferralRate": 0,
        "openRate": chance.randint(40, 90),
        "lastCalculatedAt": _moment(world.ago(hours=chance.randint(1, 20))),
    }


def _warmup(status: str, chance: Random, world: World) -> Row:
    if status in ("not_started", "idle"):
        return {"enabled": False, "status": status}
    start, step, target = chance.randint(4, 10), chance.randint(1, 3), chance.choice((25, 30, 40))
    day = chance.randint(3, 60)
    return {
        "enabled": status != "stopped",
        "status": status,
        "currentDay": day,
        "currentVolume": min(start + step * day, target),
        "config": {"startingVolume": start, "dailyIncrease": step, "targetVolume": target},
        "metrics": _metrics(chance, world),
    }


def _setup(chance: Random) -> Row:
    records = {name: "pass" if chance.random() < 0.85 else "fail" for name in ("mx", "spf", "dkim", "dmarc")}  # noqa: PLR2004
    score = 25 * sum(status == "pass" for status in records.values())
    return {"healthScore": score, **{name: {"status": status} for name, status in records.items()}}


def _plain_row(person: Person, chance: Random, world: World) -> Row:
    """A mailbox with nothing odd about it."""
    provider = chance.choice(_PROVIDERS)
    limit = chance.choice((15, 25, 40, 50))
    created = world.ago(days=chance.randint(30, 700), minutes=chance.randint(0, 1400))
    row: Row = {
        "_id": object_id(person.index),
        "email": person.address,
        "displayName": person.name,
        "provider": provider,
        "status": "active",
        "connectionType": "smtp" if provider == "custom" else "oauth",
        "dailySendLimit": limit,
        "sentToday": chance.randint(0, limit),
        "sendingEnabled": True,
        "signature": f"<p>{person.name}</p>",
        "warmup": _warmup(chance.choice(("in_progress", "in_progress", "completed", "not_started")), chance, world),
        "tags": chance.sample(("emea", "latam", "tier-1", "Zürich", "Q3 launch"), chance.randint(0, 2)),
        "bounceRate": round(chance.random() / 20, 3),
        "totalSent": chance.randint(100, 9000),
        "totalReceived": chance.randint(0, 700),
        "setupStatus": _setup(chance),
        "lastError": None,
        "createdAt": _moment(created),
        "updatedAt": _moment(world.ago(hours=chance.randint(1, 300))),
    }
    if provider == "custom":
        row |= _servers(person.domain)
    return row


def _servers(domain: str) -> Row:
    return {
        "smtpHost": f"smtp.{domain}",
        "smtpPort": 587,
        "smtpSecure": True,
        "imapHost": f"imap.{domain}",
        "imapPort": 993,
        "imapSecure": True,
    }


_ABSENT = object()
_NO_SERVERS: Row = dict.fromkeys(("smtpHost", "smtpPort", "smtpSecure", "imapHost", "imapPort", "imapSecure"))
_SCRIPT = '<div><b>Best,</b><br><img src="x" onerror="alert(1)"><script>alert("kit")</script></div>'


def _oddities(person: Person, chance: Random, world: World) -> Row:  # noqa: C901, PLR0911, PLR0912 - a table: one case per variety
    """What is odd about the mailboxes of one variety; `_ABSENT` takes a member away."""
    login = b64encode(f"\0{person.address}\0{PASSWORD}".encode()).decode()
    match person.index % VARIETIES:
        case 1:  # just added: no check has run yet
            new = {"provider": "custom", "connectionType": "smtp", "status": "inactive", "sendingEnabled": False, "signature": None}
            idle = {"warmup": _warmup("idle", chance, world), "setupStatus": _ABSENT, "tags": [], "sentToday": 0, "totalSent": 0}
            return new | idle | {"bounceRate": 0} | _servers(person.domain)
        case 2:
            said = f"Token refresh was refused by the provider (refresh_token={REFRESH_TOKEN})"
            broken = {"provider": "azure", "status": "error", "lastError": said, "dailySendLimit": 100, "signature": "", "setupStatus": {}}
            return broken | {"connectionType": "oauth", "warmup": _warmup("paused", chance, world) | {"metrics": {}}}
        case 3:
            return {"status": "throttled", "tags": None, "displayName": _ABSENT, "warmup": _ABSENT, "surprise": 1}
        case 4:
            return {"warmup": None, "setupStatus": None, "displayName": "", "status": None}
        case 5:  # numbers as text; and credentials that the page says are stripped, as if that had once been forgotten
            numbers = {"dailySendLimit": "40", "sentToday": "7", "bounceRate": "0.013", "totalSent": "2140", "sendingEnabled": "true"}
            leak = {"username": person.address, "password": PASSWORD, "auth": login}
            return numbers | {"smtpPort": "465", "smtpHost": f"mail.{person.domain}", "smtpSecure": False, "smtpCredentials": leak}
        case 6:  # an object where a text is expected
            said = f"Invalid login for {person.address}: 535 5.7.8 password {PASSWORD} not accepted"
            refused = {"lastError": {"code": "EAUTH", "message": said}, "provider": "custom", "connectionType": "smtp"}
            return refused | _servers(person.domain)
        case 7:
            return {"status": "suspended", "sendingEnabled": False}
        case 8:
            said = f"535 5.7.8 authentication failed, client sent: AUTH PLAIN {login}"
            return {"status": "failed", "lastError": said, "provider": "custom", "connectionType": "smtp"} | _servers(person.domain)
        case 9:
            return {"status": "pending", "sendingEnabled": False, "setupStatus": _ABSENT, "warmup": _warmup("not_started", chance, world)}
        case 10:
            return {"status": "warming_up", "signature": _SCRIPT}
        case 11:
            leak = {"accessToken": ACCESS_TOKEN, "refreshToken": REFRESH_TOKEN}
            return {"provider": "gmail", "connectionType": "oauth", "oauthCredentials": leak} | _NO_SERVERS
        case 12:  # the other name of the id
            return {"_id": _ABSENT, "id": object_id(person.index)}
        case 13:
            return {"warmup": _warmup("blocked", chance, world)}
        case 14:
            return {"warmup": _warmup("stopped", chance, world)}
        case 15:
            return {"warmup": _warmup("cooldown", chance, world), "connectionType": "app_password"}
        case 16:
            return {"warmup": _warmup("completed", chance, world), "sendingEnabled": False}
        case 17:
            return {"provider": "zoho", "displayName": f"{person.name} 🚀 | “Sales”"}
        case 18:  # more sent than allowed
            return {"dailySendLimit": 20, "sentToday": 23, "bounceRate": 0.081}
        case 19:
            return {"warmup": {}, "lastError": "", "updatedAt": None}
        case 20:
            return {"warmup": {"enabled": True, "status": "in_progress", "config": {}, "metrics": {}}}
        case 21:
            return {"createdAt": "yesterday", "provider": ""}
        case 22:
            return {"tags": ["emea", None, 7, "çedilla"], "warmup": _warmup("paused", chance, world)}
        case 23:  # figures that no 32 bits hold, and one that is no figure
            return {"totalSent": 2**31, "totalReceived": 2**40, "bounceRate": "n/a"}
        case _:
            return {"provider": "gmail", "connectionType": "oauth", "warmup": _warmup("in_progress", chance, world)}


def _connection_test(row: Row, person: Person) -> Row:
    """The verification after creation. The name of the text is an assumption."""
    match row["status"]:
        case "inactive":  # the mailbox's word instead of the call's: the vendor's own page mixes them up
            return {"status": "inactive"}
        case "pending":
            return {"status": "pending"}
        case "failed":
            return {"status": "failed", "error": f"SMTP login was rejected for user {person.address}, password {PASSWORD}"}
        case "error":
            return {"status": "failed"}
        case _:
            return {"status": "passed"}


def _mailbox(person: Person, world: World) -> KitMailbox:
    chance = world.chance("sendkit", person.index)
    row = _plain_row(person, chance, world)
    if person.index < VARIETIES or chance.random() < 0.25:  # noqa: PLR2004 - a quarter of a big fleet is odd
        row |= _oddities(person, chance, world)
        row = {name: value for name, value in row.items() if value is not _ABSENT}
    campaigns = tuple(f"67aa00000000000000000{each:03d}" for each in chance.sample(range(5), chance.randint(0, 2)))
    return KitMailbox(
        detail=row,
        campaign_ids=campaigns,
        in_active_campaign=bool(campaigns) and chance.random() < 0.7,  # noqa: PLR2004
        connection_test=_connection_test(row, person),
    )


# ---------------------------------------------------------------------- parameters


def _invalid(field: str, message: str) -> Refusal:
    """The vendor shows no such answer: status, code and `details` are assumed."""
    return Refusal(422, "VALIDATION_ERROR", "Request is not valid", details=[{"field": field, "message": message}])


def _whole(params: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    text = params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise _invalid(name, f"Must be a whole number from 1 to {most}")
    return int(text)


def _choice(name: str, text: str, choices: Iterable[str]) -> str:
    if text not in choices:
        raise _invalid(name, f"Must be one of {', '.join(choices)}")
    return text


def _truth(name: str, text: str) -> bool:
    return _choice(name, text, ("true", "false")) == "true"


def _figure(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _invalid(name, "Must be a number") from None


def _day(name: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise _invalid(name, "Must be a date, YYYY-MM-DD") from None


def _number_of(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(",") if word.strip())


def _equals(member: str, wanted: object) -> Test:
    return lambda mailbox: mailbox.detail.get(member) == wanted


def _tag_test(wanted: frozenset[str], *, every: bool) -> Test:
    def has(mailbox: KitMailbox) -> bool:
        tags = mailbox.detail.get("tags")
        present = {str(tag) for tag in tags} if isinstance(tags, list) else set()
        return wanted <= present if every else bool(wanted & present)

    return has


def _search_test(text: str) -> Test:
    needle = text.casefold()
    return lambda mailbox: any(needle in str(mailbox.detail.get(member, "")).casefold() for member in ("email", "displayName"))


def _warmup_health(mailbox: KitMailbox) -> str:
    if not mailbox.metrics:
        return "unknown"
    rate = _number_of(mailbox.metrics["inboxRate"])
    return "good" if rate >= GOOD_INBOX_RATE else "fair" if rate >= FAIR_INBOX_RATE else "poor"


def _range_test(read: Callable[[KitMailbox], object], *, least: float = float("-inf"), most: float = float("inf")) -> Test:
    return lambda mailbox: least <= _number_of(read(mailbox)) <= most


def _bounce_rate(mailbox: KitMailbox) -> object:
    return mailbox.detail.get("bounceRate")


def _health_score(mailbox: KitMailbox) -> object:
    return mailbox.setup.get("healthScore")


def _is(truth: bool, test: Test) -> Test:  # noqa: FBT001 - reads as it says: `_is(False, test)`
    return lambda mailbox: test(mailbox) is truth


_FILTERS: dict[str, Callable[[str], Test]] = {
    "status": lambda text: _equals("status", _choice("status", text, _STATUSES)),
    "provider": lambda text: _equals("provider", _choice("provider", text, _PROVIDERS)),
    "connectionType": lambda text: _equals("connectionType", _choice("connectionType", text, ("oauth", "smtp"))),
    "sendingEnabled": lambda text: _equals("sendingEnabled", _truth("sendingEnabled", text)),
    "untagged": lambda text: _is(_truth("untagged", text), lambda mailbox: not mailbox.detail.get("tags")),
    "search": _search_test,
    "warmupEnabled": lambda text: _is(_truth("warmupEnabled", text), lambda mailbox: mailbox.warmup.get("enabled") is True),
    "warmupStatus": lambda text: lambda mailbox: mailbox.warmup.get("status") == text,
    "warmupHealth": lambda text: lambda mailbox: _warmup_health(mailbox) == text,
    "minBounceRate": lambda text: _range_test(_bounce_rate, least=_figure("minBounceRate", text)),
    "maxBounceRate": lambda text: _range_test(_bounce_rate, most=_figure("maxBounceRate", text)),
    "highBounceRate": lambda text: _is(
        _truth("highBounceRate", text), lambda mailbox: _number_of(_bounce_rate(mailbox)) > HIGH_BOUNCE_RATE
    ),
    "minHealthScore": lambda text: _range_test(_health_score, least=_figure("minHealthScore", text)),
    "maxHealthScore": lambda text: _range_test(_health_score, most=_figure("maxHealthScore", text)),
}
_LATE_FILTERS: dict[str, Callable[[str], Test]] = {
    "campaignIds": lambda text: lambda mailbox: bool(_words(text) & set(mailbox.campaign_ids)),
    "notInCampaign": lambda text: _is(_truth("notInCampaign", text), lambda mailbox: not mailbox.campaign_ids),
    "inActiveCampaign": lambda text: _is(_truth("inActiveCampaign", text), lambda mailbox: mailbox.in_active_campaign),
}
"""Applied after a page is cut, which makes pages with few rows, or none, that are not the last."""


def _tests(params: Mapping[str, str], filters: Mapping[str, Callable[[str], Test]]) -> list[Test]:
    return [make(params[name]) for name, make in filters.items() if name in params]


def _list_tests(params: Mapping[str, str]) -> list[Test]:
    tests = _tests(params, _FILTERS)
    mode = _choice("tagMode", params.get("tagMode", "any"), ("any", "all"))
    if "tags" in params:
        tests.append(_tag_test(_words(params["tags"]), every=mode == "all"))
    return tests


# ---------------------------------------------------------------------- the calls


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, headers={"content-type": "application/json; charset=utf-8"})


def _data(data: object, **beside: object) -> Response:
    return _json({"success": True, "data": data, **beside})


class SendkitVendor:
    """The store and the calls on it."""

    def __init__(self, world: World) -> None:
        self.world = world
        mailboxes = (_mailbox(person, world) for person in world.people("sendkit"))
        self.mailboxes = {mailbox.id: mailbox for mailbox in mailboxes}
        gone = [f"{object_id(GONE_AFTER - 1)[:16]}ff{each:06x}" for each in range(GONE if len(self.mailboxes) > GONE_AFTER else 0)]
        self.order = sorted((*self.mailboxes, *gone))

    def app(self) -> Starlette:
        """All paths below https://api.sendkit.ai."""
        calls: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "/v1/mailboxes": self.list_mailboxes,
            "/v1/mailboxes/{mailbox_id}": self.get_mailbox,
            "/v1/mailboxes/{mailbox_id}/health": self.get_health,
            "/v1/mailboxes/{mailbox_id}/connection-test": self.get_connection_test,
            "/v1/warmup/stats": self.list_warmup_stats,
            "/v1/warmup/stats/{mailbox_id}": self.get_warmup_stats,
            "/v1/warmup/config/{mailbox_id}": self.get_warmup_config,
            "/v1/analytics/mailboxes": self.list_analytics,
        }
        routes = [Route(path, _in_workspace(call)) for path, call in calls.items()]
        routes += [Route("/v1/workspaces", self.list_workspaces), Route("/v1/account", self.get_account)]
        routes += [Route(f"/v1/mailboxes/connect/{provider}", _read_only, methods=["POST"]) for provider in ("google", "outlook")]
        return Starlette(routes=routes, exception_handlers={Refusal: _refuse, HTTPException: _refuse_route})

    async def list_mailboxes(self, request: Request) -> Response:
        page, pagination = self._page(request.query_params, _list_tests(request.query_params))
        return _data([mailbox.row for mailbox in page], pagination=pagination)

    async def get_mailbox(self, request: Request) -> Response:
        return _data(self._found(request).detail)

    async def get_health(self, request: Request) -> Response:
        return _data(_health(self._found(request)))

    async def get_connection_test(self, request: Request) -> Response:
        return _data(self._found(request).connection_test)

    async def list_warmup_stats(self, request: Request) -> Response:
        days = _whole(request.query_params, "days", default=7, most=MAX_DAYS)
        tests = [_search_test(request.query_params["search"])] if "search" in request.query_params else []
        tests.append(lambda mailbox: bool(mailbox.metrics))
        page, pagination = self._page(request.query_params, tests)
        stats = {mailbox.id: self._totals(mailbox, days) for mailbox in page}
        warming = sum(mailbox.warmup["status"] == "in_progress" for mailbox in page)
        summary = _sums(stats.values()) | {"warmingMailboxes": warming, "days": days}
        rows = [{**_who(mailbox), "warmup": self._warming(mailbox), "stats": stats[mailbox.id]} for mailbox in page]
        return _data({"summary": summary, "mailboxes": rows}, pagination=pagination)

    async def get_warmup_stats(self, request: Request) -> Response:
        days = _whole(request.query_params, "days", default=DEFAULT_DAYS, most=MAX_DAYS)
        mailbox = self._found(request)
        daily = self._daily(mailbox, days)
        sums = {name: sum(day[name] for day in daily) for name in ("sent", "inbox", "spam")}
        missed = sums["sent"] - sums["inbox"] - sums["spam"]
        placement = {"inbox": sums["inbox"], "spam": sums["spam"], "promotions": missed, "other": 0, "not_detected": 0}
        dated = [{"_id": on.isoformat(), **day} for on, day in zip(self._days(mailbox, days), daily, strict=True)]
        warmup = mailbox.warmup | {"startedAt": self._started_at(mailbox)}
        body = {"mailbox": _who(mailbox), "warmup": warmup, "totalSent": sums["sent"], "placementBreakdown": placement}
        return _data(body | {"dailyStats": dated, "days": days})

    async def get_warmup_config(self, request: Request) -> Response:
        return _data(self._found(request).warmup.get("config") or {})

    async def list_analytics(self, request: Request) -> Response:
        """All mailboxes in one answer; those that no campaign uses come as in the older pages, without performance and rates."""
        for name in ("from", "to"):
            _day(name, request.query_params.get(name))
        return _data([_analytics(mailbox) for mailbox in self.mailboxes.values()])

    async def list_workspaces(self, request: Request) -> Response:
        _key(request)
        created = _moment(self.world.ago(days=800))
        owner = "66f0aa11bb22cc33dd44ee01"
        return _data([{"id": WORKSPACE_ID, "name": "Lakeside EMEA", "ownerId": owner, "memberCount": 4, "createdAt": created}])

    async def get_account(self, request: Request) -> Response:
        """For platform keys only; the refusal has the flat shape of the newer pages (get-v1-account)."""
        if _key(request) != PLATFORM_KEY:
            return _json({"error": "Forbidden", "message": "No access to this resource", "code": 403}, 403)
        return _data({"id": "66f0aa11bb22cc33dd44ee01", "email": "owner@lakeside-demo.example"})

    def _found(self, request: Request) -> KitMailbox:
        mailbox = self.mailboxes.get(request.path_params["mailbox_id"])
        if mailbox is None:
            raise Refusal(404, "NOT_FOUND", "No such mailbox")
        return mailbox

    def _page(self, params: Mapping[str, str], tests: list[Test]) -> tuple[list[KitMailbox], Row]:
        """A page and its paging object; on the last page `hasMore` is false beside a cursor that is not null."""
        limit = _whole(params, "limit", default=DEFAULT_LIMIT, most=MAX_LIMIT)
        late = _tests(params, _LATE_FILTERS)
        cursor = params.get("cursor")
        if cursor is not None and not _OBJECT_ID.fullmatch(cursor):
            raise _invalid("cursor", "Is not a cursor")
        order = self._matching(tests) if tests else self.order
        start = bisect_right(order, cursor) if cursor else 0
        window = order[start : start + limit]
        page = [mailbox for each in window if (mailbox := self.mailboxes.get(each)) and all(test(mailbox) for test in late)]
        total = len(self._matching([*tests, *late])) if tests or late else len(self.mailboxes)
        next_cursor = window[-1] if window else None
        return page, {"limit": limit, "total": total, "hasMore": start + limit < len(order), "nextCursor": next_cursor}

    def _matching(self, tests: list[Test]) -> list[str]:
        return [each for each in self.order if (mailbox := self.mailboxes.get(each)) and all(test(mailbox) for test in tests)]

    def _warming(self, mailbox: KitMailbox) -> Row:
        warmup = {name: mailbox.warmup.get(name) for name in ("status", "currentDay", "currentVolume", "config", "metrics")}
        return warmup | {"startedAt": self._started_at(mailbox)}

    def _totals(self, mailbox: KitMailbox, days: int) -> dict[str, int]:
        """With the health score as the page computes it (get-v1-warmup-stats)."""
        sums = _sums({"totalSent": day["sent"], **day, "promotions": 0} for day in self._daily(mailbox, days))
        opened = 100 * sums["opened"] // max(sums["totalSent"], 1)
        score = min(0.5 * sums["inboxRate"] + 0.3 * (100 - sums["spamRate"]) + 0.2 * opened, 100)
        return {**sums, "healthScore": round(score)}

    def _started_at(self, mailbox: KitMailbox) -> str | None:
        day = mailbox.warmup.get("currentDay")
        return _moment(self.world.ago(days=int(str(day)))) if day is not None else None

    def _days(self, mailbox: KitMailbox, days: int) -> list[date]:
        """The days with mail, oldest first: since the start, less every seventh."""
        lasted = int(str(mailbox.warmup.get("currentDay", 0)))
        today = self.world.now.date()
        return [today - timedelta(days=ago) for ago in range(min(days, lasted) - 1, -1, -1) if ago % 7 != 6]  # noqa: PLR2004

    def _daily(self, mailbox: KitMailbox, days: int) -> list[dict[str, int]]:
        return [_mails(Random(f"{mailbox.id}/{on}")) for on in self._days(mailbox, days)]  # noqa: S311 - play data


def _mails(chance: Random) -> dict[str, int]:
    sent = chance.randint(5, 30)
    spam = chance.randint(0, 2)
    return {"sent": sent, "inbox": sent - spam - chance.randint(0, 2), "spam": spam, "replied": sent // 4, "opened": sent * 3 // 4}


def _sums(rows: Iterable[Mapping[str, int]]) -> dict[str, int]:
    rows = list(rows)
    names = ("totalSent", "inbox", "spam", "promotions", "replied", "opened")
    sums = {name: sum(row[name] for row in rows) for name in names}
    sent = max(sums["totalSent"], 1)
    return {**sums, "inboxRate": 100 * sums["inbox"] // sent, "spamRate": 100 * sums["spam"] // sent}


def _who(mailbox: KitMailbox) -> Row:
    """A mailbox in the warm-up statistics: here the id is called `id`."""
    return {"id": mailbox.id, "email": mailbox.detail["email"], "displayName": mailbox.detail.get("displayName")}


def _health(mailbox: KitMailbox) -> Row:
    detail = mailbox.detail
    domain = str(detail["email"]).partition("@")[2]
    exchanges = [{"exchange": f"mx{each}.{domain}", "priority": 10 * each} for each in (1, 2)]
    found: dict[str, Row] = {
        "mx": {"records": exchanges},
        "spf": {"record": f"v=spf1 include:_spf.{domain} ~all"},
        "dkim": {"selector": "s1", "record": "v=DKIM1; k=rsa; p=MIGfinvented"},
        "dmarc": {"record": None},
    }
    statuses = {name: setup if isinstance(setup := mailbox.setup.get(name), dict) else {"status": "unknown"} for name in found}
    figures = {name: detail.get(name) for name in ("bounceRate", "totalSent", "totalReceived")}
    return {
        **{name: detail.get(name) for name in ("email", "status", "sendingEnabled")},
        "dns": {**{name: statuses[name] | found[name] for name in found}, "healthScore": mailbox.setup.get("healthScore", 0)},
        "warmup": mailbox.row.get("warmup"),
        "deliverability": figures | {"consecutiveFailures": 3 if detail.get("lastError") else 0},
        **{name: detail.get(name) for name in ("dailySendLimit", "sentToday", "lastError")},
    }


def _analytics(mailbox: KitMailbox) -> Row:
    detail = mailbox.detail
    members = ("email", "displayName", "status", "totalSent", "totalReceived", "bounceRate", "sentToday", "dailySendLimit")
    row: Row = {"_id": mailbox.id} | {name: detail.get(name) for name in members}
    row["warmup"] = {name: mailbox.warmup.get(name) for name in ("enabled", "status")}
    if not mailbox.campaign_ids:
        return row
    sent = 40 * len(mailbox.campaign_ids) + len(str(detail["email"]))
    counts = {"opened": sent // 2, "clicked": sent // 30, "bounced": sent // 80, "replied": sent // 14, "positiveReplied": sent // 50}
    names = {"open": "opened", "click": "clicked", "bounce": "bounced", "reply": "replied", "positiveReply": "positiveReplied"}
    rates = {name: f"{100 * counts[counted] / sent:.1f}" for name, counted in names.items()}
    return row | {"performance": {"sent": sent, **counts}, "rates": rates}


# ---------------------------------------------------------------------- the door


def _key(request: Request) -> str:
    """The key of a request: `X-Api-Key`, or `Authorization: Bearer` (getting started)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    key = request.headers.get("x-api-key") or (token if scheme.lower() == "bearer" else "")
    if key not in (WORKSPACE_KEY, PLATFORM_KEY):
        raise Refusal(401, "UNAUTHORIZED", "API key missing or not valid")
    return key


def _in_workspace(call: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """A platform key must name the workspace, a workspace key must not; the codes of these refusals are assumed."""

    async def checked(request: Request) -> Response:
        key, workspace = _key(request), request.headers.get("x-workspace-id")
        if key == WORKSPACE_KEY and workspace is not None:
            raise Refusal(400, "BAD_REQUEST", "X-Workspace-Id must not be sent with a workspace key")
        if key == PLATFORM_KEY and workspace is None:
            raise Refusal(400, "WORKSPACE_REQUIRED", "X-Workspace-Id header is needed with a platform key")
        if key == PLATFORM_KEY and workspace != WORKSPACE_ID:
            raise Refusal(403, "FORBIDDEN", "No access to this workspace")
        return await call(request)

    return checked


async def _read_only(request: Request) -> Response:
    _key(request)
    raise Refusal(501, "NOT_IMPLEMENTED", "This sandbox answers reads only")


async def _refuse(_: Request, refusal: Exception) -> Response:
    return _json(refusal.body, refusal.status) if isinstance(refusal, Refusal) else _json({}, 500)


async def _refuse_route(_: Request, refused: Exception) -> Response:
    status = refused.status_code if isinstance(refused, HTTPException) else 500
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(status, "ERROR")
    return _json({"success": False, "error": {"code": code, "message": "No such path or method"}}, status)


def sendkit_sandbox(world: World) -> Sandbox:
    """SendKit with the world's mailboxes in one workspace, reached by its workspace key."""
    return Sandbox(SendkitVendor(world).app(), account={"api_key": WORKSPACE_KEY}, secrets=SECRETS)
