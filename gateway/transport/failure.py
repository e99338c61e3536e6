"""The one table that turns what a wire or a vendor does into the errors of `domain.errors`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

import aiohttp
import httpx
import msgspec

from gateway.domain.account import Account
from gateway.domain.errors import (
    ErrorCode,
    FieldFault,
    LimitUsage,
    OutcomeUnknownError,
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
from gateway.transport.call import Answer, Call
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
    OutcomeUnknownError: "may or may not have done this: its answer does not tell",
}

_PLAIN_WORDS_OF_REASON: Mapping[ErrorCode, str] = {
    ErrorCode.LIMIT_REACHED: "says that a limit of the account's plan is reached",
    ErrorCode.SUBSCRIPTION_REQUIRED: "asks for a subscription",
}


def from_answer(  # noqa: PLR0913 - all by keyword
    answer: Answer,
    fault: Fault,
    *,
    account: Account,
    now: datetime,
    redact: Callable[[str], str],
    is_write: bool = False,
    places: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> VendorError:
    """The error for an answer whose status is not a success. `redact` cleans the vendor's words.

    A write that the vendor stumbled over may have happened: then the outcome is unknown. `places` tell where in the caller's arguments
    the vendor's names of fields belong.
    """
    kind = fault.kind or (_kind_of_write(answer.status) if is_write else _kind(answer.status))
    said = redact(fault.message) if fault.message else ""
    words = _PLAIN_WORDS_OF_REASON.get(fault.reason, _PLAIN_WORDS[kind]) if fault.reason else _PLAIN_WORDS[kind]
    message = f"{account.vendor.own_name} {words} (HTTP {answer.status})" + (f": {said}" if said else ".")
    return kind(
        message,
        vendor=account.vendor,
        account=account.name,
        status=answer.status,
        retry_at=retry_at(answer.headers, now=now, body_seconds=fault.retry_after_seconds),
        fields=tuple(FieldFault(each.field, redact(each.message), each.path or places.get(each.field or "")) for each in fault.fields),
        limit=fault.limit,
        reason=fault.reason,
    )


def _kind(status: int) -> type[VendorError]:
    if known := _BY_STATUS.get(status):
        return known
    if status >= 500:  # noqa: PLR2004 - the HTTP class of server errors
        return VendorUnavailableError
    return VendorRejectedError if status >= 400 else VendorProtocolError  # noqa: PLR2004 - 1xx to 3xx are nothing that we asked for


def _kind_of_write(status: int) -> type[VendorError]:
    """A 4xx says that it was refused; anything else but a success leaves it open."""
    # 408: the vendor waited for the rest of the request, or says so.
    is_refused = 400 <= status < 500 and status != 408  # noqa: PLR2004 - see above
    return _kind(status) if is_refused else OutcomeUnknownError


WIRE_ERRORS = (aiohttp.ClientError, OSError, httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
"""All that a wire raises when it fails: aiohttp's errors, the system's, and those of httpx's transports."""


class BrokenAnswerError(VendorProtocolError):
    """The wire broke within an answer, or what came is no HTTP: asked again, the vendor may do better."""


def from_exception(error: Exception, *, account: Account, call: Call) -> VendorError:
    """The error for a wire that failed. The original is dropped: its text may hold a URL with a key in it."""
    if not call.is_read and not isinstance(error, _UNSENT):
        return unclear(account, "did not answer in time" if _is_timeout(error) else "broke off before it answered")
    vendor = account.vendor.own_name
    if _is_timeout(error):
        return VendorTimeoutError(f"{vendor} did not answer in time.", vendor=account.vendor, account=account.name)
    if isinstance(error, httpx.RemoteProtocolError | aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
        return BrokenAnswerError(f"{vendor} broke off or garbled its answer.", vendor=account.vendor, account=account.name)
    if isinstance(error, httpx.ConnectError | aiohttp.ClientConnectorError):
        return VendorUnavailableError(f"{vendor} cannot be reached: {_obstacle(error)}.", vendor=account.vendor, account=account.name)
    return VendorUnavailableError(
        f"The connection to {vendor} broke ({type(error).__name__}).", vendor=account.vendor, account=account.name
    )


def _obstacle(error: BaseException) -> str:
    """Why no connection was made, as far as the wire tells: each has another cure."""
    for kind, words in _OBSTACLES.items():
        if isinstance(error, kind):
            return words
    return "no connection"


_OBSTACLES: Mapping[type[BaseException], str] = {
    aiohttp.ClientConnectorDNSError: "the name of its host is not known",
    aiohttp.ClientConnectorCertificateError: "its certificate is not one to trust",
    aiohttp.ClientSSLError: "no TLS was agreed on",
}


def _is_timeout(error: BaseException) -> bool:
    return isinstance(error, TimeoutError | httpx.TimeoutException)


_UNSENT = (
    *(aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL),
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL),
)
"""The request never left: no connection was made."""


def unclear(account: Account, what: str) -> OutcomeUnknownError:
    """A write that was sent and whose end is not known; `what` says why, without quoting the vendor."""
    message = f"{account.vendor.own_name} {what}: this may or may not have happened."
    return OutcomeUnknownError(message, vendor=account.vendor, account=account.name)


def protocol_error(account: Account, what: str) -> VendorProtocolError:
    """An answer with a good status and a body that is not what was promised; `what` says so without quoting the body."""
    return VendorProtocolError(f"{account.vendor.own_name} {what}.", vendor=account.vendor, account=account.name)
