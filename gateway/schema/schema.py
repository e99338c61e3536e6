"""The GraphQL schema, put together."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import cached_property
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import DisableIntrospection
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from gateway.domain.mailbox import Details
from gateway.domain.vendor import Vendor
from gateway.domain.writable import VendorFields
from gateway.schema import details, enums, fields
from gateway.schema.account import Domain
from gateway.schema.context import Context
from gateway.schema.cost.of_operation import CostOfOperation
from gateway.schema.document import Documents, KeptDocument
from gateway.schema.errors import translate
from gateway.schema.executor import FreshExecutor, WalkingExecutor
from gateway.schema.folder import Folder
from gateway.schema.mailbox import Identity
from gateway.schema.message import Message, Thread
from gateway.schema.mutation import Mutation
from gateway.schema.one_operation import OneOperation
from gateway.schema.query import Query
from gateway.schema.rule import Rule
from gateway.schema.scalars import SCALARS
from gateway.schema.scope import ScopeOfOperation
from gateway.schema.subscription import Subscription
from gateway.schema.unwritten import tell_unwritten

_NOT_BY_THIS_METHOD = GraphQLError("", extensions={"code": "METHOD_NOT_ALLOWED"})


class GatewaySchema(strawberry.Schema):
    """Strawberry's schema with our errors: every error that leaves it has an `extensions.code`."""

    @cached_property
    def documents(self) -> Documents:
        """Those that were asked lately."""
        return Documents(self._schema)

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
        document = self.documents.find(query or "")
        try:
            result = await super().execute(
                query, variable_values, context_value, root_value, operation_name, allowed_operation_types, operation_extensions
            )
        except InvalidOperationTypeError:
            tell_unwritten(self._schema, document, operation_name, context_value, [_NOT_BY_THIS_METHOD])
            raise
        translated = _translated(result, context_value)
        if translated.errors:
            tell_unwritten(self._schema, document, operation_name, context_value, translated.errors)
        return translated

    async def stream(  # noqa: PLR0913, PLR0917 - the signature of the library
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Context | None = None,
        root_value: object | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The results of one operation, of a subscription event by event. `subscribe` is this for subscriptions only.

        Iterating raises nothing: what goes wrong is the last result.
        """
        results = await super().stream(
            query, variable_values, context_value, root_value, operation_name, operation_extensions, allowed_operation_types
        )
        return _each_translated(results, context_value)


async def _each_translated(results: AsyncGenerator[Any, None], context: Context | None) -> AsyncGenerator[ExecutionResult, None]:
    try:
        async with aclosing(results):
            async for result in results:
                yield _translated(result, context)
    except Exception as error:  # noqa: BLE001 - whatever it is, `translate` masks it
        yield _translated(PreExecutionError(None, [GraphQLError("", original_error=error)]), context)


def _translated(result: ExecutionResult, context: Context | None) -> ExecutionResult:
    if result.errors:
        request_id = context.request_id if context else "-"
        result.errors = translate(result.errors, request_id=request_id, is_before_execution=isinstance(result, PreExecutionError))
    return result


def build_schema(
    vendor_details: Sequence[type[Details]],
    vendor_fields: Mapping[Vendor, type[VendorFields]],
    *,
    mutation: type | None = Mutation,
    subscription: type | None = Subscription,
    introspection: bool = True,
    compiled: bool = True,
) -> GatewaySchema:
    """The schema over the vendors whose details and writable fields are handed in.

    Without `introspection` it does not describe itself to callers; without `compiled` no selection is compiled.
    `mutation` and `subscription` are the root types of those names.
    """
    enums.describe()
    details.declare(vendor_details)
    fields.declare(vendor_fields)
    always = [OneOperation, ScopeOfOperation, CostOfOperation]
    return GatewaySchema(
        Query,
        mutation=mutation,
        subscription=subscription,
        types=[Domain, Folder, Rule, Identity, Message, Thread],
        extensions=[*always, *([] if introspection else [DisableIntrospection]), KeptDocument],
        execution_context_class=FreshExecutor if compiled else WalkingExecutor,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
