"""What work may spend, and what it has spent."""

import pytest

from gateway.domain.budget import Budget, Spent
from gateway.domain.errors import TooManyCallsError
from gateway.domain.price import Price


def test_calls_of_its_own_are_limited_and_those_of_others_are_only_told() -> None:
    other, own = Budget(), Budget(most_calls=1)
    for account in ("a", "a", "b"):
        other.charge(account)
    own.add(other)
    own.charge("a")
    with pytest.raises(TooManyCallsError, match="at most 1 "):
        own.charge("b")
    assert own.spent == {"a": Spent(calls=3), "b": Spent(calls=1)}


@pytest.mark.parametrize(
    ("price", "mailboxes", "entries", "calls"),
    [
        (Price(), 7, 0, 7),
        (Price(), 0, 0, 0),
        (Price(calls=2, batch=50), 1, 0, 2),
        (Price(calls=2, batch=50), 51, 0, 4),
        (Price(batch=None), 500, 0, 1),
        (Price(batch=None), 0, 0, 0),
        (Price(page=100), 3, 0, 3),
        (Price(page=100), 3, 100, 3),
        (Price(page=100), 3, 101, 6),
    ],
)
def test_a_price_is_for_batches_of_mailboxes_and_pages_of_a_list(price: Price, mailboxes: int, entries: int, calls: int) -> None:
    assert price.of(mailboxes, entries=entries) == calls
