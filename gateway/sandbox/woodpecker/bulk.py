"""The writes: add mailboxes in a batch, ask how far it is, change a signature."""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.woodpecker.answer import company_id, json_answer, problem, refusal
from gateway.sandbox.woodpecker.batch import Addition, Batch, Verdict, judge
from gateway.sandbox.woodpecker.pair import Record, added_records, details
from gateway.sandbox.woodpecker.rows import Company
from gateway.sandbox.woodpecker.validation import wanted_mailboxes

_FIRST_BATCH = 55_012
_FIRST_ADDED_ID = 900_000


class Bulk(msgspec.Struct, kw_only=True):
    """`connect_seconds`: how long a batch takes; `is_duplicate_refused`: an address that is there already is a 409 for the whole batch,
    otherwise it fails alone (no page says which).
    """

    companies: Mapping[str, Company]
    now: datetime
    connect_seconds: float
    is_duplicate_refused: bool
    batch_ids: Iterator[int] = msgspec.field(default_factory=lambda: count(_FIRST_BATCH))
    numbers: Iterator[int] = msgspec.field(default_factory=lambda: count(_FIRST_ADDED_ID, 10))

    def routes(self) -> list[Route]:
        bulk = "/v2/mailboxes/manual_connection/bulk"
        return [
            Route(bulk, self.add, methods=["POST"]),
            Route(f"{bulk}/{{batch_id}}/summary", self.summarise),
            Route("/v2/mailboxes/{mailbox_id}", self.change_footer, methods=["PATCH"]),
        ]

    async def add(self, request: Request) -> Response:
        company = self.companies[company_id(request)]
        wanted, faults = wanted_mailboxes(await request.body())
        if faults:
            return refusal(400, "VALIDATION_ERROR", faults)
        taken = _taken(company, wanted)
        if taken and self.is_duplicate_refused:
            return refusal(409, "CONFLICT", [_already(wanted[index]) for index in taken])
        batch_id = next(self.batch_ids)
        company.batches[str(batch_id)] = self._batch(wanted, taken)
        return json_answer({"batch_id": batch_id}, 202)

    async def summarise(self, request: Request) -> Response:
        batch_id = request.path_params["batch_id"]
        batch = self.companies[company_id(request)].batches.get(batch_id)
        return json_answer(batch.summary(time.monotonic())) if batch else problem(request, self.now, 404, f"Batch {batch_id} was not found")

    async def change_footer(self, request: Request) -> Response:
        """docs/mailboxes/update-mailbox: null and "" remove it, 200 has no body; what an IMAP id gets is not said."""
        mailbox_id = request.path_params["mailbox_id"]
        record = self.companies[company_id(request)].record(mailbox_id)
        if record is None:
            return problem(request, self.now, 404, f"Mailbox {mailbox_id} was not found")
        if record["type"] == "IMAP":
            return problem(request, self.now, 400, f"Mailbox {mailbox_id} is not an SMTP mailbox")
        try:
            footer = msgspec.json.decode(await request.body(), type=_FooterChange).footer
        except msgspec.DecodeError:
            return problem(request, self.now, 400, "footer must be given, as a string or null, and nothing else")
        details(record)["signature"] = footer or ""
        return Response(status_code=200)

    def _batch(self, wanted: list[Record], taken: list[int]) -> Batch:
        started, step = time.monotonic(), self.connect_seconds / len(wanted)
        return Batch([self._addition(item, started + step * (index + 1), index in taken) for index, item in enumerate(wanted)])

    def _addition(self, item: Record, is_done_at: float, is_taken: bool) -> Addition:  # noqa: FBT001 - one of two fates
        verdict, words = (Verdict.FAILED, _already(item)) if is_taken else judge(item)
        records = () if verdict is Verdict.FAILED else added_records(item, next(self.numbers), error=words or None)
        return Addition(str(item["smtp_email"]), verdict, words, is_done_at, records)


class _FooterChange(msgspec.Struct, forbid_unknown_fields=True):
    footer: str | None


def _taken(company: Company, wanted: list[Record]) -> list[int]:
    """Which of the wanted are connected, are being connected, or are wanted twice."""
    there, taken = company.addresses(), []
    for index, item in enumerate(wanted):
        address = str(item["smtp_email"]).casefold()
        if address in there:
            taken.append(index)
        there.add(address)
    return taken


def _already(item: Record) -> str:
    return f"Mailbox {item['smtp_email']} is already connected"
