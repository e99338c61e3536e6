"""The app: its routes, who may ask, and what a list or a single row is answered with."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.outreach.action import ACTIONS
from gateway.sandbox.outreach.change import created, deleted, updated
from gateway.sandbox.outreach.oauth import (
    ACCESS_TOKEN,
    CLIENT_SECRET,
    DELETE_SCOPE,
    EXPIRED_TOKEN,
    FIRST_REFRESH_TOKEN,
    WRITE_SCOPE,
    OAuth,
    granted_access_token,
    granted_refresh_token,
)
from gateway.sandbox.outreach.oddity import LEAKED_API_KEY, LEAKED_SMTP_PASSWORD
from gateway.sandbox.outreach.page import cursor_page, offset_page
from gateway.sandbox.outreach.query import Query, sort_key
from gateway.sandbox.outreach.quota import Quota
from gateway.sandbox.outreach.refusal import MEDIA_TYPE, Refusal, refusal
from gateway.sandbox.outreach.resource import ALIASES, MAILBOXES, MAILINGS, STATES, USERS, Kind, Resource
from gateway.sandbox.outreach.rows import Rows
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World


class Outreach:
    """The vendor's state: what there is, whose tokens are good, and how much was asked."""

    def __init__(self, world: World) -> None:
        self.rows = Rows(world)
        self.oauth = OAuth()
        self.quota = Quota(world)

    def admit(self, request: Request) -> frozenset[str]:
        """The scopes of the request's token. Raises `Refusal`."""
        scopes = self.oauth.scopes(request.headers.get("authorization", ""))
        if request.headers.get("content-type", "").partition(";")[0].strip() != MEDIA_TYPE:
            detail = f"Content-Type must be '{MEDIA_TYPE}'."
            raise refusal(415, "unsupportedMediaType", "Unsupported Media Type", detail, detail_key="details")
        self.quota.count()
        self.rows.finish_deletions()
        return scopes


def _listing(vendor: Outreach, kind: Kind, request: Request, scopes: frozenset[str]) -> dict[str, object]:
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    query = Query(kind, pairs)
    _require_scopes(kind, query, scopes)
    rows = [row for row in vendor.rows.of(kind, query) if all(test(row) for test in query.tests)]
    for order in reversed(query.sort):
        attribute = order.removeprefix("-")
        rows.sort(key=lambda row: sort_key(row.value(attribute)), reverse=order.startswith("-"))
    page, links = offset_page(kind, query, rows) if "limit" in query.page or "offset" in query.page else cursor_page(kind, query, rows)
    body: dict[str, object] = {"data": [_shown(row, query) for row in page]}
    if query.includes:
        body["included"] = [_trimmed(row, query) for row in vendor.rows.include(kind, query.includes, page)]
    body["links"] = links
    if (meta := vendor.rows.count_meta(kind, query, len(rows))) is not None:
        body["meta"] = meta
    return body


def _single(vendor: Outreach, kind: Kind, request: Request, scopes: frozenset[str]) -> dict[str, object]:
    query = Query(kind, parse_qsl(request.url.query, keep_blank_values=True))
    _require_scopes(kind, query, scopes)
    row = _found(vendor, kind, request)
    body: dict[str, object] = {"data": _shown(row, query)}
    if query.includes:
        body["included"] = [_trimmed(each, query) for each in vendor.rows.include(kind, query.includes, [row])]
    return body


def _found(vendor: Outreach, kind: Kind, request: Request) -> Resource:
    text = request.path_params["id"]
    rows = {MAILBOXES.type: vendor.rows.mailboxes, USERS.type: vendor.rows.users}[kind.type]
    row = rows.get(int(text)) if text.isdecimal() else None
    if row is None:
        raise refusal(404, "resourceNotFound", "Resource Not Found", f"No '{kind.type}' with ID '{text}'.")
    return row


def _create(vendor: Outreach, request: Request, body: bytes) -> dict[str, object]:
    del request
    return {"data": created(vendor.rows, body)}


def _update(vendor: Outreach, request: Request, body: bytes) -> dict[str, object]:
    return {"data": updated(vendor.rows, _found(vendor, MAILBOXES, request), body)}


def _delete(vendor: Outreach, request: Request, body: bytes) -> None:
    del body
    deleted(vendor.rows, _found(vendor, MAILBOXES, request))


def _act(vendor: Outreach, request: Request, body: bytes) -> dict[str, object]:
    row, action = _found(vendor, MAILBOXES, request), ACTIONS.get(request.path_params["action"])
    if action is None:
        raise refusal(404, "resourceNotFound", "Resource Not Found", "No such action.")
    if body or request.url.query:
        raise refusal(400, "invalidActionParams", "Invalid Action Params", "This action takes no parameters.")
    return action(vendor.rows, row)


def _root(vendor: Outreach, kind: Kind, request: Request, scopes: frozenset[str]) -> dict[str, object]:
    """What the token is good for; the page shows no body, so this one is made up."""
    del vendor, kind, request
    return {"meta": {"scopes": sorted(scopes)}}


def _require_scopes(kind: Kind, query: Query | None, scopes: frozenset[str]) -> None:
    """A collection needs its scope, and so do the users who are included."""
    _require_scope(kind.scope, scopes)
    if query and any(kind.includes[name] == "user" for name in query.includes):
        _require_scope(USERS.scope, scopes)


def _require_scope(scope: str, scopes: frozenset[str]) -> None:
    if scope not in scopes:
        detail = f"Required scope '{scope}' is not part of this authorization."
        raise refusal(403, "unauthorizedOauthScope", "Unauthorized OAuth Scope", detail)


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


Handle = Callable[[Outreach, Kind, Request, frozenset[str]], dict[str, object]]


def _route(vendor: Outreach, path: str, kind: Kind, handle: Handle) -> Route:
    async def endpoint(request: Request) -> Response:
        return _answer(vendor, request, lambda scopes: Response(msgspec.json.encode(handle(vendor, kind, request, scopes))))

    return Route(f"/api/v2{path}", endpoint, methods=["GET"])


Write = Callable[[Outreach, Request, bytes], dict[str, object] | None]


def _write_route(vendor: Outreach, method: str, path: str, scope: str, write: Write, *, status: int) -> Route:
    async def endpoint(request: Request) -> Response:
        body = await request.body()

        def answer(scopes: frozenset[str]) -> Response:
            _require_scope(scope, scopes)
            written = write(vendor, request, body)
            return Response(None if written is None else msgspec.json.encode(written), status)

        return _answer(vendor, request, answer)

    return Route(f"/api/v2{path}", endpoint, methods=[method])


def _answer(vendor: Outreach, request: Request, handle: Callable[[frozenset[str]], Response]) -> Response:
    try:
        answer = handle(vendor.admit(request))
        if answer.body:
            answer.headers["content-type"] = MEDIA_TYPE
    except Refusal as refused:
        answer = refused.answer
        if refused.status == 401:  # noqa: PLR2004 - nobody's limit is known yet
            return answer
    answer.headers.update(vendor.quota.headers())
    return answer


def _token_route(vendor: Outreach) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            granted = vendor.oauth.grant(dict(parse_qsl((await request.body()).decode(), keep_blank_values=True)))
        except Refusal as refused:
            return refused.answer
        return Response(msgspec.json.encode(granted), media_type="application/json; charset=utf-8")

    return Route("/oauth/token", endpoint, methods=["POST"])


def outreach_sandbox(world: World) -> Sandbox:
    """Outreach over the world's people. The base URL of a gateway is where this is mounted, plus `/api/v2`."""
    vendor = Outreach(world)
    app = Starlette(
        routes=[
            _route(vendor, "", MAILBOXES, _root),
            _route(vendor, "/mailboxes", MAILBOXES, _listing),
            _route(vendor, "/mailboxes/{id}", MAILBOXES, _single),
            _write_route(vendor, "POST", "/mailboxes", WRITE_SCOPE, _create, status=201),
            _write_route(vendor, "PATCH", "/mailboxes/{id}", WRITE_SCOPE, _update, status=200),
            _write_route(vendor, "DELETE", "/mailboxes/{id}", DELETE_SCOPE, _delete, status=204),
            _write_route(vendor, "POST", "/mailboxes/{id}/actions/{action}", WRITE_SCOPE, _act, status=200),
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
    tokens = {*vendor.oauth.tokens, EXPIRED_TOKEN, CLIENT_SECRET, FIRST_REFRESH_TOKEN, LEAKED_SMTP_PASSWORD, LEAKED_API_KEY}
    passwords = (secret for secrets in vendor.rows.secrets.values() for secret in secrets.values())
    secrets = frozenset({*granted, *tokens, *passwords})
    return Sandbox(app, account={"access_token": ACCESS_TOKEN}, secrets=secrets, base_path="/api/v2")
