"""Keyset paging over several accounts at once.

A cursor names a place in an order, not a row number: it stays good when mailboxes come and go, when snapshots are refreshed and while a
vendor is away, and it never skips or repeats a mailbox that was there all along with the same order value.
"""

import asyncio
import heapq
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

import msgspec

from gateway.domain.errors import InvalidInputError
from gateway.domain.limit_errors import PageTooLargeError
from gateway.domain.mailbox import Mailbox
from gateway.inventory.filter import MailboxFilter
from gateway.inventory.order import Order, OrderField, Position
from gateway.inventory.view import View

DEFAULT_SIZE = 50
MAX_SIZE = 500
VERSION = 1
MOST_SORTED = 8
_TIMES = (OrderField.CREATED_AT, OrderField.UPDATED_AT)
_NUMBERS = (OrderField.DAILY_LIMIT, OrderField.SENT_TODAY, OrderField.REMAINING_TODAY, OrderField.WARMUP_HEALTH)
_decoder = msgspec.json.Decoder(tuple[int, str, str, str | float | int | None, str, str])


class Window(msgspec.Struct, frozen=True):
    """Which part of an order: the first or the last `size` between two cursors."""

    size: int = DEFAULT_SIZE
    is_backward: bool = False
    after: str | None = None
    before: str | None = None

    def check(self, order: Order) -> None:
        """Raises `InvalidInputError` for a cursor that is not one of ours, or of another order."""
        _position(self.after, order, "after")
        _position(self.before, order, "before")


class Page(msgspec.Struct, frozen=True):
    """A part of a fleet, always in the order's own direction."""

    rows: tuple[Mailbox, ...]
    order: Order
    has_next: bool
    has_previous: bool

    @property
    def cursors(self) -> tuple[str, ...]:
        """Beside `rows`, one each; made when asked for, 1 µs each."""
        return tuple([cursor(self.order, row) for row in self.rows])


def window(*, first: int | None, last: int | None, after: str | None, before: str | None, max_size: int = MAX_SIZE) -> Window:
    """Relay's four arguments as a window. Raises `InvalidInputError` and `PageTooLargeError`; `first` and `last` exclude each other."""
    if first is not None and last is not None:
        raise InvalidInputError("Give `first` or `last`, not both.", field=("last",))
    for name, size in (("first", first), ("last", last)):
        if size is not None and size < 0:
            raise InvalidInputError(f"`{name}` is {size}, but must be between 0 and {max_size}.", field=(name,))
        if size is not None and size > max_size:
            raise PageTooLargeError(name, max_size, size)
    size = first if first is not None else last if last is not None else min(DEFAULT_SIZE, max_size)
    return Window(size, last is not None, after, before)


def page(views: Sequence[View], *, order: Order, wanted: MailboxFilter | None, part: Window) -> Page:
    """The asked part of all views' rows, merged. Work grows with the page, where the views have answered that filter and order before."""
    lists = [rows for view in views if (rows := view.list(wanted, order))]
    after = _position(part.after, order, "after")
    before = _position(part.before, order, "before")
    found = _merged([_between(rows, order, after, before) for rows in lists], order, part)
    more, found = len(found) > part.size, found[: part.size]
    if part.is_backward:
        found.reverse()
        has_previous, has_next = more, before is not None and any(_first_from(rows, order, before) < len(rows) for rows in lists)
    else:
        has_previous, has_next = after is not None and any(_first_behind(rows, order, after) > 0 for rows in lists), more
    return Page(tuple(found), order, has_next, has_previous)


async def prepare(views: Sequence[View], *, order: Order, wanted: MailboxFilter | None) -> None:
    """Sorts and filters what was not before, an account at a time, so that others get their turn."""
    for view in views:
        if not view.lists_at_once(wanted, order):
            await asyncio.sleep(0)
            view.list(wanted, order)


def cursor(order: Order, mailbox: Mailbox) -> str:
    """The place of a mailbox in an order, opaque to clients."""
    position = order.position(mailbox)
    value = position.value.isoformat() if isinstance(position.value, datetime) else position.value
    parts = (VERSION, order.field or "", order.direction, value, position.account, position.vendor_id)
    return urlsafe_b64encode(msgspec.json.encode(parts)).rstrip(b"=").decode()


def _position(text: str | None, order: Order, argument: str) -> Position | None:
    if text is None:
        return None
    try:
        version, field, direction, value, account, vendor_id = _decoder.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if version != VERSION:
            raise ValueError
        if (field, direction) != (order.field or "", order.direction):
            raise InvalidInputError(
                f"The cursor in `{argument}` belongs to another order: keep `orderBy` while you page.", field=(argument,)
            )
        return Position(_typed(order.field, value), account, vendor_id)
    except (Base64Error, ValueError, msgspec.MsgspecError):
        message = f"The cursor in `{argument}` was not made by this gateway: pass cursors on exactly as you got them."
        raise InvalidInputError(message, field=(argument,)) from None


def _typed(field: OrderField | None, value: str | float | None) -> str | float | datetime | None:
    """A cursor's value as the order field's type; `ValueError` for another type."""
    if value is None:
        return None
    if isinstance(value, str):
        if field in _TIMES:
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                raise ValueError
            return at
        if field is None or field in _NUMBERS:
            raise ValueError
    elif field not in _NUMBERS:
        raise ValueError
    return value


def _merged(parts: Sequence[tuple[Sequence[Mailbox], range]], order: Order, part: Window) -> list[Mailbox]:
    """The first rows, or the last ones in reverse, of all parts together: one more than the window holds, if there are so many.

    Where no more than a few times as many could be among them, all are sorted: lists that are sorted each are merged by that in C.
    """
    most = part.size + 1
    ends = [(rows, indexes[-most:] if part.is_backward else indexes[:most]) for rows, indexes in parts]
    if len(ends) == 1:
        [(rows, indexes)] = ends
        found = [*rows[indexes.start : indexes.stop]]
        return found[::-1] if part.is_backward else found
    if sum(len(indexes) for _, indexes in ends) <= MOST_SORTED * most:
        found = [row for rows, indexes in ends for row in rows[indexes.start : indexes.stop]]
        found.sort(key=order.key_of, reverse=part.is_backward)
        return found[:most]
    walks = ((rows[index] for index in (reversed(indexes) if part.is_backward else indexes)) for rows, indexes in ends)
    return list(islice(heapq.merge(*walks, key=order.key_of, reverse=part.is_backward), most))


def _between(rows: Sequence[Mailbox], order: Order, after: Position | None, before: Position | None) -> tuple[Sequence[Mailbox], range]:
    """One account's rows, and which of them are strictly between two places."""
    start = _first_behind(rows, order, after) if after else 0
    stop = _first_from(rows, order, before) if before else len(rows)
    return rows, range(start, max(start, stop))


def _first_behind(rows: Sequence[Mailbox], order: Order, place: Position) -> int:
    return bisect_right(rows, order.key(place), key=order.key_of)


def _first_from(rows: Sequence[Mailbox], order: Order, place: Position) -> int:
    return bisect_left(rows, order.key(place), key=order.key_of)
