"""Strawberry's executor, which looks for a compiled selection first."""

from collections.abc import Awaitable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple, cast

from graphql import (
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    GraphQLBoolean,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import DeferUsage, FieldDetailsList, GroupedFieldSet
from graphql.execution.incremental.incremental_executor import DeliveryGroupMap
from graphql.pyutils import AwaitableOrValue, Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.execution.code import Function
from gateway.execution.plans import KEPT, Plans
from gateway.execution.selection import compile_selection

MAX_PARTS = 1000
"""So many objects may have deferred parts in one answer. A part costs 0.1 ms, a hundred times what its fields do."""


class _Parts:
    """How many there are, counted by all who execute parts of one answer."""

    count = 0


class _Chosen(NamedTuple):
    """A plan for this execution: what it reads, and the fields that are left."""

    read: Function
    fields: GroupedFieldSet


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Reads objects and lists of objects by compiled functions, and the rest of their fields as ever.

    `is_compiling` switches it off.
    """

    is_compiling: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the signature of the library
        super().__init__(*args, **kwargs)
        has_middleware = self.middleware_manager is not None and bool(self.middleware_manager.middlewares)
        self._compiles = self.is_compiling and self.error_propagation and not has_middleware
        self._plans: Plans | None = None
        self._chosen: dict[tuple[str, int], _Chosen] = {}
        self._parts = _Parts()

    def build_response(self, data: dict[str, Any] | None) -> ExecutionResult | ExperimentalIncrementalExecutionResults:
        response = super().build_response(data)
        if isinstance(response, ExecutionResult):
            self._forget()
        return response

    async def cancel_incremental_work(self, reason: BaseException | None = None) -> None:
        """graphql-core does this at the end of what was deferred, too, whether it came to its end or not."""
        await super().cancel_incremental_work(reason)
        self.tasks.clear()
        self._forget()

    def _forget(self) -> None:
        """Once it is whole, nothing leads in a circle back to what was read, which is much."""
        self._chosen.clear()
        del self.async_helpers

    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        path: Path,
        result: Any,  # noqa: ANN401 - the signature of the library
        position_context: Any,  # noqa: ANN401 - as above
    ) -> AwaitableOrValue[dict[str, Any]]:
        """One object, which is of the type."""
        chosen = self._choose(return_type, field_details_list, objects=1)
        if chosen is None:
            return super().collect_and_execute_subfields(return_type, field_details_list, path, result, position_context)
        answer: dict[str, Any]  # or a struct that is encoded as one
        try:
            answer = chosen.read(result, self.context_value)
        except Exception:  # noqa: BLE001 - whatever it is, graphql-core meets it again
            return super().collect_and_execute_subfields(return_type, field_details_list, path, result, position_context)
        if not chosen.fields:
            return answer
        rest = self.execute_fields(return_type, result, path, chosen.fields, position_context)
        if self.is_awaitable(rest):
            return _completed(answer, rest)
        answer.update(cast("dict[str, Any]", rest))
        return answer

    def execute_collected_subfields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,  # noqa: ANN401 - the signature of the library
        path: Path,
        grouped_field_set: GroupedFieldSet,
        new_defer_usages: Sequence[DeferUsage],
        delivery_group_map: DeliveryGroupMap | None,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Defers no more than `MAX_PARTS`: what would be more comes with what is around it, as it may (`@defer` is a wish)."""
        if new_defer_usages:
            self._parts.count += len(new_defer_usages)
            if self._parts.count > MAX_PARTS:
                return self.execute_fields(parent_type, source_value, path, grouped_field_set, None)
        return super().execute_collected_subfields(parent_type, source_value, path, grouped_field_set, new_defer_usages, delivery_group_map)

    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterable[Any],
        position_context: Any,  # noqa: ANN401 - the signature of the library
    ) -> AwaitableOrValue[list[Any]]:
        """A list of objects that need nothing but reading; one by one where one of them is odd."""
        type_ = item_type.of_type if is_non_null_type(item_type) else item_type
        if items.__class__ in (list, tuple) and is_object_type(type_):
            chosen = self._choose(type_, field_details_list, objects=len(cast("list[Any]", items)))
            if chosen is not None and not chosen.fields:
                read, context = chosen.read, self.context_value
                try:
                    return [read(item, context) for item in items]
                except Exception:  # noqa: BLE001, S110 - as above
                    pass
        return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)

    def _choose(self, type_: GraphQLObjectType, details: FieldDetailsList, *, objects: int) -> _Chosen | None:
        key = (type_.name, id(details))  # `collect_subfields` keeps the list, and so its identity
        if key in self._chosen:
            return self._chosen[key]
        if not self._compiles or any(each.defer_usage is not details[0].defer_usage for each in details):
            return None  # the fields below do not all belong to one part of the answer
        place = (type_.name, tuple(id(each.node) for each in details))
        plan = self._operation_plans().plan(
            place, lambda: compile_selection(self.schema, self.collect_subfields, type_, details), objects=objects
        )
        if plan is None:
            return None
        fields = self.collect_subfields(type_, details).grouped_field_set
        chosen = self._chosen[key] = _Chosen(plan.read, {name: each for name, each in fields.items() if name in plan.rest})
        return chosen

    def _operation_plans(self) -> Plans:
        if self._plans is None:
            values = self.variable_values.coerced
            flags = tuple(values.get(name) for name in _boolean_variables(self.operation))
            self._plans = KEPT.of(self.schema, self.operation, flags)
        return self._plans


async def _completed(answer: dict[str, Any], rest: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    answer.update(await rest)
    return answer


def _boolean_variables(operation: OperationDefinitionNode) -> Iterator[str]:
    """Those that `@skip` and `@include` may take."""
    for each in operation.variable_definitions or ():
        type_ = each.type.type if isinstance(each.type, NonNullTypeNode) else each.type
        if isinstance(type_, NamedTypeNode) and type_.name.value == GraphQLBoolean.name:
            yield each.variable.name.value
