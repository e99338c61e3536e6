"""Everything that can go wrong, as one tree; `gateway/schema/errors.py` alone turns it into GraphQL.

    GatewayError
    ├── UnauthenticatedError       no key or token that is good came with the request
    ├── ForbiddenError             a known caller without the scope that this needs
    ├── InvalidInputError          the caller's input is not usable
    ├── NotFoundError              no such thing, or not visible to this caller
    ├── ConflictError              it exists already, or somebody else changed it
    ├── UnsupportedError           this vendor has no such ability; no request was sent
    ├── UnsupportedFieldsError     this vendor cannot write these fields; no request was sent
    ├── TooManyCallsError          this operation needs more vendor calls than one may make
    ├── OverloadedError            the gateway has more to do than it can; nothing was begun
    ├── LimitError                 more was asked for than is allowed; see `limit_errors`
    └── VendorError                something at the vendor, with vendor and account
        ├── VendorRejectedError    the vendor refused the input, field by field
        ├── VendorAuthError        the vendor does not accept the credentials
        ├── VendorForbiddenError   the credentials may not do this (scope, plan, governance)
        ├── RateLimitedError       too many requests; `retry_at` says when to come back
        ├── VendorTimeoutError     no answer in time
        ├── VendorUnavailableError no connection, or the vendor says 5xx
        ├── VendorProtocolError    an answer that is not what the vendor's page promises
        └── OutcomeUnknownError    a write was sent and its answer lost

A message is written for the person who reads it and never holds a secret: texts of a vendor pass
`redaction.redact` before they get here.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import msgspec

from gateway.domain.capability import Capability
from gateway.domain.vendor import Vendor


class ErrorCode(StrEnum):
    """The codes of `errors[].extensions.code` and of `UserError.code`."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    UNSUPPORTED_BY_VENDOR = "UNSUPPORTED_BY_VENDOR"
    LIMIT_REACHED = "LIMIT_REACHED"
    SUBSCRIPTION_REQUIRED = "SUBSCRIPTION_REQUIRED"
    VENDOR_REJECTED = "VENDOR_REJECTED"
    VENDOR_AUTH_FAILED = "VENDOR_AUTH_FAILED"
    VENDOR_FORBIDDEN = "VENDOR_FORBIDDEN"
    VENDOR_RATE_LIMITED = "VENDOR_RATE_LIMITED"
    VENDOR_TIMEOUT = "VENDOR_TIMEOUT"
    VENDOR_UNAVAILABLE = "VENDOR_UNAVAILABLE"
    VENDOR_PROTOCOL_ERROR = "VENDOR_PROTOCOL_ERROR"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    OVERLOADED = "OVERLOADED"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    TOO_MANY_TOKENS = "TOO_MANY_TOKENS"
    QUERY_TOO_DEEP = "QUERY_TOO_DEEP"
    TOO_MANY_SELECTIONS = "TOO_MANY_SELECTIONS"
    TOO_MANY_ALIASES = "TOO_MANY_ALIASES"
    TOO_MANY_ROOT_FIELDS = "TOO_MANY_ROOT_FIELDS"
    TOO_MANY_MUTATIONS = "TOO_MANY_MUTATIONS"
    TOO_MANY_DIRECTIVES = "TOO_MANY_DIRECTIVES"
    INTROSPECTION_TOO_DEEP = "INTROSPECTION_TOO_DEEP"
    LIST_TOO_LONG = "LIST_TOO_LONG"
    PAGE_TOO_LARGE = "PAGE_TOO_LARGE"
    QUERY_TOO_EXPENSIVE = "QUERY_TOO_EXPENSIVE"
    BATCHING_DISABLED = "BATCHING_DISABLED"
    BATCH_TOO_LARGE = "BATCH_TOO_LARGE"
    TOO_MANY_SUBSCRIPTIONS = "TOO_MANY_SUBSCRIPTIONS"
    RATE_LIMITED = "RATE_LIMITED"
    REQUEST_TIMED_OUT = "REQUEST_TIMED_OUT"
    INTERNAL = "INTERNAL"


class GatewayError(Exception):
    """The root: `message` is safe to show, `code` is what a client branches on, `field` is the path into the input that it is about."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL
    field: tuple[str, ...] = ()

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UnauthenticatedError(GatewayError):
    """No key or token, or one that is not good."""

    code = ErrorCode.UNAUTHENTICATED


class ForbiddenError(GatewayError):
    """A known caller without the scope that this needs."""

    code = ErrorCode.FORBIDDEN


class InvalidInputError(GatewayError):
    """The caller's input is not usable; `field` is the path into it, outermost first."""

    code = ErrorCode.BAD_USER_INPUT

    def __init__(self, message: str, *, field: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.field = field


class NotFoundError(GatewayError):
    """No such thing, or not visible to this caller. `field` is the argument that named it, where one did."""

    code = ErrorCode.NOT_FOUND

    def __init__(self, message: str, *, field: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.field = field


class ConflictError(GatewayError):
    """It exists already, or somebody else changed it."""

    code = ErrorCode.CONFLICT

    def __init__(self, message: str, *, field: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.field = field


class UnsupportedError(GatewayError):
    """The vendor has no such ability; raised before any request is sent."""

    code = ErrorCode.UNSUPPORTED_BY_VENDOR

    def __init__(self, capability: Capability, *, vendor: Vendor, hint: str = "") -> None:
        super().__init__(f"{vendor.own_name} cannot {capability.verb} ({capability}). Nothing was sent to it.{hint and f' {hint}'}")
        self.capability = capability
        self.vendor = vendor


class UnsupportedFieldsError(GatewayError):
    """The vendor cannot write these fields; raised before any request is sent.

    `fields` are paths into the arguments in GraphQL's names, each with a hint at what can be done instead ("" where nothing can).
    """

    code = ErrorCode.UNSUPPORTED_BY_VENDOR

    def __init__(self, fields: Mapping[tuple[str, ...], str], *, vendor: Vendor) -> None:
        self.fields = dict(fields)
        self.vendor = vendor
        super().__init__(f"{vendor.own_name} cannot set {', '.join('.'.join(field) for field in fields)}. Nothing was sent to it.")

    def message_about(self, field: tuple[str, ...]) -> str:
        hint = self.fields[field]
        return f"{self.vendor.own_name} cannot set {'.'.join(field)}. Nothing was sent to it.{hint and f' {hint}'}"


class TooManyCallsError(GatewayError):
    """An operation needs, or has made, more calls to vendors than one operation may make. `needed` where it was known beforehand."""

    code = ErrorCode.QUERY_TOO_COMPLEX

    def __init__(self, most: int, *, needed: int | None = None) -> None:
        needs = f"needs up to {needed:,} calls to vendors" if needed is not None else "needs more calls to vendors than it may make"
        super().__init__(f"This operation {needs}; at most {most:,} are allowed. Ask for fewer mailboxes, or fewer fields marked (detail).")
        self.most = most
        self.needed = needed


class OverloadedError(GatewayError):
    """The gateway has more to do than it can. Nothing was begun; come back after `retry_after_seconds`."""

    code = ErrorCode.OVERLOADED

    def __init__(self, *, retry_after_seconds: int = 1) -> None:
        super().__init__("The gateway is busy: nothing was begun. Try again in a moment.")
        self.retry_after_seconds = retry_after_seconds


class FieldFault(msgspec.Struct, frozen=True):
    """One field that a vendor refused: its own name for the field, its own, redacted, words, and where that is in the caller's arguments.

    `path` is in GraphQL's names, e.g. `("smtp", "host")`; the adapter knows it, and leaves None where there is no such place.
    """

    field: str | None
    message: str
    path: tuple[str, ...] | None = None


class LimitUsage(msgspec.Struct, frozen=True):
    """A plan limit as the vendor counts it."""

    used: int | None = None
    max: int | None = None
    requested: int | None = None


class VendorError(GatewayError):
    """Something at the vendor. `status` is the HTTP status where there was one."""

    code = ErrorCode.VENDOR_UNAVAILABLE

    def __init__(  # noqa: PLR0913 - every part of what the reader must know, all by keyword
        self,
        message: str,
        *,
        vendor: Vendor,
        account: str,
        status: int | None = None,
        retry_at: datetime | None = None,
        fields: tuple[FieldFault, ...] = (),
        limit: LimitUsage | None = None,
        reason: ErrorCode | None = None,
    ) -> None:
        super().__init__(message)
        self.vendor = vendor
        self.account = account
        self.status = status
        self.retry_at = retry_at
        self.fields = fields
        self.limit = limit
        self.reason = reason
        """A finer code than the class's own, e.g. `LIMIT_REACHED` on a 403."""


class VendorRejectedError(VendorError):
    """The vendor refused the input; `fields` says which, in the vendor's names."""

    code = ErrorCode.VENDOR_REJECTED


class VendorAuthError(VendorError):
    """The vendor does not accept the account's credentials (401)."""

    code = ErrorCode.VENDOR_AUTH_FAILED


class VendorForbiddenError(VendorError):
    """The credentials are known but may not do this (403: scope, plan, governance)."""

    code = ErrorCode.VENDOR_FORBIDDEN


class RateLimitedError(VendorError):
    """Too many requests; `retry_at` says when to come back, where the vendor told."""

    code = ErrorCode.VENDOR_RATE_LIMITED


class VendorTimeoutError(VendorError):
    """No answer within the call's deadline."""

    code = ErrorCode.VENDOR_TIMEOUT


class VendorUnavailableError(VendorError):
    """No connection could be made, it broke, or the vendor answered 5xx."""

    code = ErrorCode.VENDOR_UNAVAILABLE


class VendorProtocolError(VendorError):
    """An answer that is not what the vendor's page promises: HTML, a truncated body, the wrong shape, too large."""

    code = ErrorCode.VENDOR_PROTOCOL_ERROR


class VendorNotFoundError(VendorError, NotFoundError):
    """The vendor says 404: the thing is absent there, or hidden from these credentials."""

    code = ErrorCode.NOT_FOUND


class VendorConflictError(VendorError, ConflictError):
    """The vendor says 409."""

    code = ErrorCode.CONFLICT


class OutcomeUnknownError(VendorError):
    """A write was sent and its answer lost: it may or may not have happened."""

    code = ErrorCode.OUTCOME_UNKNOWN
