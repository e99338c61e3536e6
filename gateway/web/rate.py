"""How often each caller may ask: a token bucket for each, as the time until which it is used up ("GCRA").

Own code: the libraries for this (limits, pyrate-limiter) keep a window for each caller behind locks and clocks of their own, which costs
more than a known answer does; a caller's bucket is one number here.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from gateway.domain.limit_errors import TooManyRequestsError
from gateway.domain.request_limits import Rate
from gateway.web.caller import ANONYMOUS, Caller

MOST_CALLERS = 20_000
"""Remembered at a time; whoever asked longest ago is forgotten first. Addresses are many, so who has many may ask more often anyway."""
_IPV6_SITE_BITS = 64
_ROUNDING_SECONDS = 1e-6


class Rates:
    """`rate` None: anybody may ask as often as it likes."""

    def __init__(self, rate: Rate | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()
        """When each bucket will be full again."""

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, asker: str, count: int = 1) -> None:
        """So many operations are about to run. Raises `TooManyRequestsError`; then nothing is counted."""
        if self._rate is None:
            return
        now, per_seconds = self._clock(), self._rate.per_seconds
        full_at = max(now, self._full_at.get(asker, now)) + count * per_seconds / self._rate.requests
        wait_seconds = full_at - now - per_seconds
        if wait_seconds > _ROUNDING_SECONDS:
            raise TooManyRequestsError(self._rate.requests, per_seconds, math.ceil(wait_seconds))
        self._full_at[asker] = full_at
        self._full_at.move_to_end(asker)
        if len(self._full_at) > MOST_CALLERS:
            self._full_at.popitem(last=False)


def asker_of(caller: Caller, address: str | None) -> str:
    """Whom to count an operation to: the caller; where all are anonymous, the address that it came from."""
    return caller.name if not caller.is_anonymous else f"{ANONYMOUS} at {_site(address or '')}"


def is_unlimited(caller: Caller, address: str | None) -> bool:
    """Whether this is a person, or a program, on the gateway's own machine, where no callers are configured."""
    return caller.is_anonymous and _is_loopback(address or "")


@lru_cache(1024)
def _site(address: str) -> str:
    """Whoever has one IPv6 address has all those of its network."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, _IPV6_SITE_BITS), strict=False)) if isinstance(found, IPv6Address) else address


@lru_cache(1024)
def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
