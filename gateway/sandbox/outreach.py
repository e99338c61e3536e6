"""Outreach imitated, from https://developers.outreach.io/api/ (getting-started, making-requests, reference).

The app holds `/api/v2/…` and `/oauth/token`, as `https://api.outreach.io` does. Where the pages leave something open, the stricter reading
is served: a refresh token dies when it is used, an unknown parameter is a 422, users need their own scope.
"""

import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import Person, World

MEDIA_TYPE = "application/vnd.api+json"
HOST = "https://api.outreach.io/api/v2"
"""Links in answers are absolute and name the vendor's own host, whichever address was asked."""

ACCESS_TOKEN = "CANARY-outreach-access-token"  # noqa: S105 - planted
EXPIRED_TOKEN = "CANARY-outreach-expired-token"  # noqa: S105 - planted
MAILBOXES_ONLY_TOKEN = "CANARY-outreach-mailboxes-only-token"  # noqa: S105 - planted
UNSCOPED_TOKEN = "CANARY-outreach-unscoped-token"  # noqa: S105 - planted
CLIENT_SECRET = "CANARY-outreach-client-secret"  # noqa: S105 - planted
FIRST_REFRESH_TOKEN = "CANARY-outreach-refresh-token-0"  # noqa: S105 - planted
OAUTH_ACCOUNT = {"client_id": "sandbox-application", "client_secret": CLIENT_SECRET, "refresh_token": FIRST_REFRESH_TOKEN}
ALL_SCOPES = frozenset({"mailboxes.read", "mailAliases.read", "users.read", "mailings.read", "sequenceStates.read"})

FIRST_MAILBOX_ID = 41
FIRST_USER_ID = 7
ADMIN_ID = 3
GONE_USER_ID = FIRST_USER_ID + 5
"""Owns mailboxes, but the acting user may not see them: not in `users`, not in `included`."""
LARGEST_PAGE = 1000
LARGEST_OFFSET = 10_000
MAILINGS_SHED_INDEX = 5
MAILINGS_UNCOUNTED_INDEX = 6


class Resource(msgspec.Struct, omit_defaults=True):
    """A JSON:API resource; what is unset is left out."""

    type: str | msgspec.UnsetType = msgspec.UNSET
    id: int | str | msgspec.UnsetType = msgspec.UNSET
    attributes: dict[str, object] | msgspec.UnsetType = msgspec.UNSET
    relationships: dict[str, dict[str, object]] | msgspec.UnsetType = msgspec.UNSET
    links: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    meta: dict[str, bool] | msgspec.UnsetType | None = msgspec.UNSET

    @property
    def number(self) -> int:
        return int(self.id) if isinstance(self.id, int | str) else 0

    def value(self, attribute: str) -> object:
        if attribute == "id":
            return self.number
        return self.attributes.get(attribute) if isinstance(self.attributes, dict) else None

    def related(self, name: str) -> int | None:
        """The id in a to-one relationship, where there is one."""
        if not isinstance(self.relationships, dict):
            return None
        data = self.relationships.get(name, {}).get("data")
        return data["id"] if isinstance(data, dict) else None


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of this program
    """An answer that is not a success."""

    def __init__(self, status: int, body: bytes, *, media_type: str = MEDIA_TYPE) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.media_type = media_type
        self.headers: dict[str, str] = {}

    @property
    def answer(self) -> Response:
        return Response(self.body, self.status, headers=self.headers, media_type=self.media_type)


def refusal(status: int, error_id: str, title: str, detail: str, *, detail_key: str = "detail") -> Refusal:
    """A refusal in the documented shape: `id` is a code, and there is neither `status` nor `code`."""
    return Refusal(status, msgspec.json.encode({"errors": [{"id": error_id, "title": title, detail_key: detail}]}))


def flat_refusal(status: int, **body: str) -> Refusal:
    """What the front gateway and the token endpoint say: plain JSON."""
    return Refusal(status, msgspec.json.encode(body), media_type="application/json; charset=utf-8")


def invalid(detail: str) -> Refusal:
    """A list parameter that is not accepted. That this is a 422 is the reference's only word on it."""
    return refusal(422, "validationError", "Validation Error", detail)


class Kind(msgspec.Struct, frozen=True):
    """What one collection allows: filters and orders as the reference's badges say."""

    collection: str
    type: str
    scope: str
    attributes: frozenset[str] = frozenset()
    relations: Mapping[str, str] = {}
    """Filterable relations and what holds the other side's id: an attribute, or "" for the relationship itself."""
    includes: Mapping[str, str] = {}


MAILBOXES = Kind(
    "mailboxes",
    "mailbox",
    "mailboxes.read",
    attributes=frozenset({"id", "createdAt", "email", "updatedAt", "userId"}),
    relations={"user": "userId"},
    includes={"user": "user", "creator": "user", "updater": "user"},
)
ALIASES = Kind("mailAliases", "mailAlias", "mailAliases.read", attributes=frozenset({"id", "updatedAt"}), relations={"mailbox": ""})
USERS = Kind("users", "user", "users.read", attributes=frozenset({"id", "email", "name", "createdAt", "updatedAt"}))
MAILINGS = Kind(
    "mailings",
    "mailing",
    "mailings.read",
    attributes=frozenset({"id", "deliveredAt", "bouncedAt", "state", "mailingType", "scheduledAt", "updatedAt"}),
    relations={"mailbox": ""},
)
STATES = Kind(
    "sequenceStates",
    "sequenceState",
    "sequenceStates.read",
    attributes=frozenset({"id", "state", "createdAt", "updatedAt"}),
    relations={"mailbox": ""},
    includes={"sequence": "sequence"},
)


class Outreach:
    """The vendor's state: mutable, so that writes can be added."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens: dict[str, frozenset[str]] = {
            ACCESS_TOKEN: ALL_SCOPES,
            MAILBOXES_ONLY_TOKEN: frozenset({"mailboxes.read"}),
            UNSCOPED_TOKEN: frozenset({"prospects.read"}),
        }
        self.refresh_token = FIRST_REFRESH_TOKEN
        self.grants = 0
        self.granted_at: float | None = None
        self.grant_gap_seconds = 60.0
        self.hourly_limit = 10_000
        self._hour = 0
        self._used = 0
        people = list(world.people("outreach"))
        self.users = _users(people, world)
        self.mailboxes = {FIRST_MAILBOX_ID + person.index: _mailbox(person, world) for person in people}
        self.passwords = {mailbox_id: f"CANARY-outreach-mailbox-password-{mailbox_id}" for mailbox_id in self.mailboxes}
        self.sequences = _sequences()

    # ------------------------------------------------------------------ who may
    def admit(self, request: Request) -> frozenset[str]:
        """The scopes of the request's token. Raises `Refusal`."""
        authorization = request.headers.get("authorization", "")
        token = authorization.removeprefix("Bearer ")
        if token == EXPIRED_TOKEN:
            raise refusal(401, "invalidToken", "Unauthorized", "Access token has expired.")
        scopes = self.tokens.get(token) if authorization.startswith("Bearer ") else None
        if scopes is None:
            raise flat_refusal(401, error="Invalid JWT token.", description="Token could not be decoded.")
        if request.headers.get("content-type", "").partition(";")[0].strip() != MEDIA_TYPE:
            detail = f"Content-Type must be '{MEDIA_TYPE}'."
            raise refusal(415, "unsupportedMediaType", "Unsupported Media Type", detail, detail_key="details")
        self._count()
        return scopes

    def _count(self) -> None:
        hour = int(time.time()) // 3600
        if hour != self._hour:
            self._hour, self._used = hour, 0
        self._used += 1
        if self._used > self.hourly_limit:
            reset = (hour + 1) * 3600
            at = datetime.fromtimestamp(reset, self.world.now.tzinfo).replace(tzinfo=None).isoformat()
            refused = refusal(
                429, "rateLimitExceeded", "Rate Limit Exceeded", f"Limit of {self.hourly_limit:,} exceeded; come back at {at}."
            )
            refused.headers["retry-after"] = str(reset)  # an alias of the reset header: an epoch
            raise refused

    def rate_headers(self) -> dict[str, str]:
        """Two numbers in `X-RateLimit-Remaining`, as seen in the wild; only the first is understood."""
        left = max(self.hourly_limit - self._used, 0)
        return {
            "x-ratelimit-limit": str(self.hourly_limit),
            "x-ratelimit-remaining": f"{left}, {left + 10_000 - 11}",
            "x-ratelimit-reset": str((self._hour + 1) * 3600),
        }

    def grant(self, form: Mapping[str, str]) -> dict[str, object]:
        """A new pair of tokens. Raises `Refusal`: once a minute, and with the newest refresh token only."""
        now = time.monotonic()
        if self.granted_at is not None and now - self.granted_at < self.grant_gap_seconds:
            raise Refusal(429, b"Retry later\n", media_type="text/plain")
        known = OAUTH_ACCOUNT["client_id"], CLIENT_SECRET, "refresh_token"
        if (form.get("client_id"), form.get("client_secret"), form.get("grant_type")) != known:
            raise flat_refusal(401, error="invalid_client", error_description="Client authentication failed.")
        if form.get("refresh_token") != self.refresh_token:
            description = "The provided authorization grant is invalid, expired or revoked."
            raise flat_refusal(400, error="invalid_grant", error_description=description)
        self.granted_at = now
        self.grants += 1
        access_token = granted_access_token(self.grants)
        self.refresh_token = granted_refresh_token(self.grants)
        self.tokens[access_token] = ALL_SCOPES
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 7200,
            "refresh_token": self.refresh_token,
            "scope": " ".join(sorted(ALL_SCOPES)),
            "created_at": int(time.time()),
        }

    # ------------------------------------------------------------------ what there is
    def rows(self, kind: Kind, query: "Query") -> Iterable[Resource]:
        """The rows of a collection in the order of their ids, before filters, narrowed where that is cheap."""
        if kind is MAILBOXES or kind is USERS:
            table = self.mailboxes if kind is MAILBOXES else self.users
            wanted = query.only_ids
            return table.values() if wanted is None else [table[each] for each in sorted(wanted) if each in table]
        wanted = query.only_mailbox_ids
        owners = self.mailboxes if wanted is None else [each for each in sorted(wanted) if each in self.mailboxes]
        make = {"mailAliases": self._aliases, "mailings": self._mailings, "sequenceStates": self._states}[kind.collection]
        return [row for mailbox_id in owners for row in make(mailbox_id)]

    def _aliases(self, mailbox_id: int) -> list[Resource]:
        index = mailbox_id - FIRST_MAILBOX_ID
        email = str(self.mailboxes[mailbox_id].value("email"))
        names = (f"hello{index}", f"team{index}", f"büro{index}")[: self.world.chance("outreach-aliases", index).randint(0, 3)]
        made_at = _time(self.world.ago(days=300))
        return [
            Resource(
                type="mailAlias",
                id=index * 3 + place + 5,
                attributes={
                    "canSend": (True, False, None)[place],
                    "createdAt": made_at,
                    "email": f"{name}@{email.partition('@')[2]}",
                    "emailHash": None if place == 1 else f"{index * 3 + place:032x}",
                    "updatedAt": made_at,
                },
                relationships={"mailbox": {"data": {"type": "mailbox", "id": mailbox_id}}},
            )
            for place, name in enumerate(names)
        ]

    def _mailings(self, mailbox_id: int) -> list[Resource]:
        chance = self.world.chance("outreach-mailings", mailbox_id)
        return [
            Resource(
                type="mailing",
                id=mailbox_id * 100 + place,
                attributes={
                    "state": state,
                    "mailingType": "sequence",
                    "deliveredAt": None if state == "failed" else _time(self.world.now - timedelta(minutes=chance.randint(1, 14 * 1440))),
                },
                relationships={"mailbox": {"data": {"type": "mailbox", "id": mailbox_id}}},
            )
            for place, state in enumerate(chance.choices(("delivered", "opened", "replied", "failed"), k=chance.randint(0, 60)))
        ]

    def _states(self, mailbox_id: int) -> list[Resource]:
        chance = self.world.chance("outreach-states", mailbox_id)
        return [
            Resource(
                type="sequenceState",
                id=mailbox_id * 100 + place,
                attributes={"state": chance.choice(("active", "paused", "finished"))},
                relationships={
                    "sequence": {"data": {"type": "sequence", "id": sequence_id}},
                    "mailbox": {"data": {"type": "mailbox", "id": mailbox_id}},
                },
            )
            for place, sequence_id in enumerate(chance.choices(range(12, 19), k=chance.randint(0, 12)))
        ]

    def include(self, kind: Kind, names: Iterable[str], rows: Iterable[Resource]) -> list[Resource]:
        """The related resources of a page, each once; the invisible are missing."""
        found: dict[tuple[str, int], Resource] = {}
        for row in rows:
            for name in names:
                table = self.users if kind.includes[name] == "user" else self.sequences
                other = row.related(name)
                if other is not None and other in table:
                    found[kind.includes[name], other] = table[other]
        return list(found.values())

    def count_meta(self, kind: Kind, query: "Query", count: int) -> dict[str, object] | None:
        """`meta.count` when asked for; under load the vendor gives up counting, and so do two mailboxes' mailings here."""
        if query.counted is None:
            return {"count": None}
        if not query.counted:
            return None
        indexes = {each - FIRST_MAILBOX_ID for each in query.only_mailbox_ids or ()} if kind is MAILINGS else set()
        if MAILINGS_SHED_INDEX in indexes:
            return {"count": 0, "count_truncated": True}
        if MAILINGS_UNCOUNTED_INDEX in indexes:
            return {"count": None, "count_truncated": False}
        return {"count": count, "count_truncated": False}


# ---------------------------------------------------------------------- parameters
_FILTER = re.compile(r"filter\[(\w+)\](?:\[(\w*)\])?(\[\])?")
_FIELDS = re.compile(r"fields\[(\w+)\]")
_PAGE = re.compile(r"page\[(size|after|before|limit|offset)\]")


class Query:
    """A request's parameters, understood. Raises `Refusal` for what a collection does not know."""

    def __init__(self, kind: Kind, pairs: list[tuple[str, str]]) -> None:
        self.kind = kind
        self.pairs = pairs
        self.page: dict[str, str] = {}
        self.fields: dict[str, frozenset[str]] = {}
        self.includes: tuple[str, ...] = ()
        self.sort: tuple[str, ...] = ()
        self.counted: bool | None = None
        self.with_meta = False
        self.only_ids: set[int] | None = None
        self.only_mailbox_ids: set[int] | None = None
        self.tests: list[Callable[[Resource], bool]] = []
        self._has_new_syntax = ("newFilterSyntax", "true") in pairs
        for name, value in pairs:
            self._take(name, value)

    def _take(self, name: str, value: str) -> None:
        if page := _PAGE.fullmatch(name):
            self.page[page[1]] = value
        elif fields := _FIELDS.fullmatch(name):
            self.fields[fields[1]] = frozenset(value.split(",")) - {""}
        elif found := _FILTER.fullmatch(name):
            self._filter(found[1], found[2], value)
        elif name == "include":
            self.includes = self._known(value, self.kind.includes, "include")
        elif name == "sort":
            self.sort = self._known(value, self.kind.attributes, "sort")
        elif name == "count":
            self.counted = value == "true"
        elif name == "provideAuthorizationMeta":
            self.with_meta = value == "true"
        elif name != "newFilterSyntax":
            raise invalid(f"Parameter '{name}' is not known.")

    @staticmethod
    def _known(value: str, known: Iterable[str], what: str) -> tuple[str, ...]:
        names = tuple(name for name in value.split(",") if name)
        for name in names:
            if name.removeprefix("-") not in known:
                raise invalid(f"'{name}' is not available for {what}.")
        return names

    def _filter(self, name: str, inner: str | None, value: str) -> None:
        if name in self.kind.relations and inner == "id":
            self._filter_relation(name, value)
        elif name not in self.kind.attributes or (inner and not self._has_new_syntax):
            raise invalid(f"Filtering by '{name}' is not supported.")
        elif self._has_new_syntax and inner in {"gte", "lte"}:
            text = f"{value}..inf" if inner == "gte" else f"neginf..{value}"
            self.tests.append(lambda row: _matches(row.value(name), text))
        elif self._has_new_syntax and inner is not None:
            self.tests.append(lambda row: str(row.value(name)) == value)
        else:
            if name == "id":
                self.only_ids = _integers(value)
            self.tests.append(lambda row: _matches(row.value(name), value))

    def _filter_relation(self, name: str, value: str) -> None:
        attribute = self.kind.relations[name]
        if name == "mailbox":
            self.only_mailbox_ids = _integers(value)
        self.tests.append(lambda row: _matches(row.value(attribute) if attribute else row.related(name), value))


def _integers(value: str) -> set[int] | None:
    """The ids of a plain list, None for ranges and null tests."""
    texts = value.split(",")
    return {int(text) for text in texts} if all(text.isdecimal() for text in texts) else None


def _matches(value: object, text: str) -> bool:
    """`a`, `a,b`, `a..b` with `neginf` and `inf`, `__null__`, `__notnull__`."""
    if text in {"__null__", "__notnull__"}:
        return (value is None) == (text == "__null__")
    if value is None:
        return False
    low, dots, high = text.partition("..")
    if not dots:
        return str(value) in text.split(",")
    key = _sort_key(value)
    return (low == "neginf" or _sort_key(low) <= key) and (high == "inf" or key <= _sort_key(high))


def _sort_key(value: object) -> tuple[int, float, str]:
    """Nulls, then numbers, then times, then words."""
    if value is None:
        return (0, 0.0, "")
    text = str(value)
    try:
        return (1, float(text), "")
    except ValueError:
        pass
    try:
        return (2, datetime.fromisoformat(text).timestamp(), "")
    except ValueError:
        return (3, 0.0, text)


def _size(text: str, name: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_PAGE:
        raise invalid(f"page[{name}] must be between 1 and {LARGEST_PAGE}.")
    return int(text)


# ---------------------------------------------------------------------- answers
def _listing(vendor: Outreach, kind: Kind, request: Request, scopes: frozenset[str]) -> dict[str, object]:
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    query = Query(kind, pairs)
    _require_scopes(kind, query, scopes)
    rows = [row for row in vendor.rows(kind, query) if all(test(row) for test in query.tests)]
    for order in reversed(query.sort):
        attribute = order.removeprefix("-")
        rows.sort(key=lambda row: _sort_key(row.value(attribute)), reverse=order.startswith("-"))
    page, links = _offset_page(kind, query, rows) if "limit" in query.page or "offset" in query.page else _cursor_page(kind, query, rows)
    body: dict[str, object] = {"data": [_shown(row, query) for row in page]}
    if query.includes:
        body["included"] = [_trimmed(row, query) for row in vendor.include(kind, query.includes, page)]
    body["links"] = links
    if (meta := vendor.count_meta(kind, query, len(rows))) is not None:
        body["meta"] = meta
    return body


def _require_scopes(kind: Kind, query: Query | None, scopes: frozenset[str]) -> None:
    """A collection needs its scope, and so do the users who are included."""
    needed = [kind.scope]
    if query and any(kind.includes[name] == "user" for name in query.includes):
        needed.append(USERS.scope)
    for scope in needed:
        if scope not in scopes:
            detail = f"Required scope '{scope}' is not part of this authorization."
            raise refusal(403, "unauthorizedOauthScope", "Unauthorized OAuth Scope", detail)


def _cursor_page(kind: Kind, query: Query, rows: list[Resource]) -> tuple[list[Resource], dict[str, object]]:
    """The first page's `prev` is null; the last page has no `next`, or a null one when it is the only page (both are seen)."""
    size = _size(query.page.get("size", "50"), "size")
    start, end = _window(kind, query, rows, size)
    page = rows[start:end]
    links: dict[str, object] = {"first": _link(kind, query, {"page[size]": str(size)})}
    links["prev"] = _link(kind, query, _cursor(kind, query, "before", page[0], size)) if start and page else None
    if end < len(rows):
        links["next"] = _link(kind, query, _cursor(kind, query, "after", page[-1], size))
    elif not start:
        links["next"] = None
    return page, links


def _window(kind: Kind, query: Query, rows: list[Resource], size: int) -> tuple[int, int]:
    after, before = query.page.get("after"), query.page.get("before")
    if after is None and before is None:
        return 0, size
    position = _position(kind, query, rows, after or before or "")
    if after is not None:
        return position, position + size
    return max(position - size, 0), position


def _cursor(kind: Kind, query: Query, direction: str, row: Resource, size: int) -> dict[str, str]:
    """Base64 JSON bound to controller and order, as seen in the wild."""
    token = {"cn": kind.collection.capitalize(), "sp": ",".join(query.sort) or "id", "id": row.number}
    return {f"page[{direction}]": urlsafe_b64encode(msgspec.json.encode(token)).decode().rstrip("="), "page[size]": str(size)}


def _position(kind: Kind, query: Query, rows: list[Resource], token: str) -> int:
    """Where a cursor stands, also when its row is gone since (in the order of ids)."""
    try:
        said = msgspec.json.decode(urlsafe_b64decode(token + "=" * (-len(token) % 4)), type=dict[str, str | int])
    except (ValueError, msgspec.MsgspecError):
        said = {}
    if said.get("cn") != kind.collection.capitalize() or said.get("sp") != (",".join(query.sort) or "id"):
        raise invalid("The page token does not belong to this request.")
    row_id = said.get("id")
    is_after = "after" in query.page
    if query.sort:
        place = next((place for place, row in enumerate(rows) if row.number == row_id), len(rows))
        return place + is_after
    return (bisect_right if is_after else bisect_left)(rows, int(row_id or 0), key=lambda row: row.number)


def _offset_page(kind: Kind, query: Query, rows: list[Resource]) -> tuple[list[Resource], dict[str, object]]:
    """The deprecated mode: nothing past 10,000, and a link to the last page."""
    limit, offset = _size(query.page.get("limit", "50"), "limit"), query.page.get("offset", "0")
    if not offset.isdecimal() or int(offset) > LARGEST_OFFSET:
        raise invalid(f"page[offset] must be between 0 and {LARGEST_OFFSET}.")
    at = int(offset)

    def link(to: int) -> str:
        return _link(kind, query, {"page[limit]": str(limit), "page[offset]": str(to)})

    links: dict[str, object] = {"first": link(0), "last": link(max(len(rows) - 1, 0) // limit * limit)}
    links["prev"] = link(max(at - limit, 0)) if at else None
    if at + limit < len(rows):
        links["next"] = link(at + limit)
    return rows[at : at + limit], links


def _link(kind: Kind, query: Query, page: Mapping[str, str]) -> str:
    kept = [(name, value) for name, value in query.pairs if not _PAGE.fullmatch(name)]
    return f"{HOST}/{kind.collection}?{urlencode([*kept, *page.items()])}"


def _shown(row: Resource, query: Query) -> Resource:
    shown = _trimmed(row, query)
    if not query.with_meta or row.meta is None:
        return shown
    return msgspec.structs.replace(shown, meta={"canWrite": row.number % 3 != 0, "canDelete": row.number % 2 == 0})


def _trimmed(row: Resource, query: Query) -> Resource:
    """Sparse fieldsets go by type. Whether they trim relationships too is not documented; here they do not."""
    fields = query.fields.get(row.type) if isinstance(row.type, str) else None
    if fields is None or not isinstance(row.attributes, dict):
        return row
    return msgspec.structs.replace(row, attributes={name: value for name, value in row.attributes.items() if name in fields})


def _single(vendor: Outreach, kind: Kind, request: Request, scopes: frozenset[str]) -> dict[str, object]:
    query = Query(kind, parse_qsl(request.url.query, keep_blank_values=True))
    _require_scopes(kind, query, scopes)
    text = request.path_params["id"]
    rows = {MAILBOXES.type: vendor.mailboxes, USERS.type: vendor.users}[kind.type]
    row = rows.get(int(text)) if text.isdecimal() else None
    if row is None:
        raise refusal(404, "resourceNotFound", "Resource Not Found", f"No '{kind.type}' with ID '{text}'.")
    body: dict[str, object] = {"data": _shown(row, query)}
    if query.includes:
        body["included"] = [_trimmed(each, query) for each in vendor.include(kind, query.includes, [row])]
    return body


def _root(vendor: Outreach, kind: Kind, request: Request, scopes: frozenset[str]) -> dict[str, object]:
    """What the token is good for; the page shows no body, so this one is made up."""
    del vendor, kind, request
    return {"meta": {"scopes": sorted(scopes)}}


Handle = Callable[[Outreach, Kind, Request, frozenset[str]], dict[str, object]]


def _route(vendor: Outreach, path: str, kind: Kind, handle: Handle) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            scopes = vendor.admit(request)
            body = msgspec.json.encode(handle(vendor, kind, request, scopes))
            answer = Response(body, media_type=MEDIA_TYPE)
        except Refusal as refused:
            answer = refused.answer
            if refused.status == 401:  # noqa: PLR2004 - nobody's limit is known yet
                return answer
        answer.headers.update(vendor.rate_headers())
        return answer

    return Route(f"/api/v2{path}", endpoint, methods=["GET"])


def _token_route(vendor: Outreach) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            granted = vendor.grant(dict(parse_qsl((await request.body()).decode(), keep_blank_values=True)))
        except Refusal as refused:
            return refused.answer
        return Response(msgspec.json.encode(granted), media_type="application/json; charset=utf-8")

    return Route("/oauth/token", endpoint, methods=["POST"])


def granted_access_token(number: int) -> str:
    """The access token of the `number`th grant, from 1."""
    return f"CANARY-outreach-granted-access-token-{number}"


def granted_refresh_token(number: int) -> str:
    """The refresh token of the `number`th grant, from 1."""
    return f"CANARY-outreach-refresh-token-{number}"


# ---------------------------------------------------------------------- rows
def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


def _to_one(kind: str, number: int) -> dict[str, object]:
    return {"data": {"type": kind, "id": number}}


def _users(people: list[Person], world: World) -> dict[int, Resource]:
    """An administrator, then one user per two mailboxes; one may not be seen, one has no name."""
    owners = {FIRST_USER_ID + person.index // 2: person for person in reversed(people)}
    admin = Person(-1, "Ada Admin", "ada.admin@meridian.example")
    return {
        number: Resource(
            type="user",
            id=number,
            attributes={
                "createdAt": _time(world.ago(days=500)),
                "email": person.address,
                "firstName": person.name.partition(" ")[0],
                "lastName": person.name.partition(" ")[2],
                "locked": False,
                "name": None if number == FIRST_USER_ID + 4 else person.name,
                "updatedAt": _time(world.ago(days=20)),
            },
            links={"self": f"{HOST}/users/{number}"},
        )
        for number, person in sorted({**owners, ADMIN_ID: admin}.items())
        if number != GONE_USER_ID
    }


def _sequences() -> dict[int, Resource]:
    """Sequence 18 is used but not visible; 14 is switched off; 15 has no name."""
    names = ("Spring trial follow-up", "Café – première étape", "Old cold outreach", None, "Renewals", "Referral ask")
    return {
        number: Resource(type="sequence", id=number, attributes={"name": name, "enabled": number != 14})  # noqa: PLR2004 - see above
        for number, name in enumerate(names, 12)
    }


def _mailbox(person: Person, world: World) -> Resource:
    """A mailbox; the first two dozen show one oddity each, later ones are mostly ordinary."""
    mailbox_id, user_id = FIRST_MAILBOX_ID + person.index, FIRST_USER_ID + person.index // 2
    chance = world.chance("outreach", person.index)
    attributes = _attributes(person, world, user_id=user_id, minutes=chance.randint(1, 600))
    row = Resource(
        type="mailbox",
        id=mailbox_id,
        attributes=attributes,
        relationships={
            "creator": _to_one("user", ADMIN_ID),
            "mailAliases": {"links": {"related": f"{HOST}/mailAliases?filter[mailbox][id]={mailbox_id}"}},
            "mailings": {"links": {"related": f"{HOST}/mailings?filter[mailbox][id]={mailbox_id}"}},
            "updater": _to_one("user", user_id),
            "user": _to_one("user", user_id),
        },
        links={"self": f"{HOST}/mailboxes/{mailbox_id}"},
    )
    oddity = person.index if person.index < len(_ODDITIES) else int(chance.random() * 3 * len(_ODDITIES))
    if oddity < len(_ODDITIES):
        _ODDITIES[oddity](row, attributes, world)
    return row


def _attributes(person: Person, world: World, *, user_id: int, minutes: int) -> dict[str, object]:
    """An ordinary SMTP and IMAP mailbox with all documented readable attributes."""
    success_at = _time(world.ago(minutes=minutes))
    return {
        "authId": None,
        "createdAt": _time(world.ago(days=400 - person.index % 300)),
        "editable": True,
        "email": person.address,
        "emailHash": f"{person.index * 7919:032x}",
        "emailProvider": "intermedia",
        "emailSignature": f"<p>{person.name}<br>{person.domain}</p>",
        "ewsEndpoint": None,
        "ewsSslVerifyMode": None,
        "exchangeVersion": None,
        "imapHost": f"imap.{person.domain}",
        "imapPort": 993,
        "imapSsl": True,
        "maxEmailsPerDay": 900,
        "maxMailingsPerDay": 400,
        "maxMailingsPerWeek": 2000,
        "optOutMessage": "Use the button below to stop these messages.",
        "optOutSignature": 'No more mail? <a href="%unsubscribe_url%">Tell us here</a>',
        "prospectEmailExclusions": f"*@{person.domain}\nboard@partner-demo.example",
        "providerId": 12,
        "providerType": "IntermediaAccount",
        "sendDisabled": False,
        "sendErroredAt": None,
        "sendMaxRetries": 6,
        "sendMethod": "smtp",
        "sendPeriod": 60,
        "sendRequiresSync": True,
        "sendSuccessAt": success_at,
        "sendThreshold": 2,
        "sendgridWebhookUrl": "https://app9x.outreach.example/hooks/sendgrid",
        "smtpHost": f"smtp.{person.domain}",
        "smtpPort": 587,
        "smtpSsl": True,
        "smtpUsername": None,
        "syncActiveFrequency": 600,
        "syncDisabled": False,
        "syncErroredAt": None,
        "syncFinishedAt": success_at,
        "syncMethod": "imap",
        "syncOutreachFolder": False,
        "syncPassiveFrequency": 1800,
        "syncSuccessAt": success_at,
        "updatedAt": success_at,
        "userId": user_id,
        "username": person.address,
    }


Oddity = Callable[[Resource, dict[str, object], World], None]


def _set(**changes: object) -> Oddity:
    """An oddity that is nothing but other attributes."""
    return lambda row, attributes, world: attributes.update(changes)  # noqa: ARG005 - the other oddities use them


_NO_SERVERS: dict[str, object] = {"imapHost": None, "imapPort": None, "smtpHost": None, "smtpPort": None}
_EWS: dict[str, object] = {**_NO_SERVERS, "sendMethod": "ews", "syncMethod": "ews", "ewsSslVerifyMode": 1}


def _exchange(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row, world
    attributes.update(_EWS, emailProvider="exchange_server", providerType="ExchangeAccount", exchangeVersion="Exchange2013_SP1")
    attributes["ewsEndpoint"] = "https://mail.meridian.example/EWS/Exchange.asmx"


def _gmail(row: Resource, attributes: dict[str, object], world: World) -> None:
    """OAuth: no hosts, no login, and attributes that no page names."""
    del row, world
    attributes.update(_NO_SERVERS, emailProvider="gmail_api", providerType="GoogleAccount", sendMethod="gmail_api", syncMethod="gmail_api")
    attributes.update(
        authId=9001, username=None, emailSignature=None, maxEmailsPerDay=None, maxMailingsPerDay=None, maxMailingsPerWeek=5000
    )
    attributes.update(deleteQueuedAt=None, sendPermanentErrorAt=None, syncPermanentErrorAt=None)
    attributes.update(ewsCustomSearchFolder=False, ewsDelegateSync=False, ewsImpersonation=False)


def _suspended(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row
    attributes.update(sendDisabled=True, syncDisabled=True, sendSuccessAt=None, sendErroredAt=_time(world.ago(days=3)))


def _send_failing(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row
    attributes.update(sendErroredAt=_time(world.ago(hours=1)), sendSuccessAt=_time(world.ago(hours=30)))


def _send_failed_for_good(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row
    at = _time(world.ago(days=2))
    attributes.update(sendErroredAt=at, sendPermanentErrorAt=at, sendSuccessAt=None, emailProvider="google_oauth2")


def _sync_failing(row: Resource, attributes: dict[str, object], world: World) -> None:
    """Sending stands; an older send error does not count against it."""
    del row
    attributes.update(syncErroredAt=_time(world.ago(minutes=20)), syncSuccessAt=_time(world.ago(days=1)))
    attributes.update(sendErroredAt=_time(world.ago(days=9)))


def _loosely_related(row: Resource, attributes: dict[str, object], world: World) -> None:
    """Relationships with neither `data` nor `links`, with null, with links only."""
    del world
    attributes.update(_NO_SERVERS, sendDisabled=None, sendMethod="graph_api", syncMethod="graph_api", emailProvider="zoho")
    attributes["brandNewFlag"] = True
    row.relationships = {"user": {}, "creator": {"data": None}, "updater": {"links": {"related": f"{HOST}/users/{ADMIN_ID}"}}}


def _bare(row: Resource, attributes: dict[str, object], world: World) -> None:
    """An id of text, no relationships, hardly an attribute."""
    del world
    for name in set(attributes) - {"email", "userId"}:
        del attributes[name]
    row.id = str(row.id)
    row.relationships = msgspec.UNSET
    row.links = msgspec.UNSET


def _dying(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row
    attributes["deleteQueuedAt"] = _time(world.ago(minutes=5))


def _leaking(row: Resource, attributes: dict[str, object], world: World) -> None:
    """The pages promise that these never come back; if they ever did, nobody may see them."""
    del world
    attributes.update(
        password=f"CANARY-outreach-mailbox-password-{row.id}", smtpPassword=LEAKED_SMTP_PASSWORD, sendgridApiKey=LEAKED_API_KEY
    )
    attributes["futureSettings"] = {"ramp": [1, 2, 3], "note": None}


def _unfinished(row: Resource, attributes: dict[str, object], world: World) -> None:
    """Neither sent nor synced yet, and resource members that are null."""
    del world
    attributes.update(sendSuccessAt=None, syncSuccessAt=None, syncFinishedAt=None, updatedAt=None)
    row.meta = None


def _oddly_dated(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row
    attributes.update(syncErroredAt="not a date", updatedAt=f"{world.ago(hours=3):%Y-%m-%dT%H:%M:%S}+02:00", syncFinishedAt="")


LEAKED_SMTP_PASSWORD = "CANARY-outreach-smtp-password"  # noqa: S105 - planted
LEAKED_API_KEY = "CANARY-outreach-sendgrid-key"
_SIGNATURE = "<p>Grüße, <b>Søren</b> 🚀<script>alert('signature')</script><br>“Café”</p>"
_ODDITIES: tuple[Oddity, ...] = (
    _exchange,
    _gmail,
    _set(emailProvider=None, providerId=None, providerType=None, smtpUsername="relay-user"),
    _suspended,
    _send_failing,
    _send_failed_for_good,
    _set(sendDisabled=True),
    _loosely_related,
    _bare,
    _dying,
    _set(imapPort="993", smtpPort="587", maxMailingsPerDay="250", smtpSsl="true", emailProvider="office365_oauth2"),
    _set(imapHost="", smtpHost="", smtpUsername="", emailSignature="", prospectEmailExclusions="", optOutMessage=""),
    _set(emailSignature=_SIGNATURE, username="søren@büro.example"),
    _sync_failing,
    _unfinished,
    _set(**{**_NO_SERVERS, "sendMethod": "sendgrid", "emailProvider": "sendgrid"}),
    _set(imapSsl=False, smtpSsl=False, smtpPort=25, imapPort=143, emailProvider="rackspace"),
    _set(maxMailingsPerDay=9_999_999_999, authId=2**63, maxMailingsPerWeek=-1, sendThreshold=None),
    _oddly_dated,
    _leaking,
    _set(emailProvider="proton_bridge", sendMethod="carrier_pigeon", smtpSsl=None),
    _set(sendDisabled="maybe", imapPort=[993], sendThreshold="two", emailSignature={"html": "<p>?</p>"}, maxMailingsPerDay=0),
    _set(**{**_EWS, "emailProvider": "exchange_online"}),
    _set(prospectEmailExclusions="*@larkfield.example\r\n\n  jonas@quill.example  \n", sendRequiresSync=None, editable=False),
)


def outreach_sandbox(world: World) -> Sandbox:
    """Outreach over the world's people. The base URL of a gateway is where this is mounted, plus `/api/v2`."""
    vendor = Outreach(world)
    app = Starlette(
        routes=[
            _route(vendor, "", MAILBOXES, _root),
            _route(vendor, "/mailboxes", MAILBOXES, _listing),
            _route(vendor, "/mailboxes/{id}", MAILBOXES, _single),
            _route(vendor, "/mailAliases", ALIASES, _listing),
            _route(vendor, "/users", USERS, _listing),
            _route(vendor, "/users/{id}", USERS, _single),
            _route(vendor, "/mailings", MAILINGS, _listing),
            _route(vendor, "/sequenceStates", STATES, _listing),
            _token_route(vendor),
        ]
    )
    app.state.vendor = vendor
    granted = {name(number) for number in range(100) for name in (granted_access_token, granted_refresh_token)}
    tokens = {*vendor.tokens, EXPIRED_TOKEN, CLIENT_SECRET, FIRST_REFRESH_TOKEN, LEAKED_SMTP_PASSWORD, LEAKED_API_KEY}
    secrets = frozenset({*granted, *tokens, *vendor.passwords.values()})
    return Sandbox(app, account={"access_token": ACCESS_TOKEN}, secrets=secrets, base_path="/api/v2")
