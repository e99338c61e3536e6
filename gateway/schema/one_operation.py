"""Of several operations in a document the request must name one; strawberry would run the first."""

from collections.abc import Iterator

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension

from gateway.domain.errors import InvalidInputError


class OneOperation(SchemaExtension):
    """See https://spec.graphql.org/draft/#GetOperation()."""

    def on_validate(self) -> Iterator[None]:
        """Says `InvalidInputError` instead of what validation would say."""
        context = self.execution_context
        definitions = context.graphql_document.definitions if context.graphql_document else ()
        operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
        # Of two without a name validation tells that an operation without a name must be the only one.
        are_named = all(each.name is not None for each in operations)
        # strawberry's public `operation_name` cannot tell a name that was given from the first operation's own.
        if len(operations) > 1 and are_named and context._provided_operation_name is None:  # noqa: SLF001 - see above
            error = InvalidInputError("The document has several operations: name one in `operationName`.")
            context.pre_execution_errors = [GraphQLError(error.message, original_error=error)]
        yield
