"""Warm-up in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from gateway.domain import warmup as model
from gateway.domain.capability import Capability
from gateway.domain.errors import InvalidInputError
from gateway.domain.identifier import decode
from gateway.domain.warmup import WarmupState
from gateway.loaders.bundle import WarmupKey
from gateway.schema.context import Info

MAX_DAYS = 90

Days = Annotated[int, strawberry.argument(description="How many days back, 1 to 90.")]


def _date(root: strawberry.Parent[model.WarmupDay]) -> str:
    return root.date.isoformat()


async def _history(root: strawberry.Parent[model.WarmupStatus], info: Info, days: Days = 7) -> Sequence[model.WarmupDay] | None:
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInputError(f"`days` is {days}, but must be between 1 and {MAX_DAYS}.", field=("days",))
    mailbox = decode(root.mailbox_id)
    if not info.context.can(mailbox.account, Capability.WARMUP_HISTORY):
        return None
    return await info.context.loaders.warmup_days_by_mailbox.load(WarmupKey(mailbox.account, mailbox.parts[0], days))


@strawberry.type(description="One day of warm-up in the vendor's calendar; counts of mails, null where the vendor does not count.")
class WarmupDay:
    """Reads `domain.warmup.WarmupDay`."""

    date = strawberry.field(resolver=_date, graphql_type=str, description="The day, YYYY-MM-DD.")
    sent: int | None = strawberry.field(description="Warm-up mails sent.")
    received: int | None = strawberry.field(description="Warm-up mails received.")
    spam: int | None = strawberry.field(description="How many of the sent landed in spam.")
    inbox: int | None = strawberry.field(description="How many of the sent landed in the inbox.")
    replied: int | None = strawberry.field(description="How many were answered.")
    rescued_from_spam: int | None = strawberry.field(description="How many were found in spam and moved to the inbox.")


@strawberry.type(description="Where a mailbox's warm-up stands. Rates are fractions from 0 to 1; `health` is 0 to 100 for all vendors.")
class WarmupStatus:
    """Reads `domain.warmup.WarmupStatus`."""

    state: WarmupState = strawberry.field(description="The state in our words.")
    state_raw: str | None = strawberry.field(description="The state in the vendor's word.")
    health: float | None = strawberry.field(description="0 to 100; null when the vendor reports none for warm-up.")
    sent_total: int | None = strawberry.field(description="Warm-up mails sent so far.")
    spam_total: int | None = strawberry.field(description="How many of them landed in spam.")
    inbox_total: int | None = strawberry.field(description="How many of them landed in the inbox.")
    reply_rate: float | None = strawberry.field(description="Measured share of answered mails, 0 to 1.")
    reply_rate_target: float | None = strawberry.field(description="Share of mails that shall be answered, 0 to 1.")
    daily_target: int | None = strawberry.field(description="Mails a day that warm-up works up to.")
    daily_increase: int | None = strawberry.field(description="Mails added from one day to the next.")
    current_day: int | None = strawberry.field(description="Which day of warm-up it is.")
    started_at: datetime | None = strawberry.field(description="When warm-up began.")
    blocked_reason: str | None = strawberry.field(description="Why the vendor blocked it.")
    history = strawberry.field(
        resolver=_history,
        graphql_type=list[WarmupDay] | None,
        description="(detail) Day by day, oldest first, for the last 1 to 90 days; null where the vendor keeps none.",
    )
