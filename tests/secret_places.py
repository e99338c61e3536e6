"""Every place of a schema's mutations where a `Secret` can stand: found in the schema, so that a new one cannot be forgotten."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_required_input_field,
)

Path: TypeAlias = tuple[str | int, ...]
SECRET = "Secret"
_SAMPLES: Mapping[str, object] = {"String": "x", "ID": "x", "Int": 1, "Float": 1.0, "Boolean": True}


class Place(NamedTuple):
    """An argument of a mutation, and the path into it; 0 stands for an element of a list."""

    verb: str
    argument: str
    path: Path

    def __str__(self) -> str:
        return ".".join(map(str, (self.verb, self.argument, *self.path)))


def secret_places(schema: GraphQLSchema) -> list[Place]:
    """In the order of the schema."""
    return input_places(schema, SECRET)


def input_places(schema: GraphQLSchema, scalar: str) -> list[Place]:
    """The same for another scalar."""
    mutation = schema.mutation_type
    assert mutation is not None
    return [
        Place(verb, name, path)
        for verb, field in mutation.fields.items()
        for name, argument in field.args.items()
        for path in _below(argument.type, (), scalar)
    ]


def planted(schema: GraphQLSchema, place: Place, secret: str, arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments with the secret at that place. What an input cannot be without, and has not in them, is made up."""
    assert schema.mutation_type is not None
    type_ = schema.mutation_type.fields[place.verb].args[place.argument].type
    return {**arguments, place.argument: _planted(type_, place.path, secret, arguments.get(place.argument))}


def _below(type_: GraphQLInputType, above: tuple[str, ...], scalar: str) -> Iterator[Path]:
    """An input is walked into once on each path."""
    named, element = get_named_type(type_), (0,) if isinstance(get_nullable_type(type_), GraphQLList) else ()
    if named.name == scalar:
        yield element
    if isinstance(named, GraphQLInputObjectType) and named.name not in above:
        for name, field in named.fields.items():
            yield from ((*element, name, *path) for path in _below(field.type, (*above, named.name), scalar))


def _planted(type_: GraphQLInputType, path: Path, secret: str, base: object) -> object:
    if not path:
        return secret
    nullable = get_nullable_type(type_)
    if isinstance(nullable, GraphQLList):
        return [_planted(nullable.of_type, path[1:], secret, base[0] if isinstance(base, list) and base else None)]
    assert isinstance(nullable, GraphQLInputObjectType)
    given = base if isinstance(base, dict) else {}
    needed = {name: _sample(field.type, secret) for name, field in nullable.fields.items() if is_required_input_field(field)}
    name = str(path[0])
    return {**needed, **given, name: _planted(nullable.fields[name].type, path[1:], secret, given.get(name))}


def _sample(type_: GraphQLInputType, secret: str) -> object:
    if isinstance(get_nullable_type(type_), GraphQLList):
        return []
    name = get_named_type(type_).name
    return f"{secret}-beside" if name == SECRET else _SAMPLES.get(name, {})
