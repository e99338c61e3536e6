"""More was asked for than a caller may ask for: one class for each of the `RequestLimits`.

Each says what was asked, what is allowed, and what to do.
"""

from typing import ClassVar

from gateway.domain.errors import ErrorCode, GatewayError

MANY = 1_000_000_000
"""Counts end here: a document of a kilobyte can stand for more fields than there are atoms."""


class LimitError(GatewayError):
    """`most` is what is allowed, `actual` what was asked for, where that is known."""

    status: ClassVar[int] = 400
    """What HTTP says, where it says more than that the request was not good."""
    _what: ClassVar[str] = ""
    _cure: ClassVar[str] = ""

    def __init__(self, most: int, actual: int | None = None, *, message: str = "") -> None:
        asked = "more" if actual is None else f"{actual:,}{' or more' if actual >= MANY else ''}"
        super().__init__(message or f"{self._what}: {asked}, but at most {most:,} are allowed. {self._cure}")
        self.most = most
        self.actual = actual

    @property
    def extensions(self) -> dict[str, object]:
        """What GraphQL tells of it beside the message."""
        told = {"code": self.code, "max": self.most, "actual": self.actual, "field": list(self.field) or None}
        return {name: value for name, value in told.items() if value is not None}


class RequestTooLargeError(LimitError):
    """The body."""

    code = ErrorCode.REQUEST_TOO_LARGE
    status = 413
    _what = "The request is too large, in bytes"
    _cure = "Send less at once."


class TooManyTokensError(LimitError):
    """Names, values and signs of the document, comments included."""

    code = ErrorCode.TOO_MANY_TOKENS
    _what = "The document has too many tokens"
    _cure = "Split it into several operations."


class QueryTooDeepError(LimitError):
    """Levels of fields within fields, through fragments too; introspection has a limit of its own."""

    code = ErrorCode.QUERY_TOO_DEEP
    _what = "The operation nests fields too deeply, in levels"
    _cure = "Ask for what lies deeper in an operation of its own, by its id."


class TooManySelectionsError(LimitError):
    """Fields and fragments that an operation selects, those within a fragment as often as it is spread."""

    code = ErrorCode.TOO_MANY_SELECTIONS
    _what = "The operation selects too many fields, fragments filled in"
    _cure = "Ask for fewer fields, or spread fragments less often."


class TooManyAliasesError(LimitError):
    """Fields with an alias, likewise."""

    code = ErrorCode.TOO_MANY_ALIASES
    _what = "The operation has too many aliases, fragments filled in"
    _cure = "Ask for lists instead of the same field many times, or for less at once."


class TooManyRootFieldsError(LimitError):
    """Fields of `Query` itself, likewise."""

    code = ErrorCode.TOO_MANY_ROOT_FIELDS
    _what = "The operation has too many fields at its root"
    _cure = "Split it into several operations."


class TooManyMutationsError(LimitError):
    """Fields of `Mutation` itself, likewise."""

    code = ErrorCode.TOO_MANY_MUTATIONS
    _what = "The request has too many mutations"
    _cure = "Send the others in requests of their own, or use a mutation for many mailboxes at once."


class TooManyDirectivesError(LimitError):
    """Directives in the whole document."""

    code = ErrorCode.TOO_MANY_DIRECTIVES
    _what = "The document has too many directives"
    _cure = "Use fewer: put fields of one condition into one fragment."


class TooManyDirectivesOnOneError(LimitError):
    """Directives on one field, fragment, variable or operation."""

    code = ErrorCode.TOO_MANY_DIRECTIVES
    _what = "There are too many directives in one place of the document"
    _cure = "Use fewer on one field."


class IntrospectionTooDeepError(LimitError):
    """How often introspection goes from a type on to its fields, or to the types around it."""

    code = ErrorCode.INTROSPECTION_TOO_DEEP
    _what = "The introspection goes on from types to fields too often"
    _cure = "Ask for the fields of all `types` at once, as `getIntrospectionQuery` of GraphQL's libraries does."


class ListTooLongError(LimitError):
    """Items of one list of the input, in a variable or in the document."""

    code = ErrorCode.LIST_TOO_LONG
    _what = "A list in the input has too many items"
    _cure = "Send it in several parts."


class PageTooLargeError(LimitError):
    """`first` or `last`; `field` says which."""

    code = ErrorCode.PAGE_TOO_LARGE

    def __init__(self, argument: str, most: int, actual: int) -> None:
        message = f"`{argument}` is {actual}, but must be between 0 and {most}. Ask for the next page with `after` or `before`."
        super().__init__(most, actual, message=message)
        self.field = (argument,)

    @property
    def extensions(self) -> dict[str, object]:
        """As above. It alone has a path: tools that take that for a fault of the server (schemathesis) look here, as at graphql-java's."""
        return {**super().extensions, "classification": "ValidationError"}


class QueryTooExpensiveError(LimitError):
    """Objects that an operation may return, weighed."""

    code = ErrorCode.QUERY_TOO_EXPENSIVE
    _what = "The operation may return too much; estimated by the schema's @cost and @listSize it costs"
    _cure = "Ask for smaller pages with `first`, or for less of each object."


class BatchingDisabledError(LimitError):
    """Several operations in one request, where none may come so."""

    code = ErrorCode.BATCHING_DISABLED
    _what = "The body is a JSON array of operations"
    _cure = "Send each operation in a request of its own."


class BatchTooLargeError(LimitError):
    """Operations in one request."""

    code = ErrorCode.BATCH_TOO_LARGE
    _what = "The request has too many operations"
    _cure = "Send them in several requests."


class TooManySubscriptionsError(LimitError):
    """Of one caller at the same time, over whatever it listens."""

    code = ErrorCode.TOO_MANY_SUBSCRIPTIONS
    status = 429
    _what = "You have too many subscriptions open"
    _cure = "End some of them first."


class TooManyRequestsError(LimitError):
    """Operations of one caller in a while; it may ask again after `retry_after_seconds`."""

    code = ErrorCode.RATE_LIMITED
    status = 429

    def __init__(self, most: int, per_seconds: float, retry_after_seconds: int) -> None:
        allowed = f"at most {most:,} operations in {per_seconds:g} s are allowed"
        super().__init__(most, message=f"You ask too often: {allowed}. Ask again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds

    @property
    def extensions(self) -> dict[str, object]:
        """As above."""
        return {**super().extensions, "retryAfterSeconds": self.retry_after_seconds}
