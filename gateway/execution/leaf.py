"""How compiled code writes the value of a scalar or enum."""

from datetime import date, datetime
from typing import NoReturn

from graphql import GraphQLBoolean, GraphQLEnumType, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLLeafType, GraphQLString, Undefined
from graphql.type.scalars import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

from gateway.execution.code import Code

PLAIN = frozenset({str, int, float, bool, dict, list, date, datetime})
"""Classes whose values are data: neither an exception nor something to be awaited."""


class OddError(Exception):
    """Something that graphql-core must judge."""


def odd() -> NoReturn:
    """Raises `OddError`; a function, so that an expression can do it."""
    raise OddError


def leaf(code: Code, type_: GraphQLLeafType, value: str) -> str:
    """The expression that writes the variable `value`, which is not None, as `type_`."""
    if type_ is GraphQLString or type_ is GraphQLID:
        return f"{value} if {value}.__class__ is str else odd()"
    if type_ is GraphQLInt:
        return f"{value} if {value}.__class__ is int and {GRAPHQL_MIN_INT} <= {value} <= {GRAPHQL_MAX_INT} else odd()"
    if type_ is GraphQLBoolean:
        return f"{value} if {value}.__class__ is bool else odd()"
    if type_ is GraphQLFloat:
        return f"{value} if {value}.__class__ is float and -1e999 < {value} < 1e999 else {code.name(_whole_number)}({value})"
    if isinstance(type_, GraphQLEnumType):
        return _enum(code, type_, value)
    result = code.variable()
    written = f"{code.name(type_.coerce_output_value)}({value}) if {value}.__class__ in {code.name(PLAIN)} else odd()"
    return f"{result} if ({result} := {written}).__class__ is str else {code.name(_not_nothing)}({result})"


def _enum(code: Code, type_: GraphQLEnumType, value: str) -> str:
    """By class and value: a mere string that equals a member is none."""
    enum = getattr(type_, "wrapped_cls", None)  # strawberry's own enum types have it
    if enum is None:
        return "odd()"
    names = {member: type_.coerce_output_value(member) for member in enum}
    return f"{code.name(names)}[{value}] if {value}.__class__ is {code.name(enum)} else odd()"


def _whole_number(value: object) -> object:
    """As a Float."""
    return GraphQLFloat.coerce_output_value(value) if value.__class__ is int else odd()


def _not_nothing(value: object) -> object:
    """What a custom scalar has made, unless it is nothing."""
    return odd() if value is None or value is Undefined else value
