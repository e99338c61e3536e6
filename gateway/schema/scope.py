"""What a caller needs for an operation: `write` for a mutation, `read` for everything else."""

from collections.abc import Iterator

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from gateway.domain.errors import ForbiddenError
from gateway.domain.scope import Scope
from gateway.schema.context import Context


class ScopeOfOperation(SchemaExtension):
    """Refuses the whole operation before anything of it runs, whichever way it came. What needs more asks `Context.require` itself."""

    def on_validate(self) -> Iterator[None]:
        """Says `ForbiddenError` instead of what validation would say: who may not ask learns nothing of the schema."""
        context = self.execution_context
        asker: Context | None = context.context
        needed = Scope.WRITE if context.operation_type is OperationType.MUTATION else Scope.READ
        try:
            if asker is not None:
                asker.require(needed)
        except ForbiddenError as error:
            context.pre_execution_errors = [GraphQLError(error.message, original_error=error)]
        yield
