"""JSON bytes into typed wire structs, forgiving to the single field and strict to the whole.

A vendor's nonsense in one field costs that field (it becomes the struct's default), never the row; a row that is no object costs that row,
never the list; a body that is no JSON, nested without end, or not of the promised shape, is a `DecodeError`.

The common case is one typed pass (msgspec, about 0.15 ms per 110 KB). Only a body that fails it is walked, member by member, and each
member stays JSON until it is its turn: a number of a thousand digits or half a surrogate pair is nobody's trouble but its own.
Wire structs declare what we want to read and nothing else, each field with a default, so secrets in a row are never even decoded.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from gateway.domain.turn import in_turn, map_in_turns

T = TypeVar("T", bound=msgspec.Struct)
M = TypeVar("M")
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NUMBER = msgspec.json.Decoder(int | float)
MOST_BYTES_AT_ONCE = 1024 * 1024
"""They take about 2 ms, or 6 where a row is odd."""
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# Matches every escape, so that `\\\\ud800` is read as a backslash and five letters; the group is half a surrogate pair alone.
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL)


class DecodeError(Exception):
    """The body is not the JSON that was promised. The text names the shape, never the content."""


def decode_object(body: bytes | msgspec.Raw, struct: type[T]) -> T:
    """A JSON object as `struct`. Raises `DecodeError` for anything but an object."""
    try:
        return _object(body, struct)
    except RecursionError:
        message = "the body is nested too deeply"
        raise DecodeError(message) from None


def decode_rows(body: bytes | msgspec.Raw, struct: type[T]) -> list[T]:
    """A JSON array of objects as `struct`s; elements that are no objects are dropped.

    Raises `DecodeError` for anything but an array, and for an array of nothing but such elements: that is no empty list.
    """
    try:
        rows: list[T] = _decoder(list[struct]).decode(body)  # type: ignore[valid-type] # msgspec takes a type made at run time
    except _UNREADABLE:
        return _objects([*_each(_split(body, _ELEMENTS, "array"), struct)])
    return rows


async def decode_many_rows(body: bytes | msgspec.Raw, struct: type[T]) -> list[T]:
    """As `decode_rows`, in turns where it would take long: for arrays of thousands."""
    if memoryview(body).nbytes <= MOST_BYTES_AT_ONCE:
        return await in_turn(lambda: decode_rows(body, struct))
    elements = await in_turn(lambda: _split(body, _ELEMENTS, "array"))
    return _objects(await map_in_turns(lambda raw: _object_or_none(raw, struct), elements))


def count_elements(body: bytes | msgspec.Raw) -> int:
    """How many elements a JSON array has, of whatever kind. Raises `DecodeError` for anything but an array."""
    return len(_split(body, _ELEMENTS, "array"))


def _objects(found: list[T | None]) -> list[T]:
    """Without the elements that were no objects. Raises `DecodeError` when there was nothing else."""
    rows = [row for row in found if row is not None]
    if found and not rows:
        message = "none of the array's elements is what was promised"
        raise DecodeError(message)
    return rows


def _each(elements: list[msgspec.Raw], struct: type[T]) -> Iterator[T | None]:
    decode = _decoder(struct).decode
    for raw in elements:
        try:
            yield decode(raw)
        except _UNREADABLE:
            yield _object_or_none(raw, struct)


def _object_or_none(raw: msgspec.Raw, struct: type[T]) -> T | None:
    try:
        return decode_object(raw, struct)
    except DecodeError:
        return None


def _split(body: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[M], shape: str) -> M:
    """The members of an object or the elements of an array, each still JSON. Raises `DecodeError` for anything else."""
    try:
        try:
            return decoder.decode(body)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            return decoder.decode(_ESCAPE.sub(_whole_character, bytes(body)))
    except msgspec.ValidationError:
        message = f"a JSON {shape} was promised, something else came"
    except _UNREADABLE:
        message = "the body is not JSON"
    raise DecodeError(message)


def _whole_character(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape[1] else escape[0]


def _object(body: bytes | msgspec.Raw, struct: type[T]) -> T:
    try:
        read: T = _decoder(struct).decode(body)
    except _UNREADABLE:
        return _struct_from(_split(body, _MEMBERS, "object"), struct)
    return read


def _struct_from(members: dict[str, msgspec.Raw], struct: type[T]) -> T:
    """Field by field: what does not fit keeps the struct's default."""
    fields: dict[str, object] = {}
    for name, wire_name, decode, hint in _fields(struct):
        raw = members.get(wire_name)
        if raw is None:
            continue
        try:
            fields[name] = decode(raw)
        except _UNREADABLE:
            fitted = _fit_forgiving(raw, hint)
            if fitted is not msgspec.UNSET:
                fields[name] = fitted
    try:
        return struct(**fields)
    except TypeError:
        message = "an object lacks what identifies it"
        raise DecodeError(message) from None


@cache
def _fields(struct: type[msgspec.Struct]) -> Sequence[tuple[str, str, Callable[[msgspec.Raw], object], Any]]:
    """Of each field its name, its name on the wire, what decodes it, and its type."""
    hints = get_type_hints(struct)
    names = zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True)
    return [(name, wire_name, _decoder(hints[name]).decode, hints[name]) for name, wire_name in names]


@cache
def _decoder(hint: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a type expression
    """Made once: wire structs and the types in them are all there is."""
    return msgspec.json.Decoder(hint, strict=False)


def _fit(raw: msgspec.Raw, hint: Any) -> object:  # noqa: ANN401 - a type expression
    """A JSON value as `hint`, or UNSET."""
    try:
        return _decoder(hint).decode(raw)
    except _UNREADABLE:
        return _fit_forgiving(raw, hint)


def _fit_forgiving(raw: msgspec.Raw, hint: Any) -> object:  # noqa: ANN401 - as above
    try:
        return _fit_in_part(raw, hint)
    except (DecodeError, *_UNREADABLE):
        return msgspec.UNSET


def _fit_in_part(raw: msgspec.Raw, hint: Any) -> object:  # noqa: ANN401 - as above
    """What of a JSON value fits `hint`; UNSET for nothing. Raises what decoding raises."""
    origin, choices = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        candidates = (_fit(raw, choice) for choice in choices if choice not in (type(None), msgspec.UnsetType))
        return next((each for each in candidates if each is not msgspec.UNSET), msgspec.UNSET)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _object(raw, hint)
    if origin in (list, tuple):
        elements = (_fit(each, choices[0]) for each in _split(raw, _ELEMENTS, "array"))
        return origin(each for each in elements if each is not msgspec.UNSET)
    if origin is dict:
        values = {key: _fit(each, choices[1]) for key, each in _split(raw, _MEMBERS, "object").items()}
        return {key: each for key, each in values.items() if each is not msgspec.UNSET}
    return str(_NUMBER.decode(raw)) if hint is str else msgspec.UNSET
