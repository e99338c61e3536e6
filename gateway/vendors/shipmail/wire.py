"""ShipMail's JSON as ShipMail spells it (REST API v1, documentation of May 2026; later keys where they are known).

Envelopes carry their rows raw, so that one bad row costs only itself. Times are UTC ISO 8601 text.
"""

import re

import msgspec

from gateway.domain.errors import (
    ErrorCode,
    FieldFault,
    LimitUsage,
    RateLimitedError,
    VendorAuthError,
    VendorConflictError,
    VendorError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorRejectedError,
    VendorUnavailableError,
)
from gateway.transport.call import Answer
from gateway.transport.decode import DecodeError, decode_object
from gateway.transport.failure import Fault
from gateway.vendors.reading import number, within_int32

NOTHING = msgspec.Raw()
Time = str | float | None


# ---------------------------------------------------------------------- envelopes
class Pagination(msgspec.Struct, gc=False):
    """Both kinds of paging: by cursor (mailboxes, domains, later the inbox too) and by position (the inbox)."""

    next_cursor: str | None = None
    has_more: bool | None = None
    position: int | None = None
    next_position: int | None = None
    total: int | None = None


class ListAnswer(msgspec.Struct, gc=False):
    """`{data: [row, …], pagination?}`: lists of mailboxes, domains, messages (paged), folders, identities and threads (whole)."""

    data: msgspec.Raw = NOTHING
    pagination: Pagination | None = None


class RulesAnswer(msgspec.Struct, gc=False):
    """`{rules: [rule, …], folders: [folder, …]}`; the folders are those that a rule may move to, without counts."""

    rules: msgspec.Raw = NOTHING
    folders: msgspec.Raw = NOTHING


# ---------------------------------------------------------------------- mailbox, domain
class AutoReplyRow(msgspec.Struct, gc=False):
    """The vacation answer; all five keys are documented as always present."""

    enabled: bool | None = None
    subject: str | None = None
    body: str | None = None
    from_date: Time = None
    to_date: Time = None


class MailboxRow(msgspec.Struct, gc=False):
    """A mailbox, the same in lists and on its own. `suspended_at` tells apart null (active) and silence."""

    id: str
    object: str | None = None
    domain_id: str | None = None
    address: str | None = None
    display_name: str | None = None
    suspended_at: str | float | msgspec.UnsetType | None = msgspec.UNSET
    spam_filter_threshold: int | float | str | None = None
    auto_reply: AutoReplyRow | None = None
    created_at: Time = None
    updated_at: Time = None
    suspension_reasons: list[str] | None = None
    agent_security_hold: bool | None = None


class DomainRow(msgspec.Struct, gc=False):
    """A sending domain; mailboxes can be made on `verified` ones only."""

    id: str
    name: str | None = None
    status: str | None = None
    managed_by: str | None = None
    dns_provider: str | None = None
    mx_verified: bool | None = None
    spf_verified: bool | None = None
    dkim_verified: bool | None = None
    dmarc_verified: bool | None = None
    dmarc_managed_externally: bool | None = None
    outbound_verified: bool | None = None
    catch_all_mailbox_id: str | None = None
    verified_at: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


# ---------------------------------------------------------------------- folders, identities, rules
class FolderRow(msgspec.Struct, gc=False):
    """A folder; without counts and order where rules name it. `parent_id` came later (June 2026)."""

    id: str
    name: str | None = None
    role: str | None = None
    kind: str | None = None
    total_emails: int | float | str | None = None
    unread_emails: int | float | str | None = None
    unread_threads: int | float | str | None = None
    sort_order: int | float | str | None = None
    parent_id: str | None = None


class IdentityRow(msgspec.Struct, gc=False):
    """A JMAP sending identity; `name` may be empty."""

    id: str
    name: str | None = None
    email: str | None = None


class RuleRow(msgspec.Struct, gc=False):
    """An inbox rule. Conditions and actions stay whole JSON: types that we do not know must survive a read."""

    id: str
    name: str | None = None
    enabled: bool | None = None
    position: int | float | str | None = None
    match_mode: str | None = None
    stop: bool | None = None
    conditions: list[object] | None = None
    actions: list[object] | None = None


# ---------------------------------------------------------------------- messages
class CorrespondentRow(msgspec.Struct, gc=False):
    """One entry of an address header in the inbox: `email`, not `address` as in sending."""

    name: str | None = None
    email: str | None = None


class BodyValue(msgspec.Struct, gc=False):
    """The decoded text of one body part."""

    value: str | None = None


class BodyPart(msgspec.Struct, gc=False):
    """A reference into `body_values`; a part may have no value there."""

    part_id: str | None = None


class AttachmentRow(msgspec.Struct, gc=False):
    """A file on a message; `size` in bytes. `blob_id` may hold a slash."""

    part_id: str | None = None
    blob_id: str = ""
    name: str | None = None
    content_type: str | None = None
    size: int | float | str | None = None


class MessageRow(msgspec.Struct, gc=False):
    """A message in a mailbox, short (lists of the page's time) or full (threads; later lists): read by field, not by its tag."""

    id: str
    thread_id: str | None = None
    folder_ids: list[str] | None = None
    keywords: dict[str, bool | None] | None = None
    from_: list[CorrespondentRow] | None = msgspec.field(default=None, name="from")
    to: list[CorrespondentRow] | None = None
    cc: list[CorrespondentRow] | None = None
    reply_to: list[CorrespondentRow] | None = None
    subject: str | None = None
    received_at: Time = None
    preview: str | None = None
    has_attachment: bool | None = None
    size: int | float | str | None = None
    message_id: list[str] | None = None
    in_reply_to: list[str] | None = None
    references: list[str] | None = None
    body_values: dict[str, BodyValue] | None = None
    text_body: list[BodyPart] | None = None
    html_body: list[BodyPart] | None = None
    attachments: list[AttachmentRow] | None = None


# ---------------------------------------------------------------------- errors
class FaultDetail(msgspec.Struct, gc=False):
    """One refused field; `code` came later (August 2026)."""

    field: str | None = None
    message: str | None = None
    code: str | None = None


class FaultLimit(msgspec.Struct, gc=False):
    """How much of a plan is used; came later."""

    used: int | None = None
    limit: int | None = None


class FaultRow(msgspec.Struct, gc=False):
    """What went wrong; `type` says more than the status (a 403 is a missing scope or a full plan)."""

    type: str | None = None
    message: str | None = None
    details: list[FaultDetail] | None = None
    retry_after: float | str | None = None
    limit: FaultLimit | None = None


class FaultAnswer(msgspec.Struct, gc=False):
    """`{error: {…}}`; a bare text is not documented but readable."""

    error: FaultRow | str | None = None


_BY_TYPE: dict[str, type[VendorError]] = {
    "authentication_error": VendorAuthError,
    "authorization_error": VendorForbiddenError,
    "quota_exceeded": VendorForbiddenError,
    "not_found": VendorNotFoundError,
    "conflict": VendorConflictError,
    "validation_error": VendorRejectedError,
    "rate_limit_error": RateLimitedError,
    "internal_error": VendorUnavailableError,
}
_TAKEN = re.compile(r"\b(?:taken|already|exists|in use|duplicate)\b", re.IGNORECASE)
_TOO_LARGE = 413
_CONFLICT = 409
_FORBIDDEN = 403


def fault(answer: Answer) -> Fault:
    """What an error answer says. Types that we do not know leave the kind to the HTTP status."""
    try:
        error = decode_object(answer.body, FaultAnswer).error
    except DecodeError:
        error = None
    if error is None and answer.status == _TOO_LARGE:  # documented without a body (OpenAPI file of June 2026)
        return Fault(message="the file is too large for the vendor to hand out")
    if not isinstance(error, FaultRow):
        return Fault(message=error)
    return Fault(
        message=error.message,
        fields=tuple(FieldFault(each.field, each.message or each.code or "refused") for each in error.details or ()),
        retry_after_seconds=number(error.retry_after),
        limit=LimitUsage(used=within_int32(error.limit.used), max=within_int32(error.limit.limit)) if error.limit else None,
        reason=ErrorCode.LIMIT_REACHED if _is_full(error.type, answer.status) else None,
        kind=_BY_TYPE.get(error.type or ""),
    )


def creation_fault(answer: Answer) -> Fault:
    """As `fault`; an address that is taken is a conflict, whatever the status (UNSURE: the OpenAPI file has no 409 here, so 422)."""
    read = fault(answer)
    is_taken = any(each.field == "address" and _TAKEN.search(each.message) for each in read.fields)
    return msgspec.structs.replace(read, kind=VendorConflictError) if is_taken else read


def name_fault(answer: Answer) -> Fault:
    """As `fault`; a conflict over a folder that is made or renamed is about its name, the only thing that is sent."""
    said = fault(answer)
    if answer.status != _CONFLICT or said.fields:
        return said
    return msgspec.structs.replace(said, fields=(FieldFault("name", said.message or ""),))


def _is_full(error_type: str | None, status: int) -> bool:
    """`over_limit` is in the vendor's OpenAPI file without a status; on a 403 it can only mean the plan."""
    return error_type == "quota_exceeded" or (error_type == "over_limit" and status == _FORBIDDEN)
