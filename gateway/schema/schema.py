"""The GraphQL schema, put together."""

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry.extensions import DisableIntrospection
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from gateway.domain.mailbox import Details
from gateway.schema import details, enums
from gateway.schema.account import Domain
from gateway.schema.context import Context
from gateway.schema.errors import translate
from gateway.schema.folder import Folder
from gateway.schema.mailbox import Identity
from gateway.schema.message import Message, Thread
from gateway.schema.one_operation import OneOperation
from gateway.schema.query import Query
from gateway.schema.rule import Rule
from gateway.schema.scalars import SCALARS


class GatewaySchema(strawberry.Schema):
    """Strawberry's schema with our errors: every error that leaves it has an `extensions.code`."""

    def process_errors(self, errors: list[Any], execution_context: Any = None) -> None:  # noqa: ANN401 - the signature of the library
        """Nothing: `translate` logs what is worth logging, and no error's own text is."""

    async def execute(  # noqa: PLR0913, PLR0917 - the signature of the library
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Context | None = None,
        root_value: object | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Sequence[OperationType] | None = None,  # type: ignore[override] # any iterable will do
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run one operation. Raises only what Strawberry raises for a request without a usable operation."""
        result = await super().execute(
            query, variable_values, context_value, root_value, operation_name, allowed_operation_types, operation_extensions
        )
        if result.errors:
            result.errors = translate(
                result.errors,
                request_id=context_value.request_id if context_value else "-",
                is_before_execution=isinstance(result, PreExecutionError),
            )
        return result


def build_schema(vendor_details: Sequence[type[Details]], *, introspection: bool = True) -> GatewaySchema:
    """The schema over the vendors whose details are handed in; without `introspection` it does not describe itself to callers."""
    enums.describe()
    details.declare(vendor_details)
    return GatewaySchema(
        Query,
        types=[Domain, Folder, Rule, Identity, Message, Thread],
        extensions=[OneOperation] if introspection else [OneOperation, DisableIntrospection],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
