"""The vendor's answers to writes."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox.smartlead.account import EmailAccount, Row
from gateway.sandbox.smartlead.answer import Refusal, json_answer
from gateway.sandbox.smartlead.body import (
    SAVE,
    SAVE_OAUTH,
    TAG,
    TAG_CHANGE,
    TAG_MAPPING,
    TOKEN,
    UPDATE,
    WARMUP,
    checked,
    list_of,
    read_body,
)
from gateway.sandbox.smartlead.connection import Connection
from gateway.sandbox.smartlead.rows import FIRST_ID
from gateway.sandbox.smartlead.saving import new_account, save_oauth, save_password, save_settings, save_warmup, suspend
from gateway.sandbox.smartlead.tags import TagBook, put_on, take_off

Save = Callable[[EmailAccount, Row], None]


class SmartleadWriting:
    """Over the same mailboxes and tags as the reads."""

    def __init__(self, accounts: dict[int, EmailAccount], tags: TagBook, connection: Connection, *, allows_twins: bool) -> None:
        self._accounts = accounts
        self._tags = tags
        self._connection = connection
        self._allows_twins = allows_twins
        self._next_index = len(accounts)
        self.deleted: list[EmailAccount] = []

    async def save(self, request: Request) -> Response:
        """Creates with `id` null or without one, overwrites with a number; the logins are tried before."""
        body = await read_body(request, SAVE)
        account = self._meant(body)
        await self._connection.check_password(body)
        account = self._save(account, body, save_password)
        data = {**_saved(account), "warmup_details": _warmup_in_answer(account)}
        return json_answer({"ok": True, "message": "Email account added successfully", "data": data})

    async def save_oauth(self, request: Request) -> Response:
        """Likewise, with a token in place of a password."""
        body = await read_body(request, SAVE_OAUTH)
        token = body["token"]
        checked(token if isinstance(token, dict) else {}, TOKEN)
        account = self._meant(body)
        await self._connection.check_token(token if isinstance(token, dict) else {})
        account = self._save(account, body, save_oauth)
        data = {**_saved(account), "type": account.both["type"]}
        return json_answer({"ok": True, "message": "OAuth account added successfully", "data": data})

    async def update(self, request: Request) -> Response:
        """Settings; the answer has no object."""
        account = self._account(request)
        save_settings(account, await read_body(request, UPDATE))
        account.touch()
        return json_answer({"ok": True, "message": "Email account updated successfully"})

    def delete(self, request: Request) -> Response:
        """Soft: out of every campaign, warm-up off, and out of all reads."""
        account = self._account(request)
        account.campaign_ids.clear()
        if account.warmup:
            account.warmup = {**account.warmup, "status": "INACTIVE", "blocked_reason": "Email account deleted by user"}
        self.deleted.append(self._accounts.pop(account.id))
        return json_answer({"ok": True, "message": "Email account deleted successfully!", "emailAccountId": account.id})

    def suspend(self, request: Request) -> Response:
        """PUT."""
        return self._suspend(request, is_suspended=True)

    def unsuspend(self, request: Request) -> Response:
        """DELETE."""
        return self._suspend(request, is_suspended=False)

    async def set_warmup(self, request: Request) -> Response:
        """On, off, and how."""
        account = self._account(request)
        save_warmup(account, await read_body(request, WARMUP))
        account.touch()
        return json_answer({"ok": True, "message": "Warmup settings updated successfully"})

    async def create_tag(self, request: Request) -> Response:
        """With a colour of the vendor's when none is said."""
        return json_answer({"ok": True, "data": self._tags.create(await read_body(request, TAG))})

    async def update_tag(self, request: Request) -> Response:
        """All of it."""
        return json_answer({"ok": True, "data": self._tags.change(await read_body(request, TAG_CHANGE))})

    async def assign_tags(self, request: Request) -> Response:
        """Adds to those that are there."""
        await self._map_tags(request, put_on)
        return json_answer({"ok": True, "message": "Tags assigned successfully"})

    async def unassign_tags(self, request: Request) -> Response:
        """Plain text, as some of the vendor's writes answer."""
        await self._map_tags(request, take_off)
        return Response("Tags removed successfully", media_type="text/html")

    async def _map_tags(self, request: Request, change: Callable[[EmailAccount, Row], None]) -> None:
        body = await read_body(request, TAG_MAPPING)
        accounts = [self._find(each) for each in list_of(body["email_account_ids"])]
        tags = [self._tags.find(each) for each in list_of(body["tag_ids"])]
        for account in accounts:
            for tag in tags:
                change(account, tag)
            account.touch()

    def _suspend(self, request: Request, *, is_suspended: bool) -> Response:
        try:
            account = self._account(request)
        except Refusal:
            raise Refusal(400, {"success": False, "message": "Invalid account ID or account not found"}) from None
        suspend(account, is_suspended=is_suspended)
        account.touch()
        message = f"Email account {'' if is_suspended else 'un'}suspended successfully"
        return json_answer({"success": True, "message": message, "data": {"accountId": account.id, "isSuspended": is_suspended}})

    def _save(self, account: EmailAccount | None, body: Row, save: Save) -> EmailAccount:
        if account is None:
            account = new_account(FIRST_ID + self._next_index, self._next_index)
            self._next_index += 1
        save(account, body)
        account.touch()
        self._accounts[account.id] = account
        return account

    def _meant(self, body: Row) -> EmailAccount | None:
        """The mailbox to overwrite; None for a new one. Raises `Refusal` for an address that is there, where that is refused."""
        if body.get("id") is not None:
            return self._find(body["id"])
        address = str(body["from_email"]).casefold()
        if not self._allows_twins and any(str(each.both["from_email"]).casefold() == address for each in self._accounts.values()):
            raise Refusal(400, {"error": {"code": "ACCOUNT_ALREADY_EXIST", "message": "Email account already exists"}})
        return None

    def _account(self, request: Request) -> EmailAccount:
        named = request.path_params["account_id"]
        return self._find(int(named) if named.isascii() and named.isdecimal() else None)

    def _find(self, account_id: object) -> EmailAccount:
        account = self._accounts.get(account_id) if isinstance(account_id, int) else None
        if account is None:
            raise Refusal(404, {"error": "Email account not found"})
        return account


def _saved(account: EmailAccount) -> Row:
    return {key: account.both[key] for key in ("id", "from_email", "is_smtp_success", "is_imap_success")}


def _warmup_in_answer(account: EmailAccount) -> Row | None:
    warmup = account.warmup
    return warmup and {"status": warmup["status"], "total_warmup_per_day": warmup["warmup_max_count"]}
