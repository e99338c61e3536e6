"""How a vendor's `details.py` describes its fields, so that the GraphQL type can be made from the struct alone.

    class ExampleDetails(Details):
        '''Every field of the vendor's documented mailbox object, secrets excepted.'''

        user_id: Annotated[int | None, listed("The owner's user id.")] = None
        is_suspended: Annotated[bool | None, on_demand("Whether an operator paused it.")] = None
        imap: Annotated[ExampleImap | None, listed("The receiving half.")] = None

A `listed` field comes with the list row. An `on_demand` field costs a call of its own, so it is None in a list row, and GraphQL
loads it when a query selects it; it may stand in a struct that a listed field holds, too. `part` names the call: all fields of one
part of one mailbox come with one call, many mailboxes at once where the vendor can (`MailboxAdapter.get_details`). Part "mailbox" is the
vendor's read of one mailbox.
"""

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from gateway.domain.mailbox import Details

MAILBOX_PART = "mailbox"
_PART = "part"


def listed(description: str) -> msgspec.Meta:
    """A field that comes with every list row."""
    return msgspec.Meta(description=description)


def on_demand(description: str, *, part: str = MAILBOX_PART) -> msgspec.Meta:
    """A field that only the call named by `part` carries."""
    return msgspec.Meta(description=description, extra={_PART: part})


class DetailField(msgspec.Struct, frozen=True):
    """One field of a details struct: `annotation` without its `Annotated`, `part` None when listed."""

    name: str
    annotation: Any  # a type expression: int | None, tuple[X, ...], …
    description: str
    part: str | None


def fields_of(struct: type[msgspec.Struct]) -> tuple[DetailField, ...]:
    """The documented fields of a details struct (or of a struct nested in one), in order.

    Raises `TypeError` for a field without description.
    """
    hints = get_type_hints(struct, include_extras=True)
    return tuple(_field(struct, name, hints[name]) for name in struct.__struct_fields__ if name not in Details.__struct_fields__)


def _field(struct: type[msgspec.Struct], name: str, hint: object) -> DetailField:
    meta = next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, msgspec.Meta)), None)
    if get_origin(hint) is not Annotated or meta is None or not meta.description:
        message = f"{struct.__name__}.{name} has no description: write Annotated[…, listed('…')] or on_demand('…')."
        raise TypeError(message)
    return DetailField(name, get_args(hint)[0], meta.description, (meta.extra or {}).get(_PART))


def parts_of(struct: type[Details]) -> frozenset[str]:
    """The calls that fill this struct's `on_demand` fields, nested ones included."""
    fields = fields_of(struct)
    return frozenset(each.part for field in fields for each in (field, *on_demand_inside(field)) if each.part is not None)


def on_demand_inside(field: DetailField) -> tuple[DetailField, ...]:
    """The `on_demand` fields of the struct that a listed field holds."""
    struct = None if field.part is not None else nested_struct(field.annotation)
    return tuple(each for each in fields_of(struct) if each.part is not None) if struct else ()


def nested_struct(annotation: object) -> type[msgspec.Struct] | None:
    """The struct of a field that holds one (not a list of them), None for any other."""
    choices = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return next((each for each in choices if isinstance(each, type) and issubclass(each, msgspec.Struct)), None)
