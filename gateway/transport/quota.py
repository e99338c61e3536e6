"""How often a vendor lets itself be called."""

import msgspec


class Quota(msgspec.Struct, frozen=True):
    """At most `requests` in any `per_seconds`."""

    requests: int
    per_seconds: float
