"""How GraphQL types read domain structs: by attribute, without a copy."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry
from strawberry.types import Info

from gateway.execution.marks import CLASSES, READ
from gateway.schema.context import Context
from gateway.schema.context import Info as ContextInfo

S = TypeVar("S")
T = TypeVar("T")


def reads(*structs: type) -> Any:  # noqa: ANN401 - a classmethod object has no better public type
    """`is_type_of` for a GraphQL type whose objects are domain structs; needed behind interfaces and in unions."""

    def is_type_of(cls: type, value: object, info: Info) -> bool:
        del cls, info
        return isinstance(value, structs)

    setattr(is_type_of, CLASSES, structs)
    return classmethod(is_type_of)


def in_context(read: Callable[[S, Context], object], *, graphql_type: Any, description: str) -> Any:  # noqa: ANN401 - strawberry's own types for both
    """A field that is read from the struct and what is known of the request: at once, and without arguments."""

    def resolve(root: strawberry.Parent[Any], info: ContextInfo) -> object:
        return read(root, info.context)

    return strawberry.field(resolver=resolve, graphql_type=graphql_type, description=description, metadata={READ: read})


def given(value: T | None) -> T | None:
    """An optional argument or input field: None when it is absent (strawberry's UNSET), too."""
    return None if value is strawberry.UNSET else value
