"""Woodpecker's calls. The list has no parameters and no pages: everything comes in one array (docs/mailboxes/get-mailboxes)."""

from typing import TypeVar

import msgspec

from gateway.transport.call import get, path
from gateway.transport.client import VendorHttp
from gateway.transport.decode import DecodeError, decode_object, decode_rows
from gateway.vendors.woodpecker.wire import WireAgencyAccount, WireAgencyPage, WireRecord, fault

T = TypeVar("T", bound=msgspec.Struct)


class WoodpeckerClient:
    """One method per call. Raises the errors of `domain.errors` only."""

    def __init__(self, http: VendorHttp) -> None:
        self.http = http

    async def list_records(self) -> list[WireRecord]:
        """`GET /v2/mailboxes`: SMTP and IMAP records mixed. An account without mailboxes may answer 204 without a body."""
        answer = await self.http.expect(get("/v2/mailboxes"), fault=fault, success=(200, 204))
        return [] if answer.status == 204 else self._rows(answer.body, WireRecord)  # noqa: PLR2004 - No Content

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

    def _rows(self, body: bytes | msgspec.Raw, struct: type[T]) -> list[T]:
        try:
            return decode_rows(body, struct)
        except DecodeError:
            raise self.http.garbled("answered without a list of mailboxes") from None

    def _object(self, body: bytes, struct: type[T]) -> T:
        try:
            return decode_object(body, struct)
        except DecodeError:
            raise self.http.garbled("answered without the object that was asked for") from None
