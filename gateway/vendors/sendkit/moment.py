"""Times to hold SendKit's against."""

from datetime import UTC, datetime


def now_as_told() -> datetime:
    """Now, cut to milliseconds as SendKit cuts its times: what it makes from here on was not made before."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
