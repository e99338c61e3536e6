"""The pages of a list, by cursor or by offset, with the links between them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from gateway.sandbox.outreach.query import PAGE, Query
from gateway.sandbox.outreach.refusal import invalid
from gateway.sandbox.outreach.resource import HOST, Kind, Resource

LARGEST_PAGE = 1000
LARGEST_OFFSET = 10_000


def cursor_page(kind: Kind, query: Query, rows: list[Resource]) -> tuple[list[Resource], dict[str, object]]:
    """The first page's `prev` is null; the last page has no `next`, or a null one when it is the only page (both are seen)."""
    size = _size(query.page.get("size", "50"), "size")
    start, end = _window(kind, query, rows, size)
    page = rows[start:end]
    links: dict[str, object] = {"first": _link(kind, query, {"page[size]": str(size)})}
    links["prev"] = _link(kind, query, _cursor(kind, query, "before", page[0], size)) if start and page else None
    if end < len(rows):
        links["next"] = _link(kind, query, _cursor(kind, query, "after", page[-1], size))
    elif not start:
        links["next"] = None
    return page, links


def _window(kind: Kind, query: Query, rows: list[Resource], size: int) -> tuple[int, int]:
    after, before = query.page.get("after"), query.page.get("before")
    if after is None and before is None:
        return 0, size
    position = _position(kind, query, rows, after or before or "")
    if after is not None:
        return position, position + size
    return max(position - size, 0), position


def _cursor(kind: Kind, query: Query, direction: str, row: Resource, size: int) -> dict[str, str]:
    """Base64 JSON bound to controller and order, as seen in the wild."""
    token = {"cn": kind.collection.capitalize(), "sp": ",".join(query.sort) or "id", "id": row.number}
    return {f"page[{direction}]": urlsafe_b64encode(msgspec.json.encode(token)).decode().rstrip("="), "page[size]": str(size)}


def _position(kind: Kind, query: Query, rows: list[Resource], token: str) -> int:
    """Where a cursor stands, also when its row is gone since (in the order of ids)."""
    try:
        said = msgspec.json.decode(urlsafe_b64decode(token + "=" * (-len(token) % 4)), type=dict[str, str | int])
    except (ValueError, msgspec.MsgspecError):
        said = {}
    if said.get("cn") != kind.collection.capitalize() or said.get("sp") != (",".join(query.sort) or "id"):
        raise invalid("The page token does not belong to this request.")
    row_id = said.get("id")
    is_after = "after" in query.page
    if query.sort:
        place = next((place for place, row in enumerate(rows) if row.number == row_id), len(rows))
        return place + is_after
    return (bisect_right if is_after else bisect_left)(rows, int(row_id or 0), key=lambda row: row.number)


def offset_page(kind: Kind, query: Query, rows: list[Resource]) -> tuple[list[Resource], dict[str, object]]:
    """The deprecated mode: nothing past 10,000, and a link to the last page."""
    limit, offset = _size(query.page.get("limit", "50"), "limit"), query.page.get("offset", "0")
    if not offset.isdecimal() or int(offset) > LARGEST_OFFSET:
        raise invalid(f"page[offset] must be between 0 and {LARGEST_OFFSET}.")
    at = int(offset)

    def link(to: int) -> str:
        return _link(kind, query, {"page[limit]": str(limit), "page[offset]": str(to)})

    links: dict[str, object] = {"first": link(0), "last": link(max(len(rows) - 1, 0) // limit * limit)}
    links["prev"] = link(max(at - limit, 0)) if at else None
    if at + limit < len(rows):
        links["next"] = link(at + limit)
    return rows[at : at + limit], links


def _size(text: str, name: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_PAGE:
        raise invalid(f"page[{name}] must be between 1 and {LARGEST_PAGE}.")
    return int(text)


def _link(kind: Kind, query: Query, page: Mapping[str, str]) -> str:
    kept = [(name, value) for name, value in query.pairs if not PAGE.fullmatch(name)]
    return f"{HOST}/{kind.collection}?{urlencode([*kept, *page.items()])}"
