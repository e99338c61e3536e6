"""The only translation of errors into GraphQL: what went wrong, in words and as `extensions.code`.

Errors of `domain.errors` speak for themselves. Everything unexpected is masked as INTERNAL with the request's id; the log, under the
same id, says where it happened, without the exception's own text, which may quote data. No value that the caller sent is repeated.
"""

import logging
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from gateway.domain.errors import ErrorCode, GatewayError, InvalidInputError, TooManyCallsError, UnsupportedError, VendorError
from gateway.domain.limit_errors import LimitError
from gateway.domain.stumble import apology, trail
from gateway.schema.input_error import is_about_a_variable, without_input
from gateway.schema.scalars import serialize_time

logger = logging.getLogger("gateway.schema")

LONGEST_MESSAGE = 2000
PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"


def translate(errors: Sequence[GraphQLError], *, request_id: str, is_before_execution: bool) -> list[GraphQLError]:
    """The same errors with codes; `is_before_execution` when the operation never ran."""
    return [_translate(error, request_id, is_before_execution=is_before_execution) for error in errors]


def _translate(error: GraphQLError, request_id: str, *, is_before_execution: bool) -> GraphQLError:
    cause = _cause(error)
    if isinstance(cause, GatewayError):
        return _with(error, cause.message if error.path else without_input(error, cause.message), _extensions(cause))
    if isinstance(error, GraphQLSyntaxError):
        return _with(error, without_input(error), {"code": PARSE_FAILED})
    if cause is None and is_about_a_variable(error):
        return _with(error, without_input(error), {"code": ErrorCode.BAD_USER_INPUT})
    if is_before_execution and (cause is None or error.nodes):  # what points into the document speaks of the document
        return _with(error, without_input(error), {"code": VALIDATION_FAILED})
    if cause is None:
        # With a path it is an argument, or a vendor's value that GraphQL cannot carry.
        is_input = not error.path or "argument" in error.message.lower()
        return _with(error, without_input(error), {"code": ErrorCode.BAD_USER_INPUT if is_input else ErrorCode.INTERNAL})
    logger.error("request %s: at %s: %s", request_id, error.path, trail(cause))
    return _with(error, apology(request_id), {"code": ErrorCode.INTERNAL, "requestId": request_id})


def _cause(error: GraphQLError) -> BaseException | None:
    """The innermost error that is not GraphQL's own."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _extensions(cause: GatewayError) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": cause.code}
    if isinstance(cause, InvalidInputError) and cause.field:
        extensions["field"] = list(cause.field)
    if isinstance(cause, UnsupportedError):
        extensions |= {"vendor": cause.vendor, "capability": cause.capability}
    if isinstance(cause, TooManyCallsError):
        extensions |= {"max": cause.most} if cause.needed is None else {"max": cause.most, "needed": cause.needed}
    if isinstance(cause, LimitError):
        extensions |= cause.extensions
    if isinstance(cause, VendorError):
        extensions |= {"code": cause.reason or cause.code, "vendor": cause.vendor, "account": cause.account}
        if cause.retry_at is not None:
            extensions["retryAt"] = serialize_time(cause.retry_at)
    return extensions


def _with(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    if len(message) > LONGEST_MESSAGE:  # a name in the document can be as long as the document
        message = f"{message[:LONGEST_MESSAGE]}…"
    return GraphQLError(message, nodes=error.nodes, source=error.source, positions=error.positions, path=error.path, extensions=extensions)
