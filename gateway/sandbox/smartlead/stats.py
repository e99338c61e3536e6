"""A mailbox's figures: its warm-up, in the two shapes that the vendor gives it, and its health."""

from datetime import timedelta

from gateway.sandbox.smartlead.account import EmailAccount, Row
from gateway.sandbox.smartlead.kinds import kind_of, unknown_words
from gateway.sandbox.world import World


def warmup_stats(world: World, account: EmailAccount) -> Row:
    """Seven days, in either of the two shapes; one kind of mailbox has no figures yet."""
    if kind_of(account.index) is unknown_words:
        nothing = {"sent_count": "0", "spam_count": None, "inbox_count": "", "warmup_email_received_count": "0"}
        return {"id": account.id, **nothing, "stats_by_date": []}
    days = _warmup_days(world, account)
    return _documented_stats(days) if account.index % 3 == 1 else _stats_on_the_wire(account, days)


def _warmup_days(world: World, account: EmailAccount) -> list[dict[str, int | str]]:
    chance = world.chance("smartlead-warmup", account.index)
    today = world.now.date()
    return [
        {
            "id": place + 1,
            "date": (today - timedelta(days=6 - place)).isoformat(),
            "sent": chance.randint(10, 30),
            "replied": chance.randint(0, 9),
            "spam": chance.randint(0, 2),
        }
        for place in range(7)
    ]


def _stats_on_the_wire(account: EmailAccount, days: list[dict[str, int | str]]) -> Row:
    """As seen on the wire: totals are strings."""
    sent, spam = (sum(int(day[key]) for day in days) for key in ("sent", "spam"))
    return {
        "id": account.id,
        "sent_count": str(sent),
        "spam_count": str(spam),
        "inbox_count": str(sent - spam),
        "warmup_email_received_count": str(sent - 8),
        "stats_by_date": [
            {
                "id": day["id"],
                "date": day["date"],
                "sent_count": day["sent"],
                "reply_count": day["replied"],
                "save_from_spam_count": day["spam"],
            }
            for day in days
        ],
    }


def _documented_stats(days: list[dict[str, int | str]]) -> Row:
    """As the page documents it, the newest day first."""
    return {
        "total_sent": sum(int(day["sent"]) for day in days),
        "spam_count": sum(int(day["spam"]) for day in days),
        "reputation_score": 96,
        "daily_stats": [
            {
                "date": day["date"],
                "sent": day["sent"],
                "spam": day["spam"],
                "delivered": int(day["sent"]) - int(day["spam"]),
                "opened": 5,
                "replied": day["replied"],
            }
            for day in reversed(days)
        ],
    }


def health_row(world: World, account: EmailAccount) -> Row:
    """What a mailbox has sent and what came of it, the number sent as text in every other row."""
    chance = world.chance("smartlead-health", account.index)
    sent, replied, bounced = chance.randint(1, 400), chance.randint(0, 30), chance.randint(0, 9)
    return {
        "from_email": account.both["from_email"],
        "sent": str(sent) if account.index % 2 else sent,
        "opened": 0,
        "replied": replied,
        "positive_replied": replied // 3,
        "bounced": bounced,
        "open_rate": "0%",
        "reply_rate": None if replied == 0 else f"{100 * replied / sent:.1f}%",
        "bounce_rate": f"{100 * bounced / sent:.2f}%",
    }
