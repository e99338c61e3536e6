"""Times as the database compares them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Since 1970, exact. The moment must know its time zone."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
