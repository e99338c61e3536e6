"""Reads the `[limits]` table."""

import msgspec

from gateway.config.table import Table
from gateway.domain.request_limits import Rate, RequestLimits

KEYS = tuple(field.name for field in msgspec.structs.fields(RequestLimits))
_RATE_FORM = 'Write rate = "off" or rate = { requests = 6000, per = "1m" }.'
_MOST = 1_000_000
_MOST_OF = {"max_page_size": 500, "max_batch": 100, "max_cost": 1_000_000_000}
"""Where it is not `_MOST`."""


def read_limits(document: Table) -> RequestLimits:
    """The table's limits, with the defaults for what it does not say."""
    table = document.table("limits")
    if table is None:
        return RequestLimits()
    table.refuse_unknown(KEYS)
    numbers = {key: table.whole_number(key, minimum=1, maximum=_MOST_OF.get(key, _MOST)) for key in KEYS if key != "rate"}
    said = {key: number for key, number in numbers.items() if number is not None}
    return RequestLimits(**said, rate=_read_rate(table))


def _read_rate(table: Table) -> Rate | None:
    """None for none at all."""
    rate = table.switch("rate", what="rate", form=_RATE_FORM)
    if not isinstance(rate, Table):
        return None if rate is False else RequestLimits().rate
    rate.refuse_unknown(("requests", "per"))
    rate.require({"requests": _RATE_FORM, "per": _RATE_FORM})
    requests = rate.whole_number("requests", minimum=1, maximum=_MOST)
    per_seconds = rate.seconds("per")
    return Rate(requests, per_seconds) if requests and per_seconds else None
