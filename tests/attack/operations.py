"""Operations on every field of a schema's roots, with variables of all its arguments: right values, wrong ones, and ones that hurt."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_required_argument,
)

from tests.attack.attack import NOT_PYTHON, Raw
from tests.leaks import MARK

Value: TypeAlias = object
DEEPEST_INPUT = 3
DEEPEST_SELECTION = 2
LONG = 100_000

_TEXTS: Sequence[str] = (
    *("", " ", "\0", "a\0b", "\r\nX-Injected: 1", "\u202egpj.exe", "\ufeff", "\ud800", "a\udfffb", "İ", "ß" * 50, "😀" * 200),
    *("../../etc/passwd", "%2e%2e/", "${jndi:ldap://x}", "{{7*7}}", "' OR 1=1 --", "<script>alert(1)</script>", "x" * LONG, "\n" * LONG),
    *(
        "2026-11-31T00:00:00Z",
        "0000-00-00",
        "9999-12-31T23:59:60+99:99",
        "-1",
        "1e999",
        "NaN",
        "null",
        "true",
        "a@b",
        "@",
        "a@" + "b." * 100,
    ),
)
_OTHERS: Sequence[Value] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    -(2**31) - 1,
    2**53,
    2**64,
    10**400,
    0.1,
    -0.0,
    1e308,
    [],
    [None],
    [[]],
    [[[1]]],
    {},
    {"": None},
)


@dataclass(frozen=True)
class Pool:
    """Real things to ask about."""

    ids: Sequence[str]
    cursors: Sequence[str]
    accounts: Sequence[str]


@dataclass(frozen=True)
class Operation:
    """A document, and its variables by name; what is no Python object stands in there as `Raw`."""

    query: str
    variables: dict[str, Value]


@dataclass
class Operations:
    """Makes them at random. `hostility` is how likely each value is to be a wrong one."""

    schema: GraphQLSchema
    pool: Pool
    random: Random
    hostility: float = 0.15

    def make(self, kind: str | None = None) -> Operation:
        """`kind` is query, mutation or subscription; by default one of the first two."""
        kind = kind or self.random.choice(("query", "mutation"))
        root = {"query": self.schema.query_type, "mutation": self.schema.mutation_type, "subscription": self.schema.subscription_type}[kind]
        assert root is not None
        name, field = self.random.choice(sorted(root.fields.items()))
        given = [(name, argument) for name, argument in field.args.items() if is_required_argument(argument) or self.random.random() < 0.6]
        variables = {name: self.value(argument.type) for name, argument in given}
        selected = f"{name}{self._arguments(given, variables)}{self.selection(field)}"
        declared = ", ".join(f"${name}: {argument.type}" for name, argument in given if name in variables)
        return Operation(f"{kind} Q{f'({declared})' if declared else ''} {{ {selected} }}", variables)

    def _arguments(self, given: Sequence[tuple[str, object]], variables: dict[str, Value]) -> str:
        """Some stand in the document itself, and are no variables then."""
        parts = []
        for name, _ in given:
            literal = _literal(variables[name]) if self.random.random() < 0.2 else None
            if literal is not None:
                del variables[name]
            parts.append(f"{name}: {literal or f'${name}'}")
        return f"({', '.join(parts)})" if parts else ""

    def selection(self, field: GraphQLField, depth: int = 0) -> str:
        """All that needs no argument, a little way down."""
        named = get_named_type(field.type)
        return "" if is_leaf_type(named) else f" {{ {self._fields(named, depth)} }}"

    def _fields(self, type_: GraphQLNamedType, depth: int) -> str:
        if is_abstract_type(type_):
            types = self.schema.get_possible_types(type_)
            return " ".join(["__typename", *(f"... on {each.name} {{ __typename }}" for each in types)])
        assert is_object_type(type_)
        return " ".join(["__typename", *(self._field(name, each, depth) for name, each in self._some(type_))])

    def _some(self, type_: GraphQLObjectType) -> Sequence[tuple[str, GraphQLField]]:
        free = [(name, each) for name, each in type_.fields.items() if not any(is_required_argument(it) for it in each.args.values())]
        return self.random.sample(free, min(len(free), 6))

    def _field(self, name: str, field: GraphQLField, depth: int) -> str:
        if is_leaf_type(get_named_type(field.type)):
            return name
        return "" if depth >= DEEPEST_SELECTION else f"{name}{self.selection(field, depth + 1)}"

    def value(self, type_: GraphQLInputType, depth: int = 0) -> Value:
        """A value of that type, as a rule."""
        if self.random.random() < self.hostility:
            return self.random.choice((*_TEXTS, *_OTHERS, *NOT_PYTHON))
        if is_non_null_type(type_):
            return self.value(type_.of_type, depth)
        if is_list_type(type_):
            size = self.random.choice((0, 1, 1, 2, 3, 300)) if depth < DEEPEST_INPUT else 0
            return (
                [self.value(type_.of_type, depth + 1)] * size if size > 9 else [self.value(type_.of_type, depth + 1) for _ in range(size)]
            )
        if is_input_object_type(type_):
            return self._object(type_, depth)
        return self._leaf(type_)

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> dict[str, Value]:
        chance = 0.0 if depth >= DEEPEST_INPUT else 3 / len(type_.fields)
        names = [name for name, each in type_.fields.items() if is_required_argument(each) or self.random.random() < chance]
        if type_.is_one_of:
            names = [self.random.choice(sorted(type_.fields))]
        return {name: self.value(type_.fields[name].type, depth + 1) for name in names}

    def _leaf(self, type_: GraphQLInputType) -> Value:
        random = self.random
        if is_enum_type(type_):
            return random.choice(sorted(_members(type_)))
        assert isinstance(type_, GraphQLNamedType)
        return random.choice(
            {
                "ID": (*self.pool.ids, tampered(random, random.choice(self.pool.ids))),
                "String": (*self.pool.accounts, *self.pool.cursors, "x", tampered(random, random.choice(self.pool.cursors))),
                "Int": (0, 1, 2, 50, 500),
                "Float": (0.0, 0.5, 100),
                "Boolean": (True, False),
                "Secret": (f"{MARK}-typed-{random.randrange(10**6)}",),
                "EmailAddress": (f"x{random.randrange(1000)}@fuzz.example", "x@y.example"),
                "DateTime": ("2026-11-20T09:30:00Z", "2020-01-01T00:00:00+02:00"),
            }.get(type_.name, ("x",))
        )


def tampered(random: Random, text: str) -> str:
    """An id or a cursor that somebody changed a little."""
    at = random.randrange(len(text) + 1)
    junk = random.choice(("", "A", "_", "=", "/", "+", "\0", "é", "\ud800", "A" * 4096, text, text[::-1]))
    return text[:at] + junk + text[at + random.randrange(3) :]


def _members(type_: GraphQLEnumType) -> Sequence[str]:
    return list(type_.values)


def _literal(value: Value) -> str | None:
    """A value as GraphQL writes it in a document; None where it has no word for it."""
    if isinstance(value, Raw):
        text = value.json.decode("utf-8", "ignore")
        return text if text.lstrip("-")[:1] in ("9", "1", "0", "[", "N", "I", '"') else None
    if isinstance(value, list):
        inner = [_literal(each) for each in value]
        return None if None in inner else f"[{', '.join(map(str, inner))}]"
    if isinstance(value, dict):
        named = {name: _literal(each) for name, each in value.items()}
        return None if None in named.values() or not all(map(str.isidentifier, named)) else _braces(named)
    return json.dumps(value)


def _braces(named: dict[str, str | None]) -> str:
    return f"{{{', '.join(f'{name}: {literal}' for name, literal in named.items())}}}"
