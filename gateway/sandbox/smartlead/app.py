"""The vendor's paths, its key, and the sandbox made of them."""

import time
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from gateway.sandbox.server import Sandbox
from gateway.sandbox.smartlead.account import EmailAccount
from gateway.sandbox.smartlead.answer import Refusal, json_answer
from gateway.sandbox.smartlead.body import TAG_LIST, list_of, read_body
from gateway.sandbox.smartlead.connection import Connection
from gateway.sandbox.smartlead.query import BOOLEANS, choice, wanted, whole
from gateway.sandbox.smartlead.quota import CallQuota
from gateway.sandbox.smartlead.rows import CAMPAIGNS, email_accounts, planted
from gateway.sandbox.smartlead.stats import health_row, warmup_stats
from gateway.sandbox.smartlead.tags import TagBook, tags_of
from gateway.sandbox.smartlead.writing import SmartleadWriting
from gateway.sandbox.world import World

Answerer: TypeAlias = Callable[[Request], Response | Awaitable[Response]]

API_KEY = "CANARY-smartlead-key-5d1c"
MOST_ROWS = 100


class SmartleadBackend:
    """The vendor's state and its answers to reads; `SmartleadWriting` has those to writes."""

    def __init__(self, world: World, quota: CallQuota, connection: Connection, *, allows_twins: bool) -> None:
        self._world = world
        self._quota = quota
        self.accounts = email_accounts(world)
        self.tags = TagBook()
        self._writing = SmartleadWriting(self.accounts, self.tags, connection, allows_twins=allows_twins)

    def router(self) -> Router:
        """The vendor's paths; a slash too many or too few, or another method, is not found, since no page promises a redirect."""
        reads: dict[str, Answerer] = {
            "/email-accounts/": self.list_accounts,
            "/email-accounts": self.list_accounts,  # working clients call the list both ways
            "/email-accounts/tags": self.list_tags,
            "/email-accounts/{account_id}/": self.get_account,
            "/email-accounts/{account_id}/warmup-stats": self.get_warmup_stats,
            "/campaigns/{campaign_id}/email-accounts": self.list_campaign_accounts,
            "/analytics/mailbox/name-wise-health-metrics": self.get_health,
        }
        writing = self._writing
        writes: list[tuple[str, str, Answerer]] = [
            ("POST", "/email-accounts/save", writing.save),
            ("POST", "/email-accounts/save-oauth", writing.save_oauth),
            ("POST", "/email-accounts/tag-list", self.list_tags_of),
            ("POST", "/email-accounts/tag-mapping", writing.assign_tags),
            ("DELETE", "/email-accounts/tag-mapping", writing.unassign_tags),
            ("POST", "/email-accounts/tag-manager", writing.update_tag),
            ("POST", "/tags", writing.create_tag),
            ("PUT", "/email-accounts/suspend/{account_id}", writing.suspend),
            ("DELETE", "/email-accounts/unsuspend/{account_id}", writing.unsuspend),
            ("POST", "/email-accounts/{account_id}/warmup", writing.set_warmup),
            ("POST", "/email-accounts/{account_id}", writing.update),
            ("DELETE", "/email-accounts/{account_id}", writing.delete),
        ]
        routes = [Route(path, self._guarded(answer), methods=["GET"]) for path, answer in reads.items()]
        routes += [Route(path, self._guarded(answer), methods=[method]) for method, path, answer in writes]
        routes.append(Route("/{rest:path}", _not_found, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]))
        return Router(routes, redirect_slashes=False)

    def _guarded(self, answer: Answerer) -> Callable[[Request], Awaitable[Response]]:
        """The key first, then the quota, then the answer."""

        async def guarded(request: Request) -> Response:
            try:
                _authenticate(request)
                headers = self._quota.take()
            except Refusal as refusal:
                return refusal.response
            try:
                answered = answer(request)
                response = answered if isinstance(answered, Response) else await answered
            except Refusal as refusal:
                response = refusal.response
            response.headers.update(headers)
            return response

        return guarded

    def list_accounts(self, request: Request) -> Response:
        """A bare array; no total, no next link."""
        offset = whole(request, "offset", default=0, least=0)
        limit = whole(request, "limit", default=MOST_ROWS, least=1, most=MOST_ROWS)
        with_campaigns = choice(request, "fetch_campaigns", BOOLEANS) == "true"
        found = wanted(request, list(self.accounts.values()))
        return json_answer([account.list_row(with_campaigns=with_campaigns) for account in found[offset : offset + limit]])

    def get_account(self, request: Request) -> Response:
        """One mailbox, without list-only keys."""
        with_campaigns = choice(request, "fetch_campaigns", BOOLEANS) == "true"
        return json_answer(self._account(request).detail(with_campaigns=with_campaigns))

    def list_tags(self, request: Request) -> Response:
        """A bare array; here a tag is `id`, `name`, `color`."""
        del request
        return json_answer(self.tags.rows)

    async def list_tags_of(self, request: Request) -> Response:
        """The tags of mailboxes by their addresses."""
        body = await read_body(request, TAG_LIST)
        asked = {str(address).casefold() for address in list_of(body["email_ids"])}
        found = [account for account in self.accounts.values() if str(account.both["from_email"]).casefold() in asked]
        return json_answer({"ok": True, "data": [tags_of(account) for account in found]})

    def get_warmup_stats(self, request: Request) -> Response:
        """Seven days, in either of the two shapes; 404 where warm-up was never set up."""
        account = self._account(request)
        if account.warmup is None:
            raise Refusal(404, {"error": "Email account not found"})
        return json_answer(warmup_stats(self._world, account))

    def list_campaign_accounts(self, request: Request) -> Response:
        """A bare array of list rows."""
        campaign = request.path_params["campaign_id"]
        if campaign not in map(str, CAMPAIGNS):
            raise Refusal(404, {"error": "Campaign not found"})
        with_tags = choice(request, "include_tags", BOOLEANS) == "true"
        users = [account.list_row(with_campaigns=False) for account in self.accounts.values() if int(campaign) in account.campaign_ids]
        return json_answer(users if with_tags else [{key: value for key, value in row.items() if key != "tags"} for row in users])

    def get_health(self, request: Request) -> Response:
        """By address, not by id; who has sent nothing may be missing."""
        for name in ("start_date", "end_date"):
            try:
                date.fromisoformat(request.query_params.get(name, ""))
            except ValueError:
                raise Refusal(422, {"error": f"{name} must be a valid date in YYYY-MM-DD format"}) from None
        offset = whole(request, "offset", default=0, least=0)
        limit = whole(request, "limit", default=len(self.accounts), least=1)
        rows = [health_row(self._world, account) for account in self.accounts.values() if account.index % 5 != 4]  # noqa: PLR2004 - every fifth sent nothing
        return json_answer({"ok": True, "data": {"email_health_metrics": rows[offset : offset + limit]}})

    def _account(self, request: Request) -> EmailAccount:
        named = request.path_params["account_id"]
        account = self.accounts.get(int(named)) if named.isascii() and named.isdecimal() else None
        if account is None:
            raise Refusal(404, {"error": "Email account not found"})
        return account


def smartlead_sandbox(
    world: World,
    *,
    quota: bool = False,
    clock: Callable[[], float] = time.monotonic,
    login_seconds: float = 0.02,
    allows_twins: bool = True,
) -> Sandbox:
    """Smartlead with `world`'s people.

    `quota` True makes it count calls and refuse the eleventh in 2 s, the sixty-first in 60 s. `login_seconds` is how long a login to a
    mail server takes. `allows_twins`: whether an address can be added twice; the vendor's page does not say.
    """
    backend = SmartleadBackend(world, CallQuota(enforced=quota, clock=clock), Connection(login_seconds), allows_twins=allows_twins)
    secrets = frozenset({API_KEY, *planted(backend.accounts.values())})
    return Sandbox(backend.router(), account={"api_key": API_KEY}, secrets=secrets)


async def _not_found(request: Request) -> Response:
    del request
    return Response("Not Found", 404, media_type="text/plain")


def _authenticate(request: Request) -> None:
    """The key is a query parameter; the pages show two bodies for a bad one."""
    key = request.query_params.get("api_key")
    if not key:
        raise Refusal(401, {"success": False, "error": {"code": "UNAUTHORIZED", "message": "Invalid or missing API key"}})
    if key != API_KEY:
        raise Refusal(401, {"message": "Invalid API Key"})
