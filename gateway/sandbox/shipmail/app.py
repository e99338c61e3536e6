"""ShipMail's routes, the keys and their scopes, and the headers around every answer."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.sandbox.server import Sandbox
from gateway.sandbox.shipmail import actions, folders, mailboxes
from gateway.sandbox.shipmail.answer import Refusal, Row, json_answer, refuse, refuse_http, stamp
from gateway.sandbox.shipmail.attachments import download
from gateway.sandbox.shipmail.box import Box, folder_list, identity_list
from gateway.sandbox.shipmail.idempotency import Replays
from gateway.sandbox.shipmail.inbox import message_list, thread
from gateway.sandbox.shipmail.page import cursor_page
from gateway.sandbox.shipmail.rows import APP_PASSWORD, Mailroom
from gateway.sandbox.shipmail.rules import replace_rules, rule_list
from gateway.sandbox.world import World

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

API_KEY = "sm_live_CANARY-full-7c1e40ab"  # made up
NARROW_API_KEY = "sm_live_CANARY-narrow-55d0f9"  # made up; may read mailboxes and domains
SCOPES = {API_KEY: frozenset({"*"}), NARROW_API_KEY: frozenset({"mailboxes:read", "domains:read"})}
READS_PER_MINUTE = 1000
WRITES_PER_MINUTE = 200


def shipmail_sandbox(world: World, *, max_mailboxes: int | None = None) -> Sandbox:
    """ShipMail with `world.mailboxes` mailboxes and a parked domain for every eight of them; the plan has room for `max_mailboxes`.

    `NARROW_API_KEY` may neither read mail nor write anything.
    """
    room = Mailroom(world, max_mailboxes=max_mailboxes)
    secrets = frozenset({API_KEY, NARROW_API_KEY, APP_PASSWORD})
    return Sandbox(_Gate(_app(room)), account={"api_key": API_KEY}, secrets=secrets)


def _app(room: Mailroom) -> Starlette:
    async def mailbox_list(request: Request) -> Response:
        domain_id = request.query_params.get("domain_id")
        rows = [row for row in reversed(room.mailboxes.values()) if domain_id in (None, row["domain_id"])]
        return json_answer(cursor_page(request, rows, room.ever[::-1]))

    async def mailbox(request: Request) -> Response:
        return json_answer(room.mailbox(request.path_params["id"]))

    async def domains(request: Request) -> Response:
        rows = list(room.domains.values())
        return json_answer(cursor_page(request, rows, rows))

    async def domain(request: Request) -> Response:
        if request.path_params["id"] not in room.domains:
            raise Refusal(404, "not_found", "No domain with that id.")
        return json_answer(room.domains[request.path_params["id"]])

    def inside(answer: Callable[[Box, Request], Row | Response]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            made = answer(room.box(request.path_params["id"]), request)
            return made if isinstance(made, Response) else json_answer(made)

        return endpoint

    reads = (
        Route("/status", _status),
        Route("/domains", _needs("domains:read", domains)),
        Route("/domains/{id}", _needs("domains:read", domain)),
        Route("/mailboxes", _needs("mailboxes:read", mailbox_list)),
        Route("/mailboxes/{id}", _needs("mailboxes:read", mailbox)),
        Route("/mailboxes/{id}/folders", _needs("mailboxes:read", inside(folder_list))),
        Route("/mailboxes/{id}/identities", _needs("mailboxes:read", inside(identity_list))),
        Route("/mailboxes/{id}/rules", _needs("mailboxes:read", inside(rule_list))),
        Route("/mailboxes/{id}/inbox/messages", _needs("messages:read", inside(message_list))),
        Route("/mailboxes/{id}/inbox/threads/{thread_id:path}", _needs("messages:read", inside(thread))),
        Route("/mailboxes/{id}/inbox/attachments", _needs("messages:read", inside(download))),
    )
    return Starlette(routes=[*reads, *_writes(room)], exception_handlers={Refusal: refuse, HTTPException: refuse_http})


def _writes(room: Mailroom) -> list[Route]:
    replays = Replays()

    def on_room(method: str, path: str, work: Callable[[Mailroom, Request], Awaitable[Response]], scope: str) -> Route:
        async def endpoint(request: Request) -> Response:
            return await replays.once(request, partial(work, room)) if method == "POST" else await work(room, request)

        return Route(path, _needs(scope, endpoint), methods=[method])

    def on_box(method: str, path: str, work: Callable[[Box, Request], Awaitable[Response]], scope: str = "mailboxes:write") -> Route:
        async def inside(room: Mailroom, request: Request) -> Response:
            return await work(room.box(request.path_params["id"]), request)

        return on_room(method, f"/mailboxes/{{id}}/{path}", inside, scope)

    return [
        on_room("POST", "/mailboxes", mailboxes.create, "mailboxes:write"),
        on_room("PATCH", "/mailboxes/{id}", mailboxes.rename, "mailboxes:write"),
        on_room("DELETE", "/mailboxes/{id}", mailboxes.delete, "mailboxes:write"),
        on_room("PATCH", "/mailboxes/{id}/password", mailboxes.set_password, "mailboxes:write"),
        on_room("PATCH", "/mailboxes/{id}/auto-reply", mailboxes.set_auto_reply, "mailboxes:write"),
        on_room("PATCH", "/mailboxes/{id}/spam-filter", mailboxes.set_spam_filter, "mailboxes:write"),
        on_box("POST", "folders", folders.create),
        on_box("PATCH", "folders/{folder_id}", folders.rename),
        on_box("DELETE", "folders/{folder_id}", folders.delete),
        on_box("PUT", "rules", replace_rules),
        on_box("PATCH", "inbox/messages/{message_id}", actions.mark, "messages:write"),
        on_box("POST", "inbox/messages/{message_id}/move", actions.move, "messages:write"),
        on_box("DELETE", "inbox/messages/{message_id}", actions.delete, "messages:write"),
    ]


class _Gate:
    """Before the app: who is asking. Around it: the headers that every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._numbers = count(0x4B0000)
        self._used: dict[tuple[str, int, int], int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request.state.request_id = f"req_{next(self._numbers):x}"
        request.state.key = key = _bearer(request)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({"x-request-id": request.state.request_id, **self._rate_headers(key, scope["method"])})
            await send(message)

        is_open = scope["path"].removeprefix(scope.get("root_path", "")) == "/status"
        if is_open or key in SCOPES:
            await self._app(scope, receive, send_with_headers)
            return
        refusal = refuse(request, Refusal(401, "authentication_error", "The API key is missing or not valid."))
        refusal.headers["www-authenticate"] = "Bearer"
        await refusal(scope, receive, send_with_headers)

    def _rate_headers(self, key: str, method: str) -> dict[str, str]:
        """Reads and writes are counted apart (the tiers "read" and "write")."""
        limit = READS_PER_MINUTE if method in ("GET", "HEAD") else WRITES_PER_MINUTE
        minute = int(time.time() // 60)
        self._used = {place: used for place, used in self._used.items() if place[2] == minute}
        self._used[key, limit, minute] = used = self._used.get((key, limit, minute), 0) + 1
        reset = str((minute + 1) * 60)
        return {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(max(0, limit - used)), "x-ratelimit-reset": reset}


def _bearer(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _needs(scope: str, endpoint: Endpoint) -> Endpoint:
    """The endpoint for keys that have this scope. The refusal shows the key, as careless vendors do."""

    async def guarded(request: Request) -> Response:
        key = request.state.key
        if not SCOPES[key] & {"*", scope}:
            raise Refusal(403, "authorization_error", f"This key ({key}) lacks the scope {scope}.")
        return await endpoint(request)

    return guarded


async def _status(request: Request) -> Response:
    return json_answer({"status": "ok", "version": "1", "time": stamp(datetime.now(UTC)), "request_id": request.state.request_id})
