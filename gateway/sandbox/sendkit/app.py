"""The calls, the keys that open them, and the sandbox made of both."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.sendkit.answer import Refusal, data_answer, json_answer, refuse, refuse_route
from gateway.sandbox.sendkit.control import VERBS
from gateway.sandbox.sendkit.filter import list_tests, search_test
from gateway.sandbox.sendkit.mailbox import KitMailbox, Row, moment
from gateway.sandbox.sendkit.oddity import ACCESS_TOKEN, PASSWORD, REFRESH_TOKEN
from gateway.sandbox.sendkit.page import page_of
from gateway.sandbox.sendkit.query import check_day, whole
from gateway.sandbox.sendkit.report import analytics, health
from gateway.sandbox.sendkit.rows import Mailboxes
from gateway.sandbox.sendkit.warmup import daily_mails, mail_days, started_at, sums_of, totals, warmup_in_stats
from gateway.sandbox.sendkit.writes import CONSENT, Plan, Writes
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World

WORKSPACE_KEY = "sk_live_CANARY-sendkit-workspace-key"
PLATFORM_KEY = "sk_user_CANARY-sendkit-platform-key"
WORKSPACE_ID = "66f0aa11bb22cc33dd44ee55"
SECRETS = frozenset({WORKSPACE_KEY, PLATFORM_KEY, PASSWORD, ACCESS_TOKEN, REFRESH_TOKEN})
DEFAULT_DAYS, MAX_DAYS = 30, 90


VERIFY_SECONDS = 3.0
"""Long enough for a person to watch it."""


def sendkit_sandbox(
    world: World, *, verify_seconds: float = VERIFY_SECONDS, max_mailboxes: int | None = None, is_subscribed: bool = True
) -> Sandbox:
    """SendKit with the world's mailboxes in one workspace, reached by its workspace key; for the rest see `Plan`."""
    plan = Plan(verify_seconds=verify_seconds, max_mailboxes=max_mailboxes, is_subscribed=is_subscribed)
    return Sandbox(SendkitVendor(world, plan).app(), account={"api_key": WORKSPACE_KEY}, secrets=SECRETS)


class SendkitVendor:
    """The store and the calls on it."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world = world
        self.mailboxes = Mailboxes(world)
        self.writes = Writes(self.mailboxes, plan)

    def app(self) -> Starlette:
        """All paths below https://api.sendkit.ai."""
        reads: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "/v1/mailboxes": self.list_mailboxes,
            "/v1/mailboxes/{mailbox_id}": self.get_mailbox,
            "/v1/mailboxes/{mailbox_id}/health": self.get_health,
            "/v1/mailboxes/{mailbox_id}/connection-test": self.get_connection_test,
            "/v1/warmup/stats": self.list_warmup_stats,
            "/v1/warmup/stats/{mailbox_id}": self.get_warmup_stats,
            "/v1/warmup/config/{mailbox_id}": self.get_warmup_config,
            "/v1/analytics/mailboxes": self.list_analytics,
        }
        writes: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
            ("POST", "/v1/mailboxes"): self.writes.create,
            ("POST", "/v1/mailboxes/import/smtp"): self.writes.import_file,
            **{("POST", f"/v1/mailboxes/connect/{name}"): partial(self.writes.connect, provider=name) for name in CONSENT},
            ("PATCH", "/v1/mailboxes/{mailbox_id}"): self._on_mailbox(self.writes.update),
            ("DELETE", "/v1/mailboxes/{mailbox_id}"): self._on_mailbox(self.writes.delete),
            ("PATCH", "/v1/warmup/config/{mailbox_id}"): self._on_mailbox(self.writes.configure_warmup),
            **{
                ("POST", f"/v1/warmup/{verb}/{{mailbox_id}}"): self._on_mailbox(partial(self.writes.control_warmup, verb=verb))
                for verb in VERBS
            },
        }
        routes = [Route(path, self._in_workspace(call)) for path, call in reads.items()]
        routes += [Route(path, self._in_workspace(call), methods=[method]) for (method, path), call in writes.items()]
        routes += [Route("/v1/workspaces", self.list_workspaces), Route("/v1/account", self.get_account)]
        return Starlette(routes=routes, exception_handlers={Refusal: refuse, HTTPException: refuse_route})

    async def list_mailboxes(self, request: Request) -> Response:
        page, pagination = page_of(self.mailboxes, request.query_params, list_tests(request.query_params))
        return data_answer([mailbox.row for mailbox in page], pagination=pagination)

    async def get_mailbox(self, request: Request) -> Response:
        return data_answer(self._found(request).detail)

    async def get_health(self, request: Request) -> Response:
        return data_answer(health(self._found(request)))

    async def get_connection_test(self, request: Request) -> Response:
        """A failure stays readable when its mailbox is gone."""
        failed = self.mailboxes.failed_tests.get(request.path_params["mailbox_id"])
        return data_answer(failed or self._found(request).connection_test)

    async def list_warmup_stats(self, request: Request) -> Response:
        days = whole(request.query_params, "days", default=7, most=MAX_DAYS)
        tests = [search_test(request.query_params["search"])] if "search" in request.query_params else []
        tests.append(lambda mailbox: bool(mailbox.metrics))
        page, pagination = page_of(self.mailboxes, request.query_params, tests)
        stats = {mailbox.id: totals(mailbox, self.world, days) for mailbox in page}
        warming = sum(mailbox.warmup["status"] == "in_progress" for mailbox in page)
        summary = sums_of(stats.values()) | {"warmingMailboxes": warming, "days": days}
        rows = [{**_who(mailbox), "warmup": warmup_in_stats(mailbox, self.world), "stats": stats[mailbox.id]} for mailbox in page]
        return data_answer({"summary": summary, "mailboxes": rows}, pagination=pagination)

    async def get_warmup_stats(self, request: Request) -> Response:
        days = whole(request.query_params, "days", default=DEFAULT_DAYS, most=MAX_DAYS)
        mailbox = self._found(request)
        daily = daily_mails(mailbox, self.world, days)
        sums = {name: sum(day[name] for day in daily) for name in ("sent", "inbox", "spam")}
        missed = sums["sent"] - sums["inbox"] - sums["spam"]
        placement = {"inbox": sums["inbox"], "spam": sums["spam"], "promotions": missed, "other": 0, "not_detected": 0}
        dated = [{"_id": on.isoformat(), **day} for on, day in zip(mail_days(mailbox, self.world, days), daily, strict=True)]
        warmup = mailbox.warmup | {"startedAt": started_at(mailbox, self.world)}
        body = {"mailbox": _who(mailbox), "warmup": warmup, "totalSent": sums["sent"], "placementBreakdown": placement}
        return data_answer(body | {"dailyStats": dated, "days": days})

    async def get_warmup_config(self, request: Request) -> Response:
        return data_answer(self._found(request).warmup.get("config") or {})

    async def list_analytics(self, request: Request) -> Response:
        """All mailboxes in one answer."""
        for name in ("from", "to"):
            if name in request.query_params:
                check_day(name, request.query_params[name])
        return data_answer([analytics(mailbox) for mailbox in self.mailboxes.by_id.values()])

    async def list_workspaces(self, request: Request) -> Response:
        _key(request)
        created = moment(self.world.ago(days=800))
        owner = "66f0aa11bb22cc33dd44ee01"
        return data_answer([{"id": WORKSPACE_ID, "name": "Lakeside EMEA", "ownerId": owner, "memberCount": 4, "createdAt": created}])

    async def get_account(self, request: Request) -> Response:
        """For platform keys only; the refusal has the flat shape of the newer pages (get-v1-account)."""
        if _key(request) != PLATFORM_KEY:
            return json_answer({"error": "Forbidden", "message": "No access to this resource", "code": 403}, 403)
        return data_answer({"id": "66f0aa11bb22cc33dd44ee01", "email": "owner@lakeside-demo.example"})

    def _on_mailbox(self, write: Callable[[Request, KitMailbox], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def find_and_write(request: Request) -> Response:
            return await write(request, self._found(request))

        return find_and_write

    def _in_workspace(self, call: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def checked(request: Request) -> Response:
            _check_workspace(request)
            self.mailboxes.catch_up()
            return await call(request)

        return checked

    def _found(self, request: Request) -> KitMailbox:
        mailbox = self.mailboxes.by_id.get(request.path_params["mailbox_id"])
        if mailbox is None:
            raise Refusal(404, "NOT_FOUND", "No such mailbox")
        return mailbox


def _who(mailbox: KitMailbox) -> Row:
    """A mailbox in the warm-up statistics: here the id is called `id`."""
    return {"id": mailbox.id, "email": mailbox.detail["email"], "displayName": mailbox.detail.get("displayName")}


def _key(request: Request) -> str:
    """The key of a request: `X-Api-Key`, or `Authorization: Bearer` (getting started)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    key = request.headers.get("x-api-key") or (token if scheme.lower() == "bearer" else "")
    if key not in (WORKSPACE_KEY, PLATFORM_KEY):
        raise Refusal(401, "UNAUTHORIZED", "API key missing or not valid")
    return key


def _check_workspace(request: Request) -> None:
    """A platform key must name the workspace, a workspace key must not; the codes of these refusals are assumed."""
    key, workspace = _key(request), request.headers.get("x-workspace-id")
    if key == WORKSPACE_KEY and workspace is not None:
        raise Refusal(400, "BAD_REQUEST", "X-Workspace-Id must not be sent with a workspace key")
    if key == PLATFORM_KEY and workspace is None:
        raise Refusal(400, "WORKSPACE_REQUIRED", "X-Workspace-Id header is needed with a platform key")
    if key == PLATFORM_KEY and workspace != WORKSPACE_ID:
        raise Refusal(403, "FORBIDDEN", "No access to this workspace")
