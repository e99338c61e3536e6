"""What came of a write, and of a test: what an adapter answers, and what a caller is told."""

from datetime import datetime
from enum import StrEnum

import msgspec

from gateway.domain.capability import MailboxField
from gateway.domain.errors import (
    ErrorCode,
    FieldFault,
    GatewayError,
    LimitUsage,
    UnsupportedFieldsError,
    VendorError,
)
from gateway.domain.mailbox import Mailbox
from gateway.domain.rule import Json


class UserError(msgspec.Struct, frozen=True):
    """Why something was not done: for a person, for a program (`code`), and where in the arguments (`field`, GraphQL's names)."""

    message: str
    code: ErrorCode
    field: tuple[str, ...] | None = None
    retry_at: datetime | None = None
    limit: LimitUsage | None = None


class WriteWarning(msgspec.Struct, frozen=True):
    """What a vendor altered silently, or would; `value` is what it became."""

    message: str
    field: tuple[str, ...] | None = None
    value: Json = None


class MailboxCheck(StrEnum):
    """What can be tested of a mailbox."""

    SENDING = "SENDING"
    RECEIVING = "RECEIVING"


class CheckResult(msgspec.Struct, frozen=True):
    """What a test showed. `passed` is None while, or where, the vendor cannot tell. `observed_at` is when the vendor found out."""

    check: MailboxCheck
    passed: bool | None
    message: str | None = None
    observed_at: datetime | None = None


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """How the creation of one mailbox stands.

    `mailbox` is None where the vendor does not tell it yet. `pending` is not None while the vendor is still at work: the adapter's own
    words for "ask about this one", without secrets; `poll_created` takes them.
    """

    mailbox: Mailbox | None = None
    pending: str | None = None
    warnings: tuple[WriteWarning, ...] = ()


class Updated(msgspec.Struct, frozen=True, kw_only=True):
    """What a change did.

    `mailbox` is the new state as the vendor answered it, None where it answers without (the caller reads it then). `applied` are the
    fields that were written. `error` is what stopped the rest where several calls were needed; where nothing was applied, it is raised.
    """

    mailbox: Mailbox | None = None
    applied: tuple[MailboxField, ...] = ()
    warnings: tuple[WriteWarning, ...] = ()
    error: GatewayError | None = None


def user_errors(error: GatewayError) -> tuple[UserError, ...]:
    """An error as a caller is told it: one entry for each field that it is about, one in all where it is about none."""
    if isinstance(error, UnsupportedFieldsError):
        return tuple(UserError(error.message_about(field), error.code, field) for field in error.fields)
    if not isinstance(error, VendorError):
        return (UserError(error.message, error.code, error.field or None),)
    code = error.reason or error.code
    told = tuple(UserError(_said(error, fault), code, fault.path, error.retry_at, error.limit) for fault in error.fields)
    return told or (UserError(error.message, code, None, error.retry_at, error.limit),)


def _said(error: VendorError, fault: FieldFault) -> str:
    """What a vendor says of a field, often in a word: it is told whose word that is."""
    name = error.vendor.own_name
    if not fault.message or fault.message.startswith(name):
        return fault.message or error.message
    return f"{name}: {fault.message}"
