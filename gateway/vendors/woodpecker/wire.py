"""Woodpecker's JSON as Woodpecker spells it, and its four dialects of error bodies.

Pages: developers.woodpecker.co/docs/mailboxes/get-mailbox (the record), docs.woodpecker.co help articles (older forms of it).
"""

import re

import httpx
import msgspec

from gateway.domain.errors import (
    FieldFault,
    OutcomeUnknownError,
    RateLimitedError,
    VendorAuthError,
    VendorError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorUnavailableError,
)
from gateway.transport.call import Answer
from gateway.transport.decode import DecodeError, decode_object
from gateway.transport.failure import Fault


class WireFreeze(msgspec.Struct, gc=False):
    """A planned pause. The current page says `date_from`/`date_to`, the older help sample `from`/`to`."""

    date_from: str | None = None
    date_to: str | None = None
    legacy_from: str | None = msgspec.field(default=None, name="from")
    legacy_to: str | None = msgspec.field(default=None, name="to")


class WireWarmup(msgspec.Struct, gc=False):
    """Warm-up is one word and no more."""

    status: str | None = None


class WireDetails(msgspec.Struct, gc=False):
    """`details` of an SMTP or an IMAP record: "both types share the same fields", SMTP has more (get-mailbox page).

    `error` is UNSET when the key is absent (older IMAP samples): silence, unlike null and "", which both mean that nothing is wrong.
    """

    email: str | None = None
    provider: str | None = None
    login: str | None = None
    server: str | None = None
    port: int | None = None
    from_name: str | None = None
    error: str | msgspec.UnsetType | None = msgspec.UNSET
    daily_limit: int | None = None
    sent_today: int | None = None
    frequency_from: int | None = None
    frequency_to: int | None = None
    bcc_crm: str | None = None
    signature: str | None = None
    open_url: str | None = None
    click_url: str | None = None
    unsubscribe_url: str | None = None
    freeze_account: tuple[WireFreeze, ...] | str | None = None
    in_slot: bool | None = None
    warmup_data: WireWarmup | None = None
    imap_id: int | None = None
    private: bool | None = None


class WireRecord(msgspec.Struct, gc=False):
    """One half of a mailbox, as the list and the read of one give it."""

    id: int
    type: str | None = None
    details: WireDetails | None = None


class WireAgencyDetails(msgspec.Struct):
    """Of the agency's view only what the record itself does not have."""

    running_campaigns: int | None = None


class WireAgencyAccount(msgspec.Struct):
    """A record in the agency's view of one client (agency-api/companies/GET-companies-email-accounts)."""

    id: int
    details: WireAgencyDetails | None = None


class WireAgencyPage(msgspec.Struct):
    """Its envelope; the rows stay raw so that one bad row costs only itself."""

    content: msgspec.Raw


class WireBatch(msgspec.Struct):
    """The answer to a bulk add: an integer on the page, text at one client."""

    batch_id: int | str


class WireAddition(msgspec.Struct):
    """Somebody in a batch's summary. No page shows the shape (UNSURE): these are the names that it could have."""

    smtp_email: str | None = None
    email: str | None = None
    address: str | None = None
    error: str | None = None
    reason: str | None = None
    message: str | None = None
    details: list[str] | str | None = None


class WireSummary(msgspec.Struct):
    """How far a batch is (docs/mailboxes/get-batch-summary). It names no ids."""

    processing_finished: bool
    batch_size: int | None = None
    failed_mailboxes_count: int | None = None
    conditionally_connected_mailboxes: list[WireAddition | str] | None = None
    failed_mailboxes: list[WireAddition | str] | None = None


class WireLegacyStatus(msgspec.Struct):
    """The `status` object of a v1 error; in a v2 error `status` is a number."""

    status: str | None = None
    code: str | None = None
    msg: str | None = None


class WireFault(msgspec.Struct):
    """All JSON error bodies in one: v2 `{title, status, detail}`, bulk `{code, details}`, v1 `{status: {status, code, msg}}`."""

    title: str | None = None
    status: WireLegacyStatus | None = None
    detail: str | None = None
    code: str | None = None
    details: list[str] | None = None
    message: str | None = None
    error: str | None = None


# Codes of v1. E_TOO_MANY_REQUESTS comes as 409 and older pages put several of them under 400, so the code outranks the HTTP status.
_KIND_BY_CODE: dict[str, type[VendorError]] = {
    "E_SESSION": VendorAuthError,
    "E_NO_PERMISSION": VendorForbiddenError,
    "E_TOO_MANY_REQUESTS": RateLimitedError,
    "E_URL_NOT_FOUND": VendorNotFoundError,
    "E_UNKNOWN": VendorUnavailableError,
}
_FIELD = re.compile(r"mailboxes\[\d+\](?:\.\w+)?")
_LONGEST_PLAIN_TEXT = 500


def fault(answer: Answer) -> Fault:
    """What an error answer says, in any dialect; plain text is taken as it is, HTML is not."""
    try:
        body = decode_object(answer.body, WireFault)
    except DecodeError:
        return Fault(message=_plain_text(answer))
    legacy = body.status or WireLegacyStatus()
    lines = [line for line in body.details or () if line.strip()]
    words = (body.detail, "; ".join(lines), body.message, body.error, legacy.msg, body.title, body.code, legacy.code)
    return Fault(
        message=next((word for word in words if word and word.strip()), None),
        fields=tuple(FieldFault(found[0] if (found := _FIELD.match(line)) else None, line) for line in lines),
        kind=_KIND_BY_CODE.get(legacy.code or body.code or ""),
    )


def write_fault(answer: Answer) -> Fault:
    """The same of a write: where the vendor itself does not know what happened, nobody does."""
    found = fault(answer)
    return msgspec.structs.replace(found, kind=OutcomeUnknownError) if found.kind is VendorUnavailableError else found


def footer_fault(answer: Answer) -> Fault:
    """The same of a change of the footer: what is refused there is the footer, whether the words say so or not."""
    found = write_fault(answer)
    is_refused = answer.status in (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY) and found.message
    return msgspec.structs.replace(found, fields=(FieldFault("footer", found.message or ""),)) if is_refused else found


def _plain_text(answer: Answer) -> str | None:
    """A 429 may be the plain text "Too Many Requests"; a page of HTML is nobody's message."""
    said = answer.body[:_LONGEST_PLAIN_TEXT].decode(errors="replace").strip()
    return None if not said or said[0] in '<{["' else said
