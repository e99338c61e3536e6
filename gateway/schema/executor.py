"""How graphql-core executes our operations, where that differs from its own way."""

from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from inspect import isawaitable
from typing import Any, TypeVar, cast

from graphql import (
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    GraphQLError,
    GraphQLSchema,
    SubsequentIncrementalExecutionResult,
)
from graphql.execution import Executor

from gateway.domain.budget import Budget, current, spending
from gateway.execution.executor import CompiledExecutor

T = TypeVar("T")


def _has_tripped(error: GraphQLError) -> bool:
    """Looking for a name that is like a value in the variables, graphql-core (3.3.2) trips over letters that are two in small: "İ"."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return isinstance(cause, IndexError)


class FreshExecutor(CompiledExecutor):
    """Gives each event of a subscription a context of its own, and a budget: what one event has loaded, the next must not take for true."""

    _budget: Budget | None = None

    @classmethod
    def build(cls, schema: GraphQLSchema, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - the signature of the library
        """Where the schema does not describe itself, no error of ours suggests a name either."""
        described = getattr(schema.extensions.get("strawberry-definition"), "introspection", True)
        built = super().build(schema, *args, **{**options, "hide_suggestions": not described})
        if isinstance(built, list) and any(map(_has_tripped, built)):
            return super().build(schema, *args, **{**options, "hide_suggestions": True})
        return built

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:  # noqa: ANN401 - the signature of the library
        executor = super().build_per_event_executor(payload)
        if self.context_value is not None:
            executor.context_value = self.context_value.renewed()
            cast("FreshExecutor", executor)._budget = self.context_value.budget()  # noqa: SLF001 - a copy of this one
        return executor

    def execute_operation(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the signature of the library
        """Of an event: within its budget. `CostOfOperation` has set that of a query or mutation."""
        if self._budget is None:
            return super().execute_operation(*args, **kwargs)
        with spending(self._budget):
            result = super().execute_operation(*args, **kwargs)
        return _within(self._budget, result) if isawaitable(result) else result

    def build_response(self, data: dict[str, Any] | None) -> ExecutionResult | ExperimentalIncrementalExecutionResults:
        """What was deferred spends the budget that the rest has spent."""
        response = super().build_response(data)
        if isinstance(response, ExecutionResult):
            return response
        return response._replace(subsequent_results=_each_within(current(), response.subsequent_results))


class WalkingExecutor(FreshExecutor):
    """Without compiled selections."""

    is_compiling = False


async def _within(budget: Budget, result: Awaitable[T]) -> T:
    with spending(budget):
        return await result


async def _each_within(
    budget: Budget, parts: AsyncGenerator[SubsequentIncrementalExecutionResult, None]
) -> AsyncGenerator[SubsequentIncrementalExecutionResult, None]:
    async with aclosing(parts):
        while True:
            with spending(budget):  # the work begins in here; a generator has no context of its own to spend it in
                part = await anext(parts, None)
            if part is None:
                return
            yield part
