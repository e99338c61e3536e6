"""How GraphQL types read domain structs: by attribute, without a copy."""

from typing import Any, TypeVar

import strawberry
from strawberry.types import Info

T = TypeVar("T")


def reads(*structs: type) -> Any:  # noqa: ANN401 - a classmethod object has no better public type
    """`is_type_of` for a GraphQL type whose objects are domain structs; needed behind interfaces and in unions."""

    def is_type_of(cls: type, value: object, info: Info) -> bool:
        del cls, info
        return isinstance(value, structs)

    return classmethod(is_type_of)


def given(value: T | None) -> T | None:
    """An optional argument or input field: None when it is absent (strawberry's UNSET), too."""
    return None if value is strawberry.UNSET else value
