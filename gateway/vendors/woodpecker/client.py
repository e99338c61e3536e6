"""Woodpecker's calls. The list has no parameters and no pages: everything comes in one array (docs/mailboxes/get-mailboxes)."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import msgspec

from gateway.domain.errors import VendorNotFoundError, VendorProtocolError
from gateway.transport.call import get, path, write
from gateway.transport.client import VendorHttp
from gateway.transport.decode import DecodeError, decode_many_rows, decode_object, decode_rows
from gateway.vendors.woodpecker.wire import (
    WireAgencyAccount,
    WireAgencyPage,
    WireBatch,
    WireRecord,
    WireSummary,
    fault,
    footer_fault,
    write_fault,
)

T = TypeVar("T", bound=msgspec.Struct)
_BULK = "/v2" + path("mailboxes", "manual_connection", "bulk")


class WoodpeckerClient:
    """One method per call. Raises the errors of `domain.errors` only."""

    def __init__(self, http: VendorHttp) -> None:
        self.http = http

    async def list_records(self) -> list[WireRecord]:
        """`GET /v2/mailboxes`: SMTP and IMAP records mixed. An account without mailboxes may answer 204 without a body."""
        answer = await self.http.expect(get("/v2/mailboxes"), fault=fault, success=(200, 204))
        if answer.status == 204:  # noqa: PLR2004 - No Content
            return []
        try:
            return await decode_many_rows(answer.body, WireRecord)
        except DecodeError:
            raise self._without_list() from None

    async def get_record(self, record_id: str) -> WireRecord:
        """`GET /v2/mailboxes/{id}`: one half, SMTP or IMAP."""
        answer = await self.http.expect(get("/v2" + path("mailboxes", record_id)), fault=fault)
        record = self._object(answer.body, WireRecord)
        if str(record.id) != record_id:
            raise self.http.garbled("answered with another mailbox than the one asked for")
        return record

    async def list_agency_accounts(self, company_id: str) -> list[WireAgencyAccount]:
        """`GET /v2/agency/companies/{company_id}/email_accounts`; one page is all that is documented."""
        answer = await self.http.expect(get("/v2" + path("agency", "companies", company_id, "email_accounts")), fault=fault)
        return self._rows(self._object(answer.body, WireAgencyPage).content, WireAgencyAccount)

    async def add_mailboxes(self, items: Sequence[Mapping[str, object]], notifications: Collection[str]) -> str:
        """`POST /v2/mailboxes/manual_connection/bulk`: the id of the batch. 202 is documented, the other successes are tolerated."""
        body: dict[str, object] = {"mailboxes": items}
        if notifications:
            body["completion_notification_types"] = [*notifications]
        answer = await self.http.expect(write("POST", _BULK, body), fault=write_fault, success=(200, 201, 202))
        try:
            return str(decode_object(answer.body, WireBatch).batch_id)
        except DecodeError:
            raise self.http.unclear("accepted new mailboxes without saying as which batch") from None

    async def get_summary(self, batch_id: str) -> WireSummary | None:
        """`GET /v2/mailboxes/manual_connection/bulk/{batch_id}/summary`; None for a batch that is not known any more."""
        try:
            answer = await self.http.expect(get(_BULK + path(batch_id, "summary")), fault=fault)
        except VendorNotFoundError:
            return None
        return self._object(answer.body, WireSummary)

    async def change_footer(self, mailbox_id: str, footer: str | None) -> None:
        """`PATCH /v2/mailboxes/{smtp_mailbox_id}`: 200 without a body. None and "" remove it."""
        call = write("PATCH", "/v2" + path("mailboxes", mailbox_id), {"footer": footer})
        await self.http.expect(call, fault=footer_fault, success=(200, 204), places={"footer": ("signature",)})

    def _rows(self, body: bytes | msgspec.Raw, struct: type[T]) -> list[T]:
        try:
            return decode_rows(body, struct)
        except DecodeError:
            raise self._without_list() from None

    def _without_list(self) -> VendorProtocolError:
        return self.http.garbled("answered without a list of mailboxes")

    def _object(self, body: bytes, struct: type[T]) -> T:
        try:
            return decode_object(body, struct)
        except DecodeError:
            raise self.http.garbled("answered without the object that was asked for") from None
