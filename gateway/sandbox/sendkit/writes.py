"""The calls that change something."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from math import ceil

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox.sendkit.answer import Refusal, data_answer
from gateway.sandbox.sendkit.body import checked, is_object, is_tags, is_text, is_truth, is_whole, json_body, no_body
from gateway.sandbox.sendkit.control import check_config, check_start, configure, move
from gateway.sandbox.sendkit.creation import RECORDS, as_created, check_creation, clamped, login_problem, new_mailbox
from gateway.sandbox.sendkit.mailbox import KitMailbox, Row, moment
from gateway.sandbox.sendkit.rows import Mailboxes
from gateway.sandbox.sendkit.upload import Upload, read_upload

TESTS_AT_ONCE = 20
_CHANGES = {"displayName": is_text, "dailySendLimit": is_whole, "signature": is_text, "sendingEnabled": is_truth, "tags": is_tags}
_PATCHED = ("_id", "email", "displayName", "dailySendLimit", "sendingEnabled", "tags", "updatedAt")
CONSENT: Mapping[str, str] = {
    "google": "https://accounts.google.example/o/oauth2/v2/auth?client_id=sandbox&response_type=code",
    "outlook": "https://login.microsoftonline.example/common/oauth2/v2.0/authorize?client_id=sandbox&response_type=code",
}


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How the vendor treats this workspace: `max_mailboxes` None is a plan without a limit, `verify_seconds` is how long a test of a
    mailbox's credentials takes.
    """

    verify_seconds: float
    max_mailboxes: int | None
    is_subscribed: bool


class Writes:
    """Changes to the store."""

    def __init__(self, mailboxes: Mailboxes, plan: Plan) -> None:
        self.mailboxes = mailboxes
        self.plan = plan

    async def create(self, request: Request) -> Response:
        """Queued only: workers verify it later. No page says that the status is 201."""
        body = check_creation(await json_body(request))
        self._check_plan(requested=1)
        if self.mailboxes.has_address(str(body["email"]).lower()):
            raise Refusal(409, "CONFLICT", "Mailbox already exists")
        mailbox = self._add(body)
        self.mailboxes.later(self.plan.verify_seconds, partial(self._finish, mailbox, login_problem(body)))
        message = 'Mailbox queued for SMTP verification. Poll the connection test until status is no longer "inactive".'
        return data_answer(as_created(mailbox), status=201, message=message)

    async def import_file(self, request: Request) -> Response:
        """Tests all rows, some at a time, and then answers."""
        upload = await read_upload(request)
        self._check_plan(requested=len(upload.bodies))
        if not upload.skips_test:
            await asyncio.sleep(self.plan.verify_seconds * ceil(len(upload.bodies) / TESTS_AT_ONCE))
        counts, errors = {"imported": 0, "skipped": 0, "failed": 0}, []
        for body in upload.bodies:
            end, problem = self._import(body, upload)
            counts[end] += 1
            errors += [{"email": body["email"], "error": problem}] if problem else []
        return data_answer({**counts, "errors": errors})

    async def connect(self, request: Request, *, provider: str) -> Response:
        """No id and no handle comes with the page."""
        await no_body(request)
        return data_answer({"authUrl": CONSENT[provider], "instructions": "Open the link in a browser and approve."})

    async def update(self, request: Request, mailbox: KitMailbox) -> Response:
        changes = checked(await json_body(request), _CHANGES)
        if "dailySendLimit" in changes:
            changes["dailySendLimit"] = clamped(changes["dailySendLimit"])
        mailbox.detail.update(changes, updatedAt=moment(datetime.now(UTC)))
        return data_answer({name: mailbox.detail[name] for name in _PATCHED if name in mailbox.detail})

    async def delete(self, request: Request, mailbox: KitMailbox) -> Response:
        """How a refusal looks is assumed (delete-v1-mailboxes-mailboxid)."""
        await no_body(request)
        if mailbox.in_active_campaign:
            raise Refusal(409, "CONFLICT", "Mailbox belongs to an active campaign")
        self.mailboxes.remove(mailbox.id)
        return data_answer({"message": "Mailbox deleted"})

    async def control_warmup(self, request: Request, mailbox: KitMailbox, *, verb: str) -> Response:
        config: Row = {}
        if verb != "start":
            await no_body(request)
        elif await request.body():
            given = checked(await json_body(request), {"config": is_object}).get("config")
            config = check_start(given) if isinstance(given, dict) else {}
        move(mailbox, verb)
        if config:
            configure(mailbox, config)
        return data_answer({"message": "ok"})

    async def configure_warmup(self, request: Request, mailbox: KitMailbox) -> Response:
        return data_answer(configure(mailbox, check_config(await json_body(request))))

    def _check_plan(self, *, requested: int) -> None:
        if not self.plan.is_subscribed:
            raise Refusal(403, "SUBSCRIPTION_REQUIRED", "Workspace owner needs an active subscription to add mailboxes")
        used, most = len(self.mailboxes.by_id), self.plan.max_mailboxes
        if most is not None and used + requested > most:
            counts = {"currentUsage": used, "maxMailboxes": most, "requested": requested}
            raise Refusal(403, "LIMIT_REACHED", "Mailbox limit reached for your plan", **counts)

    def _add(self, body: Row) -> KitMailbox:
        mailbox = new_mailbox(self.mailboxes.new_id(), body)
        self.mailboxes.add(mailbox)
        return mailbox

    def _import(self, body: Row, upload: Upload) -> tuple[str, str | None]:
        """Under what a row is counted, and why it failed."""
        if self.mailboxes.has_address(str(body["email"]).lower()):
            return "skipped", None
        problem = None if upload.skips_test else login_problem(body)
        if problem:
            return "failed", problem
        mailbox = self._add(body)
        mailbox.detail["tags"] = [upload.tag] if upload.tag else []
        if upload.skips_test:
            mailbox.detail["status"] = "pending"
        else:
            self._finish(mailbox, None)
        return "imported", None

    def _finish(self, mailbox: KitMailbox, problem: str | None) -> None:
        """The end of a verification: a mailbox that failed goes, and what is said of its test stays. The DNS check comes last."""
        if mailbox.id not in self.mailboxes.by_id:
            return
        if problem:
            self.mailboxes.failed_tests[mailbox.id] = {"status": "failed", "error": problem}
            self.mailboxes.remove(mailbox.id)
            return
        mailbox.connection_test = {"status": "passed"}
        mailbox.detail.update(status="active", sendingEnabled=True, updatedAt=moment(datetime.now(UTC)))
        self.mailboxes.later(self.plan.verify_seconds, partial(_check_dns, mailbox))


def _check_dns(mailbox: KitMailbox) -> None:
    mailbox.detail["setupStatus"] = {"healthScore": 100, **{name: {"status": "pass"} for name in RECORDS}}
