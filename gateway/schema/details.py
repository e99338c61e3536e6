"""What only one vendor says, typed: made from the structs that the vendors' folders declare, so that no field is written twice.

This package never imports a vendor: `declare` is handed the registry's structs when the schema is built.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import strawberry
from strawberry.types.nodes import SelectedField, Selection
from strawberry.utils.str_converters import to_camel_case

from gateway.domain.details import DetailField, fields_of, on_demand_inside
from gateway.domain.identifier import decode
from gateway.domain.mailbox import Details
from gateway.domain.vendor import Vendor
from gateway.loaders.details import DetailsKey
from gateway.schema.context import Info
from gateway.schema.model import reads

VendorDetails: Any = None  # a type only once `declare` was called
"""The union of all vendors' details; set by `declare`, named by `Mailbox.details` through a lazy reference."""

_types: dict[type[msgspec.Struct], type] = {}
_parts: dict[tuple[str, str], str] = {}


def declare(structs: Sequence[type[Details]]) -> None:
    """Make the GraphQL types of the vendors' details, and their union."""
    global VendorDetails  # noqa: PLW0603 - a GraphQL schema is one per process, and its types know one another by name
    types = [_type_of(struct) for struct in structs]
    union = strawberry.union("VendorDetails", description="Every documented field of the vendor's mailbox object, secrets excepted.")
    annotated: Any = Annotated  # a type expression made at run time
    VendorDetails = annotated[reduce(or_, types), union]


def parts() -> Mapping[tuple[str, str], str]:
    """The part that a field loads, by its type's name and its own; of fields that load."""
    return _parts


def type_name(vendor: Vendor) -> str:
    """The name of the GraphQL type of a vendor's details."""
    return f"{vendor.capitalize()}Details"


def graphql_name(name: str) -> str:
    """What a field of a vendor's struct is called in the schema.

    A vendor's own id is `vendorId`: clients keep what they were told by `id`, so that one must be globally unique.
    """
    return "vendorId" if name == "id" else to_camel_case(name)


def _type_of(struct: type[msgspec.Struct]) -> type:
    """The GraphQL type of a struct, made once; nested structs get theirs.

    Only a details struct knows its mailbox, so only its own fields load: one whose struct has fields on demand loads for them.
    """
    if struct not in _types:
        namespace: dict[str, Any] = {"__annotations__": {}, "is_type_of": reads(struct)}
        for field in fields_of(struct):
            description = field.description
            if field.part is not None:
                description = f"(detail) {description}"
                _parts[struct.__name__, graphql_name(field.name)] = field.part
            name, resolver = graphql_name(field.name), _resolver(field) if issubclass(struct, Details) else None
            if resolver is None:
                namespace["__annotations__"][field.name] = _annotation(field.annotation)
                namespace[field.name] = strawberry.field(name=name, description=description)
            else:
                namespace[field.name] = strawberry.field(
                    resolver=resolver, name=name, graphql_type=_annotation(field.annotation), description=description
                )
        made = type(struct.__name__, (), namespace)
        _types[struct] = strawberry.type(made, description=(struct.__doc__ or "").strip().partition("\n")[0] or None)
    return _types[struct]


def _resolver(field: DetailField) -> Callable[..., Awaitable[object]] | None:
    """None for a field that is read by attribute."""
    if field.part is not None:
        return _load(field.name, field.part)
    inside = on_demand_inside(field)
    return _complete(field.name, inside) if inside else None


async def _details(root: Details, info: Info, part: str) -> Details:
    mailbox = decode(root.mailbox_id)
    return await info.context.loaders.details_by_mailbox.load(DetailsKey(mailbox.account, mailbox.parts[0], part))


def _load(name: str, part: str) -> Callable[..., Awaitable[object]]:
    async def load(root: strawberry.Parent[Details], info: Info) -> object:
        return getattr(await _details(root, info, part), name)

    return load


def _complete(name: str, inside: Sequence[DetailField]) -> Callable[..., Awaitable[object]]:
    """What the list row says, completed by a call when the query selects what only that call carries."""
    by_graphql_name = {graphql_name(field.name): field for field in inside}

    async def complete(root: strawberry.Parent[Details], info: Info) -> object:
        listed: msgspec.Struct | None = getattr(root, name)
        wanted = [by_graphql_name[each] for each in _names(info.selected_fields) if each in by_graphql_name]
        for part in {field.part for field in wanted if field.part is not None}:
            loaded: msgspec.Struct | None = getattr(await _details(root, info, part), name)
            if listed is None or loaded is None:
                listed = listed or loaded
            else:
                news = {field.name: getattr(loaded, field.name) for field in wanted if field.part == part}
                listed = msgspec.structs.replace(listed, **news)
        return listed

    return complete


def _names(selections: Sequence[Selection], *, depth: int = 0) -> Iterator[str]:
    """The names of the fields right below the given ones, through fragments."""
    for selection in selections:
        if isinstance(selection, SelectedField):
            if depth > 0:
                yield selection.name
            else:
                yield from _names(selection.selections, depth=1)
        else:
            yield from _names(selection.selections, depth=depth)


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
