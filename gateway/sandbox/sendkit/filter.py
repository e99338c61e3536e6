"""The filters of the lists: tests of a mailbox, made from a query's parameters."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from gateway.sandbox.sendkit.mailbox import PROVIDERS, KitMailbox
from gateway.sandbox.sendkit.query import choice, figure, truth, words

Test: TypeAlias = Callable[[KitMailbox], bool]

HIGH_BOUNCE_RATE = 0.05  # the vendor does not say where "high" begins
GOOD_INBOX_RATE, FAIR_INBOX_RATE = 90, 70  # nor what a warm-up's health is made of
_STATUSES = ("active", "inactive", "error", "warming_up", "suspended", "failed", "pending")


def list_tests(params: Mapping[str, str]) -> list[Test]:
    """The tests that the list of mailboxes applies before a page is cut."""
    tests = _tests(params, _FILTERS)
    mode = choice("tagMode", params.get("tagMode", "any"), ("any", "all"))
    if "tags" in params:
        tests.append(_tag_test(words(params["tags"]), every=mode == "all"))
    return tests


def late_tests(params: Mapping[str, str]) -> list[Test]:
    """The tests applied after a page is cut, which makes pages with few rows, or none, that are not the last."""
    return _tests(params, _LATE_FILTERS)


def search_test(text: str) -> Test:
    """Whether address or name contains this text."""
    needle = text.casefold()
    return lambda mailbox: any(needle in str(mailbox.detail.get(member, "")).casefold() for member in ("email", "displayName"))


def _tests(params: Mapping[str, str], filters: Mapping[str, Callable[[str], Test]]) -> list[Test]:
    return [make(params[name]) for name, make in filters.items() if name in params]


def _tag_test(wanted: frozenset[str], *, every: bool) -> Test:
    def has(mailbox: KitMailbox) -> bool:
        tags = mailbox.detail.get("tags")
        present = {str(tag) for tag in tags} if isinstance(tags, list) else set()
        return wanted <= present if every else bool(wanted & present)

    return has


def _equals(member: str, wanted: object) -> Test:
    return lambda mailbox: mailbox.detail.get(member) == wanted


def _range_test(read: Callable[[KitMailbox], object], *, least: float = float("-inf"), most: float = float("inf")) -> Test:
    return lambda mailbox: least <= _number_of(read(mailbox)) <= most


def _is(wanted: bool, test: Test) -> Test:  # noqa: FBT001 - reads as it says: `_is(False, test)`
    return lambda mailbox: test(mailbox) is wanted


def _warmup_health(mailbox: KitMailbox) -> str:
    if not mailbox.metrics:
        return "unknown"
    rate = _number_of(mailbox.metrics["inboxRate"])
    return "good" if rate >= GOOD_INBOX_RATE else "fair" if rate >= FAIR_INBOX_RATE else "poor"


def _bounce_rate(mailbox: KitMailbox) -> object:
    return mailbox.detail.get("bounceRate")


def _health_score(mailbox: KitMailbox) -> object:
    return mailbox.setup.get("healthScore")


def _number_of(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0


_FILTERS: dict[str, Callable[[str], Test]] = {
    "status": lambda text: _equals("status", choice("status", text, _STATUSES)),
    "provider": lambda text: _equals("provider", choice("provider", text, PROVIDERS)),
    "connectionType": lambda text: _equals("connectionType", choice("connectionType", text, ("oauth", "smtp"))),
    "sendingEnabled": lambda text: _equals("sendingEnabled", truth("sendingEnabled", text)),
    "untagged": lambda text: _is(truth("untagged", text), lambda mailbox: not mailbox.detail.get("tags")),
    "search": search_test,
    "warmupEnabled": lambda text: _is(truth("warmupEnabled", text), lambda mailbox: mailbox.warmup.get("enabled") is True),
    "warmupStatus": lambda text: lambda mailbox: mailbox.warmup.get("status") == text,
    "warmupHealth": lambda text: lambda mailbox: _warmup_health(mailbox) == text,
    "minBounceRate": lambda text: _range_test(_bounce_rate, least=figure("minBounceRate", text)),
    "maxBounceRate": lambda text: _range_test(_bounce_rate, most=figure("maxBounceRate", text)),
    "highBounceRate": lambda text: _is(truth("highBounceRate", text), lambda mailbox: _number_of(_bounce_rate(mailbox)) > HIGH_BOUNCE_RATE),
    "minHealthScore": lambda text: _range_test(_health_score, least=figure("minHealthScore", text)),
    "maxHealthScore": lambda text: _range_test(_health_score, most=figure("maxHealthScore", text)),
}
_LATE_FILTERS: dict[str, Callable[[str], Test]] = {
    "campaignIds": lambda text: lambda mailbox: bool(words(text) & set(mailbox.campaign_ids)),
    "notInCampaign": lambda text: _is(truth("notInCampaign", text), lambda mailbox: not mailbox.campaign_ids),
    "inActiveCampaign": lambda text: _is(truth("inActiveCampaign", text), lambda mailbox: mailbox.in_active_campaign),
}
