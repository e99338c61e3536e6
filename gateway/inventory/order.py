"""Orders of a fleet: one order holds across vendors, nulls last, ties by account name and then by vendor id (as text)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from functools import total_ordering
from operator import attrgetter
from typing import TypeAlias

import msgspec

from gateway.domain.mailbox import Mailbox
from gateway.domain.turn import in_turn, map_in_turns

Value: TypeAlias = str | float | int | datetime


class OrderField(StrEnum):
    """What a fleet may be ordered by. Text is compared without case."""

    ADDRESS = "ADDRESS"
    DISPLAY_NAME = "DISPLAY_NAME"
    VENDOR = "VENDOR"
    STATUS = "STATUS"
    DAILY_LIMIT = "DAILY_LIMIT"
    SENT_TODAY = "SENT_TODAY"
    REMAINING_TODAY = "REMAINING_TODAY"
    WARMUP_HEALTH = "WARMUP_HEALTH"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"


class OrderDirection(StrEnum):
    """Ties stay ascending, and nulls last, in both directions."""

    ASC = "ASC"
    DESC = "DESC"


_ASCENDING = OrderDirection.ASC


def _folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


_VALUES: dict[OrderField, Callable[[Mailbox], Value | None]] = {
    OrderField.ADDRESS: lambda mailbox: _folded(mailbox.address),
    OrderField.DISPLAY_NAME: lambda mailbox: _folded(mailbox.display_name),
    OrderField.VENDOR: lambda mailbox: mailbox.vendor.value,
    OrderField.STATUS: lambda mailbox: mailbox.status.value,
    OrderField.DAILY_LIMIT: lambda mailbox: mailbox.sending.daily_limit,
    OrderField.SENT_TODAY: lambda mailbox: mailbox.sending.sent_today,
    OrderField.REMAINING_TODAY: lambda mailbox: mailbox.sending.remaining_today,
    OrderField.WARMUP_HEALTH: lambda mailbox: mailbox.warmup.health if mailbox.warmup else None,
    OrderField.CREATED_AT: lambda mailbox: mailbox.created_at,
    OrderField.UPDATED_AT: lambda mailbox: mailbox.updated_at,
}


class Position(msgspec.Struct, frozen=True):
    """A place in an order: that of one mailbox, whether it is still there or not."""

    value: Value | None
    account: str
    vendor_id: str


@total_ordering
class _Reversed:
    """Turns a comparison round, for the descending value inside an ascending key."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and self.value == other.value

    def __lt__(self, other: _Reversed) -> bool:
        return other.value < self.value  # type: ignore[operator] # the values of one order field are of one type

    def __hash__(self) -> int:
        return hash(self.value)


Key: TypeAlias = tuple[bool, "Value | _Reversed", str, str]


class Order(msgspec.Struct, frozen=True):
    """An order; without a field it is by account name, then vendor id."""

    field: OrderField | None = None
    direction: OrderDirection = OrderDirection.ASC

    def position(self, mailbox: Mailbox) -> Position:
        return Position(_VALUES[self.field](mailbox) if self.field else None, mailbox.account_name, mailbox.vendor_id)

    def key(self, position: Position) -> Key:
        """Keys compare as positions follow each other in this order."""
        return self._key(position.value, position.account, position.vendor_id)

    def key_of(self, mailbox: Mailbox) -> Key:
        """That of a mailbox's position."""
        return self._key(_VALUES[self.field](mailbox) if self.field else None, mailbox.account_name, mailbox.vendor_id)

    def _key(self, value: Value | None, account: str, vendor_id: str) -> Key:
        if value is None:
            return (True, "", account, vendor_id)
        if self.direction is _ASCENDING:
            return (False, value, account, vendor_id)
        return (False, -value if isinstance(value, int | float) else _Reversed(value), account, vendor_id)

    def sort(self, mailboxes: Iterable[Mailbox]) -> tuple[Mailbox, ...]:
        """The mailboxes of one account in this order."""
        return self.sort_by_id(sorted(mailboxes, key=attrgetter("vendor_id")))

    def sort_by_id(self, by_id: Sequence[Mailbox]) -> tuple[Mailbox, ...]:
        """As `sort`, of mailboxes that are in the order of their vendor ids already."""
        return self._sort(by_id, [*map(_VALUES[self.field], by_id)]) if self.field else tuple(by_id)

    async def sort_in_turns(self, by_id: Sequence[Mailbox]) -> tuple[Mailbox, ...]:
        """As `sort_by_id`."""
        if self.field is None:
            return tuple(by_id)
        values = await map_in_turns(_VALUES[self.field], by_id)
        return await in_turn(lambda: self._sort(by_id, values))

    def _sort(self, by_id: Sequence[Mailbox], values: Sequence[Value | None]) -> tuple[Mailbox, ...]:
        """Stable, so that ties stay in the order of ids; all comparing is done in C, and no object is made."""
        known = [index for index, value in enumerate(values) if value is not None]
        known.sort(key=values.__getitem__, reverse=self.direction is OrderDirection.DESC)  # type: ignore[arg-type] # as above
        nulls = (mailbox for value, mailbox in zip(values, by_id, strict=True) if value is None)
        return (*map(by_id.__getitem__, known), *nulls)
