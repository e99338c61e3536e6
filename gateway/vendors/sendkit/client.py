"""SendKit's calls, one method each: paths, parameters, envelopes, page tokens. Sources: docs.sendkit.ai/api-reference."""

from collections.abc import AsyncIterator, Mapping
from typing import Literal, TypeAlias, TypeVar

import msgspec

from gateway.transport.call import Answer, Call, get, path, write
from gateway.transport.client import VendorHttp
from gateway.transport.decode import DecodeError, decode_object, decode_rows
from gateway.vendors.reading import text, whole, within_int32
from gateway.vendors.seen import Seen
from gateway.vendors.sendkit import wire
from gateway.vendors.sendkit.body import Body
from gateway.vendors.sendkit.place import CHANGES, DRAFT, WARMUP_SETTINGS

T = TypeVar("T", bound=msgspec.Struct)
Token: TypeAlias = tuple[str, str]
"""The parameter that asks for the next page, `("cursor", "…")` or, in the older paging, `("page", "2")`."""

PAGE_SIZE = 100
"""The largest `limit` (get-v1-blacklist-tests); what happens above it is not documented."""
MAX_PAGES = 1_000
MAX_WARMUP_DAYS = 90
"""The largest `days` (get-v1-warmup-stats-mailboxid)."""
WRITTEN = (200, 201, 202, 204)
"""Most pages show a body and no status for a write that was done."""


class SendkitClient:
    """Speaks SendKit's API through one account's `VendorHttp`; every method raises `VendorError`s only."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    async def mailbox_pages(self, *, search: str | None = None) -> AsyncIterator[list[wire.Mailbox]]:
        """All list pages, one after the other: each page's token is in the page before it. A page may be empty though more follow.

        `search` looks into addresses and names; how it compares is not documented.
        """
        token: Token | None = None
        tokens: set[Token] = set()
        seen = Seen()
        always = (("limit", str(PAGE_SIZE)), *((("search", search),) if search is not None else ()))
        for _ in range(MAX_PAGES):
            page = await self._call("mailboxes", params=(*always, *((token,) if token else ())))
            rows = self._rows(page, wire.Mailbox)
            yield rows
            token = self._next_token(page.pagination or wire.Pagination(), tokens)
            if token is None:
                return
            if seen.repeats(row_id for row in rows if (row_id := wire.row_id(row))):
                raise self._http.garbled("repeated a page of mailboxes instead of the next one")
            tokens.add(token)
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

    # ------------------------------------------------------------------ writes
    async def create(self, body: Body) -> wire.Mailbox:
        """`POST /v1/mailboxes`: queued for verification. Raises `OutcomeUnknownError` for a success without a mailbox."""
        call = write("POST", path("v1", "mailboxes"), body)
        answer = await self._http.expect(call, fault=wire.create_fault, success=WRITTEN, places=DRAFT)
        return self._written_object(answer, wire.Mailbox)

    async def import_file(self, call: Call) -> wire.ImportResult:
        """`POST /v1/mailboxes/import/smtp`: answers when all rows have been tested."""
        return self._written_object(await self._http.expect(call, fault=wire.fault, success=WRITTEN), wire.ImportResult)

    async def connect(self, provider: Literal["google", "outlook"]) -> str | None:
        """`POST /v1/mailboxes/connect/{provider}`: the address of a consent page. No id comes with it."""
        call = write("POST", path("v1", "mailboxes", "connect", provider))
        answer = await self._http.expect(call, fault=wire.fault, success=WRITTEN)
        return self._written_object(answer, wire.Consent).auth_url

    async def update(self, mailbox_id: str, body: Body) -> wire.Mailbox:
        """`PATCH /v1/mailboxes/{mailboxId}`: answers with some members of the mailbox, perhaps with none."""
        answer = await self._write("PATCH", "mailboxes", mailbox_id, body=body, places=CHANGES)
        try:
            return decode_object(answer.data, wire.Mailbox)
        except DecodeError:
            return wire.Mailbox()

    async def delete(self, mailbox_id: str) -> None:
        """`DELETE /v1/mailboxes/{mailboxId}`: refused while the mailbox is in an active campaign, with a status that no page names."""
        await self._write("DELETE", "mailboxes", mailbox_id)

    async def control_warmup(self, verb: Literal["start", "pause", "resume", "stop"], mailbox_id: str, config: Body | None = None) -> None:
        """`POST /v1/warmup/{verb}/{mailboxId}`. Only `start` takes a `config`; what the answers hold is not documented."""
        body = {"config": config} if config else msgspec.UNSET
        await self._write("POST", "warmup", verb, mailbox_id, body=body, places=WARMUP_SETTINGS)

    async def configure_warmup(self, mailbox_id: str, config: Body, *, places: Mapping[str, tuple[str, ...]]) -> None:
        """`PATCH /v1/warmup/config/{mailboxId}`: what `config` does not say stays."""
        await self._write("PATCH", "warmup", "config", mailbox_id, body=config, places=places)

    async def _write(
        self, method: str, *segments: str, body: object = msgspec.UNSET, places: Mapping[str, tuple[str, ...]] | None = None
    ) -> wire.Envelope:
        call = write(method, path("v1", *segments), body)
        return self._written(await self._http.expect(call, fault=wire.fault, success=WRITTEN, places=places or {}))

    def _written(self, answer: Answer) -> wire.Envelope:
        """The envelope of a write that was done; an empty body is as good, one that says something else leaves it open."""
        try:
            envelope = decode_object(answer.body or b"{}", wire.Envelope)
        except DecodeError as error:
            raise self._http.unclear(f"answered without its envelope: {error}") from None
        if envelope.success is False:
            raise self._http.unclear(f"answered HTTP {answer.status} with an error inside")
        return envelope

    def _written_object(self, answer: Answer, struct: type[T]) -> T:
        try:
            return decode_object(self._written(answer).data, struct)
        except DecodeError as error:
            raise self._http.unclear(f"answered without the object in `data`: {error}") from None

    # ------------------------------------------------------------------ envelopes and pages
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
