"""Starting, pausing, resuming, stopping and setting warm-up. The paths are known from a client's code, what they refuse is assumed."""

from gateway.sandbox.sendkit.answer import Refusal
from gateway.sandbox.sendkit.body import Check, checked, is_count, is_of_no_known_type
from gateway.sandbox.sendkit.mailbox import KitMailbox, Row

_START: dict[str, Check] = {
    "dailyIncrease": is_count,
    "targetVolume": is_count,
    **dict.fromkeys(("replyRates", "promotions", "spam"), is_of_no_known_type),
}
_CONFIG: dict[str, Check] = {"startingVolume": is_count, **_START}
_DEFAULTS: Row = {"startingVolume": 10, "dailyIncrease": 1, "targetVolume": 25}
_MOVES = {  # verb: from which states, and to which
    "start": (("not_started", "idle", "stopped", "completed", None), "in_progress"),
    "pause": (("in_progress",), "paused"),
    "resume": (("paused",), "in_progress"),
    "stop": (("in_progress", "paused"), "stopped"),
}
VERBS = tuple(_MOVES)


def move(mailbox: KitMailbox, verb: str) -> None:
    """Change the state of a warm-up, where that is possible from the state it is in."""
    states, new = _MOVES[verb]
    if mailbox.detail.get("status") in ("inactive", "pending", "failed", "suspended"):
        raise Refusal(400, "BAD_REQUEST", "Mailbox is not active")
    warmup = mailbox.warmup
    if warmup.get("status") not in states:
        raise Refusal(409, "CONFLICT", f"Warmup cannot {verb}: it is {warmup.get('status')}")
    begun: Row = {"currentDay": 1, "config": _DEFAULTS, "metrics": {}} if verb == "start" else {}
    mailbox.detail["warmup"] = {**begun, **warmup, "enabled": new != "stopped", "status": new}


def check_start(config: Row) -> Row:
    """The configuration that a start may bring."""
    return checked(config, _START, within="config.")


def check_config(config: Row) -> Row:
    """A change of the configuration."""
    return checked(config, _CONFIG)


def configure(mailbox: KitMailbox, config: Row) -> Row:
    """Change what `config` names; the whole configuration afterwards."""
    now = mailbox.warmup.get("config") or _DEFAULTS
    whole = {**(now if isinstance(now, dict) else {}), **config}
    mailbox.detail["warmup"] = {**mailbox.warmup, "config": whole}
    return whole
