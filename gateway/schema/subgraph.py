"""The SDL of the schema as a subgraph of Apollo Federation: the same types, marked for composition."""

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from graphql import ConstDirectiveNode, DefinitionNode, ObjectTypeDefinitionNode, ScalarTypeDefinitionNode, parse, print_ast

VERSION = "2.9"
"""Apollo's own composition and The Guild's both take this one; later ones only Apollo's."""
LINK = f'extend schema @link(url: "https://specs.apollo.dev/federation/v{VERSION}", import: ["@key", "@shareable"])'
KEY = "id"
"""The field that names an entity, whichever its type."""
ENTITY = f'@key(fields: "{KEY}")'
SHARED = "@shareable"
NODE = "Node"
SHARED_TYPES = frozenset({"PageInfo"})
"""Those that other subgraphs define just so, since Relay does."""


def subgraph_sdl(sdl: str) -> str:
    """The text of a schema with what composition must know of it: whatever is a `Node` is an entity, by its id."""
    return "\n\n".join([LINK, *(print_ast(_marked(each)) for each in parse(sdl).definitions)])


def _marked(definition: DefinitionNode) -> DefinitionNode:
    if not isinstance(definition, ObjectTypeDefinitionNode):
        return definition
    return replace(definition, directives=(*(definition.directives or ()), *_marks(definition)))


def _marks(definition: ObjectTypeDefinitionNode) -> Iterator[ConstDirectiveNode]:
    if NODE in {each.name.value for each in definition.interfaces or ()}:
        yield from _directives(ENTITY)
    if definition.name.value in SHARED_TYPES:
        yield from _directives(SHARED)


def _directives(text: str) -> tuple[ConstDirectiveNode, ...]:
    bearer = cast("ScalarTypeDefinitionNode", parse(f"scalar _ {text}").definitions[0])
    return bearer.directives or ()
