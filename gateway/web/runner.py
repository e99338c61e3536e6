"""Runs one operation for one caller, whichever way it came and its answer goes."""

from collections.abc import AsyncGenerator, Hashable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from strawberry.exceptions import MissingQueryError, StrawberryException
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from gateway.domain.budget import Budget, spending
from gateway.domain.errors import ErrorCode
from gateway.domain.limit_errors import LimitError
from gateway.domain.request import current
from gateway.domain.vendor import Vendor, VendorProfile
from gateway.domain.writable import VendorFields
from gateway.inventory.inventory import Inventory
from gateway.loaders.bundle import Loaders
from gateway.operations.desk import Desk
from gateway.schema.context import Context
from gateway.schema.cost.of_operation import cost, joined
from gateway.schema.document import Document
from gateway.schema.frame import Result
from gateway.schema.schema import GatewaySchema
from gateway.web.answers import Answers, Question, question
from gateway.web.caller import Caller
from gateway.web.encoded import EncodedData
from gateway.web.figures import Figures, KeptFigures
from gateway.web.flights import Flights
from gateway.web.gate import Gate
from gateway.web.noted import each_noted, note_question, noted
from gateway.web.persisted import Persisted
from gateway.web.request import Operation, RefusedError

Results: TypeAlias = AsyncGenerator[Result, None]
"""Close it when nobody listens any more."""
ANSWER_SECONDS = 0.2
"""For putting an answer together and sending it; less where a request has little time in all."""

BOARDING_SECONDS = 1.0
"""Nobody joins a query that has been under way for longer, or for a tenth of its time: who does shares its deadline."""


class Events(NamedTuple):
    """What a subscription sends, event by event. It has not begun yet."""

    results: Results


class Deferred(NamedTuple):
    """An answer in frames. The initial one is there already, and with it everything that a mutation writes."""

    results: Results


async def once(result: ExecutionResult) -> Results:
    """The only result of a query or mutation, as a stream."""
    yield result


class Runner:
    """Gives every operation a context of its own.

    A query whose answer is known is not run again, and one that is under way is not run twice: see `Answers` and `Flights`. Whoever joins
    another one's query gets its data and its errors, request ids included. Nobody joins one that began before news of which a client
    may have been told.
    """

    def __init__(  # noqa: PLR0913 - what contexts are made of
        self,
        schema: GatewaySchema,
        inventory: Inventory,
        desk: Desk,
        profiles: Mapping[Vendor, VendorProfile],
        fields: Mapping[Vendor, type[VendorFields]],
        *,
        request_timeout_seconds: float | None = None,
        max_vendor_calls: int | None = None,
        kept_answer_bytes: int = 0,
        persisted: Persisted | None = None,
    ) -> None:
        self._schema = schema
        self._inventory = inventory
        self._desk = desk
        self._profiles = profiles
        self._fields = fields
        self._request_timeout_seconds = request_timeout_seconds
        self._max_vendor_calls = max_vendor_calls
        self.gate = Gate(schema.limits, persisted or Persisted(schema.documents, {}, only_listed=False, automatic=True))
        self._flights = Flights[Hashable, ExecutionResult]()
        self._answers = Answers(inventory, most_bytes=kept_answer_bytes)

    def figures(self) -> Figures:
        """What was spared so far."""
        documents, answers = self._schema.documents, self._answers
        return Figures(
            documents=KeptFigures(documents.hits, documents.misses, len(documents), documents.size_bytes),
            answers=KeptFigures(answers.hits, answers.misses, len(answers), answers.size_bytes),
            joined=self._flights.joined,
        )

    async def run(  # noqa: PLR0913 - how it came, by keyword
        self,
        operation: Operation,
        caller: Caller,
        *,
        may_write: bool = True,
        no_cache: bool = False,
        timeout_seconds: float | None = None,
        address: str | None = None,
        may_defer: bool = False,
    ) -> ExecutionResult | Deferred | Events:
        """What an operation answers. A query's `data` is encoded.

        `address` is where a caller without a name comes from.
        A query may take `timeout_seconds` if that is less than what it may take anyhow; a mutation takes what it takes.
        Without `may_defer` nothing is deferred. Raises `RefusedError` when the document has no such operation, for a mutation unless
        `may_write`, and for what is beyond a limit.
        """
        try:
            operation = self.gate.enter(operation, caller, address)
            limit = self._limit(timeout_seconds)
            result = await self._begin(operation, caller, limit, may_write=may_write, no_cache=no_cache, may_defer=may_defer)
            return Events(self.gate.seated(result.results, caller, address)) if isinstance(result, Events) else result
        except LimitError as error:
            raise RefusedError.beyond(error) from None

    async def _begin(
        self,
        operation: Operation,
        caller: Caller,
        limit: float | None,
        *,
        may_write: bool,
        no_cache: bool,
        may_defer: bool,
    ) -> ExecutionResult | Deferred | Events:
        """`limit` is how many seconds it may wait for vendors."""
        name = operation.operation_name or None
        document = self._schema.documents.get(operation.query)
        note_question(document, name, caller.name)
        if may_defer and document.defers and (document.is_query(name) or (may_write and document.is_mutation(name))):
            return await self._deferred(operation, self._context(caller, no_cache=no_cache, timeout_seconds=limit, defers=True))
        try:
            if document.is_query(name):
                return noted(await self._query(_Query(operation, document, caller, no_cache, limit)))
            result = await self._schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=self._context(caller, no_cache=no_cache, timeout_seconds=limit),
                operation_name=name,
                allowed_operation_types=(OperationType.QUERY, OperationType.MUTATION) if may_write else (OperationType.QUERY,),
            )
            return noted(result)
        except InvalidOperationTypeError as error:
            if error.operation_type is not OperationType.SUBSCRIPTION:
                raise RefusedError(405, "A mutation must be sent by POST.", headers={"Allow": "POST"}) from None
        except MissingQueryError:
            raise RefusedError(400, "Give the operation in `query`: it is empty.") from None
        except CannotGetOperationTypeError:
            raise RefusedError(400, _no_operation(operation), ErrorCode.BAD_USER_INPUT) from None
        except StrawberryException as error:
            raise RefusedError(400, str(error)) from None
        events = await self._schema.subscribe(
            operation.query,
            variable_values=operation.variables,
            # Never `no_cache`: browsers say that of every stream, and each event would ask every vendor anew.
            context_value=self._context(caller, no_cache=False, timeout_seconds=self._limit(None)),
            operation_name=name,
        )
        return Events(each_noted(events))

    async def _deferred(self, operation: Operation, context: Context) -> ExecutionResult | Deferred:
        """Never kept, and shared with nobody: what comes later may be long in coming."""
        results = await self._schema.stream(
            operation.query, variable_values=operation.variables, context_value=context, operation_name=operation.operation_name or None
        )
        first = await anext(results)
        if isinstance(first, ExecutionResult):  # nothing was deferred, or nothing ran
            await anext(results, None)
            return noted(first)
        return Deferred(_Begun(first, results))

    async def _query(self, query: "_Query") -> ExecutionResult:
        """The same answer as before, the one that somebody else is waiting for already, or one of its own."""
        asked = question(query.operation, query.caller)
        if query.no_cache:
            return await self._run(asked, query)
        with spending(Budget()) as budget:
            data = self._answers.find(asked)
        if data is not None:
            estimated = query.document.cost(asked.operation_name, query.operation.variables)
            return _encoded(ExecutionResult(None, None, {"cost": cost(budget, query.caller.accounts, estimated)}), data)
        boarding_seconds = BOARDING_SECONDS if query.timeout_seconds is None else min(BOARDING_SECONDS, query.timeout_seconds / 10)
        news = (self._inventory.revision, self._desk.revision)
        key = (asked, query.timeout_seconds, news)
        result, is_joined = await self._flights.share(key, lambda: self._run(asked, query), boarding_seconds=boarding_seconds)
        return replace(result, extensions=joined(result.extensions or {})) if is_joined else result

    async def _run(self, asked: Question, query: "_Query") -> ExecutionResult:
        context = self._context(query.caller, no_cache=query.no_cache, timeout_seconds=query.timeout_seconds)
        result = await self._schema.execute(
            asked.query,
            variable_values=query.operation.variables,
            context_value=context,
            operation_name=asked.operation_name,
            allowed_operation_types=(OperationType.QUERY,),
        )
        if result.data is None:
            return result
        data = EncodedData(result.data)
        if not result.errors and context.loaders.grounds.are_views_only and query.document.follows_from_views:
            self._answers.keep(asked, data, context.loaders.grounds)
        return _encoded(result, data)

    def _limit(self, timeout_seconds: float | None) -> float | None:
        """How long may be waited for vendors, so that the answer goes out in time."""
        limits = [each for each in (timeout_seconds, self._request_timeout_seconds) if each is not None]
        return _with_margin(min(limits)) if limits else None

    def _context(self, caller: Caller, *, no_cache: bool, timeout_seconds: float | None, defers: bool = False) -> Context:
        return Context(
            inventory=self._inventory,
            loaders=Loaders(self._inventory, no_cache=no_cache),
            accounts=caller.accounts,
            profiles=self._profiles,
            desk=self._desk,
            fields=self._fields,
            request_id=current().id,
            caller=caller.name,
            scopes=caller.scopes,
            timeout_seconds=timeout_seconds,
            max_vendor_calls=self._max_vendor_calls,
            max_page_size=self._schema.limits.max_page_size,
            defers=defers,
        )


class _Begun(AsyncGenerator[Result, None]):
    """Results the first of which was taken out and is put back; each is noted. Closing it closes them, even before it was asked for any."""

    def __init__(self, first: Result, rest: Results) -> None:
        self._first: Result | None = first
        self._rest = rest

    async def asend(self, value: None) -> Result:
        first, self._first = self._first, None
        return noted(await self._rest.asend(value) if first is None else first)

    async def athrow(self, *error: Any) -> Result:  # noqa: ANN401 - the signature of the language
        return await self._rest.athrow(*error)

    async def aclose(self) -> None:
        await self._rest.aclose()


class _Query(NamedTuple):
    """`timeout_seconds` is how long may be waited for vendors."""

    operation: Operation
    document: Document
    caller: Caller
    no_cache: bool
    timeout_seconds: float | None


def _encoded(result: ExecutionResult, data: EncodedData) -> ExecutionResult:
    result.data = data  # type: ignore[assignment] # whoever encodes the answer takes this as it is
    return result


def _with_margin(seconds: float) -> float:
    return seconds - min(ANSWER_SECONDS, seconds / 10)


def _no_operation(operation: Operation) -> str:
    if operation.operation_name:
        return "The document has no operation of the name that `operationName` gives."
    return "The document has no operation."
