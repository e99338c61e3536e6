"""A body `{rules, folders}`, read twice: forgivingly, to be shown, and each rule exactly, to be written back."""

from collections.abc import Sequence

import msgspec

from gateway.domain.rule import Json
from gateway.transport.decode import DecodeError, decode_object, decode_rows
from gateway.vendors.shipmail.wire import FolderRow, RuleRow, RulesAnswer

RawObject = dict[str, Json]
_exact_decoder = msgspec.json.Decoder(dict[str, object])
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class RuleFound(msgspec.Struct, frozen=True):
    """One rule: its known fields, and the whole of it, {} where some of its JSON cannot be kept (a number too large, half a character)."""

    row: RuleRow
    raw: RawObject


class RulesFound(msgspec.Struct, frozen=True):
    """All rules. `folders` is None when that list cannot be read; `is_whole` when no rule, and nothing of one, would be lost by writing."""

    rules: Sequence[RuleFound]
    folders: Sequence[FolderRow] | None
    is_whole: bool


def rules_found(body: bytes) -> RulesFound:
    """The rules of an answer; those that are no objects with an id are left out. Raises `DecodeError` when nothing can be read."""
    answer = decode_object(body, RulesAnswer)
    elements = _elements(answer.rules)
    found = [each for element in elements if (each := _rule(element, body)) is not None]
    if elements and not found:
        message = "none of the rules is what was promised"
        raise DecodeError(message)
    is_whole = len(found) == len(elements) and all(each.raw for each in found)
    return RulesFound(found, _folders(answer), is_whole)


def _elements(rules: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return msgspec.json.decode(rules, type=list[msgspec.Raw])
    except _UNREADABLE:
        message = "a list of rules was promised, something else came"
        raise DecodeError(message) from None


def _rule(element: msgspec.Raw, body: bytes) -> RuleFound | None:
    try:
        row = decode_object(element, RuleRow)
    except DecodeError:
        return None
    if bytes(element) not in body:  # `decode_object` has mended half a character somewhere in it
        return RuleFound(row, {})
    try:
        return RuleFound(row, _exact_decoder.decode(element))  # type: ignore[arg-type] # any JSON object is a `RawObject`
    except _UNREADABLE:
        return RuleFound(row, {})


def _folders(answer: RulesAnswer) -> list[FolderRow] | None:
    try:
        return decode_rows(answer.folders, FolderRow)
    except DecodeError:
        return None
