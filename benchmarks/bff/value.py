"""Single values as the vendors spell them."""

from binascii import b2a_base64
from datetime import UTC, datetime

Row = dict[str, object]
_MILLISECONDS_LENGTH = len("2026-11-20T09:30:00.000Z")
_FULL_PERCENT = 100
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def mailbox_id(account: str, vendor_id: str) -> str:
    """The global id that the gateway gives."""
    said = b2a_base64(f'[1,"Mailbox","{account}","{vendor_id}"]'.encode(), newline=False)
    return said.rstrip(b"=").translate(_URL_SAFE).decode()


def time(value: object) -> str | None:
    """RFC 3339 in UTC with milliseconds; all vendors write just that, nearly always."""
    if not isinstance(value, str):
        return None
    if len(value) == _MILLISECONDS_LENGTH and value[-1] == "Z":
        return value
    if value.isdecimal():
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return at.isoformat(timespec="milliseconds" if at.microsecond % 1000 == 0 else "microseconds").removesuffix("+00:00") + "Z"


def whole(value: object) -> int | None:
    """587, "587" or 587.0."""
    if type(value) is int:
        return value
    if not isinstance(value, str | float):
        return None
    try:
        return int(float(value))
    except ValueError:
        return None


def percent(value: object) -> float | None:
    """95, "95" or "95%" as 95.0."""
    if isinstance(value, str):
        value = value.strip().rstrip("%")
    try:
        read = float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None
    return read if read is not None and 0 <= read <= _FULL_PERCENT else None


def remaining(limit: int | None, sent: int | None) -> int | None:
    """What is left of a daily limit."""
    return None if limit is None or sent is None else max(limit - sent, 0)
