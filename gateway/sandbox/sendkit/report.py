"""What the vendor reports of a mailbox beside its row: its health, and its figures in campaigns."""

from gateway.sandbox.sendkit.mailbox import KitMailbox, Row


def health(mailbox: KitMailbox) -> Row:
    """Its domain's records, its warm-up and how its mails fare."""
    detail = mailbox.detail
    domain = str(detail["email"]).partition("@")[2]
    exchanges = [{"exchange": f"mx{each}.{domain}", "priority": 10 * each} for each in (1, 2)]
    found: dict[str, Row] = {
        "mx": {"records": exchanges},
        "spf": {"record": f"v=spf1 include:_spf.{domain} ~all"},
        "dkim": {"selector": "s1", "record": "v=DKIM1; k=rsa; p=MIGfinvented"},
        "dmarc": {"record": None},
    }
    statuses = {name: setup if isinstance(setup := mailbox.setup.get(name), dict) else {"status": "unknown"} for name in found}
    figures = {name: detail.get(name) for name in ("bounceRate", "totalSent", "totalReceived")}
    return {
        **{name: detail.get(name) for name in ("email", "status", "sendingEnabled")},
        "dns": {**{name: statuses[name] | found[name] for name in found}, "healthScore": mailbox.setup.get("healthScore", 0)},
        "warmup": mailbox.row.get("warmup"),
        "deliverability": figures | {"consecutiveFailures": 3 if detail.get("lastError") else 0},
        **{name: detail.get(name) for name in ("dailySendLimit", "sentToday", "lastError")},
    }


def analytics(mailbox: KitMailbox) -> Row:
    """Its figures; without a campaign as in the older pages, which have no performance and rates."""
    detail = mailbox.detail
    members = ("email", "displayName", "status", "totalSent", "totalReceived", "bounceRate", "sentToday", "dailySendLimit")
    row: Row = {"_id": mailbox.id} | {name: detail.get(name) for name in members}
    row["warmup"] = {name: mailbox.warmup.get(name) for name in ("enabled", "status")}
    if not mailbox.campaign_ids:
        return row
    sent = 40 * len(mailbox.campaign_ids) + len(str(detail["email"]))
    counts = {"opened": sent // 2, "clicked": sent // 30, "bounced": sent // 80, "replied": sent // 14, "positiveReplied": sent // 50}
    names = {"open": "opened", "click": "clicked", "bounce": "bounced", "reply": "replied", "positiveReply": "positiveReplied"}
    rates = {name: f"{100 * counts[counted] / sent:.1f}" for name, counted in names.items()}
    return row | {"performance": {"sent": sent, **counts}, "rates": rates}
