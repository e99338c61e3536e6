"""Filters against a naive evaluator that reads each condition off the mailbox, one by one."""

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.account import Owner
from gateway.domain.mailbox import ChannelHealth, ChannelState, Mailbox, MailboxHealth, MailboxStatus, MailProvider, SendingPolicy
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState, WarmupStatus
from gateway.inventory.filter import DomainKey, MailboxFilter, Range, StringFilter
from gateway.inventory.source import SourceStatus
from tests.inventory.made_up import NOON, mailbox, view_of

words = st.sampled_from(["", "a", "A", "ß", "SS", "s", "İ", "x@a", "ﬁ"])
numbers = st.sampled_from([-1, 0, 1, 50])
times = st.sampled_from([NOON, NOON.replace(hour=11), NOON.replace(hour=13)])


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


def some(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...] | None]:
    return st.none() | st.lists(values, max_size=2).map(tuple)


@st.composite
def rows(draw: st.DrawFn) -> Mailbox:
    states = st.sampled_from(list(ChannelState))
    return mailbox(
        "1",
        account=draw(st.sampled_from(["a", "b"])),
        vendor=draw(st.sampled_from(list(Vendor))),
        status=draw(st.sampled_from(list(MailboxStatus))),
        provider=draw(st.sampled_from([MailProvider.GOOGLE, MailProvider.UNKNOWN])),
        health=MailboxHealth(ChannelHealth(draw(states)), ChannelHealth(draw(states))),
        address=draw(maybe(words)),
        display_name=draw(maybe(words)),
        login=draw(maybe(words)),
        tags=draw(some(words)),
        domain_vendor_id=draw(maybe(st.sampled_from(["1", "2"]))),
        owner=draw(st.none() | st.builds(Owner, st.sampled_from(["1", "2"]))),
        client_id=draw(maybe(st.sampled_from(["1", "2"]))),
        campaign_count=draw(maybe(numbers)),
        sending=SendingPolicy(daily_limit=draw(st.none() | numbers), sent_today=draw(st.none() | numbers)),
        warmup=draw(
            st.none() | st.builds(WarmupStatus, state=st.sampled_from(list(WarmupState)), health=st.none() | st.just(0.5) | numbers)
        ),
        created_at=draw(maybe(times)),
        updated_at=draw(maybe(times)),
        observed_at=draw(times),
    )


texts = st.builds(
    StringFilter,
    eq=st.none() | words,
    in_=some(words),
    contains=st.none() | words,
    starts_with=st.none() | words,
    ends_with=st.none() | words,
)
text_conditions = st.none() | st.none() | texts


def ranges(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | st.builds(Range, maybe(values), maybe(values))


def listed(values: list[object]) -> st.SearchStrategy[object]:
    return some(st.sampled_from(values))


CONDITIONS: dict[str, st.SearchStrategy[object]] = {
    "vendor": listed(list(Vendor)),
    "account": listed(["a", "b", "c"]),
    "status": listed(list(MailboxStatus)),
    "provider": listed([MailProvider.GOOGLE, MailProvider.UNKNOWN]),
    "warmup_state": listed(list(WarmupState)),
    "sending": listed(list(ChannelState)),
    "receiving": listed(list(ChannelState)),
    "address": text_conditions,
    "display_name": text_conditions,
    "login": text_conditions,
    "tag": some(words),
    "domain": listed([DomainKey("a", "1"), DomainKey("b", "1"), DomainKey("a", "2")]),
    "owner_id": listed(["1", "2"]),
    "client_id": listed(["1", "2"]),
    "campaign_count": ranges(numbers),
    "daily_limit": ranges(numbers),
    "sent_today": ranges(numbers),
    "warmup_health": ranges(st.sampled_from([0.4, 0.5, 1.0])),
    "created_at": ranges(times),
    "updated_at": ranges(times),
    "stale": st.none() | st.booleans(),
}


@st.composite
def flat_filters(draw: st.DrawFn) -> MailboxFilter:
    names = draw(st.lists(st.sampled_from(list(CONDITIONS)), max_size=3, unique=True))
    return MailboxFilter(**{name: draw(CONDITIONS[name]) for name in names})  # type: ignore[arg-type] # each drawn as its field wants it


filters = st.recursive(
    flat_filters(),
    lambda inner: st.builds(
        MailboxFilter,
        and_=st.none() | st.lists(inner, max_size=2).map(tuple),
        or_=st.none() | st.lists(inner, max_size=2).map(tuple),
        not_=st.none() | inner,
        status=CONDITIONS["status"],
    ),
    max_leaves=5,
)


# ---------------------------------------------------------------------- the model
READ: dict[str, Callable[[Mailbox], object]] = {
    "vendor": lambda row: row.vendor,
    "account": lambda row: row.account_name,
    "status": lambda row: row.status,
    "provider": lambda row: row.provider,
    "warmup_state": lambda row: row.warmup and row.warmup.state,
    "sending": lambda row: row.health.sending.state,
    "receiving": lambda row: row.health.receiving.state,
    "address": lambda row: row.address,
    "display_name": lambda row: row.display_name,
    "login": lambda row: row.login,
    "domain": lambda row: row.domain_vendor_id and DomainKey(row.account_name, row.domain_vendor_id),
    "owner_id": lambda row: row.owner and row.owner.vendor_id,
    "client_id": lambda row: row.client_id,
    "campaign_count": lambda row: row.campaign_count,
    "daily_limit": lambda row: row.sending.daily_limit,
    "sent_today": lambda row: row.sending.sent_today,
    "warmup_health": lambda row: row.warmup and row.warmup.health,
    "created_at": lambda row: row.created_at,
    "updated_at": lambda row: row.updated_at,
}


def naive(wanted: MailboxFilter, row: Mailbox, *, is_stale: bool) -> bool:
    if wanted.and_ is not None and not all(naive(each, row, is_stale=is_stale) for each in wanted.and_):
        return False
    if wanted.or_ is not None and not any(naive(each, row, is_stale=is_stale) for each in wanted.or_):
        return False
    if wanted.not_ is not None and naive(wanted.not_, row, is_stale=is_stale):
        return False
    if wanted.stale is not None and wanted.stale != is_stale:
        return False
    if wanted.tag is not None and not set(wanted.tag) & set(row.tags or ()):
        return False
    return all(holds(condition, read(row)) for name, read in READ.items() if (condition := getattr(wanted, name)) is not None)


def holds(condition: object, value: object) -> bool:
    if isinstance(condition, StringFilter):
        return text_holds(condition, value)
    if isinstance(condition, Range):
        given_ends = [end for end in (condition.gte, condition.lte) if end is not None]
        if value is None:
            return not given_ends
        assert isinstance(value, int | float | datetime)
        return not (condition.gte is not None and value < condition.gte) and not (condition.lte is not None and value > condition.lte)
    assert isinstance(condition, tuple)
    return value is not None and value in condition


def text_holds(condition: StringFilter, value: object) -> bool:
    parts = (condition.eq, condition.in_, condition.contains, condition.starts_with, condition.ends_with)
    if not isinstance(value, str):
        return all(part is None for part in parts)
    value = value.casefold()
    return (
        (condition.eq is None or value == condition.eq.casefold())
        and (condition.in_ is None or value in [each.casefold() for each in condition.in_])
        and (condition.contains is None or condition.contains.casefold() in value)
        and (condition.starts_with is None or value.startswith(condition.starts_with.casefold()))
        and (condition.ends_with is None or value.endswith(condition.ends_with.casefold()))
    )


@given(filters, st.lists(rows(), max_size=5), st.booleans())
def test_a_filter_is_its_model(wanted: MailboxFilter, some_rows: list[Mailbox], is_stale: bool) -> None:  # noqa: FBT001 - drawn
    test = wanted.test(lambda _: is_stale)
    assert [test(row) for row in some_rows] == [naive(wanted, row, is_stale=is_stale) for row in some_rows]


@given(filters, rows())
def test_not_is_the_exact_opposite(wanted: MailboxFilter, row: Mailbox) -> None:
    assert MailboxFilter(not_=wanted).test(lambda _: False)(row) is not wanted.test(lambda _: False)(row)


# ---------------------------------------------------------------------- the edges, one by one
SILENT = mailbox("1", address=None)
PASSES = {
    "nothing asked": MailboxFilter(),
    "and of nothing": MailboxFilter(and_=()),
    "text without a test": MailboxFilter(address=StringFilter()),
    "range without ends": MailboxFilter(daily_limit=Range()),
    "not of a null": MailboxFilter(not_=MailboxFilter(address=StringFilter(contains=""))),
    "not of a null range": MailboxFilter(not_=MailboxFilter(daily_limit=Range(gte=0))),
    "not of a null membership": MailboxFilter(not_=MailboxFilter(owner_id=("1",))),
    "not of null tags": MailboxFilter(not_=MailboxFilter(tag=("a",))),
    "not of an empty list": MailboxFilter(not_=MailboxFilter(vendor=())),
}
REFUSES = {
    "or of nothing": MailboxFilter(or_=()),
    "not of nothing asked": MailboxFilter(not_=MailboxFilter()),
    "a null contains nothing": MailboxFilter(address=StringFilter(contains="")),
    "a null is in no range": MailboxFilter(daily_limit=Range(lte=10)),
    "no warm-up has no state": MailboxFilter(warmup_state=tuple(WarmupState)),
    "and with an empty list": MailboxFilter(and_=(MailboxFilter(), MailboxFilter(status=()))),
    **{
        f"empty {name}": MailboxFilter(**{name: ()})  # type: ignore[arg-type] # each of them takes a tuple
        for name in (
            "vendor",
            "account",
            "status",
            "provider",
            "warmup_state",
            "sending",
            "receiving",
            "tag",
            "domain",
            "owner_id",
            "client_id",
        )
    },
    "an empty list of texts": MailboxFilter(address=StringFilter(in_=())),
}


@pytest.mark.parametrize("wanted", PASSES.values(), ids=PASSES)
def test_a_silent_mailbox_passes(wanted: MailboxFilter) -> None:
    assert wanted.test(lambda _: False)(SILENT)


@pytest.mark.parametrize("wanted", REFUSES.values(), ids=REFUSES)
def test_a_silent_mailbox_is_refused(wanted: MailboxFilter) -> None:
    assert not wanted.test(lambda _: False)(SILENT)


def test_a_domain_is_its_account_s_own() -> None:
    test = MailboxFilter(domain=(DomainKey("a", "7"),)).test(lambda _: False)
    assert [test(mailbox("1", account=account, domain_vendor_id="7")) for account in ("a", "b")] == [True, False]


def test_stale_is_what_the_view_says() -> None:
    views = [
        view_of("a", [mailbox("1", account="a")]),
        view_of("b", [mailbox("1", account="b", observed_at=NOON)], status=SourceStatus.PARTIAL, stale_before=NOON),
        view_of("c", [mailbox("1", account="c", observed_at=NOON.replace(hour=11))], status=SourceStatus.PARTIAL, stale_before=NOON),
    ]
    assert [[len(view.list(MailboxFilter(stale=each))) for view in views] for each in (True, False)] == [[0, 0, 1], [1, 1, 0]]
