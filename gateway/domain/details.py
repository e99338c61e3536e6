"""How a vendor's `details.py` describes its fields, so that the GraphQL type can be made from the struct alone.

    class ExampleDetails(Details):
        '''Every field of the vendor's documented mailbox object, secrets excepted.'''

        user_id: Annotated[int | None, listed("The owner's user id.")] = None
        is_suspended: Annotated[bool | None, on_demand("Whether an operator paused it.")] = None
        imap: Annotated[ExampleImap | None, listed("The receiving half.")] = None

A `listed` field comes with the list row. An `on_demand` field costs a call of its own, so it is None in a list row, and GraphQL
loads it when a query selects it. `part` names the call: all fields of one part of one mailbox come with one call, many mailboxes at
once where the vendor can (`MailboxAdapter.get_details`). Part "mailbox" is the vendor's read of one mailbox.
"""

from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from gateway.domain.mailbox import Details

MAILBOX_PART = "mailbox"
_PART = "part"


def listed(description: str, *, name: str | None = None) -> msgspec.Meta:
    """A field that comes with every list row. `name` is its GraphQL name where camel case of the attribute would not do."""
    return msgspec.Meta(description=description, extra={"name": name} if name else None)


def on_demand(description: str, *, part: str = MAILBOX_PART, name: str | None = None) -> msgspec.Meta:
    """A field that only the call named by `part` carries."""
    extra: dict[str, str] = {_PART: part}
    if name:
        extra["name"] = name
    return msgspec.Meta(description=description, extra=extra)


class DetailField(msgspec.Struct, frozen=True):
    """One field of a details struct: `annotation` without its `Annotated`, `part` None when listed."""

    name: str
    annotation: Any  # a type expression: int | None, tuple[X, ...], …
    description: str
    part: str | None
    graphql_name: str | None


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
    extra = meta.extra or {}
    return DetailField(name, get_args(hint)[0], meta.description, extra.get(_PART), extra.get("name"))


def parts_of(struct: type[Details]) -> frozenset[str]:
    """The calls that fill this struct's `on_demand` fields."""
    return frozenset(field.part for field in fields_of(struct) if field.part is not None)


def merge(row: Details, loaded: Details, part: str) -> Details:
    """`row` with the fields of one part taken from `loaded`."""
    names = [field.name for field in fields_of(type(row)) if field.part == part]
    return msgspec.structs.replace(row, **{name: getattr(loaded, name) for name in names})
