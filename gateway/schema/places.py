"""The fields that a document selects, in whichever of its operations, by type and name."""

from collections.abc import Set as AbstractSet
from typing import TypeAlias

from graphql import DocumentNode, FieldNode, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, is_abstract_type, is_object_type, visit

Place: TypeAlias = tuple[str, str]
"""A field: its object type's name and its own."""


def places(schema: GraphQLSchema, document: DocumentNode) -> AbstractSet[Place]:
    """Of a valid document. A field of an interface stands for those of all object types that have it."""
    types = TypeInfo(schema)
    fields = _Fields(schema, types)
    visit(document, TypeInfoVisitor(types, fields))
    return frozenset(fields.places)


class _Fields(Visitor):
    def __init__(self, schema: GraphQLSchema, types: TypeInfo) -> None:
        super().__init__()
        self._schema = schema
        self._types = types
        self.places: set[Place] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._types.get_parent_type()
        objects = self._schema.get_possible_types(parent) if is_abstract_type(parent) else [parent]
        self.places.update((each.name, node.name.value) for each in objects if is_object_type(each))
