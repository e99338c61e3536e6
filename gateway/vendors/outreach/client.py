"""Outreach's calls: paths, parameters, page links, the token. Knows nothing of mailboxes as the fleet sees them."""

import re
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from gateway.domain.errors import VendorAuthError, VendorNotFoundError
from gateway.transport.call import Answer, Call, path
from gateway.transport.client import VendorHttp
from gateway.transport.decode import DecodeError, decode_object, decode_rows
from gateway.vendors.outreach.oauth import TokenRefresher
from gateway.vendors.outreach.wire import AliasResource, Document, MailboxResource, NamedResource, StateResource, fault, next_params

T = TypeVar("T", bound=msgspec.Struct)
Params = tuple[tuple[str, str], ...]

MEDIA_TYPE = "application/vnd.api+json"
HEADERS = (("accept", MEDIA_TYPE), ("content-type", MEDIA_TYPE))
"""`Content-Type` is demanded of all requests, reads included, or else 415 (making-requests)."""
PAGE_SIZE = 1000
"""The documented maximum of `page[limit]`; for `page[size]` none is published, and 1000 is what others use in production."""
MAX_PAGES = 10_000
WITH_USERS: Params = (("include", "user,creator,updater"), ("fields[user]", "name,email"))
WITH_AUTHORIZATION: Params = (("provideAuthorizationMeta", "true"),)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class OutreachClient:
    """One method per call. All raise the errors of `domain.errors`; ids are the vendor's, as text."""

    def __init__(self, http: VendorHttp, tokens: TokenRefresher | None = None) -> None:
        self.http = http
        self._tokens = tokens

    async def mailbox_pages(self) -> AsyncIterator[list[MailboxResource]]:
        """`GET /mailboxes`, page after page. Nothing is included: the token may lack the scope users.read."""
        async for document in self._pages("/mailboxes", (("page[size]", str(PAGE_SIZE)), ("count", "false"))):
            yield self._rows(document, MailboxResource)

    async def mailbox_count(self) -> int | None:
        """One row of `GET /mailboxes`, counted; None where the server declined to count."""
        document = await self._document("/mailboxes", (("count", "true"), ("page[size]", "1"), ("fields[mailbox]", "email")))
        self._rows(document, MailboxResource)
        return document.count

    async def mailbox(self, mailbox_id: str, *, with_users: bool) -> tuple[Document, MailboxResource]:
        """`GET /mailboxes/{id}`; `with_users` includes the people and what the acting user may do, and needs the scope users.read."""
        params = (*WITH_USERS, *WITH_AUTHORIZATION) if with_users else ()
        document = await self._document(path("mailboxes", self._checked(mailbox_id)), params)
        try:
            return document, decode_object(document.data, MailboxResource)
        except DecodeError:
            raise self.http.garbled("answered without a mailbox") from None

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
        return [alias async for document in self._pages("/mailAliases", params) for alias in self._rows(document, AliasResource)]

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

    async def sequence_state_pages(self, mailbox_id: str) -> AsyncIterator[tuple[Document, list[StateResource]]]:
        """`GET /sequenceStates` of one mailbox with their sequences included, page after page."""
        params = (
            ("filter[mailbox][id]", self._checked(mailbox_id)),
            ("include", "sequence"),
            ("fields[sequence]", "name,enabled"),
            ("page[size]", str(PAGE_SIZE)),
            ("count", "false"),
        )
        async for document in self._pages("/sequenceStates", params):
            yield document, self._rows(document, StateResource)

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

    async def _pages(self, call_path: str, params: Params) -> AsyncIterator[Document]:
        seen = {frozenset(params)}
        for _ in range(MAX_PAGES):
            document = await self._document(call_path, params)
            yield document
            following = next_params(document)
            if following is None:
                return
            if not following or frozenset(following) in seen:
                raise self.http.garbled("promised a next page that leads nowhere new")
            seen.add(frozenset(following))
            params = following
        raise self.http.garbled(f"answered with more than {MAX_PAGES} pages")

    async def _document(self, call_path: str, params: Params) -> Document:
        answer = await self._read(Call("GET", call_path, params, HEADERS))
        try:
            return decode_object(answer.body, Document)
        except DecodeError as error:
            raise self.http.garbled(f"answered with something else than JSON:API ({error})") from None

    def _rows(self, document: Document, struct: type[T]) -> list[T]:
        try:
            return decode_rows(document.data, struct)
        except DecodeError:
            raise self.http.garbled("answered without the list that was asked for") from None

    async def _read(self, call: Call) -> Answer:
        """The answer; a refused token is replaced once, where it can be."""
        if self._tokens is None:
            return await self.http.expect(call, fault=fault)
        token = await self._tokens.current()
        try:
            return await self.http.expect(call, fault=fault)
        except VendorAuthError:
            # Tokens expire between check and use, also in the middle of a long listing.
            if not await self._tokens.replace(token):
                raise
        return await self.http.expect(call, fault=fault)
