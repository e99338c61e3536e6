"""The variables of a request, as they came."""

from collections.abc import Mapping
from typing import Any


class Given(dict[str, Any]):
    """By name; how many objects each of them holds is counted once, and only when it is asked for."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        super().__init__(variables)
        self._objects: dict[str, int] = {}

    def objects(self, name: str, default: object) -> int:
        """In the variable of that name, or in its default."""
        if name not in self._objects:
            self._objects[name] = objects_in(self.get(name, default))
        return self._objects[name]


def objects_in(value: object) -> int:
    """How many, however deep."""
    count, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            count += 1
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return count
