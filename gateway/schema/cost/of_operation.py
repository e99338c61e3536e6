"""What an operation may spend at the vendors, and what it tells of what it has spent: `extensions.cost`.

Estimates of other costs (fields, list sizes) belong beside that of vendor calls.
"""

from collections.abc import AsyncIterator, Mapping

from msgspec.structs import asdict
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from gateway.domain.budget import Budget, Spent, spending
from gateway.domain.errors import TooManyCallsError
from gateway.schema.context import Context
from gateway.schema.cost.estimate import estimate


class CostOfOperation(SchemaExtension):
    """Refuses an operation that may need too many calls, before anything of it runs, and gives every other one a budget."""

    _budget: Budget | None = None

    async def on_execute(self) -> AsyncIterator[None]:
        """Raises `TooManyCallsError`. A subscription has a budget for each event; see `FreshExecutor`."""
        asker: Context | None = self.execution_context.context
        if asker is None:
            yield
            return
        budget = asker.budget(is_write=self.execution_context.operation_type is OperationType.MUTATION)
        with spending(budget):
            await self._refuse_too_many_calls(asker)
            if self.execution_context.operation_type is not OperationType.SUBSCRIPTION:
                self._budget = budget
                yield
                return
        yield

    def get_results(self) -> dict[str, object]:
        """Nothing of an operation that did not run."""
        asker: Context | None = self.execution_context.context
        return {} if self._budget is None or asker is None else {"cost": cost(self._budget, asker)}

    async def _refuse_too_many_calls(self, asker: Context) -> None:
        running, most = self.execution_context, asker.max_vendor_calls
        if most is None or running.graphql_document is None:
            return
        schema = running.schema._schema  # noqa: SLF001 - strawberry has no public name for graphql-core's
        needed = await estimate(schema, running.graphql_document, running.operation_name, running.variables, asker, most)
        if needed > most:
            raise TooManyCallsError(most, needed=needed)


def cost(budget: Budget, asker: Context) -> Mapping[str, object]:
    """What was spent, at each account that the caller sees and was asked, and in all."""
    total, accounts = Spent(), []
    for name, spent in sorted(budget.spent.items()):
        if name in asker.accounts:
            accounts.append({"account": name, **asdict(spent)})
            total = Spent(total.calls + spent.calls, total.shared + spent.shared, total.known + spent.known)
    return {**asdict(total), "accounts": accounts}
