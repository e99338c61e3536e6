"""How a vendor's `details.py` declares its writable fields that have no normalised home, so that the GraphQL input is made from it.

    class ExampleFields(VendorFields):
        '''What can be written at Example besides the normalised fields.'''

        opt_out_text: Annotated[str | None | UnsetType, writable("Shown on the unsubscribe page.")] = UNSET
        api_key: Annotated[Secret | UnsetType, writable("Its own API key.", only=Occasion.CREATE)] = UNSET

Absent is `UNSET`. None, where the annotation allows it, clears the field. Names are in snake case and, where the vendor shows the
field too, the same as in its details, so that a write whose answer was lost can be checked by reading.
"""

from enum import StrEnum
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET

_ONLY = "only"


class Occasion(StrEnum):
    """When a field can be written."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"


class VendorFields(msgspec.Struct, frozen=True, kw_only=True):
    """What can be written at one vendor only. Each vendor's `details.py` declares its own subclass."""


def writable(description: str, *, only: Occasion | None = None) -> msgspec.Meta:
    """A writable field; `only` where the vendor takes it on one occasion alone."""
    return msgspec.Meta(description=description, extra={_ONLY: only})


class WritableField(msgspec.Struct, frozen=True):
    """One field of a `VendorFields` struct: `annotation` without its `Annotated`, `only` None when it can be written always."""

    name: str
    annotation: Any  # a type expression: int | None | UnsetType, tuple[X, ...] | UnsetType, …
    description: str
    only: Occasion | None


def writable_fields_of(struct: type[msgspec.Struct]) -> tuple[WritableField, ...]:
    """The documented fields of such a struct (or of one nested in it), in order. Raises `TypeError` for a field without description."""
    hints = get_type_hints(struct, include_extras=True)
    return tuple(_field(struct, name, hints[name]) for name in struct.__struct_fields__)


def names_given(fields: VendorFields) -> tuple[str, ...]:
    """The fields that say something."""
    return tuple(name for name in fields.__struct_fields__ if getattr(fields, name) is not UNSET)


def names_out_of_place(fields: VendorFields, occasion: Occasion) -> tuple[str, ...]:
    """The fields that say something and cannot be written on this occasion."""
    only = {field.name: field.only for field in writable_fields_of(type(fields))}
    return tuple(name for name in names_given(fields) if only[name] not in (None, occasion))


def _field(struct: type[msgspec.Struct], name: str, hint: object) -> WritableField:
    meta = next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, msgspec.Meta)), None)
    if get_origin(hint) is not Annotated or meta is None or not meta.description:
        message = f"{struct.__name__}.{name} has no description: write Annotated[…, writable('…')]."
        raise TypeError(message)
    return WritableField(name, get_args(hint)[0], meta.description, (meta.extra or {}).get(_ONLY))
