"""The one table that turns what a wire or a vendor does into the errors of `domain.errors`."""

from collections.abc import Callable
from datetime import datetime

import aiohttp
import httpx
import msgspec

from gateway.domain.account import Account
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
    VendorProtocolError,
    VendorRejectedError,
    VendorTimeoutError,
    VendorUnavailableError,
)
from gateway.transport.call import Answer
from gateway.transport.retry_after import retry_at


class Fault(msgspec.Struct, frozen=True):
    """What a vendor's error body says: its own words (not yet redacted) and the parts that a machine can use.

    `kind` overrides what the HTTP status alone would mean, e.g. Woodpecker's v1 rate limit that comes as 409.
    """

    message: str | None = None
    fields: tuple[FieldFault, ...] = ()
    retry_after_seconds: float | None = None
    limit: LimitUsage | None = None
    reason: ErrorCode | None = None
    kind: type[VendorError] | None = None


FaultReader = Callable[[Answer], Fault]
"""Each vendor reads its own error bodies; it must never raise, and gives `Fault()` for a body that it does not know."""

_BY_STATUS: dict[int, type[VendorError]] = {
    401: VendorAuthError,
    402: VendorForbiddenError,
    403: VendorForbiddenError,
    404: VendorNotFoundError,
    408: VendorTimeoutError,
    409: VendorConflictError,
    410: VendorNotFoundError,
    429: RateLimitedError,
    504: VendorTimeoutError,
}

_PLAIN_WORDS: dict[type[VendorError], str] = {
    VendorAuthError: "does not accept the credentials of this account",
    VendorForbiddenError: "does not allow this with the credentials of this account",
    VendorNotFoundError: "does not know this, or hides it from these credentials",
    VendorTimeoutError: "did not answer in time",
    VendorConflictError: "says that this conflicts with what is there",
    RateLimitedError: "asks for fewer requests",
    VendorRejectedError: "refused the request",
    VendorUnavailableError: "is failing",
    VendorProtocolError: "gave an answer that its documentation does not describe",
}


def from_answer(answer: Answer, fault: Fault, *, account: Account, now: datetime, redact: Callable[[str], str]) -> VendorError:
    """The error for an answer whose status is not a success. `redact` cleans the vendor's words."""
    kind = fault.kind or _kind(answer.status)
    said = redact(fault.message) if fault.message else ""
    message = f"{account.vendor.own_name} {_PLAIN_WORDS[kind]} (HTTP {answer.status})" + (f": {said}" if said else ".")
    return kind(
        message,
        vendor=account.vendor,
        account=account.name,
        status=answer.status,
        retry_at=retry_at(answer.headers, now=now, body_seconds=fault.retry_after_seconds),
        fields=tuple(FieldFault(field.field, redact(field.message)) for field in fault.fields),
        limit=fault.limit,
        reason=fault.reason,
    )


def _kind(status: int) -> type[VendorError]:
    if known := _BY_STATUS.get(status):
        return known
    if status >= 500:  # noqa: PLR2004 - the HTTP class of server errors
        return VendorUnavailableError
    return VendorRejectedError if status >= 400 else VendorProtocolError  # noqa: PLR2004 - 1xx to 3xx are nothing that we asked for


WIRE_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, aiohttp.ClientError, OSError)
"""All that a wire raises when it fails; httpx-aiohttp lets some of aiohttp's own errors through (an answer that is no HTTP)."""


def from_exception(error: Exception, *, account: Account) -> VendorError:
    """The error for a wire that failed. The original is dropped: its text may hold a URL with a key in it."""
    if isinstance(error.__cause__, aiohttp.ClientError):
        error = error.__cause__  # httpx-aiohttp 0.2.2 calls a refused and a broken connection `ConnectTimeout`; the cause knows better
    vendor = account.vendor.own_name
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return VendorTimeoutError(f"{vendor} did not answer in time.", vendor=account.vendor, account=account.name)
    if isinstance(error, httpx.DecodingError | httpx.RemoteProtocolError | aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
        return VendorProtocolError(f"{vendor} broke off or garbled its answer.", vendor=account.vendor, account=account.name)
    if isinstance(error, httpx.ConnectError | aiohttp.ClientConnectorError):
        return VendorUnavailableError(f"{vendor} cannot be reached: no connection.", vendor=account.vendor, account=account.name)
    return VendorUnavailableError(
        f"The connection to {vendor} broke ({type(error).__name__}).", vendor=account.vendor, account=account.name
    )


def protocol_error(account: Account, what: str) -> VendorProtocolError:
    """An answer with a good status and a body that is not what was promised; `what` says so without quoting the body."""
    return VendorProtocolError(f"{account.vendor.own_name} {what}.", vendor=account.vendor, account=account.name)
