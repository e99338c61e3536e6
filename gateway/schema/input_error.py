"""What graphql-core says about input that does not fit, with the input taken out of it.

Its messages quote the whole value that they are about, and with it the passwords inside. Kept are the argument or variable, the path,
the type and the reason; the client knows what it sent. What is not recognised is left out, so that a change of wording leaks nothing.
"""

import re

from graphql import GraphQLError, GraphQLSyntaxError, ObjectFieldNode, ValueNode

_PLACE = re.compile(
    r"((?:Variable '\$\w+'(?: defined by fragment '\w+')?|Argument '\w+') has invalid (?:default )?value(?: at [\w.\[\]]+)?): "
)
_TYPE = r"'[\w\[\]!]+'"
_REASON = re.compile(
    "|".join(
        (
            rf"Expected a value of non-null type {_TYPE} to be provided",
            rf"Expected value of non-null type {_TYPE} not to be None",
            rf"Expected value of type {_TYPE} to be an object",
            rf"Expected value of type {_TYPE} to include required field '\w+'",
            rf"Expected value of type {_TYPE} not to include unknown field(?: '\w{{1,64}}')?",
            rf"Expected value of type {_TYPE}",
            rf"Expected variable '\$\w+' provided to (?:non-null )?type {_TYPE} (?:not to be None|to provide a runtime value)",
            rf"Expected variable '\$\w+' provided to field '\w+' for OneOf Input Object type {_TYPE}",
            rf"Within OneOf Input Object type {_TYPE}, exactly one field must be specified, and the value for that field must be non-null",
            r"(?:Int|Float|String|Boolean|ID) cannot represent (?:a )?(?:value|non[ -][\w -]*?value)",
            r"Enum '\w+' cannot represent non-(?:string|enum) value",
        )
    )
)
_ENUM_VALUE = re.compile(r"Value '.*' does not exist in ('\w+') enum\.(.*)", re.DOTALL)
_SUGGESTION = re.compile(r"\. (Did you mean '\w+'(?:(?:, '\w+')*,? or '\w+')?\?)")
_TOKEN = re.compile(r"\b(String|BlockString|Int|Float) '.*'", re.DOTALL)


def without_input(error: GraphQLError, reason: str | None = None) -> str:
    """The error's message without any value of the caller's. `reason` is what a scalar of our own says."""
    if isinstance(error, GraphQLSyntaxError):
        return _TOKEN.sub(r"\1", error.message)
    place = _PLACE.match(error.message)
    if place is not None:
        return f"{place[1]}: {reason or _reason(error.message[place.end() :])}"
    if error.nodes and isinstance(error.nodes[0], ValueNode | ObjectFieldNode):
        return reason or _reason(error.message)
    return error.message


def is_about_a_variable(error: GraphQLError) -> bool:
    """Whether the document is fine, and a value that came with it is not."""
    return _PLACE.match(error.message) is not None


def _reason(message: str) -> str:
    enum = _ENUM_VALUE.fullmatch(message)
    if enum is not None:
        return f"The value does not exist in {enum[1]} enum.{enum[2]}"
    known = _REASON.match(message)
    if known is None:
        return "The value does not fit its type."
    suggestion = _SUGGESTION.match(message, known.end())
    return f"{known[0]}.{f' {suggestion[1]}' if suggestion else ''}"
