"""One object type's selection as a function."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import GeneratorType
from typing import TypeAlias

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import CollectedFields, DeferUsage, FieldDetails, FieldDetailsList

from gateway.execution.answer import answer_class
from gateway.execution.code import Code
from gateway.execution.leaf import leaf, odd
from gateway.execution.marks import CLASSES, READ
from gateway.execution.plan import Plan

Members: TypeAlias = Mapping[str, str | None]
"""Expressions by response key; None for a field that is left to graphql-core."""

Collect: TypeAlias = Callable[[GraphQLObjectType, FieldDetailsList], CollectedFields]
"""graphql-core's own CollectFields, with an operation's fragments and variables."""

MAX_DEPTH = 12
MAX_FIELDS = 2_000
_DEFINITION = "strawberry-definition"
_NEVER = (BaseException, Awaitable, GeneratorType)
_LISTS = frozenset({list, tuple})


class TooMuchError(Exception):
    """Compiling this would take longer than it is worth."""


def compile_selection(schema: GraphQLSchema, collect: Collect, type_: GraphQLObjectType, details: FieldDetailsList) -> Plan | None:
    """None where nothing of it can be compiled. All `details` belong to the same part of the answer (see `@defer`)."""
    selection = _Selection(schema, collect, details[0].defer_usage)
    try:
        members = selection.members(type_, details, "source", depth=0)
        rest = frozenset(key for key, value in members.items() if value is None)
        if len(rest) == len(members) > 0:
            return None
        made = selection.open_made(members) if rest else selection.made(members)
        function = selection.code.function(selection.checked(type_, "source", made))
        return Plan(selection.code.compiled(function), rest)
    except (TooMuchError, RecursionError, MemoryError, SyntaxError):  # the last three: text too deep for Python
        return None
    except GraphQLError:  # a directive's variable is null: graphql-core says so of each object
        return None


class _Selection:
    """Writes expressions. Each method gives None for what it leaves to graphql-core."""

    def __init__(self, schema: GraphQLSchema, collect: Collect, defer_usage: DeferUsage | None) -> None:
        self.code = Code({"odd": odd, "LISTS": _LISTS})
        self._schema = schema
        self._collect = collect
        self._defer_usage = defer_usage
        self._fields = 0

    def members(self, type_: GraphQLObjectType, details: FieldDetailsList, source: str, *, depth: int) -> Members:
        """An object's response keys and how their values are read. Raises `TooMuchError`."""
        collected = self._collect(type_, details)
        self._fields += len(collected.grouped_field_set)
        if depth > MAX_DEPTH or self._fields > MAX_FIELDS:
            raise TooMuchError
        if collected.new_defer_usages:
            return dict.fromkeys(collected.grouped_field_set)
        return {key: self._field(type_, each, source, depth) for key, each in collected.grouped_field_set.items()}

    def made(self, members: Members) -> str:
        """An object of the answer, all of whose values are read."""
        return f"{self.code.name(answer_class(*members))}({', '.join(map(str, members.values()))})"

    @staticmethod
    def open_made(members: Members) -> str:
        """The same as a dict, to which values can be added: it has None in their places."""
        return f"{{{', '.join(f'{key!r}: {value}' for key, value in members.items())}}}"

    def _whole_object(self, type_: GraphQLObjectType, details: FieldDetailsList, source: str, depth: int) -> str | None:
        members = self.members(type_, details, source, depth=depth + 1)
        return None if None in members.values() else self.checked(type_, source, self.made(members))

    def checked(self, type_: GraphQLObjectType, source: str, expression: str) -> str:
        """The same if the object is of the type."""
        names = _TypeNames([type_])
        known, learn = self.code.name(names.known), self.code.name(names.learn)
        return f"{expression} if {source}.__class__ in {known} or {learn}({source}.__class__) else odd()"

    def _field(self, parent: GraphQLObjectType, details: FieldDetailsList, source: str, depth: int) -> str | None:
        node = details[0].node
        if node.name.value == "__typename":
            return repr(parent.name)
        field = self._schema.get_field(parent, node.name.value)
        if field is None or node.arguments or any(self._is_elsewhere(each) for each in details):
            return None
        value = self._read(field, source)
        return None if value is None else self._value(field.type, details, value, depth)

    def _is_elsewhere(self, details: FieldDetails) -> bool:
        """Whether it belongs to another part of the answer, or to a fragment with variables of its own."""
        return bool(details.fragment_variable_values) or details.defer_usage is not self._defer_usage

    def _read(self, field: GraphQLField, source: str) -> str | None:
        definition = field.extensions.get(_DEFINITION)
        if definition is None or definition.extensions:
            return None
        if READ in definition.metadata:
            return f"{self.code.name(definition.metadata[READ])}({source}, context)"
        is_attribute = not field.args and getattr(field.resolve, "_is_default", False) and definition.python_name.isidentifier()
        return f"{source}.{definition.python_name}" if is_attribute else None

    def _value(self, type_: GraphQLOutputType, details: FieldDetailsList, value: str, depth: int) -> str | None:
        null, type_ = ("odd()", type_.of_type) if is_non_null_type(type_) else ("None", type_)
        variable = self.code.variable()
        if is_leaf_type(type_):
            it = leaf(self.code, type_, variable)
            return f"{it.value} if ({variable} := {value}){it.check} else {null} if {variable} is None else {it.otherwise}"
        present = self._present(type_, details, variable, depth)
        return None if present is None else f"{null} if ({variable} := {value}) is None else {present}"

    def _present(self, type_: GraphQLOutputType, details: FieldDetailsList, value: str, depth: int) -> str | None:
        """Of a list or object that is not None."""
        if is_list_type(type_):
            return self._list(type_.of_type, details, value, depth)
        if is_object_type(type_):
            return self._whole_object(type_, details, value, depth)
        return self._abstract(type_, details, value, depth) if is_abstract_type(type_) else None

    def _list(self, type_: GraphQLOutputType, details: FieldDetailsList, value: str, depth: int) -> str | None:
        null, type_ = ("odd()", type_.of_type) if is_non_null_type(type_) else ("None", type_)
        item = self.code.variable()
        if is_leaf_type(type_):
            it = leaf(self.code, type_, item)
            present: str | None = f"{it.value} if {item}{it.check} else {null} if {item} is None else {it.otherwise}"
        elif is_object_type(type_):
            called = self._called(type_, details, item, depth)
            present = None if called is None else f"{null} if {item} is None else {called}"
        else:
            present = None
        return None if present is None else f"[{present} for {item} in {value}] if {value}.__class__ in LISTS else odd()"

    def _called(self, type_: GraphQLObjectType, details: FieldDetailsList, value: str, depth: int) -> str | None:
        """As `_whole_object`, in a function of its own."""
        expression = self._whole_object(type_, details, "source", depth)
        return None if expression is None else f"{self.code.function(expression)}({value}, context)"

    def _abstract(self, type_: GraphQLAbstractType, details: FieldDetailsList, value: str, depth: int) -> str | None:
        """By the object's class, where that decides."""
        possible = self._schema.get_possible_types(type_)
        if len(possible) < 2:  # noqa: PLR2004 - of one type nobody would know whether an object is of it
            return None
        functions: dict[str, str] = {}
        for each in possible:
            expression = self._whole_object(each, details, "source", depth)
            if expression is None:
                return None
            functions[each.name] = self.code.function(expression)
        names, cls = _TypeNames(possible), f"{value}.__class__"
        name = f"{self.code.name(names.known)}.get({cls}) or {self.code.name(names.learn)}({cls})"
        return f"{self.code.table(functions)}[{name}]({value}, context)"


class _TypeNames:
    """The object type of each class's objects, by name, as far as the class decides."""

    def __init__(self, possible: Sequence[GraphQLObjectType]) -> None:
        self.known: dict[type, str] = {}
        self._possible = possible

    def learn(self, cls: type) -> str:
        """Raises `OddError` for a class that does not decide."""
        names = [each.name for each in self._possible if issubclass(cls, getattr(each.is_type_of, CLASSES, ()))]
        if not names and len(self._possible) == 1 and self._possible[0].is_type_of is None:
            names = [self._possible[0].name]  # graphql-core asks no further
        if len(names) != 1 or issubclass(cls, _NEVER):
            odd()
        return self.known.setdefault(cls, names[0])
