"""The parameters `limit` and `cursor`, and the pages cut by them."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from starlette.requests import Request

from gateway.sandbox.shipmail.answer import Row, invalid

MAX_LIMIT = 100
_CURSOR_TAIL = ".2-_Q%3D"  # as in the vendor's samples: a cursor holds characters that a query must encode


def number_asked(request: Request, name: str, *, default: int, least: int, most: int) -> int:
    """A whole number from the query, refused outside of its bounds."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise invalid(name, f"A whole number from {least} to {most}.")
    return int(text)


def _cursor_of(mark: str) -> str:
    return urlsafe_b64encode(mark.encode()).decode() + _CURSOR_TAIL


def _mark_of(cursor: str) -> str:
    try:
        if cursor.endswith(_CURSOR_TAIL):
            return urlsafe_b64decode(cursor.removesuffix(_CURSOR_TAIL)).decode()
    except ValueError:
        pass
    raise invalid("cursor", "The cursor is not valid.")


def cursor_page(request: Request, rows: Sequence[Row], ever: Sequence[Row]) -> Row:
    """`{data, pagination}`; the cursor names the last row told, so rows that come or go move nothing.

    `ever` are all rows that are or were there, in the same order: the row that a cursor names may have gone.
    """
    limit = number_asked(request, "limit", default=25, least=1, most=MAX_LIMIT)
    start = 0
    if (cursor := request.query_params.get("cursor")) is not None:
        mark = _mark_of(cursor)
        places = {row["id"]: place for place, row in enumerate(ever)}
        if mark not in places:
            raise invalid("cursor", "The cursor is not valid.")
        start = next((index for index, row in enumerate(rows) if places[row["id"]] > places[mark]), len(rows))
    page = rows[start : start + limit]
    has_more = start + limit < len(rows)
    return {
        "data": page,
        "pagination": {"next_cursor": _cursor_of(page[-1]["id"]) if has_more else None, "has_more": has_more, "limit": limit},
    }
