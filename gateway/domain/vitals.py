"""How it goes with the calls to one account's vendor, for the operator."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class BreakerState(StrEnum):
    """CLOSED: calls pass. OPEN: none does. HALF_OPEN: one does, to see whether the vendor is well again."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """One account's, at this moment.

    `attempts` are counted since the start, by HTTP status, or by error code where there was no answer. `rest_seconds` is how much longer
    the vendor has asked to be left alone, 0 when it has not.
    """

    account: str
    breaker: BreakerState
    rest_seconds: float
    running: int
    waiting: int
    attempts: Mapping[str, int]
