"""How graphql-core executes our operations, where that differs from its own way."""

from typing import Any

from graphql.execution import Executor
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext


class FreshExecutor(StrawberryGraphQLCoreExecutionContext):
    """Gives each event of a subscription a context of its own: what one event has loaded, the next must not take for true."""

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:  # noqa: ANN401 - the signature of the library
        executor = super().build_per_event_executor(payload)
        if self.context_value is not None:
            executor.context_value = self.context_value.renewed()
        return executor
