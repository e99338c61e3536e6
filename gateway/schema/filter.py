"""Filter and order inputs; they become the inventory's own structs."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import strawberry

from gateway.domain.errors import InvalidInputError
from gateway.domain.identifier import Kind, decode
from gateway.domain.mailbox import ChannelState, MailboxStatus, MailProvider
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState
from gateway.inventory import filter as model
from gateway.inventory.order import Order, OrderDirection, OrderField
from gateway.schema.model import given

T = TypeVar("T")
MOST_FILTERS = 100
"""In one filter, itself included: each is tried on every mailbox, of which there may be 50,000."""
_FEWER = "Give many values in one test, such as `address: {in: […]}`."


@strawberry.input(description="Tests of a text, all without case. Given tests are joined by AND.")
class StringFilter:
    """Becomes `inventory.filter.StringFilter`."""

    eq: str | None = strawberry.field(default=strawberry.UNSET, description="Equal to this.")
    in_: list[str] | None = strawberry.field(default=strawberry.UNSET, name="in", description="One of these.")
    contains: str | None = strawberry.field(default=strawberry.UNSET, description="Has this in it.")
    starts_with: str | None = strawberry.field(default=strawberry.UNSET, description="Begins with this.")
    ends_with: str | None = strawberry.field(default=strawberry.UNSET, description="Ends with this.")

    def build(self) -> model.StringFilter:
        return model.StringFilter(given(self.eq), _tuple(self.in_), given(self.contains), given(self.starts_with), given(self.ends_with))


@strawberry.input(description="A range of whole numbers; both ends are included, a missing end is open.")
class IntRange:
    """Becomes `inventory.filter.Range`."""

    gte: int | None = strawberry.field(default=strawberry.UNSET, description="At least.")
    lte: int | None = strawberry.field(default=strawberry.UNSET, description="At most.")

    def build(self) -> model.Range[int]:
        return model.Range(given(self.gte), given(self.lte))


@strawberry.input(description="A range of numbers; both ends are included, a missing end is open.")
class FloatRange:
    """Becomes `inventory.filter.Range`."""

    gte: float | None = strawberry.field(default=strawberry.UNSET, description="At least.")
    lte: float | None = strawberry.field(default=strawberry.UNSET, description="At most.")

    def build(self) -> model.Range[float]:
        return model.Range(given(self.gte), given(self.lte))


@strawberry.input(description="A range of moments; both ends are included, a missing end is open.")
class DateTimeRange:
    """Becomes `inventory.filter.Range`."""

    gte: datetime | None = strawberry.field(default=strawberry.UNSET, description="Not before.")
    lte: datetime | None = strawberry.field(default=strawberry.UNSET, description="Not after.")

    def build(self) -> model.Range[datetime]:
        return model.Range(given(self.gte), given(self.lte))


@strawberry.input(
    description=(
        "Which mailboxes. Given fields are joined by AND; an empty list of values matches nothing (`and: []` asks nothing); "
        "a value that the vendor did not tell passes no positive test, so `not` lets it through."
    )
)
class MailboxFilter:
    """Becomes `inventory.filter.MailboxFilter`."""

    and_: list["MailboxFilter"] | None = strawberry.field(default=strawberry.UNSET, name="and", description="All of these.")
    or_: list["MailboxFilter"] | None = strawberry.field(default=strawberry.UNSET, name="or", description="Any of these.")
    not_: "MailboxFilter | None" = strawberry.field(default=strawberry.UNSET, name="not", description="Not this.")
    vendor: list[Vendor] | None = strawberry.field(default=strawberry.UNSET, description="At one of these vendors.")
    account: list[str] | None = strawberry.field(default=strawberry.UNSET, description="In one of these accounts, by name.")
    status: list[MailboxStatus] | None = strawberry.field(default=strawberry.UNSET, description="With one of these statuses.")
    provider: list[MailProvider] | None = strawberry.field(default=strawberry.UNSET, description="Hosted by one of these.")
    warmup_state: list[WarmupState] | None = strawberry.field(default=strawberry.UNSET, description="With one of these warm-up states.")
    sending: list[ChannelState] | None = strawberry.field(default=strawberry.UNSET, description="Whose sending is in one of these states.")
    receiving: list[ChannelState] | None = strawberry.field(
        default=strawberry.UNSET, description="Whose receiving is in one of these states."
    )
    address: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="By address.")
    display_name: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="By display name.")
    login: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="By login.")
    tag: list[str] | None = strawberry.field(default=strawberry.UNSET, description="With at least one of these tags.")
    domain_id: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="On one of these domains, by `Domain.id`."
    )
    owner_id: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Owned by one of these, by the vendor's user id.")
    client_id: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Of one of the vendor's tenants, where it has tenants."
    )
    campaign_count: IntRange | None = strawberry.field(default=strawberry.UNSET, description="By the number of campaigns.")
    daily_limit: IntRange | None = strawberry.field(default=strawberry.UNSET, description="By the daily limit.")
    sent_today: IntRange | None = strawberry.field(default=strawberry.UNSET, description="By what was sent today.")
    warmup_health: FloatRange | None = strawberry.field(default=strawberry.UNSET, description="By warm-up health, 0 to 100.")
    created_at: DateTimeRange | None = strawberry.field(default=strawberry.UNSET, description="By the time of creation.")
    updated_at: DateTimeRange | None = strawberry.field(default=strawberry.UNSET, description="By the time of the last change.")
    stale: bool | None = strawberry.field(default=strawberry.UNSET, description="Only stale, or only fresh mailboxes.")

    def build(self) -> model.MailboxFilter:
        """The inventory's form. Raises `InvalidInputError` for malformed domain ids, and for more than `MOST_FILTERS` in one."""
        count = self._count()
        if count > MOST_FILTERS:
            raise InvalidInputError(
                f"The filter holds {count:,} filters, but at most {MOST_FILTERS} are allowed. {_FEWER}", field=("filter",)
            )
        return self._build()

    def _count(self) -> int:
        return 1 + sum(each._count() for each in self._inner())  # noqa: SLF001 - of its own kind

    def _inner(self) -> Sequence["MailboxFilter"]:
        return (*(given(self.and_) or ()), *(given(self.or_) or ()), *((self.not_,) if self.not_ else ()))

    def _build(self) -> model.MailboxFilter:
        return model.MailboxFilter(
            and_=None if given(self.and_) is None else tuple(each._build() for each in self.and_ or ()),  # noqa: SLF001 - as above
            or_=None if given(self.or_) is None else tuple(each._build() for each in self.or_ or ()),  # noqa: SLF001 - as above
            not_=self.not_._build() if self.not_ else None,  # noqa: SLF001 - as above
            vendor=_tuple(self.vendor),
            account=_tuple(self.account),
            status=_tuple(self.status),
            provider=_tuple(self.provider),
            warmup_state=_tuple(self.warmup_state),
            sending=_tuple(self.sending),
            receiving=_tuple(self.receiving),
            address=self.address.build() if self.address else None,
            display_name=self.display_name.build() if self.display_name else None,
            login=self.login.build() if self.login else None,
            tag=_tuple(self.tag),
            domain=None if given(self.domain_id) is None else tuple(_domain(each) for each in self.domain_id or ()),
            owner_id=_tuple(self.owner_id),
            client_id=_tuple(self.client_id),
            campaign_count=self.campaign_count.build() if self.campaign_count else None,
            daily_limit=self.daily_limit.build() if self.daily_limit else None,
            sent_today=self.sent_today.build() if self.sent_today else None,
            warmup_health=self.warmup_health.build() if self.warmup_health else None,
            created_at=self.created_at.build() if self.created_at else None,
            updated_at=self.updated_at.build() if self.updated_at else None,
            stale=given(self.stale),
        )


@strawberry.input(
    description="An order of mailboxes. Nulls come last in both directions; ties go by account name, then vendor id (as text)."
)
class MailboxOrder:
    """Becomes `inventory.order.Order`."""

    field: OrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which way.")

    def build(self) -> Order:
        return Order(self.field, self.direction)


def _tuple(values: Sequence[T] | None) -> tuple[T, ...] | None:
    return None if given(values) is None else tuple(values or ())


def _domain(text: str) -> model.DomainKey:
    domain = decode(text, expected=Kind.DOMAIN)
    return model.DomainKey(domain.account, domain.parts[0])
