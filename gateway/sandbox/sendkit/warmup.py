"""The warm-up: what a mailbox's row says of it, and its mails day by day and summed."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from random import Random

from gateway.sandbox.sendkit.mailbox import KitMailbox, Row, moment
from gateway.sandbox.world import World


def warmup_row(status: str, chance: Random, world: World) -> Row:
    """The `warmup` of a mailbox's row: two members only before it has begun."""
    if status in ("not_started", "idle"):
        return {"enabled": False, "status": status}
    start, step, target = chance.randint(4, 10), chance.randint(1, 3), chance.choice((25, 30, 40))
    day = chance.randint(3, 60)
    return {
        "enabled": status != "stopped",
        "status": status,
        "currentDay": day,
        "currentVolume": min(start + step * day, target),
        "config": {"startingVolume": start, "dailyIncrease": step, "targetVolume": target},
        "metrics": _metrics(chance, world),
    }


def _metrics(chance: Random, world: World) -> Row:
    sent = chance.randint(40, 900)
    inbox = chance.randint(60, 99)
    return {
        "totalEmailsSent": sent,
        "inboxRate": inbox,
        "spamRate": (100 - inbox) // 2,
        "promotionsRate": (100 - inbox) // 3,
        "replyRate": chance.randint(10, 45),
        "totalRepliesReceived": sent // 3,
        "blockRate": 0,
        "bounceRate": chance.randint(0, 3),
        "deferralRate": 0,
        "openRate": chance.randint(40, 90),
        "lastCalculatedAt": moment(world.ago(hours=chance.randint(1, 20))),
    }


def warmup_in_stats(mailbox: KitMailbox, world: World) -> Row:
    """The warm-up in the statistics of the workspace."""
    warmup = {name: mailbox.warmup.get(name) for name in ("status", "currentDay", "currentVolume", "config", "metrics")}
    return warmup | {"startedAt": started_at(mailbox, world)}


def started_at(mailbox: KitMailbox, world: World) -> str | None:
    """When the warm-up began, by the number of its current day."""
    day = mailbox.warmup.get("currentDay")
    return moment(world.ago(days=int(str(day)))) if day is not None else None


def mail_days(mailbox: KitMailbox, world: World, days: int) -> list[date]:
    """The days with mail, oldest first: since the start, less every seventh."""
    lasted = int(str(mailbox.warmup.get("currentDay", 0)))
    today = world.now.date()
    return [today - timedelta(days=ago) for ago in range(min(days, lasted) - 1, -1, -1) if ago % 7 != 6]  # noqa: PLR2004


def daily_mails(mailbox: KitMailbox, world: World, days: int) -> list[dict[str, int]]:
    """How many mails each of the `mail_days` saw."""
    return [_mails(Random(f"{mailbox.id}/{on}")) for on in mail_days(mailbox, world, days)]  # noqa: S311 - play data


def totals(mailbox: KitMailbox, world: World, days: int) -> dict[str, int]:
    """The sums of the days, with the health score as the page computes it (get-v1-warmup-stats)."""
    sums = sums_of({"totalSent": day["sent"], **day, "promotions": 0} for day in daily_mails(mailbox, world, days))
    opened = 100 * sums["opened"] // max(sums["totalSent"], 1)
    score = min(0.5 * sums["inboxRate"] + 0.3 * (100 - sums["spamRate"]) + 0.2 * opened, 100)
    return {**sums, "healthScore": round(score)}


def sums_of(rows: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The rows' counts added up, and the rates that follow from them."""
    rows = list(rows)
    names = ("totalSent", "inbox", "spam", "promotions", "replied", "opened")
    sums = {name: sum(row[name] for row in rows) for name in names}
    sent = max(sums["totalSent"], 1)
    return {**sums, "inboxRate": 100 * sums["inbox"] // sent, "spamRate": 100 * sums["spam"] // sent}


def _mails(chance: Random) -> dict[str, int]:
    sent = chance.randint(5, 30)
    spam = chance.randint(0, 2)
    return {"sent": sent, "inbox": sent - spam - chance.randint(0, 2), "spam": spam, "replied": sent // 4, "opened": sent * 3 // 4}
