"""SendKit's calls, one method each: paths, parameters, envelopes, page tokens. Sources: docs.sendkit.ai/api-reference."""

from collections.abc import AsyncIterator
from typing import TypeAlias, TypeVar

import msgspec

from gateway.transport.call import Answer, get, path
from gateway.transport.client import VendorHttp
from gateway.transport.decode import DecodeError, decode_object, decode_rows
from gateway.vendors.reading import text, whole, within_int32
from gateway.vendors.sendkit import wire

T = TypeVar("T", bound=msgspec.Struct)
Token: TypeAlias = tuple[str, str]
"""The parameter that asks for the next page, `("cursor", "…")` or, in the older paging, `("page", "2")`."""

PAGE_SIZE = 100
"""The largest `limit` (get-v1-blacklist-tests); what happens above it is not documented."""
MAX_PAGES = 10_000
MAX_WARMUP_DAYS = 90
"""The largest `days` (get-v1-warmup-stats-mailboxid)."""


class SendkitClient:
    """Speaks SendKit's API through one account's `VendorHttp`; every method raises `VendorError`s only."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    async def mailbox_pages(self) -> AsyncIterator[list[wire.Mailbox]]:
        """All list pages, one after the other: each page's token is in the page before it. A page may be empty though more follow."""
        token: Token | None = None
        seen: set[Token] = set()
        for _ in range(MAX_PAGES):
            page = await self._call("mailboxes", params=(("limit", str(PAGE_SIZE)), *((token,) if token else ())))
            yield self._rows(page, wire.Mailbox)
            token = self._next_token(page.pagination or wire.Pagination(), seen)
            if token is None:
                return
            seen.add(token)
        raise self._http.garbled(f"promised more than {MAX_PAGES} pages of mailboxes")

    async def count_mailboxes(self) -> int | None:
        """How many mailboxes the vendor counts. The cheapest call that both kinds of keys may make (`/v1/account` is not)."""
        page = await self._call("mailboxes", params=(("limit", "1"),))
        self._rows(page, wire.Mailbox)
        return within_int32(whole(page.pagination.total)) if page.pagination else None

    async def mailbox(self, mailbox_id: str) -> wire.Mailbox:
        """`GET /v1/mailboxes/{mailboxId}`."""
        return self._object(await self._call("mailboxes", mailbox_id), wire.Mailbox)

    async def health(self, mailbox_id: str) -> wire.Health:
        """`GET /v1/mailboxes/{mailboxId}/health`."""
        return self._object(await self._call("mailboxes", mailbox_id, "health"), wire.Health)

    async def connection_test(self, mailbox_id: str) -> wire.ConnectionTest:
        """`GET /v1/mailboxes/{mailboxId}/connection-test`: reads the last verification, starts none."""
        return self._object(await self._call("mailboxes", mailbox_id, "connection-test"), wire.ConnectionTest)

    async def warmup_stats(self, mailbox_id: str, *, days: int) -> wire.WarmupStats:
        """`GET /v1/warmup/stats/{mailboxId}` for the last `days`, 1 to 90."""
        window = str(min(max(days, 1), MAX_WARMUP_DAYS))
        return self._object(await self._call("warmup", "stats", mailbox_id, params=(("days", window),)), wire.WarmupStats)

    async def analytics(self) -> list[wire.Analytics]:
        """`GET /v1/analytics/mailboxes`: all mailboxes in one answer without pages, over all time."""
        return self._rows(await self._call("analytics", "mailboxes"), wire.Analytics)

    async def _call(self, *segments: str, params: tuple[tuple[str, str], ...] = ()) -> wire.Envelope:
        answer = await self._http.expect(get(path("v1", *segments), params), fault=wire.fault)
        try:
            envelope = decode_object(answer.body, wire.Envelope)
        except DecodeError as error:
            raise self._http.garbled(f"answered without its envelope: {error}") from None
        if envelope.success is False:
            raise self._http.garbled(f"answered HTTP 200 with an error inside{self._words(answer)}")
        return envelope

    def _words(self, answer: Answer) -> str:
        said = wire.fault(answer).message
        return f": {self._http.redact(said)}" if said else ""

    def _object(self, envelope: wire.Envelope, struct: type[T]) -> T:
        try:
            return decode_object(envelope.data, struct)
        except DecodeError as error:
            raise self._http.garbled(f"answered without the object in `data`: {error}") from None

    def _rows(self, envelope: wire.Envelope, struct: type[T]) -> list[T]:
        try:
            return decode_rows(envelope.data, struct)
        except DecodeError as error:
            raise self._http.garbled(f"answered without the list in `data`: {error}") from None

    def _next_token(self, pagination: wire.Pagination, seen: set[Token]) -> Token | None:
        """`hasMore` decides where it is said: the vendor's own sample ends with a cursor that is not null (get-v1-blacklist-tests)."""
        if pagination.has_more is False:
            return None
        token = _token(pagination)
        if token is None:
            if pagination.has_more:
                raise self._http.garbled("promised more mailboxes and gave no way to them")
            return None
        if token in seen:
            if pagination.has_more or token[0] == "page":
                raise self._http.garbled("gave the same page token twice")
            return None  # without `hasMore`, a cursor that comes back is how the list ends
        return token


def _token(pagination: wire.Pagination) -> Token | None:
    if cursor := text(pagination.next_cursor):
        return "cursor", cursor
    page, pages = whole(pagination.page), whole(pagination.pages)
    return ("page", str(page + 1)) if page is not None and pages is not None and page < pages else None
