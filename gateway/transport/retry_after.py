"""When to come back: every spelling of `Retry-After` and of the reset headers that the vendor notes name."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import msgspec


class RateHeaders(msgspec.Struct, frozen=True):
    """What a vendor says of its own count: so many calls are left until it begins anew."""

    remaining: int
    resets_in_seconds: float


EPOCH_FLOOR = 1_000_000_000
"""A number of at least this many seconds is a point in time, not a delay (Outreach mirrors its reset header)."""
LONGEST_WAIT = timedelta(days=2)


def retry_at(headers: httpx.Headers, *, now: datetime, body_seconds: float | None = None) -> datetime | None:
    """The time at which the vendor will take calls again, None when it does not say.

    `Retry-After` may be a delay in seconds, seconds since the epoch, an HTTP date (RFC 9110) or an ISO instant (Outreach's
    maintenance answer); `body_seconds` is a delay out of the body (ShipMail, Smartlead); the last resort is `X-RateLimit-Reset`.
    """
    at = _instant(headers.get("retry-after"), now=now)
    if at is None and body_seconds is not None and body_seconds >= 0:
        at = _from_number(body_seconds, now=now)
    if at is None and headers.get("x-ratelimit-remaining", "").split(",")[0].strip() == "0":
        at = _instant(headers.get("x-ratelimit-reset"), now=now)
    if at is None or at > now + LONGEST_WAIT:
        return None
    return max(at, now)


def rate_headers(headers: httpx.Headers, *, now: datetime) -> RateHeaders | None:
    """`X-RateLimit-Remaining` and `-Reset` (or without the `X-`); None unless both can be read.

    Outreach gives two numbers, of which the first is the hour's. A reset in epoch seconds is by the vendor's clock, which `Date` tells.
    """
    remaining = headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining"))
    if remaining is None:
        return None
    reset = headers.get("x-ratelimit-reset", headers.get("ratelimit-reset", ""))
    remaining, reset = remaining.split(",")[0].strip(), reset.split(",")[0].strip()
    there = _instant(headers.get("date"), now=now) or now
    resets_at = _instant(reset, now=there)
    if resets_at is None or resets_at < there or not (remaining.isascii() and remaining.isdecimal()):
        return None
    return RateHeaders(int(remaining[:9]), (resets_at - there).total_seconds())


def _instant(text: str | None, *, now: datetime) -> datetime | None:
    if text is None or not text.strip():
        return None
    text = text.strip()
    try:
        return _from_number(float(text), now=now)
    except ValueError:
        pass
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = parse(text)
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _from_number(seconds: float, *, now: datetime) -> datetime | None:
    if not 0 <= seconds < 1e11:  # noqa: PLR2004 - past the year 5138, and NaN: nonsense
        return None
    return datetime.fromtimestamp(seconds, UTC) if seconds >= EPOCH_FLOOR else now + timedelta(seconds=seconds)
