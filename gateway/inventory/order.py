"""Orders of a fleet: one order holds across vendors, nulls last, ties by account name and then by vendor id (as text)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from functools import total_ordering
from operator import attrgetter, itemgetter
from typing import TypeAlias

import msgspec

from gateway.domain.mailbox import Mailbox

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
        value = position.value
        if value is None:
            return (True, "", position.account, position.vendor_id)
        return (False, value if self.direction is OrderDirection.ASC else _Reversed(value), position.account, position.vendor_id)

    def key_of(self, mailbox: Mailbox) -> Key:
        return self.key(self.position(mailbox))

    def sort(self, mailboxes: Iterable[Mailbox]) -> tuple[Mailbox, ...]:
        """The mailboxes of one account in this order. Two stable passes, so that all comparing is done in C."""
        ordered = sorted(mailboxes, key=attrgetter("vendor_id"))
        if self.field is None:
            return tuple(ordered)
        value_of = _VALUES[self.field]
        pairs = [(value_of(mailbox), mailbox) for mailbox in ordered]
        known = [pair for pair in pairs if pair[0] is not None]
        known.sort(key=itemgetter(0), reverse=self.direction is OrderDirection.DESC)
        return (*(mailbox for _, mailbox in known), *(mailbox for value, mailbox in pairs if value is None))
