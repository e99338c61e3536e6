"""The lists in the variables of an operation."""

from collections.abc import Mapping
from typing import Any

from gateway.domain.limit_errors import ListTooLongError


def check_lists(variables: Mapping[str, Any] | None, max_list_items: int) -> None:
    """Raises `ListTooLongError`, before anything is made of the variables; time grows with their size alone."""
    waiting: list[object] = list(variables.values()) if variables else []
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            if len(value) > max_list_items:
                raise ListTooLongError(max_list_items, len(value))
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
