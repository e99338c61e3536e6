"""What a caller needs for an operation: `write` for a mutation, `read` for everything else, and for what a mutation shows beside itself."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_interface_type,
    is_object_type,
    visit,
)
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from gateway.domain.errors import ForbiddenError
from gateway.domain.scope import Scope
from gateway.schema.context import Context

_OWN_NODE = "Operation"
"""The only `Node` that a mutation makes rather than shows."""


class ScopeOfOperation(SchemaExtension):
    """Refuses the whole operation before anything of it runs, whichever way it came. What needs more asks `Context.require` itself."""

    def on_validate(self) -> Iterator[None]:
        """Says `ForbiddenError` instead of what validation would say: who may not ask learns nothing of the schema."""
        context = self.execution_context
        asker: Context | None = context.context
        try:
            if asker is not None:
                asker.require(*self._needed(asker))
        except ForbiddenError as error:
            context.pre_execution_errors = [GraphQLError(error.message, original_error=error)]
        yield

    def _needed(self, asker: Context) -> list[Scope]:
        context = self.execution_context
        if context.operation_type is not OperationType.MUTATION:
            return [Scope.READ]
        if Scope.READ in asker.scopes or Scope.WRITE not in asker.scopes or context.graphql_document is None:
            return [Scope.WRITE]
        schema = context.schema._schema  # noqa: SLF001 - strawberry has no public name for graphql-core's
        return [Scope.READ] if reads(schema, context.graphql_document) else []


def reads(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Whether a document selects fields of mailboxes or whatever else can be read, anywhere in it."""
    shown = {
        name
        for name, each in schema.type_map.items()
        if is_object_type(each) and name != _OWN_NODE and any(interface.name == "Node" for interface in each.interfaces)
    }
    types = TypeInfo(schema)
    search = _Search(types, shown)
    visit(document, TypeInfoVisitor(types, search))
    return search.is_found


class _Search(Visitor):
    """Looks for a field of one of these types, or of an interface: it may be one of them."""

    def __init__(self, types: TypeInfo, wanted: set[str]) -> None:
        super().__init__()
        self._types = types
        self._wanted = wanted
        self.is_found = False

    def enter_field(self, node: FieldNode, *_: Any) -> Any:  # noqa: ANN401 - the library's
        del node
        parent = self._types.get_parent_type()
        if parent is not None and (parent.name in self._wanted or is_interface_type(parent)):
            self.is_found = True
            return self.BREAK
        return None
