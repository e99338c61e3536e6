"""Lists in variables, however deep."""

from typing import Any

import pytest

from gateway.domain.limit_errors import ListTooLongError
from gateway.schema.limits.variables import check_lists

DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "variables", [None, {}, {"a": [1, 2]}, {"a": {"b": [[1, 2], [3, 4]]}}, {"a": DEEP}, {"b": {"c": 1, "d": 2, "e": "long"}}]
)
def test_short_lists(variables: dict[str, Any] | None) -> None:
    check_lists(variables, 2)


@pytest.mark.parametrize("variables", [{"a": [1, 2, 3]}, {"a": {"b": [[], [1, 2, 3]]}}, {"a": [{"b": [None, None, None]}]}])
def test_long_lists(variables: dict[str, Any]) -> None:
    with pytest.raises(ListTooLongError, match="items: 3, but at most 2") as caught:
        check_lists(variables, 2)
    assert caught.value.extensions == {"code": "LIST_TOO_LONG", "max": 2, "actual": 3}
