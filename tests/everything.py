"""Queries that select everything a schema has: one document per field of the root, made from the schema itself.

A type is walked into once on each path. Where it comes again below itself (`siblings` of a mailbox, the account of a source), only its
fields without sub-fields are taken, so that the documents end and every field of every type is in one of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
)

from gateway.domain.request_limits import RequestLimits

UNLIMITED = RequestLimits(
    max_tokens=10**6, max_depth=10**3, max_selections=10**6, max_aliases=10**6, max_root_fields=10**6, max_cost=10**12, rate=None
)
"""For documents that no client would send."""
Arguments = Mapping[str, str | None]
"""What stands in the brackets behind a field, by coordinate: `{"Mailbox.messages": "first: 3"}`; None leaves the arguments out."""


@dataclass(frozen=True)
class Everything:
    """`documents` by root field; `covered` are the coordinates (`Mailbox.id`) that they select, `left_out` those that lack an argument."""

    documents: Mapping[str, str]
    covered: frozenset[str]
    left_out: frozenset[str]


def everything(schema: GraphQLSchema, arguments: Arguments | None = None) -> Everything:
    """All that can be queried. A field with a required argument that `arguments` does not give is left out, and said to be."""
    root = schema.query_type
    assert root is not None
    walk = _Walk(schema, arguments or {})
    documents = {}
    for name, each in root.fields.items():
        selected = walk.field(root, name, each, (root,), prefix="")
        if selected is not None:
            documents[name] = f"{{ {selected} }}"
    return Everything(documents, frozenset(walk.covered), frozenset(walk.left_out))


def reachable(schema: GraphQLSchema) -> frozenset[str]:
    """The coordinates of all fields of all types that a query can reach, interfaces' own not counted: their objects' are."""
    found: dict[str, GraphQLNamedType] = {}
    waiting: list[GraphQLNamedType] = [schema.query_type] if schema.query_type else []
    while waiting:
        each = waiting.pop()
        if each.name in found or not is_composite_type(each):
            continue
        found[each.name] = each
        if isinstance(each, GraphQLInterfaceType | GraphQLUnionType):
            waiting += schema.get_possible_types(each)
        else:
            waiting += [get_named_type(its.type) for its in _fields(each).values()]
    return frozenset(f"{each.name}.{name}" for each in found.values() if isinstance(each, GraphQLObjectType) for name in each.fields)


def _fields(type_: GraphQLNamedType) -> Mapping[str, GraphQLField]:
    return type_.fields if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) else {}


@dataclass
class _Walk:
    schema: GraphQLSchema
    arguments: Arguments
    covered: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)

    def field(
        self, owner: GraphQLNamedType, name: str, each: GraphQLField, path: tuple[GraphQLNamedType, ...], *, prefix: str
    ) -> str | None:
        """One field with all below it; None when it cannot be selected here. `prefix` keeps the fields of a union's types apart."""
        coordinate = f"{owner.name}.{name}"
        given = self.arguments.get(coordinate)
        if given is None and any(is_required_argument(argument) for argument in each.args.values()):
            self.left_out.add(coordinate)
            return None
        selection = self.selection(get_named_type(each.type), path)
        if selection is None:
            return None
        self.covered.add(coordinate)
        called = f"{prefix}_{name}: {name}" if prefix else name
        return f"{called}{f'({given})' if given else ''}{selection}"

    def selection(self, type_: GraphQLNamedType, path: tuple[GraphQLNamedType, ...]) -> str | None:
        """What stands in the braces behind a field of this type: "" for a scalar, None when there is nothing to take."""
        if not is_composite_type(type_):
            return ""
        parts = ["__typename"]
        if is_abstract_type(type_):
            for each in self.schema.get_possible_types(type_):
                inner = " ".join(self._inside(each, path, prefix=each.name))
                parts += [f"... on {each.name} {{ {inner} }}"] if inner else []
        else:
            parts += self._inside(type_, path, prefix="")
        return f" {{ {' '.join(parts)} }}" if len(parts) > 1 else None

    def _inside(self, type_: GraphQLNamedType, path: tuple[GraphQLNamedType, ...], *, prefix: str) -> Iterator[str]:
        comes_again = type_ in path
        for name, each in _fields(type_).items():
            if comes_again and is_composite_type(get_named_type(each.type)):
                continue
            selected = self.field(type_, name, each, (*path, type_), prefix=prefix)
            if selected is not None:
                yield selected
