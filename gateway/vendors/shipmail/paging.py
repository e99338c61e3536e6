"""The walk through an inbox: ShipMail's positions (or the cursors of its later API) behind one kind of cursor of our own.

A cursor is JSON text: `["p", position, message id]`, or `["c", page cursor, messages to skip, message id]`.
Positions shift when mail arrives or moves (page "Mailboxes": "position pagination"): the message id finds the place again.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import msgspec

from gateway.domain.errors import InvalidInputError, VendorError
from gateway.vendors.reading import within_int32
from gateway.vendors.shipmail.client import MAX_LIMIT, MAX_PAGES, InboxPage
from gateway.vendors.shipmail.wire import MessageRow, Pagination

Garbled = Callable[[str], VendorError]
AskPage = Callable[[Mapping[str, str | int]], Awaitable[InboxPage]]


class ByPosition(msgspec.Struct, frozen=True, tag="p", array_like=True):
    """Go on behind the message that was at `position`."""

    position: int
    message_id: str


class ByCursor(msgspec.Struct, frozen=True, tag="c", array_like=True):
    """Go on behind the first `skip` messages of the page that `page` ("": none) opens."""

    page: str
    skip: int
    message_id: str


Mark = ByPosition | ByCursor
_decoder = msgspec.json.Decoder(Mark)
_encoder = msgspec.json.Encoder()


class Found(msgspec.Struct):
    """What a walk has found: as many messages as were asked for, a cursor beside each."""

    rows: list[MessageRow] = msgspec.field(default_factory=list)
    cursors: list[str] = msgspec.field(default_factory=list)
    has_next: bool = False
    total_count: int | None = None


def mark_from_text(after: str | None) -> Mark:
    """Where a cursor points; the start without one. Raises `InvalidInputError` for what `text_of` did not make."""
    if after is None:
        return ByPosition(-1, "")
    mark: Mark | None = None
    with suppress(msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        mark = _decoder.decode(after)
    if mark is None or text_of(mark) != after or not mark.message_id or not _is_sound(mark):
        raise InvalidInputError("This cursor was not made by this list: pass cursors on exactly as you got them.", field=("after",))
    return mark


def text_of(mark: Mark) -> str:
    """A cursor's text."""
    return _encoder.encode(mark).decode()


def _is_sound(mark: Mark) -> bool:
    place = mark.position if isinstance(mark, ByPosition) else mark.skip
    return place >= 0 and within_int32(place) is not None


async def walk(ask: AskPage, *, first: int, after: Mark, garbled: Garbled) -> Found:
    """The next `first` messages behind `after`, with no more calls than they need: pages of at most 100."""
    found = Found()
    seen, been = {after.message_id}, {after}
    limit = max(1, min(first, MAX_LIMIT))
    at = after
    for _ in range(MAX_PAGES):
        page = await ask({"limit": limit, **_params(at)})
        at = _as_answered(at, page.pagination)
        unseen = _unseen(_behind(at, page), seen)
        taken = unseen[: first - len(found.rows)]
        found.rows += [row for row, _ in taken]
        found.cursors += [text_of(mark) for _, mark in taken]
        found.total_count = within_int32(page.pagination.total)
        found.has_next = len(unseen) > len(taken) or _goes_on(page.pagination)
        if len(found.rows) >= first or not found.has_next:
            return found
        at = _onward(at, page, garbled)
        if at in been:
            raise garbled("pages in a circle: its cursor repeats")
        been.add(at)
    raise garbled(f"promises more than {MAX_PAGES} pages")


def _unseen(marked: list[tuple[MessageRow, Mark]], seen: set[str]) -> list[tuple[MessageRow, Mark]]:
    """What was not told yet; a message that comes twice counts once."""
    unseen = []
    for row, mark in marked:
        if row.id not in seen:
            seen.add(row.id)
            unseen.append((row, mark))
    return unseen


def _params(at: Mark) -> dict[str, str | int]:
    """Nothing at the start: both kinds of paging begin there."""
    if isinstance(at, ByPosition):
        return {"position": at.position + 1} if at.position >= 0 else {}
    return {"cursor": at.page} if at.page else {}


def _as_answered(at: Mark, pagination: Pagination) -> Mark:
    """The first page tells whether this API pages by position (page "Mailboxes") or by cursor (July 2026 on)."""
    by_position = pagination.position is not None or pagination.next_position is not None
    if isinstance(at, ByCursor) or (by_position and not pagination.next_cursor):
        return at
    return ByCursor("", 0, at.message_id)


def _behind(at: Mark, page: InboxPage) -> list[tuple[MessageRow, Mark]]:
    """The page's messages from where we stopped, each with its own mark.

    Where our last message is on this page everything before it has been told already, however far it has shifted.
    """
    marked = [(row, _mark(at, page, index)) for index, row in enumerate(page.rows)]
    found_at = next((index for index, row in enumerate(page.rows) if at.message_id and row.id == at.message_id), None)
    if found_at is not None:
        return marked[found_at + 1 :]
    return marked[at.skip :] if isinstance(at, ByCursor) else marked


def _mark(at: Mark, page: InboxPage, index: int) -> Mark:
    """The mark of a page's message; that of a page's last one opens the next page, where there is one."""
    message_id = page.rows[index].id
    if isinstance(at, ByPosition):
        return ByPosition(at.position + 1 + index, message_id)
    if index == len(page.rows) - 1 and page.pagination.next_cursor:
        return ByCursor(page.pagination.next_cursor, 0, message_id)
    return ByCursor(at.page, index + 1, message_id)


def _goes_on(pagination: Pagination) -> bool:
    """What `has_more` says; without it, whether there is a next page."""
    if pagination.has_more is not None:
        return pagination.has_more
    return bool(pagination.next_cursor) or pagination.next_position is not None


def _onward(at: Mark, page: InboxPage, garbled: Garbled) -> Mark:
    """Where the next page begins. Raises where the vendor promises one and gives no way on."""
    if isinstance(at, ByPosition):
        position = page.pagination.next_position
        if position is None:
            raise garbled("promises more messages and gives no way on")
        return ByPosition(position - 1, "")
    cursor = page.pagination.next_cursor
    if not cursor:
        raise garbled("promises more messages and gives no way on")
    return ByCursor(cursor, max(0, at.skip - len(page.rows)), "")
