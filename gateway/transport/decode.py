"""JSON bytes into typed wire structs, forgiving to the single field and strict to the whole.

A vendor's nonsense in one field costs that field (it becomes the struct's default), never the row; a row that is no object costs that row,
never the list; a body that is no JSON, or not of the promised shape, is a `DecodeError`.

The common case is one typed pass (msgspec, about 0.15 ms per 110 KB). Only a body that fails it is walked field by field.
Wire structs declare what we want to read and nothing else, each field with a default, so secrets in a row are never even decoded.
"""

from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder()


class DecodeError(Exception):
    """The body is not the JSON that was promised. The text names the shape, never the content."""


def decode_object(body: bytes | msgspec.Raw, struct: type[T]) -> T:
    """A JSON object as `struct`. Raises `DecodeError` for anything but an object."""
    try:
        return msgspec.json.decode(body, type=struct, strict=False)
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = "the body is not JSON"
        raise DecodeError(message) from None
    value = _parse(body)
    if not isinstance(value, dict):
        message = "a JSON object was promised, something else came"
        raise DecodeError(message)
    return _struct_from(value, struct)


def decode_rows(body: bytes | msgspec.Raw, struct: type[T]) -> list[T]:
    """A JSON array of objects as `struct`s; elements that are no objects are dropped. Raises `DecodeError` for anything but an array."""
    try:
        return msgspec.json.decode(body, type=list[struct], strict=False)  # type: ignore[valid-type] # msgspec takes a type made at run time
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = "the body is not JSON"
        raise DecodeError(message) from None
    try:
        raws = _ROWS.decode(body)
    except (msgspec.DecodeError, RecursionError):
        message = "a JSON array was promised, something else came"
        raise DecodeError(message) from None
    rows = []
    for raw in raws:
        try:
            rows.append(decode_object(raw, struct))
        except DecodeError:
            continue
    return rows


def _parse(body: bytes | msgspec.Raw) -> object:
    try:
        return _ANY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = "the body is not JSON"
        raise DecodeError(message) from None


def _struct_from(value: dict[str, object], struct: type[T]) -> T:
    """Field by field: what does not fit keeps the struct's default."""
    hints = get_type_hints(struct)
    fields: dict[str, object] = {}
    for name, wire_name in zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True):
        if wire_name not in value:
            continue
        fitted = _fit(value[wire_name], hints[name])
        if fitted is not msgspec.UNSET:
            fields[name] = fitted
    try:
        return struct(**fields)
    except TypeError:
        message = "an object lacks what identifies it"
        raise DecodeError(message) from None


def _fit(value: object, hint: Any) -> object:  # noqa: ANN401, PLR0911 - a type expression; one return per shape reads best
    """`value` as `hint`, or UNSET."""
    if hint is msgspec.Raw:  # what came is passed on as JSON
        return msgspec.Raw(msgspec.json.encode(value))
    try:
        return msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError:
        pass
    origin, choices = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        candidates = (_fit(value, choice) for choice in choices if choice is not type(None))
        return next((each for each in candidates if each is not msgspec.UNSET), msgspec.UNSET)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct) and isinstance(value, dict):
        try:
            return _struct_from(value, hint)
        except DecodeError:
            return msgspec.UNSET
    if origin in (list, tuple) and isinstance(value, list):
        elements = [fitted for each in value if (fitted := _fit(each, choices[0])) is not msgspec.UNSET]
        return origin(elements)
    if origin is dict and isinstance(value, dict):
        return {str(key): fitted for key, each in value.items() if (fitted := _fit(each, choices[1])) is not msgspec.UNSET}
    if hint is str and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return msgspec.UNSET
