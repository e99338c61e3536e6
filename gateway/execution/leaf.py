"""How compiled code writes the value of a scalar or enum."""

from datetime import date, datetime
from typing import NamedTuple, NoReturn

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


class Leaf(NamedTuple):
    """Three expressions: a value is written as `value` if it passes `check` (the end of an expression that begins with it).

    `otherwise` is for one that does not, and is not None.
    """

    check: str
    value: str
    otherwise: str = "odd()"


def leaf(code: Code, type_: GraphQLLeafType, variable: str) -> Leaf:
    """How the value of a variable is written as `type_`."""
    if type_ is GraphQLString or type_ is GraphQLID:
        return Leaf(".__class__ is str", variable)
    if type_ is GraphQLInt:
        return Leaf(f".__class__ is int and {GRAPHQL_MIN_INT} <= {variable} <= {GRAPHQL_MAX_INT}", variable)
    if type_ is GraphQLBoolean:
        return Leaf(".__class__ is bool", variable)
    if type_ is GraphQLFloat:
        return Leaf(f".__class__ is float and -1e999 < {variable} < 1e999", variable, f"{code.name(_whole_number)}({variable})")
    if isinstance(type_, GraphQLEnumType):
        return _enum(code, type_, variable)
    result = code.variable()
    written = f"({result} := {code.name(type_.coerce_output_value)}({variable}))"
    return Leaf(f".__class__ in {code.name(PLAIN)}", f"({result} if {written}.__class__ is str else {code.name(_not_nothing)}({result}))")


def _enum(code: Code, type_: GraphQLEnumType, variable: str) -> Leaf:
    """By class and value: a mere string that equals a member is none."""
    enum = getattr(type_, "wrapped_cls", ())  # strawberry's own enum types have it
    names = {member: type_.coerce_output_value(member) for member in enum}
    return Leaf(f".__class__ is {code.name(enum)}", f"{code.name(names)}[{variable}]")


def _whole_number(value: object) -> object:
    """As a Float."""
    return GraphQLFloat.coerce_output_value(value) if value.__class__ is int else odd()


def _not_nothing(value: object) -> object:
    """What a custom scalar has made, unless it is nothing."""
    return odd() if value is None or value is Undefined else value
