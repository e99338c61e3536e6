"""How an account may use its vendor: the vendor's spec gives the defaults, the configuration may change them."""

import msgspec

from gateway.transport.quota import Quota


class RetryLimits(msgspec.Struct, frozen=True, kw_only=True):
    """When a read is sent again: at most `attempts` times in all, and all repetitions together are at most `percent` of the reads."""

    attempts: int = 3
    percent: int = 20


class BreakerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """After `failures` in a row the vendor is left alone: for `open_seconds`, twice as long each time, up to `longest_seconds`."""

    failures: int = 5
    open_seconds: float = 2.0
    longest_seconds: float = 30.0


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """All of an account's.

    `quotas` are what the vendor allows; `write_quotas` those of writes where it counts them apart, None where one quota holds for all.
    `learns`: the vendor publishes no quota, so its refusals tell.
    `concurrency` is how many calls run at once. `read_seconds` and `write_seconds` are how long one attempt may take. `retries` None:
    none. `breaker` None: none. An answer of more than `max_answer_bytes`, decompressed, is refused.
    """

    quotas: tuple[Quota, ...] = ()
    write_quotas: tuple[Quota, ...] | None = None
    learns: bool = False
    concurrency: int = 8
    read_seconds: float = 15.0
    write_seconds: float = 60.0
    retries: RetryLimits | None = RetryLimits()
    breaker: BreakerLimits | None = BreakerLimits()
    max_answer_bytes: int = 64 * 1024 * 1024
    """10,000 mailboxes in one Woodpecker list take about 10 MB."""
