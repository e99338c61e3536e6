"""Domain structs filled at random: mostly as their annotations say, sometimes not at all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from random import Random
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class Later:
    """Something to be awaited, as often as one likes."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __await__(self) -> Any:  # noqa: ANN401 - a generator without a yield has no better type
        return self._value
        yield

    def __repr__(self) -> str:
        return "something later"


class Thing:
    """Of no class that anybody knows."""

    def __repr__(self) -> str:
        return "a thing"


class Raising(Thing):
    """Whose attributes cannot be read."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        message = f"{name} is broken"
        raise RuntimeError(message)


class Text(str):
    """Equal to a plain string, and none."""

    __slots__ = ()


ODD: tuple[Callable[[], object], ...] = (
    lambda: None,
    lambda: 5,
    lambda: 2**40,
    lambda: -1.5,
    lambda: float("nan"),
    lambda: float("inf"),
    lambda: True,
    lambda: "word",
    lambda: Text("ACTIVE"),
    lambda: "",
    list,
    lambda: ("a", None, 3),
    lambda: {"a": 1},
    lambda: {1, 2},
    lambda: ValueError("a value that is an error"),
    lambda: Later("awaited"),
    lambda: Later(None),
    Raising,
    Thing,
    lambda: datetime(2026, 1, 1),  # noqa: DTZ001 - no time of any zone is odd
    lambda: [ValueError("inside a list")],
)


class Filler:
    """`odd` is how likely a field's value is odd."""

    def __init__(self, random: Random, *, odd: float) -> None:
        self._random = random
        self._odd = odd

    def struct(self, cls: type[T], **fixed: object) -> T:
        """One of that class, with these fields as they are."""
        values = {name: self.value(hint) for name, hint in _hints(cls).items() if name not in fixed}
        return cls(**values, **fixed)

    def value(self, hint: Any) -> object:  # noqa: ANN401, PLR0911 - a type expression, of one of many kinds
        if self._random.random() < self._odd:
            return self._random.choice(ODD)()
        origin, choices = get_origin(hint), get_args(hint)
        if origin in (Union, UnionType):
            return (
                self.value(self._random.choice(choices))
                if self._random.random() < 0.7
                else (None if NoneType in choices else self.value(choices[0]))
            )
        if origin in (tuple, list):
            return tuple(self.value(choices[0]) for _ in range(self._random.randint(0, 3)))
        if hint is NoneType:
            return None
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            return self.struct(hint)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return self._random.choice(list(hint))
        if hint is datetime:
            return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=self._random.randint(0, 10**9))
        plain: dict[object, Callable[[], object]] = {
            str: lambda: self._random.choice(("", "a", "Ünï", "x@example.com")),
            int: lambda: self._random.randint(-5, 500),
            float: lambda: self._random.choice((0.5, 3, 97.25)),
            bool: lambda: self._random.random() < 0.5,
        }
        return plain.get(hint, lambda: "json")()


@cache
def _hints(cls: type[msgspec.Struct]) -> dict[str, Any]:
    return get_type_hints(cls)
