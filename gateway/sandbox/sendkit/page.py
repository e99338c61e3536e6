"""A page of the mailboxes: its cursor, its limit and its filters."""

import re
from bisect import bisect_right
from collections.abc import Mapping

from gateway.sandbox.sendkit.answer import invalid
from gateway.sandbox.sendkit.filter import Test, late_tests
from gateway.sandbox.sendkit.mailbox import KitMailbox, Row
from gateway.sandbox.sendkit.query import whole
from gateway.sandbox.sendkit.rows import Mailboxes

DEFAULT_LIMIT, MAX_LIMIT = 25, 100
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")


def page_of(mailboxes: Mailboxes, params: Mapping[str, str], tests: list[Test]) -> tuple[list[KitMailbox], Row]:
    """A page and its paging object; on the last page `hasMore` is false beside a cursor that is not null."""
    limit = whole(params, "limit", default=DEFAULT_LIMIT, most=MAX_LIMIT)
    late = late_tests(params)
    cursor = params.get("cursor")
    if cursor is not None and not _OBJECT_ID.fullmatch(cursor):
        raise invalid("cursor", "Is not a cursor")
    order = _matching(mailboxes, tests) if tests else mailboxes.order
    start = bisect_right(order, cursor) if cursor else 0
    window = order[start : start + limit]
    page = [mailbox for each in window if (mailbox := mailboxes.by_id.get(each)) and all(test(mailbox) for test in late)]
    total = len(_matching(mailboxes, [*tests, *late])) if tests or late else len(mailboxes.by_id)
    next_cursor = window[-1] if window else None
    return page, {"limit": limit, "total": total, "hasMore": start + limit < len(order), "nextCursor": next_cursor}


def _matching(mailboxes: Mailboxes, tests: list[Test]) -> list[str]:
    return [each for each in mailboxes.order if (mailbox := mailboxes.by_id.get(each)) and all(test(mailbox) for test in tests)]
