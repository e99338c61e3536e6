"""What can be written at one vendor only: inputs made from the structs that the vendors' folders declare, as the details are.

This package never imports a vendor: `declare` is handed the registry's structs when the schema is built.
"""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import strawberry
from graphql import GraphQLOneOfDirective
from strawberry.schema_directives import OneOf

from gateway.domain.camel import camel
from gateway.domain.errors import InvalidInputError
from gateway.domain.vendor import Vendor
from gateway.domain.writable import Occasion, VendorFields, writable_fields_of

VendorFieldsInput: Any = None  # a type only once `declare` was called
"""Of all vendors' fields those of one; set by `declare`, named by the mailbox inputs through a lazy reference."""

# In every SDL that strawberry prints, without a word.
OneOf.__strawberry_directive__.description = GraphQLOneOfDirective.description  # type: ignore[attr-defined] # strawberry has put it there

_types: dict[type[msgspec.Struct], type] = {}
_WHEN = {None: "", Occasion.CREATE: "(when created) ", Occasion.UPDATE: "(when updated) "}


def declare(structs: Mapping[Vendor, type[VendorFields]]) -> None:
    """Make the GraphQL inputs of the vendors' writable fields, and the input that holds those of one of them."""
    global VendorFieldsInput  # noqa: PLW0603 - a GraphQL schema is one per process, and its types know one another by name
    namespace: dict[str, Any] = {"__annotations__": {}}
    for vendor, struct in structs.items():
        name = vendor.lower()
        namespace["__annotations__"][name] = _type_of(struct) | None
        namespace[name] = strawberry.field(default=strawberry.UNSET, description=f"For a mailbox at {vendor.own_name}.")
    made = type("VendorFieldsInput", (), namespace)
    VendorFieldsInput = strawberry.input(
        made, one_of=True, description="What the mailbox's vendor, and no other, has: exactly one of these."
    )


def vendor_fields(given: Any, vendor: Vendor, structs: Mapping[Vendor, type[VendorFields]]) -> VendorFields | None:  # noqa: ANN401 - a type made at run time
    """The fields of this vendor out of an input. Raises `InvalidInputError` when they are those of another one."""
    if not given or given is strawberry.UNSET:
        return None
    chosen = next(name for name in given.__annotations__ if getattr(given, name) not in (None, strawberry.UNSET))
    if chosen != vendor.lower():
        message = f"This mailbox is at {vendor.own_name}: give `{vendor.lower()}` here, or nothing."
        raise InvalidInputError(message, field=("vendor", chosen))
    fields: VendorFields = _struct_from(getattr(given, chosen), structs[vendor], ("vendor", chosen))
    return fields


def _type_of(struct: type[msgspec.Struct]) -> type:
    """The GraphQL input of a struct, made once; nested structs get theirs."""
    if struct not in _types:
        namespace: dict[str, Any] = {"__annotations__": {}}
        required = {each.name for each in msgspec.structs.fields(struct) if each.required}
        for field in writable_fields_of(struct):
            annotation, description = _annotation(field.annotation), _WHEN[field.only] + field.description
            is_required = field.name in required
            namespace["__annotations__"][field.name] = annotation if is_required else annotation | None
            namespace[field.name] = strawberry.field(description=description) if is_required else _optional(description)
        made = type(f"{struct.__name__}Input", (), namespace)
        _types[struct] = strawberry.input(made, description=(struct.__doc__ or "").strip().partition("\n")[0] or None)
    return _types[struct]


def _optional(description: str) -> Any:  # noqa: ANN401 - strawberry's own type for it
    return strawberry.field(default=strawberry.UNSET, description=description)


def _annotation(annotation: Any) -> Any:  # noqa: ANN401 - a type expression
    """A struct's annotation as strawberry reads it: tuples are lists, structs are their inputs, and what may be absent may be null."""
    origin, choices = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotation(choices[0])
    if origin in (Union, UnionType):
        kept = [choice for choice in choices if choice not in (NoneType, msgspec.UnsetType)]
        return reduce(or_, (_annotation(choice) for choice in kept))
    if origin in (tuple, list):
        return list[_annotation(choices[0])]  # type: ignore[misc] # made at run time
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return _type_of(annotation)
    return annotation


def _struct_from(given: Any, struct: type[msgspec.Struct], path: tuple[str, ...]) -> Any:  # noqa: ANN401 - both made at run time
    """An input as the struct that it was made from; absent stays absent. Raises `InvalidInputError` for a null that cannot be said."""
    values: dict[str, object] = {}
    for field in writable_fields_of(struct):
        value = getattr(given, field.name)
        if value is strawberry.UNSET:
            continue
        if value is None and NoneType not in get_args(field.annotation):
            message = f"`{camel(field.name)}` cannot be cleared: leave it out, or give a value."
            raise InvalidInputError(message, field=(*path, camel(field.name)))
        values[field.name] = _value(value, field.annotation, (*path, camel(field.name)))
    return struct(**values)


def _value(value: Any, annotation: Any, path: tuple[str, ...]) -> object:  # noqa: ANN401 - as above
    choices = get_args(annotation)
    nested = next((each for each in (annotation, *choices) if isinstance(each, type) and issubclass(each, msgspec.Struct)), None)
    if value is not None and nested is not None:
        return _struct_from(value, nested, path)
    return tuple(value) if isinstance(value, list) else value
