"""Limits for tests that are about one attempt."""

from gateway.transport.limits import Limits
from gateway.transport.quota import Quota


def one_attempt(*, quotas: tuple[Quota, ...] = (), concurrency: int = 8, read_seconds: float = 15.0, write_seconds: float = 60.0) -> Limits:
    """Nothing is sent again, and no failure keeps the next call from being made."""
    return Limits(
        quotas=quotas, concurrency=concurrency, read_seconds=read_seconds, write_seconds=write_seconds, retries=None, breaker=None
    )
