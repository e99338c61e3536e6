"""The limits that a document alone can be beyond, whatever its variables are."""

from collections.abc import Iterator

from graphql import DocumentNode, OperationType

from gateway.domain.limit_errors import (
    IntrospectionTooDeepError,
    LimitError,
    ListTooLongError,
    QueryTooDeepError,
    TooManyAliasesError,
    TooManyDirectivesError,
    TooManyDirectivesOnOneError,
    TooManyMutationsError,
    TooManyRootFieldsError,
    TooManySelectionsError,
)
from gateway.domain.request_limits import RequestLimits
from gateway.schema.limits.crowds import crowds
from gateway.schema.limits.size import operation_sizes


def beyond(document: DocumentNode, limits: RequestLimits) -> LimitError | None:
    """The first limit that a document is beyond, in whichever of its operations. Raises `CycleError` where its fragments go in circles.

    To be asked before validation, whose rules take time that grows faster than the document: all of this is linear.
    """
    return next(_all_beyond(document, limits), None)


def _all_beyond(document: DocumentNode, limits: RequestLimits) -> Iterator[LimitError]:
    for operation, size in operation_sizes(document):
        if operation.operation is OperationType.MUTATION:
            yield from _refused(TooManyMutationsError, limits.max_mutations, size.root_fields)
        else:
            yield from _refused(TooManyRootFieldsError, limits.max_root_fields, size.root_fields)
        yield from _refused(QueryTooDeepError, limits.max_depth, size.depth)
        yield from _refused(IntrospectionTooDeepError, limits.max_introspection_depth, size.introspection_depth)
        yield from _refused(TooManyAliasesError, limits.max_aliases, size.aliases)
        yield from _refused(TooManySelectionsError, limits.max_selections, size.selections)
    crowd = crowds(document)
    yield from _refused(TooManyDirectivesOnOneError, limits.max_directives_per_field, crowd.directives_on_one)
    yield from _refused(TooManyDirectivesError, limits.max_directives, crowd.directives)
    yield from _refused(ListTooLongError, limits.max_list_items, crowd.items)


def _refused(error: type[LimitError], most: int, actual: int) -> Iterator[LimitError]:
    if actual > most:
        yield error(most, actual)
