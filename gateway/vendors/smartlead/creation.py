"""A new mailbox: with a password, or with an OAuth token."""

from collections.abc import Callable
from contextlib import aclosing

import msgspec

from gateway.domain.draft import MailboxDraft, OAuthToken
from gateway.domain.errors import GatewayError
from gateway.domain.mailbox import Mailbox
from gateway.domain.outcome import Created, WriteWarning
from gateway.transport.client import VendorHttp
from gateway.vendors.reading import first, whole
from gateway.vendors.smartlead.client import SmartleadClient
from gateway.vendors.smartlead.places import PLACES
from gateway.vendors.smartlead.refusal import refuse_unwritable
from gateway.vendors.smartlead.settings import require, servers_to_wire, settings_to_wire, warmup_key, warmup_to_wire
from gateway.vendors.smartlead.shown import shown
from gateway.vendors.smartlead.tagging import Tagging
from gateway.vendors.smartlead.wire import EmailAccountRow, SavedRow, TagRow
from gateway.vendors.smartlead.writes import Body, SmartleadWrites

_AFTERWARDS = ("is_rampup_enabled", "auto_adjust_warmup")
"""What the pages for new mailboxes lack, and the warm-up page has."""
_PASSWORD_NEEDS = ("from_name", "from_email", "smtp_host", "smtp_port", "user_name", "password", "imap_host", "imap_port")
_OAUTH_NEEDS = ("from_name", "from_email", "username", "type", "use_whitelabel_credentials")
_TOKEN_NEEDS = ("scope", "expiry_date")


def body_of(draft: MailboxDraft) -> Body:
    """Raises `UnsupportedFieldsError` for what Smartlead has no way to write, `InvalidInputError` for what is missing."""
    refuse_unwritable(draft)
    return password_body(draft) if draft.oauth is None else oauth_body(draft, draft.oauth)


def password_body(draft: MailboxDraft) -> Body:
    """For `save`. Raises `InvalidInputError` for what the page requires and the draft lacks.

    The login is the address unless another one is given: the page says that it usually is, and Smartlead tries it at once. A display
    name is not made up, because strangers will read it.
    """
    body = {"id": None, "user_name": draft.address, **_common(draft), **servers_to_wire(draft)}
    if draft.reply_to is not None:
        body["different_reply_to_address"] = draft.reply_to
    if draft.smtp is None:
        require({}, ("password",), why="a mailbox is created with servers and a password, or with oauth")
    require(body, _PASSWORD_NEEDS)
    return body


def oauth_body(draft: MailboxDraft, oauth: OAuthToken) -> Body:
    """For `save-oauth`. Raises `InvalidInputError` likewise.

    Whose app the token was given to is not guessed: Smartlead could not refresh it with the wrong one.
    """
    token = _token(oauth)
    require(token, _TOKEN_NEEDS)
    body = {"id": None, "username": draft.address, **_common(draft), "token": token}
    require(body, _OAUTH_NEEDS)
    return body


def _common(draft: MailboxDraft) -> Body:
    warmup = {} if draft.warmup is None else warmup_to_wire(draft.warmup)
    numbers = {name: value for name, value in warmup.items() if name not in _AFTERWARDS}
    return {"from_email": draft.address, **settings_to_wire(draft), "warmup_enabled": draft.warmup is not None, **numbers}


def _token(oauth: OAuthToken) -> Body:
    """As the mail provider gave it; `expiry_date` in Unix milliseconds."""
    token: Body = {"token_type": "Bearer", "access_token": oauth.access_token, "refresh_token": oauth.refresh_token}
    if oauth.scope is not None:
        token["scope"] = oauth.scope
    if oauth.expires_at is not None:
        token["expiry_date"] = int(oauth.expires_at.timestamp() * 1000)
    if oauth.id_token is not None:
        token["id_token"] = oauth.id_token
    return token


def _warmup_afterwards(draft: MailboxDraft, body: Body) -> Body:
    """For the warm-up page, all that is known of it; empty when the page for new mailboxes can say everything."""
    asked = {} if draft.warmup is None else warmup_to_wire(draft.warmup)
    key = warmup_key(draft)
    is_needed = bool(key) or any(name in asked for name in _AFTERWARDS)
    return {"warmup_enabled": body["warmup_enabled"], **asked, **key} if is_needed else {}


class Creation:
    """Creates mailboxes at one account. `mailbox_of` makes a mailbox of a row."""

    def __init__(
        self, http: VendorHttp, client: SmartleadClient, writes: SmartleadWrites, mailbox_of: Callable[[EmailAccountRow], Mailbox]
    ) -> None:
        self._http = http
        self._client = client
        self._writes = writes
        self._tagging = Tagging(http, client, writes)
        self._mailbox_of = mailbox_of

    async def create(self, draft: MailboxDraft) -> Created:
        """One vendor write; tags, and parts of warm-up, take more, and a failure of those is a warning: the mailbox is there."""
        body = body_of(draft)
        saved = await (self._writes.save(body) if draft.oauth is None else self._writes.save_oauth(body))
        mailbox_id = str(whole(saved.id) or await self._find_id(draft.address))
        warnings = [*await self._tag(mailbox_id, draft), *await self._set_warmup(mailbox_id, _warmup_afterwards(draft, body))]
        is_tagged = not any(warning.field == ("tags",) for warning in warnings)
        row = await self._row(mailbox_id, saved, body, tags=draft.tags if is_tagged else None)
        mailbox = self._mailbox_of(row)
        return Created(mailbox=mailbox, warnings=(*connection_warnings(saved, mailbox), *_verify_warning(draft), *warnings))

    async def _find_id(self, address: str) -> int:
        """Of the newest mailbox with this address: Smartlead says that one was created, not which.

        Raises `OutcomeUnknownError` when it is not in the list (yet).
        """
        try:
            ids = [whole(row.id) for row in await find_rows(self._client, address)]
        except GatewayError:
            ids = []
        if known := [each for each in ids if each is not None]:
            return max(known)
        raise self._http.unclear("said that the mailbox was created, but not which it is, and does not list it")

    async def _tag(self, mailbox_id: str, draft: MailboxDraft) -> tuple[WriteWarning, ...]:
        if not draft.tags:
            return ()
        try:
            await self._tagging.assign(mailbox_id, draft.tags)
        except GatewayError as error:
            return (WriteWarning(f"The mailbox was created, but not tagged: {error.message}", ("tags",)),)
        return ()

    async def _set_warmup(self, mailbox_id: str, body: Body) -> tuple[WriteWarning, ...]:
        if not body:
            return ()
        try:
            await self._writes.set_warmup(mailbox_id, body, places=PLACES)
        except GatewayError as error:
            return (WriteWarning(f"The mailbox was created, but not all of its warm-up was set: {error.message}", ("warmup",)),)
        return ()

    async def _row(self, mailbox_id: str, saved: SavedRow, body: Body, *, tags: tuple[str, ...] | None) -> EmailAccountRow:
        """As Smartlead shows it; when it cannot be read, what was written."""
        written = shown(body)
        try:
            row = await self._client.get_account(mailbox_id)
        except GatewayError:
            row = EmailAccountRow(mailbox_id, is_smtp_success=saved.is_smtp_success, is_imap_success=saved.is_imap_success)
            row = msgspec.structs.replace(row, **written)
        minutes = first(row.min_time_to_wait_in_mins, body.get("time_to_wait_in_mins"))
        kept = [TagRow(tag_name=tag) for tag in tags or ()] if row.tags is None and tags is not None else row.tags
        return msgspec.structs.replace(row, min_time_to_wait_in_mins=minutes, tags=kept)


async def find_rows(client: SmartleadClient, address: str) -> list[EmailAccountRow]:
    """The mailboxes with this address, compared without case.

    There is no filter by address, so those whose login contains it are asked for first. Logins may be others than addresses, and OAuth
    mailboxes have none: where none is found, the whole list is read.
    """
    wanted = address.casefold()
    for pages in (client.pages_by_login(address), client.pages(expected_count=0)):
        found = []
        async with aclosing(pages):
            async for page in pages:
                found += [row for row in page.rows if (row.from_email or "").casefold() == wanted]
        if found:
            return found
    return []


def connection_warnings(saved: SavedRow, mailbox: Mailbox) -> tuple[WriteWarning, ...]:
    """Where Smartlead took the mailbox although it could not log in."""
    checks = (
        ("SMTP", ("smtp",), saved.is_smtp_success, mailbox.health.sending.message),
        ("IMAP", ("imap",), saved.is_imap_success, mailbox.health.receiving.message),
    )
    return tuple(
        WriteWarning(f"Smartlead saved the mailbox, but its {server} login failed{f': {said}' if said else '.'}", place, value=False)
        for server, place, is_success, said in checks
        if is_success is False
    )


def _verify_warning(draft: MailboxDraft) -> tuple[WriteWarning, ...]:
    if draft.verify is not False:
        return ()
    return (WriteWarning("Smartlead always tries the login before it takes a mailbox.", ("verify",), value=True),)
