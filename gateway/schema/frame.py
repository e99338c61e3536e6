"""One part of an answer that comes in parts (`@defer`): what graphql-core calls initial and subsequent results."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from graphql import GraphQLError, IncrementalResult, InitialIncrementalExecutionResult, SubsequentIncrementalExecutionResult
from graphql.execution.types import CompletedResult
from strawberry.types import ExecutionResult

Frame: TypeAlias = InitialIncrementalExecutionResult | SubsequentIncrementalExecutionResult

Result: TypeAlias = ExecutionResult | Frame
"""What a stream of results consists of."""

Translate: TypeAlias = Callable[[Sequence[GraphQLError]], list[GraphQLError]]


def translate_errors(frame: Frame, translate: Translate) -> None:
    """Puts others in the place of its errors, wherever they stand."""
    for each in _with_errors(frame):
        if each.errors:
            each.errors = translate(each.errors)


def errors_of(frame: Frame) -> list[GraphQLError]:
    """All of them, wherever they stand."""
    return [error for each in _with_errors(frame) for error in each.errors or ()]


def _with_errors(frame: Frame) -> Sequence[InitialIncrementalExecutionResult | IncrementalResult | CompletedResult]:
    if isinstance(frame, InitialIncrementalExecutionResult):
        return [frame]
    return [*(frame.incremental or ()), *(frame.completed or ())]
