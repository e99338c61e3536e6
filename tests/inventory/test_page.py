"""Paging against the plainest model there is: a sorted list."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import cast

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gateway.domain.errors import InvalidInputError
from gateway.domain.limit_errors import PageTooLargeError
from gateway.domain.mailbox import Mailbox, MailboxStatus, SendingPolicy
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState, WarmupStatus
from gateway.inventory.connection import Connection
from gateway.inventory.filter import MailboxFilter, StringFilter
from gateway.inventory.order import Order, OrderDirection, OrderField
from gateway.inventory.page import MAX_SIZE, Page, Window, cursor, page, window
from gateway.inventory.source import SourceStatus
from gateway.inventory.view import View
from tests.inventory.made_up import NOON, mailbox, view_of

ACCOUNTS = ("A", "a", "b-2", "b.1")
FORWARD = Window(size=MAX_SIZE)

few_texts = st.sampled_from([None, "", "a", "A", "ß", "SS", "ss", "é", "É", "İ", "i", "ﬁ", "fi", "z", "😀", "\u2028", "\0"])
few_numbers = st.sampled_from([None, 0, 1, 2, 50, 2**31 - 1, -1])
few_times = st.none() | st.builds(
    lambda seconds, hours: datetime(2026, 1, 1, tzinfo=UTC).astimezone(timezone(timedelta(hours=hours))) + timedelta(seconds=seconds),
    st.sampled_from([0, 1, 3600, 7200, 0.000001]),
    st.sampled_from([0, 1, -11]),
)
orders = st.builds(Order, st.none() | st.sampled_from(list(OrderField)), st.sampled_from(list(OrderDirection)))


@st.composite
def mailboxes(draw: st.DrawFn, account: str, vendor_id: str) -> Mailbox:
    return mailbox(
        vendor_id,
        account=account,
        vendor=draw(st.sampled_from(list(Vendor))),
        status=draw(st.sampled_from(list(MailboxStatus))),
        address=draw(few_texts),
        display_name=draw(few_texts),
        sending=SendingPolicy(daily_limit=draw(few_numbers), sent_today=draw(few_numbers)),
        warmup=draw(
            st.none()
            | st.builds(WarmupStatus, state=st.sampled_from(list(WarmupState)), health=st.sampled_from([None, 0.0, 99.5, 100.0, 0.1 + 0.2]))
        ),
        created_at=draw(few_times),
        updated_at=draw(few_times),
    )


@st.composite
def fleets(draw: st.DrawFn) -> list[list[Mailbox]]:
    accounts = draw(st.lists(st.sampled_from(ACCOUNTS), max_size=4, unique=True))
    numbers = st.lists(st.sampled_from(["1", "2", "10", "9", "x", "X", "é", ""]), max_size=6, unique=True)
    return [[draw(mailboxes(account, each)) for each in draw(numbers)] for account in accounts]


def views_of(fleet: Sequence[Sequence[Mailbox]]) -> list[View]:
    return [view_of(rows[0].account_name, rows) for rows in fleet if rows]


# ---------------------------------------------------------------------- the model
def value_of(row: Mailbox, field: OrderField) -> str | float | datetime | None:
    return {
        OrderField.ADDRESS: row.address.casefold() if row.address is not None else None,
        OrderField.DISPLAY_NAME: row.display_name.casefold() if row.display_name is not None else None,
        OrderField.VENDOR: str(row.vendor),
        OrderField.STATUS: str(row.status),
        OrderField.DAILY_LIMIT: row.sending.daily_limit,
        OrderField.SENT_TODAY: row.sending.sent_today,
        OrderField.REMAINING_TODAY: row.sending.remaining_today,
        OrderField.WARMUP_HEALTH: row.warmup.health if row.warmup else None,
        OrderField.CREATED_AT: row.created_at,
        OrderField.UPDATED_AT: row.updated_at,
    }[field]


def model(fleet: Sequence[Sequence[Mailbox]], order: Order) -> list[Mailbox]:
    """Nulls last and ties ascending in both directions."""
    rows = sorted((row for rows in fleet for row in rows), key=lambda row: (row.account_name, row.vendor_id))
    if order.field is None:
        return rows
    field = order.field
    known = [row for row in rows if value_of(row, field) is not None]
    known.sort(key=lambda row: cast("str", value_of(row, field)), reverse=order.direction is OrderDirection.DESC)
    return known + [row for row in rows if value_of(row, field) is None]


def walk(views: Sequence[View], order: Order, size: int, *, wanted: MailboxFilter | None = None) -> list[Page]:
    pages = [page(views, order=order, wanted=wanted, part=Window(size))]
    while pages[-1].has_next:
        pages.append(page(views, order=order, wanted=wanted, part=Window(size, after=pages[-1].cursors[-1])))
    return pages


def walk_back(views: Sequence[View], order: Order, size: int) -> list[Page]:
    pages = [page(views, order=order, wanted=None, part=Window(size, is_backward=True))]
    while pages[-1].has_previous:
        pages.append(page(views, order=order, wanted=None, part=Window(size, is_backward=True, before=pages[-1].cursors[0])))
    return pages[::-1]


# ---------------------------------------------------------------------- pages that lie still
@given(fleets(), orders, st.integers(1, 7))
def test_pages_joined_are_the_whole_forward_and_backward(fleet: list[list[Mailbox]], order: Order, size: int) -> None:
    views = views_of(fleet)
    whole = model(fleet, order)
    for pages in (walk(views, order, size), walk_back(views, order, size)):
        assert [row for each in pages for row in each.rows] == whole
        assert all(len(each.rows) <= size for each in pages)
        assert [each.has_previous for each in pages] == [False] + [True] * (len(pages) - 1)
        assert [each.has_next for each in pages] == [True] * (len(pages) - 1) + [False]
        assert all(each.cursors == tuple(cursor(order, row) for row in each.rows) for each in pages)


@given(fleets(), orders, st.integers(0, 8), st.booleans(), st.data())
def test_any_window_is_the_model_s(fleet: list[list[Mailbox]], order: Order, size: int, is_backward: bool, data: st.DataObject) -> None:  # noqa: FBT001 - drawn
    whole = model(fleet, order)
    places = st.none() | st.integers(0, max(len(whole) - 1, 0)) if whole else st.none()
    after, before = data.draw(places), data.draw(places)
    part = Window(
        size,
        is_backward,
        None if after is None else cursor(order, whole[after]),
        None if before is None else cursor(order, whole[before]),
    )
    found = page(views_of(fleet), order=order, wanted=None, part=part)
    between = whole[0 if after is None else after + 1 : len(whole) if before is None else before]
    expected = between[max(len(between) - size, 0) :] if is_backward else between[:size]
    assert list(found.rows) == expected
    more = len(between) > size
    assert (found.has_previous if is_backward else found.has_next) is more
    if is_backward:
        assert found.has_next is (before is not None)
    else:
        assert found.has_previous is (after is not None)


@given(fleets(), orders, st.integers(1, 4))
def test_a_filtered_walk_is_the_filtered_model(fleet: list[list[Mailbox]], order: Order, size: int) -> None:
    wanted = MailboxFilter(address=StringFilter(contains="s"))
    pages = walk(views_of(fleet), order, size, wanted=wanted)
    expected = [row for row in model(fleet, order) if row.address is not None and "s" in row.address.casefold()]
    assert [row for each in pages for row in each.rows] == expected
    assert not pages[0].has_previous
    assert all(each.has_previous for each in pages[1:])


@given(fleets(), orders)
def test_a_connection_tells_the_same_story(fleet: list[list[Mailbox]], order: Order) -> None:
    views = views_of(fleet)
    wanted = MailboxFilter(not_=MailboxFilter(address=StringFilter(contains="s")))
    it = Connection(views, page(views, order=order, wanted=wanted, part=Window(2)), wanted, order)
    matching = [row for row in model(fleet, order) if row.address is None or "s" not in row.address.casefold()]
    assert it.complete
    assert it.total_count == len(matching)
    assert [edge.node for edge in it.edges] == list(it.nodes) == matching[:2]
    assert it.page_info.has_next_page is (len(matching) > 2)
    assert it.page_info.start_cursor == (it.edges[0].cursor if it.edges else None)
    assert it.page_info.end_cursor == (it.edges[-1].cursor if it.edges else None)
    assert Connection(views, it.page, None, order).total_count == sum(map(len, fleet))
    assert it.sources == [view.source for view in views]


def test_what_is_not_complete_has_no_total() -> None:
    views = [view_of("a", [mailbox("1")]), view_of("b", [], status=SourceStatus.LOADING)]
    it = Connection(views, page(views, order=Order(), wanted=None, part=FORWARD), None, Order())
    assert (it.complete, it.total_count, len(it.nodes)) == (False, None, 1)


def test_an_account_of_which_nothing_is_known_is_no_obstacle() -> None:
    unknown = View(view_of("b", [], status=SourceStatus.UNAVAILABLE).source, None, None)
    views = [unknown, view_of("a", [mailbox("1"), mailbox("2")])]
    for order in (Order(), Order(OrderField.ADDRESS, OrderDirection.DESC)):
        first = page(views, order=order, wanted=None, part=Window(1))
        second = page(views, order=order, wanted=None, part=Window(1, after=first.cursors[0]))
        assert len({*first.cursors, *second.cursors}) == 2
        assert (first.has_next, second.has_next) == (True, False)


# ---------------------------------------------------------------------- pages while mailboxes come and go
@given(fleets(), orders, st.integers(1, 4), st.booleans(), st.data())
def test_whoever_stays_is_neither_skipped_nor_repeated(
    fleet: list[list[Mailbox]],
    order: Order,
    size: int,
    is_backward: bool,  # noqa: FBT001 - drawn
    data: st.DataObject,
) -> None:
    """Between any two pages mailboxes vanish, come, or change their place; an account goes away and comes back."""
    staying = {row.id for rows in fleet for row in rows if data.draw(st.booleans())}
    now, seen, place = fleet, list[str](), None
    for _ in range(60):
        part = Window(size, is_backward, before=place) if is_backward else Window(size, after=place)
        found = page(views_of(now), order=order, wanted=None, part=part)
        seen += [row.id for row in found.rows]
        if not (found.has_previous if is_backward else found.has_next):
            break
        place = found.cursors[0] if is_backward else found.cursors[-1]
        now = [changed(rows, staying, data) for rows in fleet]
    counts = {each: seen.count(each) for each in staying}
    assert counts == dict.fromkeys(staying, 1)


def changed(rows: Sequence[Mailbox], staying: set[str], data: st.DataObject) -> list[Mailbox]:
    kept = [row for row in rows if row.id in staying]
    account = rows[0].account_name if rows else "new"
    others = [data.draw(mailboxes(account, row.vendor_id)) for row in rows if row.id not in staying and data.draw(st.booleans())]
    come = [data.draw(mailboxes(account, f"new {number}")) for number in range(data.draw(st.integers(0, 2)))]
    return data.draw(st.permutations(kept + others + come))


# ---------------------------------------------------------------------- arguments
def made(*parts: object) -> str:
    return urlsafe_b64encode(msgspec.json.encode(parts)).rstrip(b"=").decode()


ANY_ORDERS = [Order(field, direction) for field in (None, *OrderField) for direction in OrderDirection]


@pytest.mark.parametrize("order", ANY_ORDERS, ids=str)
def test_a_cursor_of_another_order_is_refused(order: Order) -> None:
    text = cursor(order, mailbox("1"))
    views = [view_of("a", [mailbox("1")])]
    for other in ANY_ORDERS:
        if other == order:
            page(views, order=other, wanted=None, part=Window(after=text))
            continue
        with pytest.raises(InvalidInputError, match="another order") as caught:
            page(views, order=other, wanted=None, part=Window(before=text))
        assert caught.value.field == ("before",)


@given(orders, st.text(max_size=60) | st.text("ABab019-_=", max_size=40) | st.text(st.characters(categories=["Cs"]), max_size=2))
@example(Order(), "")
@example(Order(), "é")
def test_garbage_is_invalid_input(order: Order, text: str) -> None:
    for part in (Window(after=text), Window(before=text)):
        with pytest.raises(InvalidInputError, match="was not made by this gateway"):
            part.check(order)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=8,
)
odd_values = (
    json_values
    | st.sampled_from([10**300, 10**400, -(10**400), 1e308, True, "2026-01-01", "2026-01-01T00:00:00", "9999-12-31T23:59:59-23:59"])
    | few_times.map(lambda at: at and at.isoformat())
)


@given(orders, odd_values, st.sampled_from([1, 1, 1, 0, 2, "1", None, 1.0, True, 10**30]), st.text(max_size=3), fleets())
@example(Order(OrderField.CREATED_AT), "0001-01-01T00:00:00+23:59", 1, "a", [[mailbox("1", created_at=NOON)]])
@example(Order(OrderField.CREATED_AT), "9999-12-31T23:59:59-23:59", 1, "a", [[mailbox("1", created_at=NOON)]])
def test_a_forged_cursor_is_taken_or_refused_but_never_breaks(
    order: Order, value: object, version: object, name: str, fleet: list[list[Mailbox]]
) -> None:
    text = urlsafe_b64encode(dumps([version, order.field or "", order.direction, value, name, name])).decode()
    assume(text)
    try:
        found = page(views_of(fleet), order=order, wanted=None, part=Window(3, after=text))
    except InvalidInputError:
        return
    assert version == 1
    assert type(version) in (int, float)
    assert len(found.rows) <= 3


def dumps(value: object) -> bytes:
    """With numbers of any size, as anybody can write them into a cursor."""
    return json.dumps(value).encode()


def test_values_of_another_type_are_refused() -> None:
    wrong: dict[OrderField | None, list[object]] = {
        None: ["a", 1, 1.5],
        OrderField.ADDRESS: [1, 1.5],
        OrderField.STATUS: [0],
        OrderField.DAILY_LIMIT: ["1", ""],
        OrderField.WARMUP_HEALTH: ["99.5"],
        OrderField.CREATED_AT: [0, 1.5, "yesterday", "2026-01-01T00:00:00", ""],
    }
    for field, values in wrong.items():
        for value in values:
            with pytest.raises(InvalidInputError, match="was not made by this gateway"):
                Window(after=made(1, field or "", "ASC", value, "a", "1")).check(Order(field))


def test_other_versions_and_shapes_are_refused() -> None:
    good = (1, "", "ASC", None, "a", "1")
    Window(after=made(*good)).check(Order())
    for other in ((2, *good[1:]), (0, *good[1:]), good[:-1], (*good, "x"), (*good[:4], 5, "1"), (*good[:2], None, *good[3:])):
        with pytest.raises(InvalidInputError, match="was not made by this gateway"):
            Window(after=made(*other)).check(Order())


def test_the_arguments_of_a_page() -> None:
    assert window(first=None, last=None, after=None, before=None) == Window(50)
    assert window(first=None, last=None, after=None, before=None, max_size=20) == Window(20)
    assert window(first=0, last=None, after="x", before=None) == Window(0, after="x")
    assert window(first=None, last=500, after=None, before="y") == Window(500, is_backward=True, before="y")
    for first, last, field in ((-1, None, "first"), (None, -1, "last"), (1, 1, "last")):
        with pytest.raises(InvalidInputError) as caught:
            window(first=first, last=last, after=None, before=None)
        assert caught.value.field == (field,)
    for first, last, field in ((21, None, "first"), (None, 21, "last")):
        with pytest.raises(PageTooLargeError, match=f"`{field}` is 21, but must be between 0 and 20") as beyond:
            window(first=first, last=last, after=None, before=None, max_size=20)
        assert (beyond.value.field, beyond.value.most, beyond.value.actual) == ((field,), 20, 21)
