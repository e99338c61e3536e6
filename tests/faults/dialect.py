"""How each vendor spells what a fault must touch: rows, ids, a promise of more pages, an error."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = Any  # whatever a vendor says
Row: TypeAlias = dict[str, Any]


class Dialect(msgspec.Struct, frozen=True):
    """`text_key` names a text of a row. `renamed` gives a row the id of another mailbox; `promise` makes a list's body promise another
    page, named by 24 hex digits: None where lists have no pages. `error` are the vendor's words in its own envelope.
    """

    text_key: str
    renamed: Callable[[Row, int], None]
    error: Callable[[int, str], Json]
    promise: Callable[[Json, str], None] | None = None


def rows_of(body: Json) -> list[Any]:
    """The rows of a list, wherever they are; none where the body is no list."""
    if isinstance(body, dict):
        body = body.get("data", body.get("content"))
    return body if isinstance(body, list) else []


def with_text(body: Json, key: str, text: str) -> Json:
    """The same with `text` under every such key."""
    if isinstance(body, dict):
        return {name: text if name == key else with_text(value, key, text) for name, value in body.items()}
    return [with_text(each, key, text) for each in body] if isinstance(body, list) else body


def _promise_link(body: Json, token: str) -> None:
    body["links"] = {"next": f"https://elsewhere.example/api/v2/mailboxes?page%5Bafter%5D={token}"}


def _promise_cursor(body: Json, token: str) -> None:
    body["pagination"] = {"limit": 100, "hasMore": True, "nextCursor": token}


def _promise_snake_cursor(body: Json, token: str) -> None:
    body["pagination"] = {"limit": 100, "has_more": True, "next_cursor": token}


def _promise_by_length(body: Json, token: str) -> None:
    """A full page is followed by another."""
    del token
    template = json.dumps(body[0])
    for number in range(len(body), 100):
        row = json.loads(template)
        _rename("id", 50_000)(row, number)
        body.append(row)


def _rename(key: str, first: int, form: str = "") -> Callable[[Row, int], None]:
    def rename(row: Row, number: int) -> None:
        row[key] = format(first + number, form) if form else first + number

    return rename


DIALECTS: Mapping[str, Dialect] = {
    "outreach": Dialect(
        text_key="emailSignature",
        renamed=_rename("id", 9000),
        error=lambda status, words: {"errors": [{"id": f"error{status}", "title": "Error", "detail": words}]},
        promise=_promise_link,
    ),
    "sendkit": Dialect(
        text_key="displayName",
        renamed=_rename("_id", 16**23, "024x"),
        error=lambda status, words: {"success": False, "error": {"code": f"ERROR_{status}", "message": words}},
        promise=_promise_cursor,
    ),
    "shipmail": Dialect(
        text_key="display_name",
        renamed=_rename("id", 9000, "d"),
        error=lambda status, words: {"error": {"type": f"error_{status}", "message": words}},
        promise=_promise_snake_cursor,
    ),
    "smartlead": Dialect(
        text_key="from_name",
        renamed=_rename("id", 90_000),
        error=lambda status, words: {"error": {"code": f"ERROR_{status}", "message": words}},
        promise=_promise_by_length,
    ),
    "woodpecker": Dialect(
        text_key="from_name",
        renamed=_rename("id", 90_000),
        error=lambda status, words: {"title": "Error", "status": status, "detail": words, "timestamp": "2026-11-02T10:00:00+0000"},
    ),
}
