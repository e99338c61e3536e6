"""Every place of a schema's mutations where a `Secret` can stand: found in the schema, so that a new one cannot be forgotten."""

from collections.abc import Iterator
from typing import TypeAlias

from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLSchema, get_named_type, is_list_type, is_required_input_field
from graphql.type import get_nullable_type

Place: TypeAlias = tuple[str | int, ...]
"""A mutation's name, then the path into its arguments; 0 stands for an element of a list."""

SECRET = "Secret"  # noqa: S105 - the name of the scalar
_SAMPLES: dict[str, object] = {"String": "x", "ID": "x", "Int": 1, "Float": 1.0, "Boolean": True}


def secret_places(schema: GraphQLSchema) -> list[Place]:
    """In the order of the schema."""
    mutation = schema.mutation_type
    assert mutation is not None
    return [
        (verb, name, *path)
        for verb, field in mutation.fields.items()
        for name, argument in field.args.items()
        for path in _below(argument.type, ())
    ]


def _below(type_: GraphQLInputType, above: tuple[str, ...]) -> Iterator[Place]:
    """An input is walked into once on each path."""
    named, element = get_named_type(type_), (0,) if is_list_type(get_nullable_type(type_)) else ()
    if named.name == SECRET:
        yield element
    if isinstance(named, GraphQLInputObjectType) and named.name not in above:
        for name, field in named.fields.items():
            yield from ((*element, name, *path) for path in _below(field.type, (*above, named.name)))


def planted(schema: GraphQLSchema, type_: GraphQLInputType, path: Place, secret: str, base: object = None) -> object:
    """A value with the secret at a path. The rest is as in `base`; what an input cannot be without, and has not there, is made up."""
    if not path:
        return secret
    if path[0] == 0:
        element = get_nullable_type(type_).of_type  # type: ignore[union-attr] # it is a list
        return [planted(schema, element, path[1:], secret, base[0] if isinstance(base, list) and base else None)]
    named, given = get_named_type(type_), base if isinstance(base, dict) else {}
    assert isinstance(named, GraphQLInputObjectType)
    needed = {name: _sample(field.type, secret) for name, field in named.fields.items() if is_required_input_field(field)}
    name = str(path[0])
    return {**needed, **given, name: planted(schema, named.fields[name].type, path[1:], secret, given.get(name))}


def _sample(type_: GraphQLInputType, secret: str) -> object:
    name = get_named_type(type_).name
    if is_list_type(get_nullable_type(type_)):
        return []
    return f"{secret}-beside" if name == SECRET else _SAMPLES.get(name, {})
