"""The GraphQL schema, put together."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import cached_property, partial
from typing import Any

import strawberry
from graphql import GraphQLDirective, GraphQLError, GraphQLStreamDirective, InitialIncrementalExecutionResult
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from gateway.domain.mailbox import Details
from gateway.domain.request_limits import RequestLimits
from gateway.domain.vendor import Vendor
from gateway.domain.writable import VendorFields
from gateway.schema import details, enums, fields
from gateway.schema.account import Domain
from gateway.schema.context import Context
from gateway.schema.cost import directives
from gateway.schema.cost.of_operation import CostOfOperation
from gateway.schema.document import Documents, KeptDocument, Ruling
from gateway.schema.entity import ANY, Representation, SubgraphQuery
from gateway.schema.errors import translate
from gateway.schema.executor import FreshExecutor, WalkingExecutor
from gateway.schema.folder import Folder
from gateway.schema.frame import Result, translate_errors
from gateway.schema.mailbox import Identity
from gateway.schema.message import Message, Thread
from gateway.schema.mutation import Mutation
from gateway.schema.one_operation import OneOperation
from gateway.schema.query import Query
from gateway.schema.rule import Rule
from gateway.schema.scalars import SCALARS
from gateway.schema.scope import ScopeOfOperation
from gateway.schema.subgraph import subgraph_sdl
from gateway.schema.subscription import Subscription
from gateway.schema.unwritten import tell_unwritten

_NOT_BY_THIS_METHOD = GraphQLError("", extensions={"code": "METHOD_NOT_ALLOWED"})


class GatewaySchema(strawberry.Schema):
    """Strawberry's schema with our errors and limits: every error that leaves it has an `extensions.code`."""

    limits = RequestLimits()
    introspection = True

    @cached_property
    def documents(self) -> Documents:
        """Those that were asked lately."""
        return Documents(Ruling(self._schema, self.limits, self.introspection))

    @cached_property
    def subgraph_sdl(self) -> str:
        """What a router composes; of a schema with `federation`."""
        return subgraph_sdl(self.as_str())

    def process_errors(self, errors: list[Any], execution_context: Any = None) -> None:  # noqa: ANN401 - the signature of the library
        """Nothing: `translate` logs what is worth logging, and no error's own text is."""

    def _collect_graphql_directives(self, schema_directive_types: Iterable[type]) -> tuple[GraphQLDirective, ...]:
        """Not `@stream`: our lists are there as a whole, so it would only cut them up, one part of the answer for each entry."""
        return tuple(each for each in super()._collect_graphql_directives(schema_directive_types) if each is not GraphQLStreamDirective)

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
        """Run one operation whose context does not defer. Raises only what Strawberry raises for a request without a usable operation."""
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
    ) -> AsyncGenerator[Result, None]:
        """The results of one operation, of a subscription event by event. `subscribe` is this for subscriptions only.

        What is deferred, where the context defers, comes in frames, the first of which is initial.
        Iterating raises nothing: what goes wrong is the last result.
        """
        results = await super().stream(
            query, variable_values, context_value, root_value, operation_name, operation_extensions, allowed_operation_types
        )
        document = self.documents.find(query or "")
        return _each_translated(results, context_value, partial(tell_unwritten, self._schema, document, operation_name, context_value))


async def _each_translated(
    results: AsyncGenerator[Result, None], context: Context | None, tell: Callable[[Sequence[GraphQLError]], None]
) -> AsyncGenerator[Result, None]:
    """`tell` is told of errors where writes may have been refused: in the first result."""
    try:
        async with aclosing(results):
            async for result in results:
                if isinstance(result, ExecutionResult):
                    _translated(result, context)
                    tell(result.errors or ())
                else:
                    translate_errors(result, partial(translate, request_id=_request_id(context), is_before_execution=False))
                    if isinstance(result, InitialIncrementalExecutionResult):
                        tell(result.errors or ())
                yield result
    except Exception as error:  # noqa: BLE001 - whatever it is, `translate` masks it
        yield _translated(PreExecutionError(None, [GraphQLError("", original_error=error)]), context)


def _translated(result: ExecutionResult, context: Context | None) -> ExecutionResult:
    if result.errors:
        is_early = isinstance(result, PreExecutionError)
        result.errors = translate(result.errors, request_id=_request_id(context), is_before_execution=is_early)
    return result


def _request_id(context: Context | None) -> str:
    return context.request_id if context else "-"


def build_schema(  # noqa: PLR0913 - what schemas differ in, by keyword
    vendor_details: Sequence[type[Details]],
    vendor_fields: Mapping[Vendor, type[VendorFields]],
    *,
    mutation: type | None = Mutation,
    subscription: type | None = Subscription,
    introspection: bool = True,
    compiled: bool = True,
    federation: bool = False,
    limits: RequestLimits | None = None,
) -> GatewaySchema:
    """The schema over the vendors whose details and writable fields are handed in.

    Without `introspection` it does not describe itself to callers; without `compiled` no selection is compiled.
    With `federation` it is a subgraph, which a router of Apollo Federation can compose with others.
    `limits` are those of the documents that it takes.
    `mutation` and `subscription` are the root types of those names.
    """
    enums.describe()
    details.declare(vendor_details)
    fields.declare(vendor_fields)
    schema = GatewaySchema(
        SubgraphQuery if federation else Query,
        mutation=mutation,
        subscription=subscription,
        types=[Domain, Folder, Rule, Identity, Message, Thread, directives.Cost, directives.ListSize],
        extensions=[OneOperation, ScopeOfOperation, CostOfOperation, KeptDocument],
        execution_context_class=FreshExecutor if compiled else WalkingExecutor,
        config=StrawberryConfig(scalar_map={**SCALARS, Representation: ANY}, enable_experimental_incremental_execution=True),
    )
    directives.apply(schema._schema)  # noqa: SLF001 - strawberry has no public name for graphql-core's
    schema.limits, schema.introspection = limits or RequestLimits(), introspection
    return schema
