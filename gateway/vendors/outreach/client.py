"""Outreach's calls: paths, parameters, page links, the token. Knows nothing of mailboxes as the fleet sees them."""

import re
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

import msgspec

from gateway.domain.errors import VendorAuthError, VendorNotFoundError, VendorProtocolError
from gateway.transport.call import Answer, Call, path, write
from gateway.transport.client import VendorHttp
from gateway.transport.decode import DecodeError, decode_many_rows, decode_object, decode_rows
from gateway.transport.failure import FaultReader
from gateway.vendors.outreach.body import Body, body_to_wire
from gateway.vendors.outreach.oauth import TokenRefresher
from gateway.vendors.outreach.wire import (
    AliasResource,
    Document,
    MailboxResource,
    NamedResource,
    StateResource,
    creation_fault,
    fault,
    next_params,
)
from gateway.vendors.outreach.written import Path
from gateway.vendors.seen import Seen

T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R", MailboxResource, AliasResource, StateResource)
Params = tuple[tuple[str, str], ...]

MEDIA_TYPE = "application/vnd.api+json"
ACCEPT = (("accept", MEDIA_TYPE),)
HEADERS = (*ACCEPT, ("content-type", MEDIA_TYPE))
"""`Content-Type` is demanded of all requests, reads included, or else 415 (making-requests)."""
PAGE_SIZE = 1000
"""The documented maximum of `page[limit]`; for `page[size]` none is published, and 1000 is what others use in production."""
MAX_PAGES = 1_000
WITH_USERS: Params = (("include", "user,creator,updater"), ("fields[user]", "name,email"))
WITH_AUTHORIZATION: Params = (("provideAuthorizationMeta", "true"),)
NOWHERE: Mapping[str, Path] = MappingProxyType({})
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Trial(msgspec.Struct, frozen=True):
    """What a test action was answered with: Outreach's words, redacted, where it refused; else the mailbox, where it told it."""

    refusal: str | None = None
    row: MailboxResource | None = None


class OutreachClient:
    """One method per call. All raise the errors of `domain.errors`; ids are the vendor's, as text."""

    def __init__(self, http: VendorHttp, tokens: TokenRefresher | None = None) -> None:
        self.http = http
        self._tokens = tokens

    async def mailbox_pages(self) -> AsyncIterator[list[MailboxResource]]:
        """`GET /mailboxes`, page after page. Nothing is included: the token may lack the scope users.read."""
        async for _, rows in self._pages("/mailboxes", (("page[size]", str(PAGE_SIZE)), ("count", "false")), MailboxResource):
            yield rows

    async def mailbox_count(self) -> int | None:
        """One row of `GET /mailboxes`, counted; None where the server declined to count."""
        document = await self._document("/mailboxes", (("count", "true"), ("page[size]", "1"), ("fields[mailbox]", "email")))
        self._rows(document, MailboxResource)
        return document.count

    async def mailbox(self, mailbox_id: str, *, with_users: bool) -> tuple[Document, MailboxResource]:
        """`GET /mailboxes/{id}`; `with_users` includes the people and what the acting user may do, and needs the scope users.read."""
        params = (*WITH_USERS, *WITH_AUTHORIZATION) if with_users else ()
        document = await self._document(path("mailboxes", self._checked(mailbox_id)), params)
        row = _row(document)
        if row is None:
            raise self.http.garbled("answered without a mailbox")
        return document, row

    async def mailboxes(self, mailbox_ids: Iterable[str], *, with_users: bool) -> tuple[Document, list[MailboxResource]]:
        """`GET /mailboxes?filter[id]=…`: up to one page of them, in any order; the unknown ones are missing."""
        params = (*WITH_USERS, *WITH_AUTHORIZATION) if with_users else ()
        document = await self._document("/mailboxes", (*self._by_ids(mailbox_ids), *params))
        return document, self._rows(document, MailboxResource)

    async def users(self, user_ids: Iterable[str]) -> list[NamedResource]:
        """`GET /users?filter[id]=…`; the unknown and the invisible are missing."""
        document = await self._document("/users", (*self._by_ids(user_ids), ("fields[user]", "name,email")))
        return self._rows(document, NamedResource)

    async def aliases(self, mailbox_id: str) -> list[AliasResource]:
        """`GET /mailAliases` of one mailbox, all pages."""
        params = (("filter[mailbox][id]", self._checked(mailbox_id)), ("page[size]", str(PAGE_SIZE)), ("count", "false"))
        return [alias async for _, aliases in self._pages("/mailAliases", params, AliasResource) for alias in aliases]

    async def delivered_count(self, mailbox_id: str, *, since: datetime) -> int | None:
        """How many mailings of one mailbox were delivered since a moment: `meta.count` of `GET /mailings`."""
        document = await self._document(
            "/mailings",
            (
                ("filter[mailbox][id]", self._checked(mailbox_id)),
                ("filter[deliveredAt]", f"{since:%Y-%m-%dT%H:%M:%S.000Z}..inf"),
                ("count", "true"),
                ("page[size]", "1"),
                ("fields[mailing]", "state"),
            ),
        )
        self._rows(document, NamedResource)
        return document.count

    def sequence_state_pages(self, mailbox_id: str) -> AsyncIterator[tuple[Document, list[StateResource]]]:
        """`GET /sequenceStates` of one mailbox with their sequences included, page after page."""
        params = (
            ("filter[mailbox][id]", self._checked(mailbox_id)),
            ("include", "sequence"),
            ("fields[sequence]", "name,enabled"),
            ("page[size]", str(PAGE_SIZE)),
            ("count", "false"),
        )
        return self._pages("/sequenceStates", params, StateResource)

    async def mailboxes_at(self, address: str) -> list[MailboxResource]:
        """`GET /mailboxes?filter[email][]=…`, which matches exactly: the address as it is, and without capitals.

        Only the new syntax takes an address literally, with a comma or two dots in it (making-requests).
        """
        spellings = dict.fromkeys((address, address.lower()))
        filters = tuple(("filter[email][]", spelling) for spelling in spellings)
        params = (*filters, ("newFilterSyntax", "true"), ("page[size]", str(PAGE_SIZE)), ("count", "false"))
        return [row async for _, rows in self._pages("/mailboxes", params, MailboxResource) for row in rows]

    async def create(self, body: Body) -> MailboxResource:
        """`POST /mailboxes`; includes are not honoured on writes since 2023-10-31 (deprecated-features)."""
        call = _write("POST", "/mailboxes", body_to_wire(body))
        return self._written(await self._answer(call, success=(201, 200), places=body.places, read_fault=creation_fault))

    async def update(self, mailbox_id: str, body: Body) -> MailboxResource:
        """`PATCH /mailboxes/{id}`."""
        call = _write("PATCH", path("mailboxes", self._checked(mailbox_id)), body_to_wire(body, mailbox_id))
        row = self._written(await self._answer(call, places=body.places))
        if str(row.id) != mailbox_id:
            raise self.http.unclear("answered with another mailbox")
        return row

    async def delete(self, mailbox_id: str) -> None:
        """`DELETE /mailboxes/{id}`; the mailbox may stay for a while with `deleteQueuedAt` (seen in live answers)."""
        self._acknowledged(await self._answer(_write("DELETE", path("mailboxes", self._checked(mailbox_id))), success=(204, 200, 202)))

    async def test(self, mailbox_id: str, action: str) -> Trial:
        """`POST /mailboxes/{id}/actions/{action}`: a refusal is what the test found out."""
        answer = await self._answer(self._action(mailbox_id, action), success=(200, 422))
        if answer.status == 422:  # noqa: PLR2004 - Unprocessable Content, the documented failure
            return Trial(refusal=self.http.redact(fault(answer).message or "Outreach does not say why."))
        try:
            document = decode_object(answer.body, Document)
        except DecodeError:
            raise self.http.unclear("answered with something else than JSON:API") from None
        return Trial(row=_row(document))

    async def act(self, mailbox_id: str, action: str) -> None:
        """`POST /mailboxes/{id}/actions/{action}` that answers with an empty object."""
        self._acknowledged(await self._answer(self._action(mailbox_id, action), success=(200, 204)))

    def _action(self, mailbox_id: str, action: str) -> Call:
        return _write("POST", path("mailboxes", self._checked(mailbox_id), "actions", action))

    def _acknowledged(self, answer: Answer) -> None:
        """Nothing, or an object; a page of HTML comes from somebody else."""
        try:
            decode_object(answer.body or b"{}", Document)
        except DecodeError:
            raise self.http.unclear("answered with something else than JSON") from None

    def _written(self, answer: Answer) -> MailboxResource:
        """The mailbox that a write was answered with; without one, nobody knows what was done."""
        try:
            row = _row(decode_object(answer.body, Document))
        except DecodeError:
            row = None
        if row is None:
            raise self.http.unclear("answered without a mailbox")
        return row

    def is_usable_id(self, vendor_id: str) -> bool:
        """Outreach's ids are integers; what holds a comma, two dots or a slash would say something else in a filter or in a path."""
        return _ID.fullmatch(vendor_id) is not None

    def unknown_mailbox(self) -> VendorNotFoundError:
        """The error for an id that no mailbox has, or none that the acting user may see."""
        message = "Outreach does not know this mailbox, or hides it from these credentials."
        return VendorNotFoundError(message, vendor=self.http.account.vendor, account=self.http.account.name)

    def _checked(self, mailbox_id: str) -> str:
        if not self.is_usable_id(mailbox_id):
            raise self.unknown_mailbox()
        return mailbox_id

    @staticmethod
    def _by_ids(vendor_ids: Iterable[str]) -> Params:
        ids = tuple(vendor_ids)
        return (("filter[id]", ",".join(ids)), ("page[size]", str(len(ids))), ("count", "false"))

    async def _pages(self, call_path: str, params: Params, struct: type[R]) -> AsyncIterator[tuple[Document, list[R]]]:
        asked, seen = {frozenset(params)}, Seen()
        for _ in range(MAX_PAGES):
            document = await self._document(call_path, params)
            rows = await self._many_rows(document, struct)
            yield document, rows
            following = next_params(document)
            if following is None:
                return
            if not following or frozenset(following) in asked or seen.repeats(str(row.id) for row in rows):
                raise self.http.garbled("promised a next page that leads nowhere new")
            asked.add(frozenset(following))
            params = following
        raise self.http.garbled(f"answered with more than {MAX_PAGES} pages")

    async def _document(self, call_path: str, params: Params) -> Document:
        answer = await self._answer(Call("GET", call_path, params, HEADERS))
        try:
            return decode_object(answer.body, Document)
        except DecodeError as error:
            raise self.http.garbled(f"answered with something else than JSON:API ({error})") from None

    def _rows(self, document: Document, struct: type[T]) -> list[T]:
        try:
            return decode_rows(document.data, struct)
        except DecodeError:
            raise self._without_list() from None

    async def _many_rows(self, document: Document, struct: type[R]) -> list[R]:
        """As `_rows`, in turns: a page may hold a thousand."""
        try:
            return await decode_many_rows(document.data, struct)
        except DecodeError:
            raise self._without_list() from None

    def _without_list(self) -> VendorProtocolError:
        return self.http.garbled("answered without the list that was asked for")

    async def _answer(
        self, call: Call, *, success: Collection[int] = (200,), places: Mapping[str, Path] = NOWHERE, read_fault: FaultReader = fault
    ) -> Answer:
        """The answer; a refused token is replaced once, where it can be, and the call sent again: a 401 did nothing, a write neither."""
        if self._tokens is None:
            return await self.http.expect(call, fault=read_fault, success=success, places=places)
        token = await self._tokens.current()
        try:
            return await self.http.expect(call, fault=read_fault, success=success, places=places)
        except VendorAuthError:
            # Tokens expire between check and use, also in the middle of a long listing.
            if not await self._tokens.replace(token):
                raise
        return await self.http.expect(call, fault=read_fault, success=success, places=places)


def _write(method: str, call_path: str, body: object = msgspec.UNSET) -> Call:
    """The media type is demanded of all requests, so of those without a body, too."""
    if body is msgspec.UNSET:
        return write(method, call_path, headers=HEADERS)
    return write(method, call_path, body, headers=ACCEPT, content_type=MEDIA_TYPE)


def _row(document: Document) -> MailboxResource | None:
    """The one mailbox of a document, where there is one."""
    try:
        return decode_object(document.data, MailboxResource)
    except DecodeError:
        return None
