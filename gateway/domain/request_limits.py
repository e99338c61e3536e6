"""How much a caller may ask for: `[limits]` of the configuration, and the defaults."""

import msgspec


class Rate(msgspec.Struct, frozen=True):
    """At most `requests` at once, and on average so many in `per_seconds`."""

    requests: int
    per_seconds: float


class RequestLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Each is the most that is allowed; what a number counts is told where it is refused, in `limit_errors`.

    `max_batch` 1 refuses JSON arrays of operations. `rate` None: a caller may ask as often as it likes.
    """

    max_body_kib: int = 1024
    max_tokens: int = 5_000
    max_depth: int = 20
    max_selections: int = 3_000
    max_aliases: int = 60
    max_root_fields: int = 20
    max_mutations: int = 10
    max_directives: int = 200
    max_directives_per_field: int = 5
    max_introspection_depth: int = 2
    max_list_items: int = 10_000
    max_page_size: int = 500
    max_batch: int = 1
    max_cost: int = 200_000
    max_subscriptions: int = 1_000
    rate: Rate | None = Rate(6_000, 60.0)
