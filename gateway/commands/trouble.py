"""What is wrong with an account, and what a person can do about it."""

from collections.abc import Sequence

import msgspec

from gateway.domain.errors import (
    GatewayError,
    RateLimitedError,
    VendorAuthError,
    VendorConflictError,
    VendorError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorProtocolError,
    VendorTimeoutError,
    VendorUnavailableError,
)


class Trouble(msgspec.Struct, frozen=True):
    """Safe to show; `cure` is None where nothing is known to help."""

    problem: str
    cure: str | None


def trouble_of(error: Exception, keys: Sequence[str]) -> Trouble:
    """What an error means for its account. `keys` are the settings that the account is configured with: the cure names them.

    The text of an error that is not ours may hold anything, a URL with a key too: only its class is told.
    """
    if not isinstance(error, GatewayError):
        return Trouble(f"The gateway itself failed ({type(error).__name__}).", "This is a fault of the gateway: please report it.")
    return Trouble(error.message, _cure(error, keys))


def _cure(error: GatewayError, keys: Sequence[str]) -> str | None:
    if isinstance(error, VendorAuthError):
        return f"Look at {_settings(keys)} of this account: is it complete, of this vendor, and not revoked or expired?"
    if isinstance(error, VendorForbiddenError):
        return f"The vendor knows {_settings(keys)} of this account: look there for the scopes, the plan, and who it belongs to."
    if isinstance(error, RateLimitedError):
        when = f" after {error.retry_at:%Y-%m-%d %H:%M:%S %Z}" if error.retry_at else " in some minutes"
        return f"Check again{when}; if it stays, something else uses up this account's calls: lower its pace."
    return next((cure for kinds, cure in _CURES if isinstance(error, kinds)), None)


_CURES: tuple[tuple[tuple[type[VendorError], ...], str], ...] = (
    ((VendorTimeoutError,), "Check again; look at base_url and the network, and raise timeout if the vendor is only slow."),
    ((VendorUnavailableError,), "Look at base_url, the network and the vendor's status page, then check again."),
    (
        (VendorNotFoundError, VendorProtocolError, VendorConflictError),
        "Look at base_url: it may lead to another version or another service.",
    ),
)


def _settings(keys: Sequence[str]) -> str:
    if not keys:
        return "the credentials"
    *front, last = keys
    return f"{', '.join(front)} and {last}" if front else last
