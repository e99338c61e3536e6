"""What only one vendor says, typed: made from the structs that the vendors' folders declare, so that no field is written twice.

This package never imports a vendor: `declare` is handed the registry's structs when the schema is built.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import strawberry

from gateway.domain.details import DetailField, fields_of
from gateway.domain.identifier import decode
from gateway.domain.mailbox import Details
from gateway.loaders.details import DetailsKey
from gateway.schema.context import Info
from gateway.schema.model import reads

VendorDetails: Any = None  # a type only once `declare` was called
"""The union of all vendors' details; set by `declare`, named by `Mailbox.details` through a lazy reference."""

_types: dict[type[msgspec.Struct], type] = {}


def declare(structs: Sequence[type[Details]]) -> None:
    """Make the GraphQL types of the vendors' details, and their union."""
    global VendorDetails  # noqa: PLW0603 - a GraphQL schema is one per process, and its types know one another by name
    types = [_type_of(struct) for struct in structs]
    union = strawberry.union("VendorDetails", description="Every documented field of the vendor's mailbox object, secrets excepted.")
    annotated: Any = Annotated  # a type expression made at run time
    VendorDetails = annotated[reduce(or_, types), union]


def _type_of(struct: type[msgspec.Struct]) -> type:
    """The GraphQL type of a struct, made once; nested structs get theirs."""
    if struct not in _types:
        fields = fields_of(struct)
        plain = [field for field in fields if field.part is None]
        namespace: dict[str, Any] = {
            "__doc__": struct.__doc__,
            "__annotations__": {field.name: _annotation(field.annotation) for field in plain},
            "is_type_of": reads(struct),
        }
        for field in fields:
            namespace[field.name] = _field(field)
        made = type(struct.__name__, (), namespace)
        _types[struct] = strawberry.type(made, description=(struct.__doc__ or "").strip().partition("\n")[0] or None)
    return _types[struct]


def _field(field: DetailField) -> Any:  # noqa: ANN401 - strawberry's field has no public type
    if field.part is None:
        return strawberry.field(description=field.description, name=field.graphql_name)
    return strawberry.field(
        resolver=_load(field.name, field.part),
        graphql_type=_annotation(field.annotation),
        description=f"(detail) {field.description}",
        name=field.graphql_name,
    )


def _load(name: str, part: str) -> Callable[..., Awaitable[object]]:
    async def load(root: strawberry.Parent[Details], info: Info) -> object:
        mailbox = decode(root.mailbox_id)
        details = await info.context.loaders.details_by_mailbox.load(DetailsKey(mailbox.account, mailbox.parts[0], part))
        return getattr(details, name)

    return load


def _annotation(annotation: Any) -> Any:  # noqa: ANN401 - a type expression
    """A struct's annotation as strawberry reads it: tuples are lists, structs are their GraphQL types."""
    origin, choices = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return reduce(or_, (_annotation(choice) if choice is not NoneType else None for choice in choices))
    if origin in (tuple, list):
        return list[_annotation(choices[0])]  # type: ignore[misc] # made at run time
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return _type_of(annotation)
    return annotation
