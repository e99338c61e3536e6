"""Reads the `[[accounts]]` tables."""

from collections.abc import Iterable, Mapping
from typing import Literal

from gateway.config.credential import read_values
from gateway.config.name import FORM as NAME_FORM
from gateway.config.name import read_name, refuse_repeated
from gateway.config.problem import did_you_mean, listed
from gateway.config.settings import KEEP_FOR_SECONDS, AccountSettings
from gateway.config.substitution import Text
from gateway.config.table import Table, key_cure
from gateway.config.url import FORM as URL_FORM
from gateway.config.url import fault_of_url, without_credentials
from gateway.domain.vendor import Vendor
from gateway.transport.limits import BreakerLimits, RetryLimits
from gateway.transport.quota import Quota
from gateway.vendors.spec import Spec

Specs = Mapping[Vendor, Spec]
KEYS = (
    "name",
    "vendor",
    "base_url",
    "fresh_for",
    "keep_for",
    "timeout",
    "pace",
    "concurrency",
    "retries",
    "breaker",
    "max_answer_mib",
)
"""What any account may say, whatever its vendor."""
_PACE_FORM = 'Write pace = "off" or pace = { requests = 60, per = "60s" }.'
_RETRIES_FORM = 'Write retries = "off" or retries = { attempts = 3, percent = 20 }.'
_BREAKER_FORM = 'Write breaker = "off" or breaker = { failures = 5, open_for = "2s", longest = "30s" }.'
_MOST = 1_000_000
_MOST_ATTEMPTS = 10
_MOST_MIB = 4096


def read_accounts(document: Table, specs: Specs) -> tuple[tuple[AccountSettings, ...], tuple[Text, ...] | None]:
    """The accounts whose vendor is known, and the names of all; None in place of the names when one of them cannot be known."""
    tables = document.tables("accounts")
    if not tables:
        if tables is not None or "accounts" not in document:
            cure = f'Write an [[accounts]] table with name = "…" and vendor = one of {_vendor_words(specs)}.'
            document.refuse("accounts", "No account is configured.", cure)
        return (), None
    read = [_read_account(table, specs) for table in tables]
    names = [name for name, _ in read if name]
    refuse_repeated(((table, name.value if name else None) for table, (name, _) in zip(tables, read, strict=True)), "name", "name")
    return tuple(account for _, account in read if account), tuple(names) if len(names) == len(read) else None


def _read_account(table: Table, specs: Specs) -> tuple[Text | None, AccountSettings | None]:
    name = read_name(table)
    table.require({"name": NAME_FORM, "vendor": f"Write one of {_vendor_words(specs)}."})
    spec = _read_spec(table, specs)
    _refuse_unknown(table, spec, specs)
    base_url = _read_base_url(table)
    fresh_for_seconds, keep_for_seconds, timeout_seconds = (table.seconds(key) for key in ("fresh_for", "keep_for", "timeout"))
    quotas, retries, breaker = _read_pace(table), _read_retries(table), _read_breaker(table)
    concurrency = table.whole_number("concurrency", minimum=1, maximum=_MOST)
    max_answer_mib = table.whole_number("max_answer_mib", minimum=1, maximum=_MOST_MIB)
    if spec is None:
        return name, None
    return name, AccountSettings(
        name=name.value if name else "",
        vendor=spec.vendor,
        base_url=base_url or spec.base_url,
        values=read_values(table, spec),
        fresh_for_seconds=fresh_for_seconds,
        keep_for_seconds=keep_for_seconds or KEEP_FOR_SECONDS,
        timeout_seconds=timeout_seconds,
        quotas=quotas,
        concurrency=concurrency,
        retries=retries,
        breaker=breaker,
        max_answer_mib=max_answer_mib,
    )


def _read_spec(table: Table, specs: Specs) -> Spec | None:
    text = table.text("vendor")
    if text is None:
        return None
    by_word = {vendor.lower(): spec for vendor, spec in specs.items()}
    word = text.value.strip().lower()
    if word not in by_word:
        meant = did_you_mean(word, by_word)
        cure = f"Did you mean {meant}? " if meant and not text.is_secret else ""
        table.refuse("vendor", f"{text.shown} is no vendor.", f"{cure}The vendors are {_vendor_words(specs)}.")
    return by_word.get(word)


def _vendor_words(specs: Specs) -> str:
    return listed(sorted(vendor.lower() for vendor in specs), last="or") if specs else "none"


def _refuse_unknown(table: Table, spec: Spec | None, specs: Specs) -> None:
    """While the vendor is not known, a key of any vendor passes."""
    understood = [spec] if spec else list(specs.values())
    known = {*KEYS, *(key for each in understood for key in each.settings)}
    for key in table.unknown(known):
        if owners := sorted(other.title for other in specs.values() if key in other.settings):
            title = spec.title if spec else ""
            table.refuse(key, f"Is a key of {listed(owners)}, not of {title}.", _foreign_cure(title, known))
        else:
            table.refuse(key, "There is no such key.", key_cure(key, known))


def _foreign_cure(title: str, known: Iterable[str]) -> str:
    own = sorted(set(known) - set(KEYS))
    return f"Remove it, or correct the vendor. {title} has {listed(own)}." if own else "Remove it, or correct the vendor."


def _read_base_url(table: Table) -> str | None:
    text = table.text("base_url")
    if text and (fault := fault_of_url(text.value)):
        shown = None if text.is_secret else without_credentials(text.value)
        table.refuse("base_url", f"This address {fault}{f': {shown}' if shown else ''}.", URL_FORM)
    return text.value if text else None


def _read_pace(table: Table) -> tuple[Quota, ...] | None:
    """None for the vendor's own pace, `()` for none at all."""
    pace = table.switch("pace", what="pace", form=_PACE_FORM)
    if not isinstance(pace, Table):
        return () if pace is False else None
    pace.refuse_unknown(("requests", "per"))
    pace.require({"requests": _PACE_FORM, "per": _PACE_FORM})
    requests = pace.whole_number("requests", minimum=1, maximum=_MOST)
    per_seconds = pace.seconds("per")
    return (Quota(requests, per_seconds),) if requests and per_seconds else None


def _read_retries(table: Table) -> RetryLimits | Literal[False] | None:
    retries = table.switch("retries", what="way to retry", form=_RETRIES_FORM)
    if not isinstance(retries, Table):
        return retries
    retries.refuse_unknown(("attempts", "percent"))
    default = RetryLimits()
    return RetryLimits(
        attempts=retries.whole_number("attempts", minimum=1, maximum=_MOST_ATTEMPTS) or default.attempts,
        percent=retries.whole_number("percent", minimum=1, maximum=100) or default.percent,
    )


def _read_breaker(table: Table) -> BreakerLimits | Literal[False] | None:
    breaker = table.switch("breaker", what="breaker", form=_BREAKER_FORM)
    if not isinstance(breaker, Table):
        return breaker
    breaker.refuse_unknown(("failures", "open_for", "longest"))
    default = BreakerLimits()
    open_seconds = breaker.seconds("open_for") or default.open_seconds
    return BreakerLimits(
        failures=breaker.whole_number("failures", minimum=1, maximum=_MOST) or default.failures,
        open_seconds=open_seconds,
        longest_seconds=max(open_seconds, breaker.seconds("longest") or default.longest_seconds),
    )
