"""What an operation may spend at the vendors, and what it tells of what it has spent: `extensions.cost`.

Beside that stands what it may return by estimate, see `weight`.
"""

from collections.abc import AsyncIterator, Container, Iterator, Mapping
from typing import Any, TypedDict

from graphql import InitialIncrementalExecutionResult, SubsequentIncrementalExecutionResult
from strawberry.extensions import SchemaExtension
from strawberry.types import StreamExecutionResult
from strawberry.types.graphql import OperationType

from gateway.domain.budget import Budget, Spent, spending
from gateway.domain.errors import TooManyCallsError
from gateway.domain.limit_errors import QueryTooExpensiveError
from gateway.schema.context import Context
from gateway.schema.cost.estimate import estimate
from gateway.schema.document import Documents


class AccountCost(TypedDict):
    """`domain.budget.Spent`, of one account."""

    account: str
    calls: int
    shared: int
    known: int


class Cost(TypedDict):
    """The sums, and what they are made of; and what was estimated before it ran."""

    estimated: int
    calls: int
    shared: int
    known: int
    accounts: list[AccountCost]


class CostOfOperation(SchemaExtension):
    """Refuses an operation that may need too many calls, or return too much, before anything of it runs; gives every other one a budget."""

    _budget: Budget | None = None
    _estimated = 0

    async def on_execute(self) -> AsyncIterator[None]:
        """Raises `TooManyCallsError` and `QueryTooExpensiveError`. A subscription has a budget for each event; see `FreshExecutor`."""
        asker: Context | None = self.execution_context.context
        if asker is None:
            yield
            return
        self._refuse_too_expensive()
        budget = asker.budget(is_write=self.execution_context.operation_type is OperationType.MUTATION)
        with spending(budget):
            await self._refuse_too_many_calls(asker)
            if self.execution_context.operation_type is not OperationType.SUBSCRIPTION:
                self._budget = budget
                yield
                return
        yield

    def get_results(self) -> dict[str, Any]:
        """Nothing of an operation that did not run."""
        asker: Context | None = self.execution_context.context
        return {} if self._budget is None or asker is None else {"cost": cost(self._budget, asker.accounts, self._estimated)}

    def _refuse_too_expensive(self) -> None:
        running = self.execution_context
        schema: Any = running.schema  # a `GatewaySchema`
        document = schema.documents.find(running.query or "")
        self._estimated = document.cost(running.operation_name, running.variables) if document is not None else 0
        if self._estimated > schema.limits.max_cost:
            raise QueryTooExpensiveError(schema.limits.max_cost, self._estimated)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Of an answer in parts the last one tells, when all is spent."""
        if isinstance(result, InitialIncrementalExecutionResult):
            result.extensions = None
        elif isinstance(result, SubsequentIncrementalExecutionResult) and not result.has_next:
            result.extensions = self.get_results()
        yield

    async def _refuse_too_many_calls(self, asker: Context) -> None:
        running, most = self.execution_context, asker.max_vendor_calls
        if most is None or running.graphql_document is None:
            return
        documents: Documents = running.schema.documents  # type: ignore[attr-defined] # of a `GatewaySchema`
        document = documents.find(running.query or "")
        if document is not None and not document.asks_vendors:
            return
        schema = running.schema._schema  # noqa: SLF001 - strawberry has no public name for graphql-core's
        needed = await estimate(schema, running.graphql_document, running.operation_name, running.variables, asker, most)
        if needed > most:
            raise TooManyCallsError(most, needed=needed)


def cost(budget: Budget, accounts: Container[str], estimated: int) -> Cost:
    """What was spent, at each of the accounts (those that the caller sees) that was asked, and in all."""
    return _told({name: spent for name, spent in sorted(budget.spent.items()) if name in accounts}, estimated)


def joined(extensions: Mapping[str, Any]) -> dict[str, Any]:
    """The extensions of one who waited for another one's query: no call was its own."""
    if "cost" not in extensions:
        return dict(extensions)
    told: Cost = extensions["cost"]
    spent = {each["account"]: Spent(0, each["shared"] + each["calls"], each["known"]) for each in told["accounts"]}
    return {**extensions, "cost": _told(spent, told["estimated"])}


def _told(by_account: Mapping[str, Spent], estimated: int) -> Cost:
    each = [AccountCost(account=name, calls=spent.calls, shared=spent.shared, known=spent.known) for name, spent in by_account.items()]
    total = Spent()
    for spent in by_account.values():
        total.calls, total.shared, total.known = total.calls + spent.calls, total.shared + spent.shared, total.known + spent.known
    return Cost(estimated=estimated, calls=total.calls, shared=total.shared, known=total.known, accounts=each)
