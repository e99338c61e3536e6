"""Keyset paging over several accounts at once.

A cursor names a place in an order, not a row number: it stays good when mailboxes come and go, when snapshots are refreshed and while a
vendor is away, and it never skips or repeats a mailbox that was there all along with the same order value.
"""

import asyncio
import heapq
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice

import msgspec

from gateway.domain.errors import InvalidInputError
from gateway.domain.mailbox import Mailbox
from gateway.inventory.filter import MailboxFilter
from gateway.inventory.order import Order, OrderField, Position
from gateway.inventory.view import View

DEFAULT_SIZE = 50
MAX_SIZE = 500
VERSION = 1
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
        """One for each row; made when they are asked for."""
        return tuple(cursor(self.order, row) for row in self.rows)


def window(*, first: int | None, last: int | None, after: str | None, before: str | None, max_size: int = MAX_SIZE) -> Window:
    """Relay's four arguments as a window. Raises `InvalidInputError` for sizes out of range and for `first` together with `last`."""
    if first is not None and last is not None:
        raise InvalidInputError("Give `first` or `last`, not both.", field=("last",))
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= max_size:
            raise InvalidInputError(f"`{name}` is {size}, but must be between 0 and {max_size}.", field=(name,))
    size = first if first is not None else last if last is not None else min(DEFAULT_SIZE, max_size)
    return Window(size, last is not None, after, before)


def page(views: Sequence[View], *, order: Order, wanted: MailboxFilter | None, part: Window) -> Page:
    """The asked part of all views' rows, merged. Work grows with the page, where the views have answered that filter and order before."""
    lists = [rows for view in views if (rows := view.list(wanted, order))]
    after = _position(part.after, order, "after")
    before = _position(part.before, order, "before")
    if after is before is None and sum(map(len, lists)) <= part.size:  # a page that takes all of them
        lists.sort(key=lambda rows: rows[0].account_name)
        return Page(order.merge([*chain.from_iterable(lists)]), order, has_next=False, has_previous=False)
    walk = _backward if part.is_backward else _forward
    found = list(islice(walk(lists, order, after, before), part.size + 1))
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


def _forward(lists: Sequence[Sequence[Mailbox]], order: Order, after: Position | None, before: Position | None) -> Iterator[Mailbox]:
    return heapq.merge(*(_between(rows, order, after, before) for rows in lists), key=order.key_of)


def _backward(lists: Sequence[Sequence[Mailbox]], order: Order, after: Position | None, before: Position | None) -> Iterator[Mailbox]:
    parts = (_between(rows, order, after, before, is_backward=True) for rows in lists)
    return heapq.merge(*parts, key=order.key_of, reverse=True)


def _between(
    rows: Sequence[Mailbox], order: Order, after: Position | None, before: Position | None, *, is_backward: bool = False
) -> Iterator[Mailbox]:
    """One account's rows strictly between two places, without copying them."""
    start = _first_behind(rows, order, after) if after else 0
    stop = _first_from(rows, order, before) if before else len(rows)
    indexes = range(start, stop)
    return (rows[index] for index in (reversed(indexes) if is_backward else indexes))


def _first_behind(rows: Sequence[Mailbox], order: Order, place: Position) -> int:
    return bisect_right(rows, order.key(place), key=order.key_of)


def _first_from(rows: Sequence[Mailbox], order: Order, place: Position) -> int:
    return bisect_left(rows, order.key(place), key=order.key_of)
