"""Warm-up, switched and set through one call that promises to keep nothing that it is not told."""

from collections.abc import Mapping

import msgspec

from gateway.domain.mailbox import Mailbox
from gateway.vendors.reading import whole
from gateway.vendors.smartlead.wire import EmailAccountRow, WarmupRow
from gateway.vendors.smartlead.writes import Body

_REPLY_PERCENT = range(20, 101)
_DAILY_MAILS = range(1, 51)


def is_warming(row: EmailAccountRow) -> bool:
    """Whether warm-up is switched on: PAUSED and BLOCKED are the vendor's doing, INACTIVE alone is off."""
    return row.warmup_details is not None and (row.warmup_details.status or "").strip().upper() not in ("", "INACTIVE")


def known_warmup(row: EmailAccountRow) -> Body:
    """What reads tell of the settings. `daily_rampup` and the two switches they do not.

    Only figures that the page allows are repeated: the page's own example of a mailbox (reply rate 15) would be refused otherwise.
    UNSURE: that `warmup_max_count` is what `total_warmup_per_day` sets.
    """
    warmup = row.warmup_details or WarmupRow()
    body: Body = {}
    if (daily := whole(warmup.warmup_max_count)) in _DAILY_MAILS:
        body["total_warmup_per_day"] = daily
    if (percent := whole(warmup.reply_rate)) in _REPLY_PERCENT:
        body["reply_rate_percentage"] = percent
    return body


def planned_warmup(mailbox: Mailbox) -> Body:
    """What no read tells, but a write of ours has set."""
    warmup = mailbox.warmup
    plan: Body = {} if warmup is None else {"total_warmup_per_day": warmup.daily_target, "daily_rampup": warmup.daily_increase}
    return {name: figure for name, figure in plan.items() if figure is not None}


def warmup_body(row: EmailAccountRow, asked: Mapping[str, object], *, enabled: bool | None = None) -> Body:
    """The full set; `enabled` None keeps warm-up as it is. UNSURE: whether what is left out stays, so all that is known is sent.

    The key is text here and a number in some reads.
    """
    key = row.warmup_details.warmup_key_id if row.warmup_details else None
    known = known_warmup(row) | ({} if key in (None, "") else {"warmup_key_id": str(key)})
    return {"warmup_enabled": is_warming(row) if enabled is None else enabled, **known, **asked}


def warmed(row: EmailAccountRow, body: Body) -> EmailAccountRow:
    """A row that shows what was written. Whether warm-up is PAUSED or BLOCKED is the vendor's to say."""
    warmup = row.warmup_details or WarmupRow()
    status = warmup.status
    if body["warmup_enabled"] and not is_warming(row):
        status = "ACTIVE"
    elif not body["warmup_enabled"] and (status or "").upper() != "BLOCKED":
        status = "INACTIVE"
    details = msgspec.structs.replace(
        warmup,
        status=status,
        reply_rate=body.get("reply_rate_percentage", warmup.reply_rate),
        warmup_key_id=body.get("warmup_key_id", warmup.warmup_key_id),
    )
    return msgspec.structs.replace(row, warmup_details=details)


def with_plan(mailbox: Mailbox, asked: Mapping[str, object]) -> Mailbox:
    """With the mails a day that were set: no read tells them for certain."""
    if mailbox.warmup is None:
        return mailbox
    plan = {"daily_target": _figure(asked, "total_warmup_per_day"), "daily_increase": _figure(asked, "daily_rampup")}
    told = {name: figure for name, figure in plan.items() if figure is not None}
    return msgspec.structs.replace(mailbox, warmup=msgspec.structs.replace(mailbox.warmup, **told))


def _figure(asked: Mapping[str, object], name: str) -> int | None:
    value = asked.get(name)
    return value if isinstance(value, int) else None
